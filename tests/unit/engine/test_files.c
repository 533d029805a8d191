/*
 * Files that items name: who may hand them on, and what code sees of them; and how much memory
 * answers take that a node has seen.
 */
#include "flow.h"

#include "base/limits.h"
#include "node/node.h"

#define HASH	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define OTHER_HASH  "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
#define FILE_OF(id) "{`blob`:`" id "`,`mime`:`image/png`,`name`:`a.png`,`bytes`:1234567}"
#define FILE_ITEM   "[{`json`:{`n`:1},`binary`:{`f`:" FILE_OF(HASH) "}}]"

static struct fake_ops *
ops_new(void)
{
	return fake_ops_new(fx.arena);
}

static const struct ty_run_result *
run(struct fake_ops *f, const char *workflow, const char *items)
{
	const struct ty_run_result *r = fake_ops_run(f, workflow, items, NULL, &fx.err);

	ck_assert_msg(r != NULL, "%s", fx.err.msg);
	return r;
}

/* ---- http.request ---- */

static json_t *
file_answer(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	return json_pack("{s:i, s:{}, s:s, s:o}", "status", 200, "headers", "url", "u", "file",
			 json_incref(fake_json(f->arena, FILE_OF(OTHER_HASH))));
}

START_TEST(a_file_that_is_fetched_keeps_the_items_json)
{
	struct fake_ops *f = ops_new();
	const struct ty_run_result *r;

	f->on_call = file_answer;
	r = run(f,
		FLOW(NODE("a", "http.request", "`url`:`https://x.test/`,`response`:`file`"),
		     EDGE("start", "a")),
		FILE_ITEM);
	ck_assert_msg(r->status == TY_STATUS_OK, "%s", error_str(r, "message"));
	ck_assert_str_eq(outputs_text(r, "a"),
			 quoted("{`main`:[{`binary`:{`data`:{`blob`:`" OTHER_HASH
				"`,`bytes`:1234567,`mime`:`image/png`,`name`:`a.png`}},`from`:0,"
				"`json`:{`n`:1}}]}"));
}
END_TEST

static const json_t *seen;

static json_t *
see_request(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	seen = ty_json_own(f->arena, json_deep_copy(request));
	return json_pack("{s:i, s:{}, s:s, s:s}", "status", 200, "headers", "url", "u", "body", "");
}

static const struct {
	const char *params, *body; /* of the request; NULL: refused */
} sendings[] = {
	{ "`body_kind`:`file`,`body_file`:`f`", "{`kind`:`file`,`value`:" FILE_OF(HASH) "}" },
	{ "`body_kind`:`multipart`,`body_form`:[{`name`:`a`,`value`:`1`}],`body_files`:[{`name`:`x`"
	  ","
	  "`file`:`f`}]",
	  "{`kind`:`multipart`,`value`:[{`name`:`a`,`value`:`1`}],`files`:[{`name`:`x`,`file`"
	  ":" FILE_OF(HASH) "}]}" },
	{ "`body_kind`:`file`,`body_file`:`g`", NULL },
	{ "`body_kind`:`multipart`,`body_files`:[{`name`:`x`,`file`:`g`}]", NULL },
};

START_TEST(a_file_of_the_item_is_sent)
{
	struct fake_ops *f = ops_new();
	const struct ty_run_result *r;

	f->on_call = see_request;
	r = run(f,
		ty_arena_printf(fx.arena,
				FLOW(NODE("a", "http.request",
					  "`method`:`POST`,`url`:`https://x.test/`,%s"),
				     EDGE("start", "a")),
				sendings[_i].params),
		FILE_ITEM);
	if (sendings[_i].body == NULL) {
		ck_assert_int_eq(r->status, TY_STATUS_ERROR);
		ck_assert_ptr_nonnull(strstr(error_str(r, "message"), "no file \"g\""));
		ck_assert_uint_eq(f->calls, 0);
		return;
	}
	ck_assert_msg(r->status == TY_STATUS_OK, "%s", error_str(r, "message"));
	ck_assert_str_eq(ty_json_dump(fx.arena, json_object_get(seen, "body"), NULL),
			 quoted(sendings[_i].body));
}
END_TEST

/* A handle in the item's json came from outside: it is no file. */
START_TEST(a_handle_in_json_is_no_file)
{
	struct fake_ops *f = ops_new();
	const struct ty_run_result *r;

	f->on_call = see_request;
	r = run(f,
		FLOW(NODE("a", "http.request",
			  "`method`:`POST`,`url`:`https://x.test/"
			  "`,`body_kind`:`file`,`body_file`:`f`"),
		     EDGE("start", "a")),
		"[{`json`:{`binary`:{`f`:" FILE_OF(HASH) "}}}]");
	ck_assert_int_eq(r->status, TY_STATUS_ERROR);
	ck_assert_uint_eq(f->calls, 0);
}
END_TEST

START_TEST(set_keeps_files_with_the_other_fields)
{
	struct fake_ops *f = ops_new();
	const struct ty_run_result *r =
		run(f,
		    FLOW(NODE("a", "core.set", "`assignments`:[],`include_other`:true") "," NODE(
				 "b", "core.set", "`assignments`:[]"),
			 EDGE("start", "a") "," EDGE("start", "b")),
		    FILE_ITEM);

	ck_assert_ptr_nonnull(strstr(outputs_text(r, "a"), HASH));
	ck_assert_ptr_null(strstr(outputs_text(r, "b"), HASH));
}
END_TEST

/* ---- core.merge ---- */

/* The file of /a is one, that of any other address another. */
static json_t *
file_by_address(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	const char *file = strcmp(ty_json_str(request, "url", ""), "https://x.test/a") == 0
				   ? FILE_OF(OTHER_HASH)
				   : FILE_OF(HASH);

	return json_pack("{s:i, s:{}, s:s, s:o}", "status", 200, "headers", "url", "u", "file",
			 json_incref(fake_json(f->arena, file)));
}

#define FETCH(id) NODE(id, "http.request", "`url`:`https://x.test/" id "`,`response`:`file`")
#define EMPTY(id) NODE(id, "core.set", "`assignments`:[]")
#define SOURCES                                                                                    \
	FETCH("a") "," FETCH("b") "," NODE("n", "core.noop", "") "," EMPTY("s") "," EMPTY("z")
#define STARTS                                                                                     \
	EDGE("start", "a")                                                                         \
	"," EDGE("start", "b") "," EDGE("start", "n") "," EDGE("start", "s") "," EDGE("start", "z")

/* Parameters of the merge, its left and its right source. */
static const char merge_flow[] =
	FLOW(SOURCES "," NODE("m", "core.merge", "%s"), STARTS
	     ",{`from`:`%s`,`to`:`m`,`input`:`input1`},{`from`:`%s`,`to`:`m`,`input`:`input2`}");

static const struct {
	const char *left, *right, *params;
	const char *files[2]; /* of each item that comes out; NULL: no item */
} merges[] = {
	{ "a", "n", "`mode`:`append`", { "data " OTHER_HASH, "f " HASH } },
	{ "a", "n", "`mode`:`by_position`", { "data " OTHER_HASH " f " HASH } },
	{ "a", "n", "`mode`:`by_key`,`key1`:`n`", { "data " OTHER_HASH " f " HASH } },
	{ "n", "s", "`mode`:`by_position`", { "f " HASH } },
	{ "s", "n", "`mode`:`by_position`", { "f " HASH } },
	{ "s", "z", "`mode`:`by_position`", { "" } },
	{ "a", "b", "`mode`:`by_position`", { "data " HASH } },
	{ "b", "a", "`mode`:`by_position`", { "data " OTHER_HASH } },
};

/* "data <hash> f <hash>" */
static const char *
files_text(const json_t *item)
{
	const char *text = "", *name;
	json_t *file;

	json_object_foreach(json_object_get(item, "binary"), name, file) text =
		ty_arena_printf(fx.arena, "%s%s%s %s", text, *text != '\0' ? " " : "", name,
				ty_json_str(file, "blob", "?"));
	return text;
}

START_TEST(merge_keeps_the_files_of_both)
{
	struct fake_ops *f = ops_new();
	const struct ty_run_result *r;
	const json_t *out;

	f->on_call = file_by_address;
	r = run(f,
		ty_arena_printf(fx.arena, merge_flow, merges[_i].params, merges[_i].left,
				merges[_i].right),
		FILE_ITEM);
	ck_assert_msg(r->status == TY_STATUS_OK, "%s", error_str(r, "message"));
	out = json_object_get(json_object_get(fake_step_record(r, "m"), "outputs"), "main");
	for (size_t i = 0; i < 2; i++) {
		const json_t *item = json_array_get(out, i);

		ck_assert_int_eq(item != NULL, merges[_i].files[i] != NULL);
		if (item != NULL)
			ck_assert_str_eq(files_text(item), merges[_i].files[i]);
	}
}
END_TEST

/* ---- code ---- */

static const json_t *asked;

static json_t *
see_items(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	asked = ty_json_own(f->arena, json_deep_copy(json_object_get(request, "items")));
	return json_pack("{s:b, s:[{s:{}, s:{s:{s:s}}}]}", "ok", 1, "items", "json", "binary",
			 "out", "id", HASH);
}

static json_t *
forge(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	return json_pack("{s:b, s:[{s:{}, s:{s:{s:s}}}]}", "ok", 1, "items", "json", "binary",
			 "out", "id", OTHER_HASH);
}

#define CODE FLOW(NODE("a", "core.code", "`code`:`return []`"), EDGE("start", "a"))

START_TEST(code_sees_what_a_file_is_and_hands_it_on)
{
	struct fake_ops *f = ops_new();
	const struct ty_run_result *r;

	f->on_eval = see_items;
	r = run(f, CODE, FILE_ITEM);
	ck_assert_msg(r->status == TY_STATUS_OK, "%s", error_str(r, "message"));
	ck_assert_str_eq(ty_json_dump(fx.arena, asked, NULL),
			 quoted("[{`json`:{`n`:1},`binary`:{`f`:{`id`:`" HASH
				"`,`mimeType`:`image/png`,`fileName`:`a.png`,`fileExtension`:`png`,"
				"`fileSize`:`1.23 MB`,`bytes`:1234567}}}]"));
	ck_assert_ptr_nonnull(strstr(outputs_text(r, "a"), quoted("`binary`:{`out`:{`blob`:`" HASH
								  "`,`bytes`:1234567,")));
}
END_TEST

static json_t *
make_one_of_two(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	return json_pack("{s:b, s:[{s:{}, s:{s:{s:s}}, s:[i,i]}]}", "ok", 1, "items", "json",
			 "binary", "out", "id", OTHER_HASH, "from", 0, 1);
}

START_TEST(code_hands_a_file_on_with_an_item_of_several)
{
	struct fake_ops *f = ops_new();
	const struct ty_run_result *r;

	f->on_eval = make_one_of_two;
	r = run(f, CODE,
		"[{`json`:{},`binary`:{`f`:" FILE_OF(HASH) "}},"
							   "{`json`:{},`binary`:{`g`:" FILE_OF(
								   OTHER_HASH) "}}]");
	ck_assert_msg(r->status == TY_STATUS_OK, "%s", error_str(r, "message"));
	ck_assert_ptr_nonnull(
		strstr(outputs_text(r, "a"), quoted("`binary`:{`out`:{`blob`:`" OTHER_HASH)));
}
END_TEST

START_TEST(code_cannot_make_a_file_of_a_hash)
{
	struct fake_ops *f = ops_new();
	const struct ty_run_result *r;

	f->on_eval = forge;
	r = run(f, CODE, FILE_ITEM);
	ck_assert_int_eq(r->status, TY_STATUS_ERROR);
	ck_assert_ptr_nonnull(strstr(error_str(r, "message"), "binary.out"));
}
END_TEST

/* ---- the memory of answers ---- */

#define PAGES	   1000
#define PAGE_BYTES (256 * 1024)

static size_t live, peak;

static void *
counted_malloc(size_t len)
{
	size_t *block = malloc(len + 16);

	ck_assert_ptr_nonnull(block);
	block[0] = len;
	live += len;
	if (live > peak)
		peak = live;
	return block + 2;
}

static void
counted_free(void *at)
{
	size_t *block = at;

	if (at == NULL)
		return;
	live -= block[-2];
	free(block - 2);
}

static json_t *
page(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	char *text = malloc(PAGE_BYTES);
	json_t *answer;

	ck_assert_ptr_nonnull(text);
	json_array_clear(f->entries); /* the test's own copies of what was journaled */
	memset(text, 'x', PAGE_BYTES);
	answer = json_pack("{s:s%}", "body", text, (size_t)PAGE_BYTES);
	free(text);
	return answer;
}

static enum ty_code
pages_ask(struct ty_step *step, struct ty_err *err)
{
	const struct ty_call call = { .service = "http",
				      .request = json_object(),
				      .in_doubt = TY_IN_DOUBT_REPEAT };

	return ty_step_call(step, &call, err);
}

static enum ty_code
pages_exec(struct ty_step *step, struct ty_err *err)
{
	return pages_ask(step, err);
}

/* As a paging node: it looks at each answer and keeps a little of it. */
static enum ty_code
pages_resume(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	ck_assert_uint_eq(json_string_length(json_object_get(answer->value, "body")), PAGE_BYTES);
	if (answer->request + 1 < PAGES)
		return pages_ask(step, err);
	return ty_step_emit(step, 0, json_pack("{s:i}", "pages", (int)answer->request + 1), 0, err);
}

static const struct ty_param no_params[] = { { .name = NULL } };

static const struct ty_node_def pages_node = {
	TY_NODE_HEAD,		.type = "test.pages",
	.version = 1,		.category = TY_CATEGORY_NETWORK,
	.title = "Pages",	.summary = "Ask page after page",
	.inputs = ty_ports_one, .outputs = ty_ports_one,
	.params = no_params,	.flags = TY_NODE_EFFECT,
	.exec = pages_exec,	.resume = pages_resume,
};

START_TEST(a_thousand_pages_take_the_memory_of_a_few)
{
	static const struct ty_node_def *const nodes[] = { &pages_node, NULL };
	struct fake_ops *f;
	const struct ty_run_result *r;

	json_set_alloc_funcs(counted_malloc, counted_free);
	f = ops_new();
	f->nodes = nodes;
	f->on_call = page;
	r = run(f, FLOW(NODE("a", "test.pages", ""), EDGE("start", "a")), ONE_ITEM);
	ck_assert_msg(r->status == TY_STATUS_OK, "%s", error_str(r, "message"));
	ck_assert_uint_eq(f->calls, PAGES);
	ck_assert_str_eq(outputs_text(r, "a"),
			 quoted("{`main`:[{`from`:0,`json`:{`pages`:1000}}]}"));
	ck_assert_msg(peak < 8 * PAGE_BYTES, "%zu bytes", peak);
}
END_TEST

TEST_MAIN("engine files", {
	TEST(a_file_that_is_fetched_keeps_the_items_json);
	TEST_LOOP(a_file_of_the_item_is_sent, sendings);
	TEST(a_handle_in_json_is_no_file);
	TEST(set_keeps_files_with_the_other_fields);
	TEST_LOOP(merge_keeps_the_files_of_both, merges);
	TEST(code_sees_what_a_file_is_and_hands_it_on);
	TEST(code_hands_a_file_on_with_an_item_of_several);
	TEST(code_cannot_make_a_file_of_a_hash);
	TEST(a_thousand_pages_take_the_memory_of_a_few);
})

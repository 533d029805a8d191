/*
 * parsed.h -- rows of nodes that call the service "parse": parameters and items in, what is asked, what leaves.
 */
#ifndef TY_TESTS_NODES_PARSED_H
#define TY_TESTS_NODES_PARSED_H

#include "unit/engine/flow.h"

#include "base/str.h"
#include "nodes/nodes.h"

#define PARSED_FILE(name)                                                                          \
	"{`blob`:`ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad`,`mime`:"       \
	"`text/csv`,`name`:`" name "`,`bytes`:3}"
#define PARSED_MADE                                                                                \
	"{`blob`:`ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb`,`mime`:"       \
	"`text/plain`,`name`:`b`,`bytes`:1}"

struct parsed_row {
	const char *name, *params, *items;
	const char *answer; /* NULL: the service is not asked */
	const char *asked;  /* NULL: not looked at */
	const char *leaves; /* NULL: it fails; "": the node is not run */
	const char *message;
};

static const struct parsed_row *parsed;
static const char *parsed_asked;
static size_t parsed_calls;

static inline json_t *
parsed_answer(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	json_t *bare = ty_json_own(f->arena, json_copy((json_t *)request));

	parsed_calls++;
	json_object_del(bare, "idempotency_key");
	json_object_del(bare, "timeout_ms");
	json_object_del(bare, "credential"); /* the engine's: which one is the row's parameter */
	json_object_set_new(bare, "now_ms", json_integer(0));
	parsed_asked = ty_json_dump_canonical(f->arena, bare, NULL);
	ck_assert_ptr_nonnull(parsed->answer);
	return json_incref(fake_json(f->arena, quoted(parsed->answer)));
}

static inline const struct ty_run_result *
parsed_run(const char *type, const struct parsed_row *row, const char *items)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;

	parsed = row;
	parsed_asked = NULL;
	parsed_calls = 0;
	f->on_call = parsed_answer;
	r = fake_ops_run(f,
			 ty_arena_printf(fx.arena, FLOW(NODE("a", "%s", "%s"), EDGE("start", "a")),
					 type, row->params),
			 items, NULL, &fx.err);
	ck_assert_msg(r != NULL, "%s: %s", row->name, fx.err.msg);
	return r;
}

static inline const char *
parsed_canonical(const char *text)
{
	return ty_json_dump_canonical(fx.arena, fake_json(fx.arena, quoted(text)), NULL);
}

static inline void
parsed_row_run(const char *type, const struct parsed_row *row)
{
	const struct ty_run_result *r = parsed_run(type, row, row->items);

	if (row->answer != NULL)
		ck_assert_msg(parsed_asked != NULL, "%s: not asked", row->name);
	if (row->asked != NULL)
		ck_assert_str_eq(parsed_asked, parsed_canonical(row->asked));
	if (row->leaves == NULL) {
		ck_assert_int_ne(r->status, TY_STATUS_OK);
		ck_assert_msg(strstr(error_str(r, "message"), row->message) != NULL, "%s: %s",
			      row->name, error_str(r, "message"));
		return;
	}
	ck_assert_msg(r->status == TY_STATUS_OK, "%s: %s", row->name, error_str(r, "message"));
	ck_assert_str_eq(outputs_text(r, "a"),
			 row->leaves[0] == '\0' ? "{}"
						: parsed_canonical(ty_arena_printf(
							  fx.arena, "{`main`:%s}", row->leaves)));
}

/* So many items with a file each: each is asked for once, and leaves with its own lineage. */
static inline void
parsed_many(const char *type, const char *params, size_t count, const char *answer)
{
	const struct parsed_row row = { .name = "many", .params = params, .answer = answer };
	const struct ty_run_result *r;
	struct ty_buf items;
	const json_t *out;

	ty_buf_init(&items, fx.arena, count * 200);
	for (size_t i = 0; i < count; i++)
		ty_buf_printf(&items, "%s{`json`:{},`binary`:{`data`:%s}}", i > 0 ? "," : "[",
			      PARSED_FILE("a"));
	ty_buf_add_char(&items, ']');
	r = parsed_run(type, &row, items.data);
	ck_assert_msg(r->status == TY_STATUS_OK, "%s", error_str(r, "message"));
	ck_assert_uint_eq(parsed_calls, count);
	out = json_object_get(json_object_get(fake_step_record(r, "a"), "outputs"), "main");
	ck_assert_uint_eq(json_array_size(out), count);
	ck_assert_int_eq(ty_json_int(json_array_get(out, count - 1), "from", -1),
			 (json_int_t)count - 1);
}

#endif

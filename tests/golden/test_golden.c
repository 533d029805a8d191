/*
 * test_golden.c -- workflow and input in, the exact steps of the run out.
 *
 * A file of this folder: { "about", "workflow", "input", "now_ms"?, "http"?: [answers in order],
 * "journal"?: [...], "expect": { "status", "steps": [...], "response"?, "error"?, "digest",
 * "requests"?: [...] } }.  "steps" are the records without their timings.  The sandbox is
 * the real one.  TY_GOLDEN_WRITE=1 writes what came out into the files, to be read and committed.
 */
#include "files.h"

#include "json/json.h"
#include "support/common.h"
#include "support/fake_ops.h"
#include "support/places.h"

#include <stdio.h>

static struct files files;

static const json_t *answers;
static json_t *requests;

static json_t *
golden_http(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	json_t *kept = json_deep_copy(request);
	json_t *answer = json_array_get(answers, json_array_size(requests));
	const json_t *error = json_object_get(answer, "error");

	json_array_append_new(requests, kept);
	if (answer == NULL) {
		ty_err_set(err, TY_E_INTERNAL, "the file has no answer to request %zu",
			   json_array_size(requests));
		return NULL;
	}
	if (error != NULL) {
		ty_err_set(err, ty_code_find(ty_json_str(error, "code", "")), "%s",
			   ty_json_str(error, "message", ""));
		return NULL;
	}
	f->now_ms += ty_json_int(answer, "duration_ms", 0);
	return json_incref(answer);
}

static json_t *
steps_without_timings(const struct ty_run_result *r)
{
	json_t *steps = json_deep_copy(r->steps), *step;
	size_t i;

	json_array_foreach(steps, i, step)
	{
		json_object_del(step, "started_ms");
		json_object_del(step, "duration_ms");
	}
	return steps;
}

/* The digest of the file where it is this run's by the rules of its own version, else today's. */
static const char *
run_digest(const json_t *doc, const struct ty_run_result *r)
{
	const char *recorded = ty_json_str(ty_json_obj(doc, "expect"), "digest", "");

	if (getenv("TY_GOLDEN_WRITE") == NULL && ty_digest_is_of(fx.arena, r->steps, recorded))
		return recorded;
	return r->digest;
}

static json_t *
run_outcome(const json_t *doc)
{
	struct fake_ops *f = fake_ops_new(fx.arena);
	const struct ty_run_result *r;
	json_t *out = ty_json_own(fx.arena, json_object());

	answers = json_object_get(doc, "http");
	requests = ty_json_own(fx.arena, json_array());
	f->on_call = golden_http;
	fake_ops_use_sandbox(f);
	r = fake_ops_run(f, ty_json_dump(fx.arena, json_object_get(doc, "workflow"), NULL),
			 ty_json_dump(fx.arena, json_object_get(doc, "input"), NULL),
			 json_object_get(doc, "journal"), &fx.err);
	/* Waits are over when they are looked at. */
	for (int i = 0; i < 1000 && r == NULL && f->run != NULL; i++) {
		fake_ops_advance(f, f->wake_ms - f->now_ms);
		r = ty_run_result(f->run);
	}
	ck_assert_msg(r != NULL, "%s", fx.err.msg);
	ck_assert_uint_eq(f->finished, 1);
	json_object_set_new(out, "status", json_string(ty_status_name(r->status)));
	json_object_set_new(out, "steps", steps_without_timings(r));
	if (r->error != NULL)
		json_object_set(out, "error", (json_t *)r->error);
	if (r->response != NULL)
		json_object_set(out, "response", (json_t *)r->response);
	if (json_array_size(requests) > 0)
		json_object_set(out, "requests", requests);
	json_object_set_new(out, "digest", json_string(run_digest(doc, r)));
	return out;
}

static void
golden_write(const char *path, json_t *doc, json_t *outcome)
{
	FILE *f = fopen(path, "w");

	json_object_set(doc, "expect", outcome);
	ck_assert_ptr_nonnull(f);
	json_dumpf(doc, f, JSON_INDENT(2));
	fputc('\n', f);
	fclose(f);
}

/* Where two values differ first, for the message. */
static const char *
difference(const char *path, const json_t *a, const json_t *b)
{
	const char *key;
	json_t *child;

	if (json_equal(a, b))
		return NULL;
	if (json_is_object(a) && json_is_object(b)) {
		json_object_foreach((json_t *)a, key, child) if (
			!json_equal(child,
				    json_object_get(
					    b, key))) return difference(ty_arena_printf(fx.arena,
											"%s.%s",
											path, key),
									child,
									json_object_get(b, key));
		return ty_arena_printf(fx.arena, "%s: something more", path);
	}
	for (size_t i = 0; json_is_array(a) && json_is_array(b) && i < json_array_size(a); i++)
		if (!json_equal(json_array_get(a, i), json_array_get(b, i)))
			return difference(ty_arena_printf(fx.arena, "%s[%zu]", path, i),
					  json_array_get(a, i), json_array_get(b, i));
	return ty_arena_printf(fx.arena, "%s: expected %.600s, got %.600s", path,
			       a != NULL ? ty_json_dump(fx.arena, a, NULL) : "nothing",
			       b != NULL ? ty_json_dump(fx.arena, b, NULL) : "nothing");
}

START_TEST(a_run_has_exactly_the_steps_of_its_file)
{
	const char *path = files_path(&files, _i, fx.arena);
	json_error_t where;
	json_t *doc = json_load_file(path, JSON_REJECT_DUPLICATES, &where), *outcome;

	ck_assert_msg(doc != NULL, "%s:%d: %s", files.names[_i], where.line, where.text);
	ty_json_own(fx.arena, doc);
	outcome = run_outcome(doc);
	if (getenv("TY_GOLDEN_WRITE") != NULL)
		golden_write(path, doc, outcome);
	ck_assert_msg(json_equal(json_object_get(doc, "expect"), outcome), "%s: %s",
		      files.names[_i],
		      difference("expect", json_object_get(doc, "expect"), outcome));
}
END_TEST

/* What was recorded in an earlier release proves its digest today. */
START_TEST(a_recorded_run_proves_its_digest)
{
	const char *path = files_path(&files, _i, fx.arena);
	json_t *doc = files_read(path, fx.arena), *expect = ty_json_obj(doc, "expect"), *item;

	ck_assert(ty_digest_is_of(fx.arena, ty_json_arr(expect, "steps"),
				  ty_json_str(expect, "digest", "")));
	item = json_array_get(ty_json_arr(expect, "steps"), 0);
	json_object_set_new(item, "items_in", json_integer(99));
	ck_assert(!ty_digest_is_of(fx.arena, ty_json_arr(expect, "steps"),
				   ty_json_str(expect, "digest", "")));
}
END_TEST

START_TEST(there_are_golden_files)
{
	ck_assert_int_gt(files.count, 5);
}
END_TEST

TEST_MAIN("golden", {
	files_find(&files, TY_SOURCE_DIR "/tests/golden");
	TEST(there_are_golden_files);
	tcase_add_loop_test(tc, a_run_has_exactly_the_steps_of_its_file, 0, files.count);
	tcase_add_loop_test(tc, a_recorded_run_proves_its_digest, 0, files.count);
})

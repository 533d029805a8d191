/*
 * test_parked.c -- runs that a release put down are taken up by this one.
 *
 * Each file in tests/golden/states: { "about", "workflow", "input", "rest": at which of its rests it
 * was put down, "state", "steps", "journal": as they were stored then, "expect": { "steps",
 * "digest" } of a run that was never put down }.  A file is never written anew: a new version of the
 * state is a new file.  TY_GOLDEN_WRITE=1 fills one that has no state yet.
 */
#include "files.h"

#include "base/arena.h"
#include "json/json.h"
#include "support/common.h"
#include "support/fake_ops.h"
#include "support/places.h"

#include <stdio.h>
#include <stdlib.h>

static struct files files;

/* Even numbers fail when they are asked first. */
static json_t *
busy_http(struct fake_ops *f, const json_t *request, struct ty_err *err)
{
	const char *url = ty_json_str(request, "url", "");
	const char *key = ty_json_str(request, "idempotency_key", "");
	int n = url[strlen(url) - 1] - '0';

	f->now_ms += 3;
	if (strstr(url, "/busy/") != NULL && n % 2 == 0 && ty_json_int(f->effects, key, 0) <= 1)
		return json_pack("{s:i, s:{}, s:s}", "status", 503, "headers", "body", "busy");
	return json_pack("{s:i, s:{s:s}, s:{s:i}}", "status", 200, "headers", "content-type",
			 "application/json", "body", "n", n);
}

static void
file_write(const char *path, const json_t *doc)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	json_dumpf(doc, file, JSON_INDENT(1));
	fputc('\n', file);
	fclose(file);
}

static struct fake_ops *
world_new(const json_t *doc, const struct ty_plan **ret_plan)
{
	struct fake_ops *f = fake_ops_new(fx.arena);

	f->on_call = busy_http;
	fake_ops_use_sandbox(f);
	ck_assert_ok(fake_ops_plan(f,
				   ty_json_dump(fx.arena, json_object_get(doc, "workflow"), NULL),
				   ret_plan, &fx.err));
	return f;
}

/* Until it is over, or at the 'rest'th rest; 0 = over. */
static void
world_go(struct fake_ops *f, size_t rest)
{
	for (int i = 0; i < 100 && ty_run_result(f->run) == NULL; i++) {
		if (rest > 0 && f->rests >= rest)
			return;
		fake_ops_advance(f, f->wake_ms - f->now_ms);
	}
}

static void
steps_add(json_t *steps, struct ty_run *run)
{
	json_t *taken = ty_run_take_steps(run), *step;
	size_t i;

	json_array_foreach(taken, i, step)
	{
		json_object_del(step, "started_ms");
		json_object_del(step, "duration_ms");
		json_object_del(step, "notices");
	}
	json_array_extend(steps, taken);
	json_decref(taken);
}

/* Run it as this release does: put down, and never put down. */
static void
file_fill(json_t *doc)
{
	const struct ty_plan *plan;
	struct fake_ops *f = world_new(doc, &plan);
	const json_t *items = json_object_get(doc, "input");
	json_t *steps = ty_json_own(fx.arena, json_array());
	json_t *all = ty_json_own(fx.arena, json_array());
	struct ty_run_parked parked;

	ck_assert_ok(fake_ops_start(f, plan, items, NULL, &fx.err));
	world_go(f, (size_t)ty_json_int(doc, "rest", 1));
	ck_assert(ty_run_park(f->run, fx.arena, &parked));
	steps_add(steps, f->run);
	json_object_set_new(doc, "state", json_deep_copy(parked.state));
	json_object_set_new(doc, "steps", json_deep_copy(steps));
	json_object_set_new(doc, "journal",
			    json_deep_copy(fake_ops_journal(f, fx.arena, SIZE_MAX)));
	f = world_new(doc, &plan);
	ck_assert_ok(fake_ops_start(f, plan, items, NULL, &fx.err));
	world_go(f, 0);
	steps_add(all, f->run);
	json_object_set_new(
		doc, "expect",
		json_pack("{s:O, s:s}", "steps", all, "digest", ty_run_result(f->run)->digest));
}

START_TEST(a_run_put_down_by_a_release_goes_on_in_this_one)
{
	const char *path = files_path(&files, _i, fx.arena);
	json_t *doc = files_read(path, fx.arena), *steps = ty_json_own(fx.arena, json_array()),
	       *entry;
	const json_t *expect;
	const struct ty_plan *plan;
	struct ty_run_spec spec;
	struct fake_ops *f;
	size_t i;

	if (json_object_get(doc, "state") == NULL && getenv("TY_GOLDEN_WRITE") != NULL) {
		file_fill(doc);
		file_write(path, doc);
	}
	expect = ty_json_obj(doc, "expect");
	f = world_new(doc, &plan);
	/* The receiver knows of what was made. */
	json_array_foreach(json_object_get(doc, "journal"), i, entry)
	{
		const char *key = ty_json_str(entry, "idempotency_key", "?");

		json_object_set_new(f->effects, key,
				    json_integer(ty_json_int(f->effects, key, 0) + 1));
	}
	spec = fake_ops_spec(plan, json_object_get(doc, "input"), json_object_get(doc, "journal"));
	spec.parked = ty_json_obj(doc, "state");
	spec.steps = ty_json_arr(doc, "steps");
	ck_assert_ok(ty_run_new(fx.arena, &fake_engine_ops, f, &spec, &f->run, &fx.err));
	json_array_extend(steps, json_object_get(doc, "steps"));
	ty_run_start(f->run);
	world_go(f, 0);
	steps_add(steps, f->run);
	ck_assert_str_eq(ty_json_dump_canonical(fx.arena, steps, NULL),
			 ty_json_dump_canonical(fx.arena, json_object_get(expect, "steps"), NULL));
	ck_assert_str_eq(ty_run_result(f->run)->digest, ty_json_str(expect, "digest", ""));
	ck_assert(ty_digest_is_of(fx.arena, steps, ty_run_result(f->run)->digest));
}
END_TEST

START_TEST(there_is_a_file_of_each_version)
{
	ck_assert_int_ge(files.count, 1);
}
END_TEST

TEST_MAIN("golden.parked", {
	files_find(&files, TY_SOURCE_DIR "/tests/golden/states");
	TEST(there_is_a_file_of_each_version);
	tcase_add_loop_test(tc, a_run_put_down_by_a_release_goes_on_in_this_one, 0, files.count);
})

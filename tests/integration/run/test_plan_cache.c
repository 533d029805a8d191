/*
 * test_plan_cache.c -- plans loaded once, kept up to a cap, and never another workspace's.
 */
#include "graphs.h"
#include "house.h"

#include "engine/engine.h"
#include "run/plan_cache.h"
#include "support/nodes.h"

#include <stdio.h>
#include <uv.h>

#define CAP (16 * 1024)

static const char small[] = GRAPH(TRIGGER "," NODE("end", "core.noop", ""),
				  EDGE("t", "main", "end"), "\"save\":\"errors\"");

static struct {
	uv_loop_t loop;
	struct ty_store_async *store;
	struct plan_cache *cache;
	int told;
	const struct plan_ref *ref;
	struct ty_err err;
} c;

static void
setup(void)
{
	memset(&c, 0, sizeof(c));
	uv_loop_init(&c.loop);
	c.store = ty_store_async_new(&c.loop, house_services.database_url, "test", NULL, NULL);
	c.cache = plan_cache_new(builtin_registry(fx.arena), c.store, CAP);
	while (!ty_store_async_is_up(c.store))
		uv_run(&c.loop, UV_RUN_ONCE);
}

static void
teardown(void)
{
	ty_store_async_free(c.store);
	plan_cache_free(c.cache);
	uv_run(&c.loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&c.loop), 0);
}

static void
told(void *ctx, const struct plan_ref *ref, const struct ty_err *err)
{
	ck_assert((ref == NULL) != (err == NULL));
	c.told++;
	c.ref = ref;
	if (err != NULL)
		c.err = *err;
}

static const struct plan_ref *
get(const struct ty_id *workspace, const struct ty_id *version)
{
	int before = c.told;

	plan_cache_get(c.cache, workspace, version, told, NULL);
	while (c.told == before)
		uv_run(&c.loop, UV_RUN_ONCE);
	return c.ref;
}

START_TEST(a_plan_is_loaded_once_however_many_wait)
{
	struct house_flow flow = house_flow(small);
	const struct plan_ref *ref;

	for (int i = 0; i < 10; i++)
		plan_cache_get(c.cache, &house.workspace, &flow.version, told, NULL);
	ck_assert_uint_eq(ty_store_async_pending(c.store), 1);
	while (c.told < 10)
		uv_run(&c.loop, UV_RUN_ONCE);
	ref = c.ref;
	ck_assert_str_eq(ref->workflow_name, "Flow");
	ck_assert_str_eq(ref->save, "errors");
	plan_cache_get(c.cache, &house.workspace, &flow.version, told, NULL);
	ck_assert_int_eq(c.told, 11); /* at once */
	ck_assert_ptr_eq(c.ref, ref);
	for (int i = 0; i < 11; i++)
		plan_cache_unref(c.cache, ref);
	ck_assert_uint_eq(plan_cache_count(c.cache), 1);
}
END_TEST

START_TEST(the_least_recently_used_goes_when_all_are_over_the_cap)
{
	struct house_flow first = house_flow(small), other;
	size_t kept;

	for (int i = 0; i < 20; i++) {
		other = house_flow(small);
		plan_cache_unref(c.cache, get(&house.workspace, &other.version));
		plan_cache_unref(c.cache, get(&house.workspace, &first.version));
		ck_assert_uint_le(plan_cache_bytes(c.cache), CAP);
	}
	kept = plan_cache_count(c.cache);
	ck_assert_uint_ge(kept, 2);
	ck_assert_uint_lt(kept, 21);
	/* Both of the last used are there: answered at once. */
	c.told = 0;
	plan_cache_get(c.cache, &house.workspace, &first.version, told, NULL);
	plan_cache_unref(c.cache, c.ref);
	plan_cache_get(c.cache, &house.workspace, &other.version, told, NULL);
	plan_cache_unref(c.cache, c.ref);
	ck_assert_int_eq(c.told, 2);
}
END_TEST

START_TEST(a_plan_in_use_is_never_freed)
{
	struct house_flow used = house_flow(small);
	const struct plan_ref *ref = get(&house.workspace, &used.version);

	for (int i = 0; i < 20; i++) {
		struct house_flow other = house_flow(small);

		plan_cache_unref(c.cache, get(&house.workspace, &other.version));
	}
	ck_assert_uint_eq(ty_graph_node_count(ty_plan_graph(ref->plan)), 2);
	ck_assert_ptr_eq(get(&house.workspace, &used.version), ref);
	plan_cache_unref(c.cache, ref);
	plan_cache_unref(c.cache, ref);
}
END_TEST

START_TEST(a_version_of_another_workspace_is_not_found)
{
	struct house_flow flow = house_flow(small);
	struct ty_id other = ty_id_new();

	plan_cache_unref(c.cache, get(&house.workspace, &flow.version));
	ck_assert_ptr_null(get(&other, &flow.version));
	ck_assert_int_eq(c.err.code, TY_E_NOT_FOUND);
	ck_assert_uint_eq(plan_cache_count(c.cache), 1);
}
END_TEST

/* It may have been saved by a program that knows a node we do not, or be damaged. */
START_TEST(what_does_not_compile_is_invalid_and_not_kept)
{
	struct house_flow flow = house_flow("{\"nodes\":7}");

	ck_assert_ptr_null(get(&house.workspace, &flow.version));
	ck_assert_int_eq(c.err.code, TY_E_INVALID);
	ck_assert_uint_eq(plan_cache_count(c.cache), 0);
}
END_TEST

START_TEST(without_postgres_it_is_unavailable_and_there_when_it_is_back)
{
	struct house_flow flow = house_flow(small);

	svc_postgres_kill9(&house_services);
	ck_assert_ptr_null(get(&house.workspace, &flow.version));
	ck_assert_int_eq(c.err.code, TY_E_UNAVAILABLE);
	svc_postgres_start(&house_services);
	while (!ty_store_async_is_up(c.store))
		uv_run(&c.loop, UV_RUN_ONCE);
	ck_assert_ptr_nonnull(get(&house.workspace, &flow.version));
	plan_cache_unref(c.cache, c.ref);
}
END_TEST

HOUSE_TEST_MAIN("run.plan_cache", 60, {
	tcase_add_checked_fixture(tc, setup, teardown);
	TEST(a_plan_is_loaded_once_however_many_wait);
	TEST(the_least_recently_used_goes_when_all_are_over_the_cap);
	TEST(a_plan_in_use_is_never_freed);
	TEST(a_version_of_another_workspace_is_not_found);
	TEST(what_does_not_compile_is_invalid_and_not_kept);
	TEST(without_postgres_it_is_unavailable_and_there_when_it_is_back);
})

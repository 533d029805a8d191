/*
 * test_breakers.c -- circuit breakers by hand, by the API: both stores have it, and who may.
 */
#include "deliveries.h"

#define AT   "/api/v1/workspaces/{ws}/breakers"
#define BODY "{\"node_type\":\"http.request\",\"host\":\"API.test\",\"why\":\"maintenance\"}"

static const char *
holds(void)
{
	return house_sql("SELECT coalesce(string_agg(what || ': ' || why, ', '), '') FROM "
			 "tyboo.breaker_holds WHERE workspace_id = '%s'",
			 house.ws_id.s);
}

static const char *
state_of(const struct reply *list)
{
	const json_t *items = ty_json_arr(list->json, "items");

	return json_array_size(items) > 0 ? ty_json_str(json_array_get(items, 0), "state", "?")
					  : "";
}

static const char *const ends[] = { "close", "reset" };

START_TEST(what_is_opened_by_hand_is_in_both_stores_until_it_is_closed)
{
	struct reply reply = ask("POST", AT "/open", BODY);

	ck_assert_status(reply, 200);
	ck_assert_str_eq(state_of(&reply), "open");
	ck_assert_str_eq(holds(), "http.request api.test: maintenance");
	/* What is wanted is so. */
	ck_assert_status(ask("POST", AT "/open", BODY), 200);
	ck_assert_str_eq(holds(), "http.request api.test: maintenance");
	for (int i = 0; i < 2; i++) {
		reply = ask("POST", ty_arena_printf(fx.arena, AT "/%s", ends[_i]), BODY);
		ck_assert_status(reply, 200);
		ck_assert_str_eq(state_of(&reply), "");
		ck_assert_str_eq(holds(), "");
	}
}
END_TEST

START_TEST(a_viewer_opens_and_closes_none)
{
	struct person viewer = house_person("viewer", &house.ws_id);

	ck_assert_status(ask_as(&viewer, "POST", AT "/open", BODY, NULL), 403);
	ck_assert_status(ask_as(&viewer, "GET", AT, NULL, NULL), 200);
	ck_assert_str_eq(holds(), "");
}
END_TEST

HOUSE_MAIN("api breakers", {
	TEST_LOOP(what_is_opened_by_hand_is_in_both_stores_until_it_is_closed, ends);
	TEST(a_viewer_opens_and_closes_none);
})

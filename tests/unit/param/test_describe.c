/*
 * test_describe.c -- the catalog holds what a form needs.
 */
#include "param/param.h"

#include "unit/param/table.h"
#include "support/common.h"

static const struct {
	const char *name, *json;
} row_cases[] = {
	{ "url",
	  "{\"name\":\"url\",\"label\":\"URL\",\"help\":\"Where to.\",\"placeholder\":"
	  "\"https://...\",\"type\":\"url\",\"required\":true,\"expr\":true,\"secret\":false,"
	  "\"advanced\":false}" },
	{ "method",
	  "{\"name\":\"method\",\"label\":\"method\",\"type\":\"enum\",\"required\":false,"
	  "\"expr\":true,\"secret\":false,\"advanced\":false,\"default\":\"GET\",\"choices\":["
	  "{\"value\":\"GET\",\"label\":\"Get\"},{\"value\":\"POST\",\"label\":\"POST\"},"
	  "{\"value\":\"PUT\",\"label\":\"Put\"}]}" },
	{ "count", "{\"name\":\"count\",\"label\":\"count\",\"type\":\"int\",\"required\":false,"
		   "\"expr\":true,\"secret\":false,\"advanced\":false,\"default\":30,\"min\":1,"
		   "\"max\":100,\"unit\":\"ms\"}" },
	{ "flag", "{\"name\":\"flag\",\"label\":\"flag\",\"type\":\"bool\",\"required\":false,"
		  "\"expr\":true,\"secret\":false,\"advanced\":false,\"default\":true}" },
	{ "ratio", "{\"name\":\"ratio\",\"label\":\"ratio\",\"type\":\"number\",\"required\":false,"
		   "\"expr\":true,\"secret\":false,\"advanced\":false,\"default\":0.5}" },
	{ "code", "{\"name\":\"code\",\"label\":\"code\",\"type\":\"code\",\"required\":false,"
		  "\"expr\":false,\"secret\":false,\"advanced\":false}" },
	{ "big", "{\"name\":\"big\",\"label\":\"big\",\"type\":\"int\",\"required\":false,"
		 "\"expr\":false,\"secret\":false,\"advanced\":true}" },
	{ "tags",
	  "{\"name\":\"tags\",\"label\":\"tags\",\"type\":\"list\",\"required\":false,"
	  "\"expr\":false,\"secret\":false,\"advanced\":false,\"default\":[{\"name\":\"x\"}],"
	  "\"fields\":[{\"name\":\"name\",\"label\":\"name\",\"type\":\"string\",\"required\":"
	  "false,\"expr\":false,\"secret\":false,\"advanced\":false}]}" },
	{ "raw", "{\"name\":\"raw\",\"label\":\"raw\",\"type\":\"string\",\"required\":true,"
		 "\"expr\":false,\"secret\":false,\"advanced\":false,\"show_when\":"
		 "\"method=PUT;mode=raw\"}" },
	{ "credential", "{\"name\":\"credential\",\"label\":\"credential\",\"type\":\"credential\","
			"\"required\":false,\"expr\":false,\"secret\":false,\"advanced\":false,"
			"\"credential_type\":\"http.header,oauth2\"}" },
	{ "word", "{\"name\":\"word\",\"label\":\"word\",\"type\":\"enum\",\"required\":false,"
		  "\"expr\":false,\"secret\":false,\"advanced\":false,\"choices\":["
		  "{\"value\":\"GET\",\"label\":\"Get\"},{\"value\":\"POST\",\"label\":\"POST\"},"
		  "{\"value\":\"PUT\",\"label\":\"Put\"}]}" },
	{ "id", "{\"name\":\"id\",\"label\":\"id\",\"type\":\"id\",\"required\":false,"
		"\"expr\":false,\"secret\":false,\"advanced\":false}" },
	{ "secret",
	  "{\"name\":\"secret\",\"label\":\"secret\",\"type\":\"string\",\"required\":false,"
	  "\"expr\":false,\"secret\":true,\"advanced\":false,\"min\":0,\"max\":4}" },
};

START_TEST(a_row_says_all_a_form_needs)
{
	json_t *list = ty_param_describe(test_table), *row;
	size_t i;
	bool seen = false;

	json_array_foreach(list, i, row)
	{
		char *text;

		if (strcmp(json_string_value(json_object_get(row, "name")), row_cases[_i].name) !=
		    0)
			continue;
		text = json_dumps(row, JSON_COMPACT);
		ck_assert_str_eq(text, row_cases[_i].json);
		free(text);
		seen = true;
	}
	ck_assert(seen);
	ck_assert_uint_eq(json_array_size(list), TY_ARRAY_COUNT(test_table) - 1);
	json_decref(list);
}
END_TEST

START_TEST(an_absent_table_is_an_empty_list)
{
	json_t *list = ty_param_describe(NULL);

	ck_assert_uint_eq(json_array_size(list), 0);
	json_decref(list);
}
END_TEST

TEST_MAIN("param describe", {
	TEST_LOOP(a_row_says_all_a_form_needs, row_cases);
	TEST(an_absent_table_is_an_empty_list);
})

/*
 * table.h -- one parameter table with a row of every type, shared by the tests.
 */
#ifndef TY_TESTS_PARAM_TABLE_H
#define TY_TESTS_PARAM_TABLE_H

#include "param/param.h"

struct test_rule {
	const char *field;
	int op;
	const char *value;
};

struct test_params {
	const char *url, *text, *code, *endpoint, *credential, *body, *raw, *secret, *word, *id;
	int64_t count, big;
	double ratio;
	bool flag;
	int method, mode;
	const json_t *data;
	struct ty_param_list rules;
	struct ty_param_list tags;
};

struct test_tag {
	const char *name;
};

enum { METHOD_GET, METHOD_POST, METHOD_PUT };

static const struct ty_choice test_methods[] = {
	{ "GET", "Get" }, { "POST", NULL }, { "PUT", "Put" }, { NULL, NULL }
};

static const struct ty_choice test_modes[] = { { "json", "JSON" },
					       { "raw", "Raw" },
					       { NULL, NULL } };

static const struct ty_choice test_ops[] = { { "eq", "=" },
					     { "exists", "exists" },
					     { NULL, NULL } };

static const struct ty_param test_rule_fields[] = { { .name = "field",
						      .type = TY_PARAM_STRING,
						      .flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR,
						      .offset = offsetof(struct test_rule, field) },
						    { .name = "op",
						      .type = TY_PARAM_ENUM,
						      .choices = test_ops,
						      .def = "eq",
						      .offset = offsetof(struct test_rule, op) },
						    { .name = "value",
						      .type = TY_PARAM_STRING,
						      .flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR,
						      .show_when = "op=eq",
						      .offset = offsetof(struct test_rule, value) },
						    { .name = NULL } };

static const struct ty_param test_tag_fields[] = {
	{ .name = "name", .type = TY_PARAM_STRING, .offset = offsetof(struct test_tag, name) },
	{ .name = NULL }
};

static const struct ty_param test_table[] = {
	{ .name = "url",
	  .label = "URL",
	  .help = "Where to.",
	  .placeholder = "https://...",
	  .type = TY_PARAM_URL,
	  .flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR,
	  .offset = offsetof(struct test_params, url) },
	{ .name = "method",
	  .type = TY_PARAM_ENUM,
	  .choices = test_methods,
	  .def = "GET",
	  .flags = TY_PARAM_EXPR,
	  .offset = offsetof(struct test_params, method) },
	{ .name = "body",
	  .type = TY_PARAM_TEXT,
	  .flags = TY_PARAM_REQUIRED | TY_PARAM_EXPR,
	  .show_when = "method=POST,PUT",
	  .offset = offsetof(struct test_params, body) },
	{ .name = "mode",
	  .type = TY_PARAM_ENUM,
	  .choices = test_modes,
	  .def = "json",
	  .offset = offsetof(struct test_params, mode) },
	{ .name = "raw",
	  .type = TY_PARAM_STRING,
	  .flags = TY_PARAM_REQUIRED,
	  .show_when = "method=PUT;mode=raw",
	  .offset = offsetof(struct test_params, raw) },
	{ .name = "text",
	  .type = TY_PARAM_STRING,
	  .flags = TY_PARAM_EXPR,
	  .min = 2,
	  .max = 8,
	  .offset = offsetof(struct test_params, text) },
	{ .name = "code",
	  .type = TY_PARAM_CODE,
	  .flags = TY_PARAM_EXPR,
	  .offset = offsetof(struct test_params, code) },
	{ .name = "endpoint",
	  .type = TY_PARAM_STRING,
	  .def = "main",
	  .offset = offsetof(struct test_params, endpoint) },
	{ .name = "count",
	  .type = TY_PARAM_INT,
	  .flags = TY_PARAM_EXPR,
	  .def = "30",
	  .min = 1,
	  .max = 100,
	  .unit = "ms",
	  .offset = offsetof(struct test_params, count) },
	{ .name = "big",
	  .type = TY_PARAM_INT,
	  .flags = TY_PARAM_ADVANCED,
	  .offset = offsetof(struct test_params, big) },
	{ .name = "ratio",
	  .type = TY_PARAM_NUMBER,
	  .flags = TY_PARAM_EXPR,
	  .def = "0.5",
	  .offset = offsetof(struct test_params, ratio) },
	{ .name = "flag",
	  .type = TY_PARAM_BOOL,
	  .flags = TY_PARAM_EXPR,
	  .def = "true",
	  .offset = offsetof(struct test_params, flag) },
	{ .name = "data",
	  .type = TY_PARAM_JSON,
	  .flags = TY_PARAM_EXPR,
	  .offset = offsetof(struct test_params, data) },
	{ .name = "rules",
	  .type = TY_PARAM_LIST,
	  .fields = test_rule_fields,
	  .fields_size = sizeof(struct test_rule),
	  .max = 3,
	  .offset = offsetof(struct test_params, rules) },
	{ .name = "tags",
	  .type = TY_PARAM_LIST,
	  .fields = test_tag_fields,
	  .fields_size = sizeof(struct test_tag),
	  .def = "[{\"name\":\"x\"}]",
	  .offset = offsetof(struct test_params, tags) },
	{ .name = "credential",
	  .type = TY_PARAM_CREDENTIAL,
	  .credential_type = "http.header,oauth2",
	  .offset = offsetof(struct test_params, credential) },
	{ .name = "secret",
	  .type = TY_PARAM_STRING,
	  .flags = TY_PARAM_SECRET,
	  .max = 4,
	  .offset = offsetof(struct test_params, secret) },
	{ .name = "word",
	  .type = TY_PARAM_WORD,
	  .choices = test_methods,
	  .offset = offsetof(struct test_params, word) },
	{ .name = "id", .type = TY_PARAM_ID, .offset = offsetof(struct test_params, id) },
	{ .name = NULL }
};

#endif

/*
 * condition.c -- see condition.h.  Owns nothing but what ty_conditions_describe() gives.
 */
#include "param/condition.h"
#include "param/internal.h"

#include "base/err.h"
#include "base/str.h"
#include "param/row.h"

#include <stdio.h>
#include <string.h>

static const struct ty_condition_op ops[] = {
#define CONDITION(type, operation, label, right, test, is_negated)                                 \
	{ TY_CONDITION_##type,	operation,	     label,                                        \
	  TY_CONDITION_##right, TY_CONDITION_##test, is_negated },
#include "param/condition.def"
#undef CONDITION
};

static const struct {
	const char *word, *name;
} types[TY_CONDITION_TYPE__COUNT] = {
	[TY_CONDITION_NONE] = { "", "nothing" },
	[TY_CONDITION_STRING] = { "string", "text" },
	[TY_CONDITION_NUMBER] = { "number", "a number" },
	[TY_CONDITION_DATE_TIME] = { "dateTime", "a date" },
	[TY_CONDITION_BOOLEAN] = { "boolean", "true or false" },
	[TY_CONDITION_ARRAY] = { "array", "a list" },
	[TY_CONDITION_OBJECT] = { "object", "an object" },
	[TY_CONDITION_ANY] = { "any", "anything" },
};

/* ---- the structure, as tables ---- */

static const struct ty_choice type_words[] = {
	{ "string", NULL }, { "number", NULL }, { "dateTime", NULL }, { "boolean", NULL },
	{ "array", NULL },  { "object", NULL }, { "any", NULL },      { NULL, NULL },
};

static const struct ty_choice combinators[] = { { "and", NULL }, { "or", NULL }, { NULL, NULL } };
static const struct ty_choice validations[] = { { "strict", NULL },
						{ "loose", NULL },
						{ NULL, NULL } };

/* Members of a form's own ("id", "name" and "leftValue" of the options), which are kept and mean nothing. */
static const struct ty_param condition_rows[] = {
	{ .name = "id", .type = TY_PARAM_STRING, .max = 100 },
	{ .name = "leftValue", .type = TY_PARAM_JSON, .flags = TY_PARAM_EXPR },
	{ .name = "rightValue", .type = TY_PARAM_JSON, .flags = TY_PARAM_EXPR },
	{ .name = "operator", .type = TY_PARAM_JSON, .flags = TY_PARAM_REQUIRED },
	TY_ROW_END,
};

static const struct ty_param operator_rows[] = {
	{ .name = "name", .type = TY_PARAM_STRING, .max = 100 },
	{ .name = "type",
	  .type = TY_PARAM_WORD,
	  .choices = type_words,
	  .flags = TY_PARAM_REQUIRED },
	{ .name = "operation", .type = TY_PARAM_STRING, .max = 50, .flags = TY_PARAM_REQUIRED },
	{ .name = "rightType", .type = TY_PARAM_WORD, .choices = type_words },
	{ .name = "singleValue", .type = TY_PARAM_BOOL, .flags = TY_PARAM_STRICT },
	TY_ROW_END,
};

static const struct ty_param option_rows[] = {
	{ .name = "caseSensitive", .type = TY_PARAM_BOOL, .flags = TY_PARAM_STRICT },
	{ .name = "typeValidation", .type = TY_PARAM_WORD, .choices = validations },
	{ .name = "version", .type = TY_PARAM_INT, .min = 1, .max = 3, .flags = TY_PARAM_STRICT },
	{ .name = "leftValue", .type = TY_PARAM_JSON },
	TY_ROW_END,
};

static const struct ty_param group_rows[] = {
	{ .name = "conditions",
	  .type = TY_PARAM_LIST,
	  .fields = condition_rows,
	  .max = TY_CONDITION_TESTS_MAX,
	  .flags = TY_PARAM_REQUIRED },
	{ .name = "combinator", .type = TY_PARAM_WORD, .choices = combinators },
	{ .name = "options", .type = TY_PARAM_JSON },
	TY_ROW_END,
};

static enum ty_condition_type
type_find(const char *word)
{
	for (int type = 1; word != NULL && type < TY_CONDITION_TYPE__COUNT; type++)
		if (strcmp(types[type].word, word) == 0)
			return (enum ty_condition_type)type;
	return TY_CONDITION_NONE;
}

const char *
ty_condition_type_word(enum ty_condition_type type)
{
	return types[type].word;
}

const char *
ty_condition_type_name(enum ty_condition_type type)
{
	return types[type].name;
}

static const struct ty_condition_op *
op_find(enum ty_condition_type type, const char *operation)
{
	for (size_t i = 0; operation != NULL && i < TY_ARRAY_COUNT(ops); i++)
		if (ops[i].type == type && strcmp(ops[i].operation, operation) == 0)
			return &ops[i];
	return NULL;
}

/* ---- check ---- */

struct check {
	ty_param_finding_fn found;
	void *ctx;
	size_t count;
};

static void
report(struct check *c, const char *path, const struct ty_param_problem *problem)
{
	c->count++;
	if (c->found != NULL)
		c->found(c->ctx, path, problem->msg, problem->hint);
}

/* "Did you mean ...?", else all operations of the type. */
static void
hint_operations(enum ty_condition_type type, const char *operation, char *out, size_t size)
{
	const char *nearest = NULL;
	size_t best = TY_STR_SLIPS_MAX + 1, used;

	used = (size_t)snprintf(out, size, "It has ");
	for (size_t i = 0; i < TY_ARRAY_COUNT(ops); i++) {
		size_t distance = ty_str_distance(operation, ops[i].operation);

		if (ops[i].type != type)
			continue;
		if (distance < best) {
			best = distance;
			nearest = ops[i].operation;
		}
		if (used < size)
			used += (size_t)snprintf(out + used, size - used, "%s%s",
						 i > 0 && ops[i - 1].type == type ? ", " : "",
						 ops[i].operation);
	}
	if (nearest != NULL)
		snprintf(out, size, "Did you mean \"%s\"?", nearest);
}

/* Report a missing right type, because it then means the left one. */
static void
check_right_type(struct check *c, const struct ty_condition_op *op, const json_t *operator_,
		 const char *path)
{
	struct ty_param_problem problem;
	char at[TY_PARAM_PATH_SIZE];

	if (op->right == TY_CONDITION_NONE || op->right == op->type ||
	    json_object_get(operator_, "rightType") != NULL)
		return;
	snprintf(problem.msg, sizeof(problem.msg),
		 "\"%s\" of a list compares it with another type, which is not said",
		 op->operation);
	snprintf(problem.hint, sizeof(problem.hint), "Add \"rightType\": \"%s\"",
		 types[op->right].word);
	ty_param_path(at, path, "rightType");
	report(c, at, &problem);
}

static void
check_operator(struct check *c, const json_t *operator_, const char *path)
{
	const char *operation = ty_json_str(operator_, "operation", NULL);
	enum ty_condition_type type = type_find(ty_json_str(operator_, "type", NULL));
	const struct ty_condition_op *op = op_find(type, operation);
	struct ty_param_problem problem;
	char at[TY_PARAM_PATH_SIZE];

	if (op != NULL) {
		check_right_type(c, op, operator_, path);
	} else if (type != TY_CONDITION_NONE && operation != NULL && operation[0] != '\0') {
		snprintf(problem.msg, sizeof(problem.msg), "the type %s has no operation \"%.50s\"",
			 types[type].word, operation);
		hint_operations(type, operation, problem.hint, sizeof(problem.hint));
		ty_param_path(at, path, "operation");
		report(c, at, &problem);
	}
}

/* Check a member that has to be an object of these rows; false where it is none. */
static bool
check_object(struct check *c, const struct ty_param *rows, const json_t *value, const char *path)
{
	struct ty_param_problem problem = { .hint = "Give an object, as in {\"name\": 1}" };

	if (!json_is_object(value)) {
		snprintf(problem.msg, sizeof(problem.msg), "an object is expected here");
		report(c, path, &problem);
		return false;
	}
	c->count += ty_param_check_at(rows, value, path, c->found, c->ctx);
	return true;
}

size_t
ty_condition_check(const json_t *value, const char *path, ty_param_finding_fn found, void *ctx)
{
	struct check c = { .found = found, .ctx = ctx };
	const json_t *conditions = json_object_get(value, "conditions"), *condition;
	const json_t *options = json_object_get(value, "options");
	char list[TY_PARAM_PATH_SIZE], one[TY_PARAM_PATH_SIZE], at[TY_PARAM_PATH_SIZE];
	size_t i;

	c.count = ty_param_check_at(group_rows, value, path, found, ctx);
	ty_param_path(list, path, "conditions");
	json_array_foreach((json_t *)conditions, i, condition)
	{
		const json_t *operator_ = json_object_get(condition, "operator");

		ty_param_path_at(one, list, i);
		ty_param_path(at, one, "operator");
		if (operator_ != NULL && !json_is_null(operator_) &&
		    check_object(&c, operator_rows, operator_, at))
			check_operator(&c, operator_, at);
	}
	ty_param_path(at, path, "options");
	if (options != NULL && !json_is_null(options))
		check_object(&c, option_rows, options, at);
	return c.count;
}

/* ---- read ---- */

bool
ty_condition_needs_all(const json_t *value)
{
	return !ty_str_eq(ty_json_str(value, "combinator", "and"), "or");
}

size_t
ty_condition_count(const json_t *value)
{
	return json_array_size(json_object_get(value, "conditions"));
}

static const json_t *
condition_at(const json_t *value, size_t n)
{
	return json_array_get(json_object_get(value, "conditions"), n);
}

struct ty_condition
ty_condition_at(const json_t *value, size_t n)
{
	const json_t *operator_ = json_object_get(condition_at(value, n), "operator");
	const json_t *options = json_object_get(value, "options");
	enum ty_condition_type type = type_find(ty_json_str(operator_, "type", NULL));
	enum ty_condition_type right = type_find(ty_json_str(operator_, "rightType", NULL));
	const struct ty_condition_op *op = op_find(type, ty_json_str(operator_, "operation", NULL));

	TY_ASSERT(op != NULL);
	return (struct ty_condition){
		.op = op,
		.right = op->right == TY_CONDITION_NONE ? TY_CONDITION_NONE
			 : right != TY_CONDITION_NONE	? right
							: type,
		.is_strict = !ty_str_eq(ty_json_str(options, "typeValidation", "strict"), "loose"),
		.folds_case = !ty_json_bool(options, "caseSensitive", true),
		.version = (int)ty_json_int(options, "version", 1),
	};
}

const json_t *
ty_condition_side(const json_t *value, size_t n, const char *side)
{
	return json_object_get(condition_at(value, n), side);
}

/* ---- the catalog ---- */

json_t *
ty_conditions_describe(void)
{
	json_t *list = json_array();

	for (size_t i = 0; i < TY_ARRAY_COUNT(ops); i++) {
		json_t *row = json_pack("{s:s, s:s, s:s}", "type", types[ops[i].type].word,
					"operation", ops[i].operation, "label", ops[i].label);

		if (ops[i].right != TY_CONDITION_NONE)
			json_object_set_new(row, "right", json_string(types[ops[i].right].word));
		json_array_append_new(list, row);
	}
	return list;
}

/*
 * core.remove_duplicates -- pass on the first item of each kind, or what earlier runs had not; the rest leave by "duplicates".
 *
 * Invariants:
 *   (1) Every input item leaves on exactly one port, unchanged and in the input order.
 *   (2) Items are of one kind where the JSON of what is compared is equal: 1 and "1" are not, members
 *       in another order are.  A field that is not there equals another one that is not there,
 *       and not null.
 *   (3) Across runs, what is new is decided and remembered at once, by one call (service/state.c): two runs at a time do
 *       not both find an item new, and a call that is made again is told the same.
 *   (4) Items of one run are compared with those of earlier runs alone: equal ones of one run go the same way.
 *   (5) A run by hand remembers nothing, so that trying a workflow takes no item from it.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/str.h"
#include "base/zone.h"
#include "crypto/crypto.h"
#include "nodes/fields.h"
#include "nodes/moment.h"
#include "nodes/nodes.h"
#include "nodes/order.h"
#include "nodes/path.h"
#include "nodes/value.h"

#include <math.h>
#include <string.h>

enum { AGAINST_INPUT, AGAINST_NEW, AGAINST_HIGHER, AGAINST_LATER, AGAINST_CLEAR };
enum { SCOPE_NODE, SCOPE_WORKFLOW };
enum { COMPARE_ALL, COMPARE_SELECTED, COMPARE_EXCEPT };
enum { OUT_MAIN, OUT_DUPLICATES };

struct duplicate_field {
	const char *field;
};

struct duplicate_params {
	int against, scope, compare;
	struct ty_param_list fields;
	const char *field;
	int64_t history;
};

/* Values that a step across runs has asked by. */
struct duplicate_state {
	double *values; /* of the items, where they are compared by size; NULL = by hashes */
};

static const struct ty_choice duplicate_againsts[] = {
	[AGAINST_INPUT] = { "input", "The first of equal items" },
	[AGAINST_NEW] = { "new", "What no earlier run had" },
	[AGAINST_HIGHER] = { "higher", "Numbers above those of earlier runs" },
	[AGAINST_LATER] = { "later", "Dates after those of earlier runs" },
	[AGAINST_CLEAR] = { "clear", "All, and forget what earlier runs had" },
	{ NULL, NULL },
};

static const struct ty_choice duplicate_scopes[] = {
	[SCOPE_NODE] = { "node", "Runs of this node" },
	[SCOPE_WORKFLOW] = { "workflow", "All such nodes of the workflow" },
	{ NULL, NULL },
};

static const struct ty_choice duplicate_compares[] = {
	[COMPARE_ALL] = { "all", "All fields" },
	[COMPARE_SELECTED] = { "selected", "The fields named" },
	[COMPARE_EXCEPT] = { "except", "All but those named" },
	{ NULL, NULL },
};

static const struct ty_param duplicate_rows[] = {
	TY_ROW_STRING(struct duplicate_field, field, 500, "Field", .flags = TY_PARAM_REQUIRED,
		      .placeholder = "customer.email", .help = NODE_PATH_HELP),
	TY_ROW_END,
};

static bool duplicate_is_safe(const struct ty_node_def *def, const json_t *params);
static bool duplicate_is_failure(struct ty_step *step, size_t i, const json_t *value);
static void duplicate_check(const struct ty_node_def *def, const json_t *params,
			    ty_param_finding_fn found, void *ctx);
static enum ty_code duplicate_exec(struct ty_step *step, struct ty_err *err);
static enum ty_code duplicate_resume(struct ty_step *step, const struct ty_answer *answer,
				     struct ty_err *err);

const struct ty_node_def ty_node_core_remove_duplicates = {
	TY_NODE_HEAD,
	.type = "core.remove_duplicates",
	.version = 1,
	.category = TY_CATEGORY_DATA,
	.title = "Remove duplicates",
	.summary = "Keep the first of items that are equal",
	.icon = "copy-x",
	.inputs = ty_ports_one,
	.outputs = TY_PORTS([OUT_MAIN] = { "main", "Kept" }, [OUT_DUPLICATES] = { "duplicates",
										  "Duplicates" }),
	.params = TY_PARAMS(
		TY_ROW_ENUM(struct duplicate_params, against, duplicate_againsts, "Keep",
			    .def = "input"),
		TY_ROW_ENUM(struct duplicate_params, compare, duplicate_compares, "Compare",
			    .def = "all", .show_when = "against=input,new"),
		TY_ROW_LIST(struct duplicate_params, fields, duplicate_rows, struct duplicate_field,
			    100, "Fields", .flags = TY_PARAM_REQUIRED,
			    .show_when = "compare=selected,except"),
		TY_ROW_STRING(struct duplicate_params, field, 500, "Field with the value",
			      .flags = TY_PARAM_REQUIRED, .placeholder = "id",
			      .show_when = "against=higher,later", .help = NODE_PATH_HELP),
		TY_ROW_ENUM(struct duplicate_params, scope, duplicate_scopes, "Of", .def = "node",
			    .show_when = "against!=input"),
		TY_ROW_INT(
			struct duplicate_params, history, 1, TY_LIMIT_STATE_SEEN_COUNT, "History",
			.flags = TY_PARAM_ADVANCED, .unit = "items", .def = "10000",
			.show_when = "against=new",
			.help = "Values that are remembered; the oldest are forgotten, and are new "
				"then.")),
	.params_size = sizeof(struct duplicate_params),
	.flags = TY_NODE_EFFECT,
	.is_safe = duplicate_is_safe,
	.is_failure = duplicate_is_failure,
	.check = duplicate_check,
	.advise = node_path_advise_fields,
	.state_size = sizeof(struct duplicate_state),
	.exec = duplicate_exec,
	.resume = duplicate_resume,
};

/* Within the input it asks nobody. */
static bool
duplicate_is_safe(const struct ty_node_def *def, const json_t *params)
{
	return ty_str_eq(ty_json_str(params, "against", "input"), "input");
}

static bool
duplicate_is_failure(struct ty_step *step, size_t i, const json_t *value)
{
	return !ty_str_eq(ty_json_str(value, "outcome", ""), "done");
}

static void
duplicate_check(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found,
		void *ctx)
{
	node_path_check_fields(def, params, found, ctx);
	if (!node_path_is_valid(ty_json_str(params, "field", "x")))
		found(ctx, "field", NODE_PATH_BROKEN, NODE_PATH_HELP);
}

/* ---- what is compared ---- */

static const char *
selected_key(struct ty_step *step, const struct duplicate_params *p, size_t i, unsigned *ranks)
{
	const struct duplicate_field *fields = p->fields.items;
	struct ty_buf buf;

	ty_buf_init(&buf, ty_step_arena(step), 64);
	for (size_t f = 0; f < p->fields.count; f++) {
		const json_t *value = node_path_get(ty_step_json(step, i), fields[f].field);

		ranks[f] |= 1U << node_rank_of(value);
		node_key_add(&buf, value);
	}
	return buf.data;
}

static const char *
except_key(struct ty_step *step, const struct duplicate_params *p, size_t i)
{
	const struct duplicate_field *fields = p->fields.items;
	json_t *rest = ty_json_own(ty_step_arena(step), json_copy((json_t *)ty_step_json(step, i)));

	for (size_t f = 0; f < p->fields.count; f++)
		node_path_remove_as(NODE_PATH_DOTS, rest, fields[f].field);
	return node_key(ty_step_arena(step), rest);
}

static const char *
item_key(struct ty_step *step, const struct duplicate_params *p, size_t i, unsigned *ranks)
{
	switch (p->compare) {
	case COMPARE_SELECTED:
		return selected_key(step, p, i, ranks);
	case COMPARE_EXCEPT:
		return except_key(step, p, i);
	default:
		return node_key(ty_step_arena(step), ty_step_json(step, i));
	}
}

static void
tell_mixed(struct ty_step *step, const struct duplicate_params *p, const unsigned *ranks)
{
	const struct duplicate_field *fields = p->fields.items;

	for (size_t f = 0; f < p->fields.count; f++)
		node_mixed_notice(step, fields[f].field, ranks[f]);
}

/* A number that is whole and a date in ms since 1970 are the same kind of value here. */
static enum ty_code
item_value(struct ty_step *step, const struct duplicate_params *p, const struct ty_zone *zone,
	   size_t i, double *ret_value, struct ty_err *err)
{
	json_t *given = (json_t *)node_path_get(ty_step_json(step, i), p->field), *number;
	bool is_date = p->against == AGAINST_LATER;
	int64_t ms;

	if (is_date && json_is_string(given) &&
	    node_moment_read(zone, json_string_value(given), &ms)) {
		*ret_value = (double)ms;
		return TY_OK;
	}
	if ((!is_date || json_is_number(given)) && given != NULL && !json_is_boolean(given) &&
	    node_value_as(ty_step_arena(step), NODE_VALUE_NUMBER, given, &number, err) == TY_OK) {
		number = ty_json_own(ty_step_arena(step), number);
		if (json_is_number(number) && isfinite(json_number_value(number))) {
			*ret_value = json_number_value(number);
			return TY_OK;
		}
	}
	ty_step_blame(step, i);
	ty_err_set(err, TY_E_INVALID, "The field \"%.80s\" of item %zu is %s", p->field, i,
		   given == NULL	 ? "not there"
		   : json_is_null(given) ? "null"
		   : is_date		 ? "no date"
					 : "no number");
	ty_err_hint(err, "Take items without it out before (Filter), or name another field.");
	return ty_err_at(err, "field");
}

/* ---- across runs ---- */

static json_t *
request_new(struct ty_step *step, const struct duplicate_params *p, const char *act,
	    const char *key)
{
	json_t *request = json_pack("{s:s, s:s, s:s}", "do", act, "scope", "workflow", "key", key);

	if (p->scope == SCOPE_NODE)
		json_object_set_new(request, "node", json_string(ty_step_node_id(step)));
	return request;
}

static enum ty_code
ask(struct ty_step *step, json_t *request, struct ty_err *err)
{
	/* The service does nothing twice for one call, so that what is in doubt is asked again. */
	struct ty_call call = { .service = "state",
				.request = request,
				.in_doubt = TY_IN_DOUBT_REPEAT };

	return ty_step_call(step, &call, err);
}

static void
keep_set(struct ty_step *step, json_t *request)
{
	bool keep = ty_step_is_published(step);

	json_object_set_new(request, "keep", json_boolean(keep));
	if (!keep)
		ty_step_notice(step, "not_remembered",
			       "A run by hand remembers nothing: what is new here is new in the "
			       "next run, too.");
}

static enum ty_code
ask_new(struct ty_step *step, const struct duplicate_params *p, struct ty_err *err)
{
	json_t *request = request_new(step, p, "see", "values"), *hashes = json_array();
	unsigned *ranks =
		ty_arena_alloc_array(ty_step_arena(step), p->fields.count + 1, sizeof(*ranks));

	for (size_t i = 0; i < ty_step_input_count(step); i++) {
		const char *key = item_key(step, p, i, ranks);
		uint8_t sum[TY_SHA256_SIZE];
		char hex[33];

		ty_sha256(key, strlen(key), sum);
		ty_str_hex(sum, 16, hex);
		json_array_append_new(hashes, json_string(hex));
	}
	tell_mixed(step, p, ranks);
	json_object_set_new(request, "hashes", hashes);
	json_object_set_new(request, "max", json_integer(p->history));
	keep_set(step, request);
	return ask(step, request, err);
}

static enum ty_code
ask_greatest(struct ty_step *step, const struct duplicate_params *p, struct ty_err *err)
{
	struct duplicate_state *state = ty_step_state(step);
	const struct ty_zone *zone = ty_zone_load(ty_step_arena(step), ty_step_timezone(step));
	size_t count = ty_step_input_count(step);
	json_t *request;
	double most = -INFINITY;

	state->values = ty_arena_alloc_array(ty_step_arena(step), count, sizeof(double));
	for (size_t i = 0; i < count; i++) {
		if (item_value(step, p, zone, i, &state->values[i], err) != TY_OK)
			return err->code;
		most = fmax(most, state->values[i]);
	}
	request = request_new(step, p, "see_greatest",
			      p->against == AGAINST_LATER ? "latest date" : "highest number");
	json_object_set_new(request, "by",
			    most == (double)(int64_t)most ? json_integer((json_int_t)most)
							  : json_real(most));
	keep_set(step, request);
	return ask(step, request, err);
}

/* ---- the answer ---- */

static enum ty_code
pass_by_answer(struct ty_step *step, const json_t *value, struct ty_err *err)
{
	const struct duplicate_state *state = ty_step_state(step);
	const json_t *previous = json_object_get(value, "previous");
	const char *news = ty_json_str(value, "new", "");
	size_t count = ty_step_input_count(step);

	if (state->values == NULL && strlen(news) != count)
		return ty_err_set(err, TY_E_UPSTREAM, "the service judged %zu of %zu items",
				  strlen(news), count);
	for (size_t i = 0; i < count; i++) {
		bool is_new = state->values == NULL
				      ? news[i] == '1'
				      : !json_is_number(previous) ||
						state->values[i] > json_number_value(previous);

		if (ty_step_pass(step, is_new ? OUT_MAIN : OUT_DUPLICATES, i, err) != TY_OK)
			return err->code;
	}
	return TY_OK;
}

static enum ty_code
refused(const char *outcome, struct ty_err *err)
{
#define X(name, code, text, hint)                                                                  \
	if (ty_str_eq(outcome, name)) {                                                            \
		ty_err_set(err, code, "What was seen %s", text);                                   \
		return ty_err_hint(err, hint);                                                     \
	}
#include "base/state_refusal.def"
#undef X
	return ty_err_set(err, TY_E_UPSTREAM, "the service gave the outcome \"%.40s\"", outcome);
}

static enum ty_code
duplicate_resume(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	const struct duplicate_params *p = ty_step_params(step, 0);

	if (answer->err != NULL) {
		*err = *answer->err;
		return err->code;
	}
	if (!ty_str_eq(ty_json_str(answer->value, "outcome", ""), "done"))
		return refused(ty_json_str(answer->value, "outcome", ""), err);
	if (p->against != AGAINST_CLEAR)
		return pass_by_answer(step, answer->value, err);
	for (size_t i = 0; i < ty_step_input_count(step); i++)
		if (ty_step_pass(step, OUT_MAIN, i, err) != TY_OK)
			return err->code;
	return TY_OK;
}

/* ---- within the input ---- */

static enum ty_code
input_exec(struct ty_step *step, const struct duplicate_params *p, struct ty_err *err)
{
	struct ty_map *seen = ty_map_new(ty_step_arena(step));
	unsigned *ranks =
		ty_arena_alloc_array(ty_step_arena(step), p->fields.count + 1, sizeof(*ranks));

	for (size_t i = 0; i < ty_step_input_count(step); i++) {
		bool is_first = ty_map_set(seen, item_key(step, p, i, ranks), seen) == NULL;

		if (ty_step_pass(step, is_first ? OUT_MAIN : OUT_DUPLICATES, i, err) != TY_OK)
			return err->code;
	}
	tell_mixed(step, p, ranks);
	return TY_OK;
}

static enum ty_code
duplicate_exec(struct ty_step *step, struct ty_err *err)
{
	const struct duplicate_params *p = ty_step_params(step, 0);

	if (p->against == AGAINST_INPUT)
		return input_exec(step, p, err);
	if (p->against == AGAINST_CLEAR)
		return ask(step, request_new(step, p, "forget", ""), err);
	if (ty_step_input_count(step) == 0)
		return TY_OK;
	return p->against == AGAINST_NEW ? ask_new(step, p, err) : ask_greatest(step, p, err);
}

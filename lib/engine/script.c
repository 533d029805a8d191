/*
 * script.c -- what the sandbox gets to see, and what is believed of its answers.
 *
 * The sandbox runs hostile code: whatever comes back is checked here like input from
 * the network before anything else of the engine sees it.
 *
 * Memory: requests are the step's; values kept from answers are referenced.
 */
#include "engine/private.h"

#include <string.h>

/* ---- the request ---- */

static json_t *
bare_item(struct ty_step *step, struct item *item)
{
	json_t *bare = json_object(), *binary = json_object_get(item->obj, "binary");

	json_object_set_nocheck(bare, "json", payload_item_json(step->run, item));
	if (binary != NULL)
		json_object_set_new_nocheck(bare, "binary", files_view(step, binary));
	return bare;
}

/* All items of an earlier node, in port order, and which of them belongs to each of ours. */
static json_t *
node_view(struct ty_step *step, size_t place)
{
	struct ty_run *run = step->run;
	const struct node_state *state = frame_find(run, step->frame, place);
	const struct ty_graph_node *node = run->plan->nodes[place].node;
	json_t *items = json_array(), *pair = json_array(), *view;
	const char *broken = NULL;
	struct lineage_memo memo = { NULL };
	bool several = false;

	for (size_t port = 0; state->outlets != NULL && port < node->output_count; port++)
		for (size_t i = 0; i < state->outlets[port].items.count; i++)
			json_array_append_new(items,
					      bare_item(step, state->outlets[port].items.v[i]));
	for (size_t i = 0; i < step->inputs[0].count; i++) {
		const struct item *item = lineage_find(run, step->inputs[0].v[i], place, &memo);

		if (item == NULL && broken == NULL)
			broken = lineage_break(run, step->inputs[0].v[i], place, &several);
		json_array_append_new(
			pair, item == NULL ? json_null()
					   : json_integer((json_int_t)lineage_number(item)));
	}
	view = json_pack("{s:o, s:o}", "items", items, "pair", pair);
	if (broken != NULL)
		json_object_set_new(view, several ? "several" : "broken", record_text(broken));
	if (run->has_dialect)
		facts_of_node(step, place, state, view);
	return view;
}

static json_t *
step_items(struct ty_step *step)
{
	json_t *items = json_array();

	for (size_t i = 0; i < step->inputs[0].count; i++)
		json_array_append_new(items, bare_item(step, step->inputs[0].v[i]));
	return items;
}

/*
 * Tell that numbers reach the script with other digits.  Not which of them it looks at, which
 * only running it would show.
 */
static void
tell_rounded(struct ty_step *step, const char *name, const json_t *items)
{
	const char *path = ty_json_rounded_path(step->arena, name, items);

	if (path != NULL)
		ty_step_notice(
			step, "digits_lost",
			"JavaScript keeps about 16 digits of a number: %.120s reached the script "
			"rounded. Send it as a text, or take it by an expression that is only a "
			"path.",
			path);
}

void
script_notice(const struct request *request)
{
	const json_t *answer = json_object_get(request->answer, "value");
	int64_t halves = ty_json_int(answer, "half_pairs", 0);

	if (request->kind != REQUEST_EVAL && request->kind != REQUEST_LATE &&
	    request->kind != REQUEST_PARAMS)
		return;
	if (halves > 0)
		ty_step_notice(
			request->step, "half_pair_replaced",
			"%lld halves of surrogate pairs became U+FFFD. A text that is cut by "
			"its length loses half of an emoji: cut [...text] instead.",
			(long long)halves);
	pattern_notice(request);
}

/* Seed of random numbers: the node alone for the root frame's first attempt, as it was before there were
 * others. */
static const char *
seed_name(struct ty_step *step)
{
	return step->frame->path == NULL && step->attempt == 1
		       ? step->plan->node->id
		       : journal_step_name(step, step->attempt);
}

/* Rules of the scripts of a run (prelude.js): 1 = before helpers, 2 = before timers, 3 = before names that
 * are reckoned, 0 = the newest. */
static int
script_rules(const struct ty_run *run)
{
	return !run->has_dialect			  ? 1
	       : run->digest_version < TY_DIGEST_TIMERS	  ? 2
	       : run->digest_version < TY_DIGEST_RECKONED ? 3
							  : 0;
}

json_t *
script_request(struct ty_step *step, const char *kind, const char *const *names, size_t name_count,
	       size_t number)
{
	struct ty_run *run = step->run;
	json_t *request = ty_json_own(step->arena, json_object()), *nodes = json_object();
	char seed[65];

	for (size_t i = 0; i < name_count; i++) {
		size_t place = lineage_place(run, names[i]);

		if (place == SIZE_MAX || frame_find_ended(step, place) == NULL)
			continue;
		json_object_set_new(nodes, names[i], node_view(step, place));
		tell_rounded(step, ty_arena_printf(step->arena, "$('%.60s')", names[i]),
			     json_object_get(json_object_get(nodes, names[i]), "items"));
	}
	digest_seed(step, ty_arena_printf(step->arena, "%s/%s/%zu", seed_name(step), kind, number),
		    seed);
	json_object_set_new(request, "kind", json_string(kind));
	json_object_set_new(request, "now_ms", json_integer(step->clock_ms));
	json_object_set_new(request, "seed", json_string(seed));
	json_object_set(request, "timezone", run->plan->timezone);
	if (step->frame->iteration > 0)
		json_object_set_new(request, "run_index",
				    json_integer((json_int_t)step->frame->iteration));
	if (!run->plan->is_zone_known)
		ty_step_notice(step, "unknown_zone",
			       "There is no time zone \"%.60s\" on this machine, so times are in "
			       "UTC. Set settings.timezone and publish again.",
			       ty_graph_timezone(run->plan->graph));
	if (run->has_dialect)
		facts_add(step, request);
	if (script_rules(run) > 0)
		json_object_set_new(request, "dialect", json_integer(script_rules(run)));
	json_object_set_new(request, "items", step_items(step));
	tell_rounded(step, "items", json_object_get(request, "items"));
	json_object_set_new(request, "nodes", nodes);
	json_object_set(request, "vars", (json_t *)run->vars);
	json_object_set(request, "execution", (json_t *)resume_link_execution(step));
	json_object_set(request, "workflow", run->workflow);
	return request;
}

/* ---- which nodes does code refer to? ---- */

/* Ways to name other nodes: $('name'), $items('name', 0), $node['name'] and $node.name. */
static const struct {
	const char *head, *close; /* close: one of these bytes follows; NULL: the name is a word */
} references[] = {
	{ "$(", ")" },
	{ "$items(", ")," },
	{ "$node[", "]" },
	{ "$node.", NULL },
};

#define REFERENCE_ITEMS 1 /* without a name it is the input's */

/* The text in quotes at 'at'; NULL where it is computed. */
static const char *
name_in_quotes(struct ty_arena *arena, const char *at, const char *close)
{
	const char *end;
	char after;

	at += strspn(at, " \t\r\n");
	if (*at != '\'' && *at != '"' && *at != '`')
		return NULL;
	for (end = at + 1; *end != '\0' && *end != *at; end++)
		if (*end == '\\' || *end == '$')
			return NULL;
	if (*end == '\0')
		return NULL;
	after = end[1 + strspn(end + 1, " \t\r\n")];
	return after != '\0' && strchr(close, after) != NULL
		       ? ty_arena_strndup(arena, at + 1, (size_t)(end - at - 1))
		       : NULL;
}

static const char *
name_as_word(struct ty_arena *arena, const char *at)
{
	size_t len = strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$");

	return ty_arena_strndup(arena, at, len);
}

bool
script_name_next(struct ty_arena *arena, const char **at, const char **ret_name)
{
	for (const char *from = strchr(*at, '$'); from != NULL; from = strchr(from + 1, '$')) {
		for (size_t i = 0; i < TY_ARRAY_COUNT(references); i++) {
			size_t len = strlen(references[i].head);

			if (strncmp(from, references[i].head, len) != 0 ||
			    (i == REFERENCE_ITEMS && from[len + strspn(from + len, " ")] == ')'))
				continue;
			*at = from + len;
			*ret_name = references[i].close == NULL
					    ? name_as_word(arena, *at)
					    : name_in_quotes(arena, *at, references[i].close);
			return true;
		}
	}
	return false;
}

static void
names_all(struct ty_step *step, const char **names, size_t *count)
{
	const struct ty_plan *plan = step->run->plan;

	*count = 0;
	for (size_t i = 0; i < plan->count; i++)
		names[(*count)++] = plan->nodes[i].node->name;
}

void
script_names_of_expressions(struct ty_step *step, const char *const **ret_names, size_t *ret_count)
{
	const char **names;

	*ret_names = step->plan->names;
	*ret_count = step->plan->name_count;
	if (!inputs_are_reckoned(step->run, step->plan))
		return;
	names = ty_arena_alloc_array(step->arena, step->run->plan->count, sizeof(*names));
	names_all(step, names, ret_count);
	*ret_names = names;
}

/* Names of nodes; a computed one means that any node may be asked for. */
void
script_names(struct ty_step *step, const char *code, const char *const **ret_names,
	     size_t *ret_count)
{
	size_t max = step->run->plan->count, count = 0;
	const char **names = ty_arena_alloc_array(step->arena, max, sizeof(*names));

	const char *name;

	if (inputs_are_reckoned(step->run, step->plan)) {
		names_all(step, names, &count);
		code = "";
	}
	while (script_name_next(step->arena, &code, &name)) {
		bool known = false;

		if (name == NULL) {
			names_all(step, names, &count);
			break;
		}
		for (size_t i = 0; i < count && !known; i++)
			known = strcmp(names[i], name) == 0;
		if (!known && count < max && lineage_place(step->run, name) != SIZE_MAX)
			names[count++] = name;
	}
	*ret_names = names;
	*ret_count = count;
}

/* ---- the answer ---- */

/* Bytes of a script's own message that leave room for its name and line in ty_err's. */
#define SCRIPT_MESSAGE_MAX 320

/* " (line 3)" of code, and of an expression that has several. */
static const char *
line_text(struct ty_step *step, const json_t *error)
{
	int64_t line = ty_json_int(error, "line", 0);

	if (line < 1 || (line == 1 && step->phase == STEP_BINDING))
		return "";
	return ty_arena_printf(step->arena, " (line %lld)", (long long)line);
}

/* Make an error of ours of the one that a script threw; all of that is kept for the trace. */
enum ty_code
script_error(struct ty_step *step, const json_t *error, const json_t **ret_kept, struct ty_err *err)
{
	const char *name = ty_json_str(error, "name", NULL);
	const char *message = ty_json_str(error, "message", "the script failed");

	int cut = (int)ty_str_utf8_cut(message, strlen(message), SCRIPT_MESSAGE_MAX);

	*ret_kept = ty_json_own(step->arena, json_incref((json_t *)error));
	if (name != NULL && strcmp(name, "Error") != 0)
		ty_err_set(err, TY_E_INVALID, "%.40s: %.*s%s", name, cut, message,
			   line_text(step, error));
	else
		ty_err_set(err, TY_E_INVALID, "%.*s%s", cut, message, line_text(step, error));
	if (name != NULL && strcmp(name, LINEAGE_ERROR) == 0)
		ty_err_hint(err, LINEAGE_HINT);
	else if (ty_json_str(error, "hint", NULL) != NULL)
		ty_err_hint(err, "%.*s", SCRIPT_MESSAGE_MAX, ty_json_str(error, "hint", ""));
	return err->code;
}

enum ty_code
script_is_odd(struct ty_err *err, const char *what)
{
	ty_err_set(err, TY_E_UPSTREAM, "the sandbox gave a malformed answer: %s", what);
	return ty_err_hint(err, "Run it again; if it stays so, tell the operator.");
}

static enum ty_code
answer_check(struct ty_step *step, const json_t *answer, struct ty_err *err)
{
	const json_t *error;
	int64_t item;

	if (ty_json_bool(answer, "ok", false))
		return TY_OK;
	error = ty_json_obj(answer, "error");
	if (error == NULL)
		return script_is_odd(err, "neither ok nor an error");
	item = ty_json_int(error, "item", -1);
	if (item >= 0 && (size_t)item < step->inputs[0].count)
		step->blamed = (size_t)item;
	return script_error(step, error, &step->script_error, err);
}

/*
 * The values of 'scripts' x 'indexes', checked for shape; what a value is, a thrown error
 * or undefined is looked at where it is used.
 */
enum ty_code
script_values(struct ty_step *step, const json_t *answer, size_t scripts, size_t indexes,
	      const json_t **ret_values, struct ty_err *err)
{
	const json_t *values;

	if (answer_check(step, answer, err) != TY_OK)
		return err->code;
	values = ty_json_arr(answer, "values");
	if (values == NULL || json_array_size(values) != scripts)
		return script_is_odd(err, "wrong count of scripts");
	for (size_t i = 0; i < scripts; i++) {
		const json_t *row = json_array_get(values, i);

		if (!json_is_array(row) || json_array_size(row) != indexes)
			return script_is_odd(err, "wrong count of values");
	}
	*ret_values = values;
	return TY_OK;
}

static void
logs_keep(struct ty_step *step, const json_t *answer)
{
	const json_t *logs = ty_json_arr(answer, "logs"), *line;
	size_t i, bytes = 0;

	if (logs == NULL)
		return;
	if (step->logs == NULL)
		step->logs = ty_json_own(step->arena, json_array());
	json_array_foreach((json_t *)logs, i, line)
	{
		bytes += json_string_length(line);
		if (!json_is_string(line) || bytes > TY_LIMIT_INLINE_VALUE_BYTES ||
		    json_array_size(step->logs) >= ENGINE_LOGS_MAX)
			break;
		json_array_append(step->logs, (json_t *)line);
	}
}

static bool
is_input_index(const struct ty_step *step, const json_t *from)
{
	return json_is_integer(from) && json_integer_value(from) >= 0 &&
	       (size_t)json_integer_value(from) < step->inputs[0].count;
}

/* An index of an input item, or some of them. */
static bool
from_is_sound(const struct ty_step *step, const json_t *from)
{
	if (!json_is_array(from))
		return is_input_index(step, from);
	if (json_array_size(from) == 0 || json_array_size(from) > step->inputs[0].count)
		return false;
	for (size_t i = 0; i < json_array_size(from); i++)
		if (!is_input_index(step, json_array_get(from, i)))
			return false;
	return true;
}

static enum ty_code
item_check(const struct ty_step *step, const json_t *item, struct ty_err *err)
{
	const json_t *from = json_object_get(item, "from");

	if (ty_json_obj(item, "json") == NULL)
		return script_is_odd(err, "an item without json");
	if (from != NULL && !from_is_sound(step, from))
		return script_is_odd(err, "an item from nowhere");
	return TY_OK;
}

/* { "e": {...}, "from": index }: what was thrown for one item, where the others go on. */
static enum ty_code
item_failed(struct ty_step *step, const json_t *item, struct ty_err *err)
{
	const json_t *from = json_object_get(item, "from"), *thrown = ty_json_obj(item, "e");

	if (thrown == NULL || !failed_are_own(step) || !is_input_index(step, from))
		return script_is_odd(err, "an error from nowhere");
	script_error(step, thrown, &step->script_error, err);
	return failed_add(step, (size_t)json_integer_value(from), err);
}

static json_t *
items_before(struct ty_step *step, const json_t *items, size_t end)
{
	json_t *before = ty_json_own(step->arena, json_array());

	for (size_t i = 0; i < end; i++)
		json_array_append(before, json_array_get(items, i));
	return before;
}

/*
 * Take the items that code gave back: an array of { "json": object, "from"?: index of an input item, or
 * some }, and of errors, which are the items' own.  *ret_items is what the node gets.
 */
enum ty_code
script_items(struct ty_step *step, const json_t *answer, const json_t **ret_items,
	     struct ty_err *err)
{
	json_t *items, *item, *good = NULL;
	size_t i;

	const char *tool = ty_json_str(answer, "tool", NULL);

	if (tool != NULL)
		ty_step_notice(step, "tool", "Computed by %.100s.", tool);
	logs_keep(step, answer);
	if (answer_check(step, answer, err) != TY_OK)
		return err->code;
	if (statics_take(step, answer, err) != TY_OK)
		return err->code;
	items = ty_json_arr(answer, "items");
	if (items == NULL)
		return script_is_odd(err, "no items");
	json_array_foreach(items, i, item)
	{
		if (json_object_get(item, "e") == NULL) {
			if (item_check(step, item, err) != TY_OK)
				return err->code;
			if (good != NULL)
				json_array_append(good, item);
			continue;
		}
		if (good == NULL)
			good = items_before(step, items, i);
		if (item_failed(step, item, err) != TY_OK)
			return err->code;
	}
	*ret_items = good != NULL ? good : items;
	return TY_OK;
}

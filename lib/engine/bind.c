/*
 * bind.c -- the parameters of a step, typed, for each of its items.
 *
 * Plain paths are resolved here; the scripts of all items go to the sandbox in one
 * request.  Where nothing in the parameters differs between items they are bound once,
 * and where they hold no expression at all plan.c has bound them already.
 *
 * Of a node that works item by item, parameters that cannot be made are that item's failure
 * alone (failed.c); of any other they are the step's.
 *
 * Memory: the step's arena.
 */
#include "engine/condition.h"
#include "engine/private.h"

#include <string.h>

struct scope_ctx {
	struct ty_run *run;
	const struct item *item; /* NULL where the step has none */
	struct lineage_memo *memo;
	struct ty_step *step;
	const char *unpaired; /* a node that was asked for its item and has none for this one */
};

static const json_t *
scope_node_item(void *ctx, const char *name)
{
	struct scope_ctx *c = ctx;
	size_t place = lineage_place(c->run, name);
	const struct item *item = NULL;

	if (place != SIZE_MAX && c->item != NULL)
		item = lineage_find(c->run, c->item, place, c->memo);
	if (item != NULL)
		return item->obj;
	c->unpaired = name;
	return NULL;
}

static const json_t *
scope_deref(void *ctx, const json_t *value)
{
	const struct scope_ctx *c = ctx;

	return payload_find(c->run, value);
}

static bool
step_is_lenient(const struct ty_step *step)
{
	return step->run->has_dialect && ty_graph_is_lenient(step->run->plan->graph);
}

/* An expression that threw is undefined, as settings.expression_errors says. */
static void
swallow(struct ty_step *step, size_t count, const char *message)
{
	if (step->swallowed == 0)
		ty_step_notice(step, "expression_undefined",
			       "An expression failed and is undefined, as "
			       "settings.expression_errors says: "
			       "%.200s",
			       message);
	step->swallowed += count;
}

static void
scope_swallow(void *ctx, const struct ty_err *err)
{
	const struct scope_ctx *c = ctx;

	swallow(c->step, 1, err->msg);
}

static const json_t *
scope_whole(void *ctx, struct ty_arena *arena, const json_t *value)
{
	const struct scope_ctx *c = ctx;

	return payload_whole(c->run, arena, (json_t *)value);
}

static enum ty_code
hole_plain(struct ty_step *step, const struct hole *hole, size_t i, json_t **ret_value,
	   struct ty_err *err)
{
	struct ty_run *run = step->run;
	const struct item *item = i < step->inputs[0].count ? step->inputs[0].v[i] : NULL;
	struct scope_ctx ctx = { .run = run, .step = step, .item = item, .memo = &step->lineage };
	struct ty_expr_scope scope = {
		.item = item != NULL ? item->obj : run->plan->empty_item,
		.index = i,
		.vars = run->vars,
		.execution = resume_link_execution(step),
		.workflow = run->workflow,
		.now_ms = step->clock_ms,
		.node_item = scope_node_item,
		.deref = scope_deref,
		/* Runs of before had a reference in its place, as text. */
		.whole = run->has_dialect || hole->is_json_text ? scope_whole : NULL,
		.ctx = &ctx,
		.keeps_odd = hole->keeps_odd,
		.swallow = step_is_lenient(step) ? scope_swallow : NULL,
	};
	enum ty_code rc;

	rc = hole->is_json_text
		     ? ty_expr_json_text(hole->expr, step->arena, &scope, NULL, ret_value, err)
		     : ty_expr_resolve(hole->expr, step->arena, &scope, ret_value, err);
	if (ctx.unpaired != NULL && !journal_fails_whole(step))
		return lineage_error(step, item, ctx.unpaired, err);
	if (rc != TY_OK)
		return rc;
	*ret_value = payload_whole(run, step->arena, *ret_value);
	return TY_OK;
}

/* { "v": any }, {} for undefined, or { "e": {...} }. */
static enum ty_code
hole_script(struct ty_step *step, const json_t *answered, json_t **ret_value, struct ty_err *err)
{
	const json_t *thrown = ty_json_obj(answered, "e");

	if (thrown != NULL)
		return script_error(step, thrown, &step->script_error, err);
	*ret_value = json_object_get(answered, "v");
	return TY_OK;
}

/* The values of a template's {{ }}, from the sandbox, put into it. */
static enum ty_code
hole_join(struct ty_step *step, const struct hole *hole, const json_t *values, json_t **ret_value,
	  struct ty_err *err)
{
	if (!json_is_array(values))
		return script_is_odd(err, "the values of a text");
	return ty_expr_json_text(hole->expr, step->arena, NULL, values, ret_value, err);
}

static enum ty_code
hole_value(struct ty_step *step, const struct hole *hole, const json_t *answers, size_t i,
	   json_t **ret_value, struct ty_err *err)
{
	enum ty_code rc;

	if (hole->script == HOLE_PLAIN) {
		rc = hole_plain(step, hole, i, ret_value, err);
	} else {
		const json_t *row = json_array_get(answers, hole->script);
		size_t at = json_array_size(row) == 1 ? 0 : i;

		rc = hole_script(step, json_array_get(row, at), ret_value, err);
		if (rc == TY_OK && hole->is_json_text)
			rc = hole_join(step, hole, *ret_value, ret_value, err);
	}
	if (rc == TY_OK && hole->row != NULL)
		rc = ty_param_check_given(hole->row, *ret_value, err);
	if (rc != TY_OK) {
		step->blamed_hole = hole;
		ty_err_at(err, "%s", hole->path);
	}
	return rc;
}

static void
blame_path(struct ty_step *step, const struct ty_err *err)
{
	for (size_t h = 0; h < step->plan->hole_count && step->blamed_hole == NULL; h++)
		if (strcmp(step->plan->holes[h].path, err->path) == 0)
			step->blamed_hole = &step->plan->holes[h];
}

/* The values of the last item whose parameters were made, and the parameters; all NULL before the first. */
struct bound {
	json_t **values; /* one for each hole */
	const json_t *filled;
	const void *params;
};

static enum ty_code
bind_item(struct ty_step *step, struct bound *last, const json_t *answers, size_t i,
	  struct ty_err *err)
{
	const struct plan_node *pn = step->plan;
	const struct ty_node_def *def = pn->node->def;
	void *bound = ty_arena_alloc(step->arena, def->params_size > 0 ? def->params_size : 1);
	json_t **values = last->values, *filled;

	for (size_t h = 0; h < pn->hole_count; h++) {
		if (last->params != NULL && !pn->holes[h].per_item)
			continue;
		values[h] = NULL;
		if (pn->holes[h].condition != NULL
			    ? condition_value(step, &pn->holes[h], values, &values[h], err) != TY_OK
			    : hole_value(step, &pn->holes[h], answers, i, &values[h], err) != TY_OK)
			return err->code;
	}
	filled = ty_json_own(step->arena, template_fill(pn->params, values));
	if (ty_param_bind_like(def->params, step->arena, filled, last->filled, last->params, bound,
			       err) != TY_OK) {
		blame_path(step, err);
		return err->code;
	}
	step->params[i] = bound;
	last->filled = filled;
	last->params = bound;
	return TY_OK;
}

/*
 * Text that is built for each item is what makes memory out of nothing: ten thousand items
 * may all quote one large value of an earlier node.
 */
static bool
bind_is_too_large(const struct ty_step *step)
{
	return ty_arena_used_bytes(step->arena) > ENGINE_PARAMS_BYTES;
}

static enum ty_code
bind_admit(struct ty_step *step, struct ty_err *err)
{
	if (!bind_is_too_large(step))
		return TY_OK;
	step->is_full = true;
	ty_err_set(err, TY_E_LIMIT, "the parameters of all items may take at most %d MiB together",
		   ENGINE_PARAMS_BYTES / (1024 * 1024));
	return ty_err_hint(err, "Filter or split the list before this node.");
}

/* Parameters that were made once for all items fail for each of them. */
static enum ty_code
bind_failed(struct ty_step *step, size_t i, struct ty_err *err)
{
	size_t end = step->params_count == 1 ? step->inputs[0].count : i + 1;
	const struct hole *hole = step->blamed_hole;
	const json_t *script_error = step->script_error;
	const struct ty_err why = *err;

	if (step->inputs[0].count == 0)
		return err->code;
	step->blamed = i;
	if (!step_is_each(step->plan->node))
		return err->code;
	for (; i < end; i++) {
		step->blamed_hole = hole;
		step->script_error = script_error;
		*err = why;
		if (failed_add(step, i, err) != TY_OK)
			return err->code;
	}
	return TY_OK;
}

static enum ty_code
bind_all(struct ty_step *step, const json_t *answers, struct ty_err *err)
{
	struct bound last = { .values = ty_arena_alloc_array(step->arena, step->plan->hole_count,
							     sizeof(*last.values)) };

	for (size_t i = 0; i < step->params_count; i++)
		if ((bind_item(step, &last, answers, i, err) != TY_OK ||
		     bind_admit(step, err) != TY_OK) &&
		    bind_failed(step, i, err) != TY_OK)
			return err->code;
	return TY_OK;
}

/* CPU time for the values of all expressions: what they take together grows with their number. */
static int64_t
bind_timeout_ms(const struct ty_step *step)
{
	int64_t values = (int64_t)(step->plan->script_count * step->params_count);
	int64_t limit_ms = TY_LIMIT_SANDBOX_MS + values * TY_LIMIT_SANDBOX_VALUE_US / 1000;

	return limit_ms < TY_LIMIT_SANDBOX_MAX_MS ? limit_ms : TY_LIMIT_SANDBOX_MAX_MS;
}

static void
bind_ask(struct ty_step *step)
{
	const struct plan_node *pn = step->plan;
	json_t *body, *scripts = json_array(), *items;
	const char *const *names;
	size_t count;

	script_names_of_expressions(step, &names, &count);
	body = script_request(step, "expressions", names, count, 0);
	items = json_object_get(body, "items");
	for (size_t h = 0; h < pn->hole_count; h++)
		if (pn->holes[h].script != HOLE_PLAIN)
			json_array_append_new(scripts, json_string(pn->holes[h].code));
	json_object_set_new(body, "scripts", scripts);
	if (step_is_lenient(step))
		json_object_set_new(body, "lenient", json_true());
	if (json_array_size(items) == 0)
		json_array_append(items, step->run->plan->empty_item);
	if (step->params_count == 1)
		json_object_set_new(body, "indexes", json_pack("[i]", 0));
	step->params_request = (struct request){ .step = step,
						 .kind = REQUEST_PARAMS,
						 .body = body,
						 .timeout_ms = bind_timeout_ms(step) };
	request_start(&step->params_request);
}

enum ty_code
bind_begin(struct ty_step *step, bool *ret_done, struct ty_err *err)
{
	const struct plan_node *pn = step->plan;
	size_t items = step->inputs[0].count;

	*ret_done = true;
	/* Make no parameters where each() is called for no item. */
	if (items == 0 && step_is_each(pn->node))
		return TY_OK;
	/* Make the parameters of the first item only for a node that works on the list as a whole. */
	step->params_count = pn->per_item && items > 1 && step_is_each(pn->node) ? items : 1;
	step->params = ty_arena_alloc_array(step->arena, step->params_count, sizeof(*step->params));
	if (pn->bound != NULL) {
		step->params[0] = pn->bound;
		return TY_OK;
	}
	if (pn->script_count == 0)
		return bind_all(step, NULL, err);
	bind_ask(step);
	*ret_done = false;
	return TY_OK;
}

enum ty_code
bind_answer(struct ty_step *step, struct ty_err *err)
{
	const struct request *request = &step->params_request;
	const json_t *values, *thrown;

	if (request_error(request, err))
		return err->code;
	if (script_values(step, json_object_get(request->answer, "value"), step->plan->script_count,
			  step->params_count, &values, err) != TY_OK)
		return err->code;
	thrown = ty_json_obj(json_object_get(request->answer, "value"), "swallowed");
	if (thrown != NULL)
		swallow(step, (size_t)ty_json_int(thrown, "count", 1),
			ty_json_str(thrown, "first", ""));
	return bind_all(step, values, err);
}

/*
 * late.c -- what a node asks for while it works: expressions that may see an answer that the step got,
 * and calls of the items that it begins after others.
 *
 * Such expressions are computed from that answer, the step's clock and its inputs, so they are not journaled: a
 * replay computes them again from the journaled answer.
 *
 * Memory: the step's arena.
 */
#include "engine/private.h"
#include "node/late.h"

#include <string.h>

static const struct late *
late_find(const struct plan_node *node, const char *name)
{
	for (size_t i = 0; i < node->late_count; i++)
		if (strcmp(node->late[i].name, name) == 0)
			return &node->late[i];
	return NULL;
}

/* A text that is no expression is its own value, in JavaScript. */
static const char *
late_code(struct ty_step *step, const char *name)
{
	const struct late *late = late_find(step->plan, name);
	const char *text = ty_json_str(step->plan->node->params, name, "");

	return late != NULL ? late->code
			    : ty_json_dump(step->arena, ty_json_own(step->arena, json_string(text)),
					   NULL);
}

static json_t *
late_body(struct ty_step *step, const struct request *request, const char *const *names,
	  size_t count, json_t *page)
{
	json_t *body, *scripts = json_array();
	const char *const *nodes;
	size_t node_count;

	script_names_of_expressions(step, &nodes, &node_count);
	body = script_request(step, "expressions", nodes, node_count, request->number + 1);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(scripts, json_string(late_code(step, names[i])));
	json_object_set_new(body, "scripts", scripts);
	json_object_set_new(body, "indexes", json_pack("[I]", (json_int_t)request->item));
	json_object_set_new(body, "page", page);
	return body;
}

enum ty_code
ty_step_late(struct ty_step *step, const char *const *names, size_t count, json_t *page, void *tag,
	     struct ty_err *err)
{
	struct request *request = request_add(step, REQUEST_LATE, tag, err);

	if (request == NULL) {
		json_decref(page);
		return err->code;
	}
	TY_ASSERT(request->item != SIZE_MAX);
	request->body = late_body(step, request, names, count, page);
	request->late = names;
	request->late_count = count;
	request->timeout_ms = TY_LIMIT_SANDBOX_MS;
	return TY_OK;
}

enum ty_code
late_values(struct request *request, const json_t **ret_values, struct ty_err *err)
{
	struct ty_step *step = request->step;
	json_t *list = ty_json_own(step->arena, json_array());
	const json_t *rows;

	if (script_values(step, json_object_get(request->answer, "value"), request->late_count, 1,
			  &rows, err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < request->late_count; i++) {
		const json_t *row = json_array_get(json_array_get(rows, i), 0);
		const json_t *thrown = ty_json_obj(row, "e");
		json_t *value = json_object_get(row, "v");

		if (thrown != NULL) {
			script_error(step, thrown, &step->script_error, err);
			return ty_err_at(err, "%s", request->late[i]);
		}
		json_array_append_new(list, value != NULL ? json_incref(value) : json_null());
	}
	*ret_values = list;
	return TY_OK;
}

enum ty_code
ty_step_call_for(struct ty_step *step, size_t i, const struct ty_call *call, struct ty_err *err)
{
	size_t at = step->at;
	enum ty_code rc;

	step->at = i;
	rc = ty_step_call(step, call, err);
	step->at = at;
	return rc;
}

enum ty_code
ty_step_wait_for(struct ty_step *step, size_t i, int64_t at_ms, void *tag, struct ty_err *err)
{
	size_t at = step->at;
	enum ty_code rc;

	step->at = i;
	rc = ty_step_wait(step, at_ms, tag, err);
	step->at = at;
	return rc;
}

enum ty_code
ty_step_call_next(struct ty_step *step, const struct ty_call *call, struct ty_err *err)
{
	step->is_chain = true;
	return ty_step_call(step, call, err);
}

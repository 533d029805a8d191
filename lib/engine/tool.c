/*
 * tool.c -- asking other people's parsers (node/tool.h).
 */
#include "engine/private.h"
#include "node/tool.h"

enum ty_code
ty_step_tool(struct ty_step *step, const char *tool, json_t *options, bool each, int64_t timeout_ms,
	     void *tag, struct ty_err *err)
{
	struct request *r = request_add(step, REQUEST_EVAL, tag, err);

	if (r == NULL) {
		json_decref(options);
		return err->code;
	}
	r->body = script_request(step, "tool", NULL, 0, r->number);
	json_object_set_new(r->body, "tool", record_text(tool));
	json_object_set_new(r->body, "options", options);
	if (each) {
		json_object_set_new(r->body, "each", json_true());
		if (failed_are_own(step))
			json_object_set_new(r->body, "go_on", json_true());
	}
	r->timeout_ms = timeout_ms > 0 ? timeout_ms : TY_LIMIT_SANDBOX_MS;
	return TY_OK;
}

enum ty_code
ty_step_tool_texts(struct ty_step *step, const char *tool, json_t *options, json_t *texts,
		   int64_t timeout_ms, void *tag, struct ty_err *err)
{
	struct request *r = request_add(step, REQUEST_EVAL, tag, err);
	json_t *body = json_pack("{s:s, s:s, s:o, s:o, s:b, s:I, s:b}", "kind", "tool", "tool",
				 tool, "options", options, "texts", texts, "each", 1, "now_ms",
				 (json_int_t)step->clock_ms, "go_on", failed_are_own(step));

	if (r == NULL) {
		json_decref(body);
		return err->code;
	}
	r->body = ty_json_own(step->arena, body);
	r->timeout_ms = timeout_ms > 0 ? timeout_ms : TY_LIMIT_SANDBOX_MS;
	return TY_OK;
}

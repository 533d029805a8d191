/*
 * hook_probe.c -- see hook_probe.h.
 */
#include "hook_probe.h"

#include "base/arena.h"
#include "base/str.h"
#include "hook/origin.h"

#include <string.h>

/* Seconds a browser may remember a preflight: soon enough after the setting was changed. */
#define PREFLIGHT_AGE_S "600"
/* Methods that a hook of method ANY takes. */
#define ANY_METHODS "GET, POST, PUT, PATCH, DELETE"

static bool
is_method(const struct ty_api_call *call, const char *method)
{
	return strcmp(call->request->method, method) == 0;
}

static bool
is_preflight(const struct ty_api_call *call)
{
	return is_method(call, "OPTIONS") && ty_http_header(call->request, "origin") != NULL &&
	       ty_http_header(call->request, "access-control-request-method") != NULL;
}

const char *
ty_hook_wanted_method(const struct ty_api_call *call)
{
	return is_preflight(call) ? ty_http_header(call->request, "access-control-request-method")
				  : call->request->method;
}

bool
ty_hook_is_probe(const struct ty_api_call *call, const struct ty_hook_answer *answer)
{
	if (is_method(call, "OPTIONS"))
		return answer->entry != NULL || answer->methods[0] != '\0';
	if (answer->entry != NULL)
		return is_method(call, "HEAD") && !ty_str_eq(answer->entry->claim.method, "HEAD");
	return answer->methods[0] != '\0';
}

/* ---- origins ---- */

static const char *
allowed_origin(const struct ty_api_call *call, const struct ty_hook_rule *rule)
{
	const char *origin = ty_http_header(call->request, "origin");

	return origin != NULL ? ty_hook_origins_allow(rule->origins, origin) : NULL;
}

void
ty_hook_set_origin(struct ty_api_call *call, const struct ty_hook_rule *rule)
{
	const char *origin = allowed_origin(call, rule);

	if (rule->origins[0] == '\0')
		return;
	ty_http_response_header(call->response, "Vary", "Origin");
	if (origin == NULL)
		return;
	ty_http_response_header(call->response, "Access-Control-Allow-Origin", origin);
	ty_http_response_header(call->response, "Access-Control-Expose-Headers",
				"Retry-After, X-Request-Id");
}

static enum ty_code
answer_preflight(struct ty_api_call *call, const struct ty_hook_rule *rule, struct ty_err *err)
{
	const char *headers = ty_http_header(call->request, "access-control-request-headers");

	if (allowed_origin(call, rule) == NULL) {
		call->problem_title = "The origin is not allowed";
		ty_err_set(err, TY_E_DENIED, "Pages of %.100s may not call this address",
			   ty_http_header(call->request, "origin"));
		return ty_err_hint(err,
				   "Add the origin to the webhook's setting allowed_origins and "
				   "publish.");
	}
	ty_http_response_header(call->response, "Access-Control-Allow-Methods",
				ty_hook_wanted_method(call));
	if (headers != NULL)
		ty_http_response_header(call->response, "Access-Control-Allow-Headers", headers);
	ty_http_response_header(call->response, "Access-Control-Max-Age", PREFLIGHT_AGE_S);
	ty_http_response_header(call->response, "Vary",
				"Access-Control-Request-Method, Access-Control-Request-Headers");
	return api_empty(call, 204);
}

/* ---- probes ---- */

/* "GET, POST" of what the address takes; '*' among them is any. */
static const char *
methods_text(const struct ty_hook_answer *answer)
{
	const char *methods = answer->entry != NULL ? answer->entry->claim.method : answer->methods;

	return strchr(methods, '*') != NULL ? ANY_METHODS : methods;
}

static enum ty_code
answer_methods(struct ty_api_call *call, const char *methods)
{
	const char *detail = ty_arena_printf(
		call->arena, "This address takes %s; a delivery to it starts a run.", methods);

	return api_json(call, 200,
			ty_json_own(call->arena, json_pack("{s:s, s:s, s:s}", "verdict", "probe",
							   "methods", methods, "detail", detail)));
}

enum ty_code
ty_hook_probe(struct ty_api_call *call, const struct ty_hook_answer *answer, struct ty_err *err)
{
	const char *methods = methods_text(answer);

	ty_http_response_header(call->response, "Allow",
				ty_arena_printf(call->arena, "%s, HEAD, OPTIONS", methods));
	if (is_preflight(call) && answer->entry == NULL)
		return ty_err_set(err, TY_E_METHOD, "This address takes %s", methods);
	if (is_preflight(call))
		return answer_preflight(call, answer->entry->rule, err);
	if (is_method(call, "OPTIONS"))
		return api_empty(call, 204);
	return answer_methods(call, methods);
}

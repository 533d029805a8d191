/*
 * problem.c -- RFC 9457.
 */
#include "problem.h"

#include "base/arena.h"
#include "base/err.h"
#include "json/json.h"

#include <stdio.h>

static const char *
public_detail(const struct ty_err *err)
{
	switch (err->code) {
	case TY_E_INTERNAL:
	case TY_E_UNAVAILABLE:
		return ty_code_text(err->code);
	default:
		return err->msg[0] != '\0' ? err->msg : ty_code_text(err->code);
	}
}

/* The error's own hint, else its code's; "" where that code needs one of its own. */
static const char *
public_hint(const struct ty_err *err)
{
	static const char *const hints[TY_E__COUNT] = {
		[TY_E_MALFORMED] = "Mend what was sent at the place that is named.",
		[TY_E_NOT_FOUND] = "Compare what was asked for with the list of its kind.",
		[TY_E_METHOD] = "Use a method that the Allow header names.",
		[TY_E_CONFLICT] = "Read it again to see its state now.",
		[TY_E_PRECONDITION] = "Read it again, and send If-Match with its ETag.",
		[TY_E_LIMIT] = "Send it again after Retry-After.",
		[TY_E_UNAVAILABLE] = "Send it again after Retry-After.",
		[TY_E_INTERNAL] =
			"Send it again; if that stays so, tell the operator the request_id.",
	};

	return err->hint[0] != '\0' || hints[err->code] == NULL ? err->hint : hints[err->code];
}

/* A string that may hold anything: what is not UTF-8 is left out rather than the answer lost. */
static void
set_text(json_t *obj, const char *key, const char *text)
{
	json_t *value = json_string(text);

	json_object_set_new(obj, key, value != NULL ? value : json_string(""));
}

static void
add_retry_after(struct ty_http_response *response, const struct ty_problem *problem)
{
	int64_t ms = problem->retry_after_ms;
	char text[24];

	if (ms <= 0 && problem->err->code != TY_E_UNAVAILABLE && problem->err->code != TY_E_LIMIT)
		return;
	/* Rounded up: a sender that waits the time given must not come too early. */
	snprintf(text, sizeof(text), "%lld", (long long)(ms > 0 ? (ms + 999) / 1000 : 1));
	ty_http_response_header(response, "Retry-After", text);
}

void
ty_problem_write(const struct ty_http_request *request, struct ty_http_response *response,
		 const struct ty_problem *problem)
{
	const struct ty_err *err = problem->err;
	int status = problem->status != 0 ? problem->status : ty_code_http(err->code);
	json_t *obj = ty_json_own(request->arena, json_object());
	char type[96];

	snprintf(type, sizeof(type), "urn:tyboo:problem:%s", ty_code_name(err->code));
	set_text(obj, "type", type);
	set_text(obj, "title", problem->title != NULL ? problem->title : ty_code_text(err->code));
	json_object_set_new(obj, "status", json_integer(status));
	set_text(obj, "detail", public_detail(err));
	set_text(obj, "code", ty_code_name(err->code));
	set_text(obj, "request_id", request->id.s);
	if (err->path[0] != '\0')
		set_text(obj, "path", err->path);
	if (public_hint(err)[0] != '\0')
		set_text(obj, "hint", public_hint(err));
	if (problem->verdict != NULL)
		set_text(obj, "verdict", problem->verdict);
	if (problem->findings != NULL)
		json_object_set(obj, "findings", (json_t *)problem->findings);
	if (problem->workflows != NULL)
		json_object_set(obj, "workflows", (json_t *)problem->workflows);
	if (problem->more != NULL)
		json_object_update_missing(obj, (json_t *)problem->more);
	response->status = status;
	add_retry_after(response, problem);
	ty_http_response_header(response, "Content-Type", "application/problem+json");
	response->body = ty_json_dump(request->arena, obj, &response->body_len);
}

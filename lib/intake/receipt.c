/*
 * receipt.c -- a receipt as JSON text and back: what Redis keeps while Postgres is away.
 *
 * Written and read by the same release or the next: a field that is missing reads as its
 * empty value, one that is unknown is ignored.
 */
#include "intake/job.h"

#include "base/arena.h"
#include "base/str.h"
#include "body/form.h"
#include "crypto/crypto.h"
#include "json/json.h"
#include "json/limits.h"

#include <string.h>

/* The fields that need no thought, by kind. */
/* clang-format off */
#define RECEIPT_IDS(X) X(id) X(workspace_id) X(workflow_id) X(version_id) X(hook_id)
#define RECEIPT_TEXT(X)                                                                            \
	X(start_node)                                                                              \
	X(mode) X(method) X(path) X(route) X(query) X(headers) X(remote_addr) X(delivery_key) X(verdict)    \
		X(reason) X(read_as) X(notices) X(blobs) X(source) X(jwt)
#define RECEIPT_INTS(X)                                                                            \
	X(received_at_ms)                                                                          \
	X(timeout_ms) X(workflow_max)
/* clang-format on */

static json_t *
text_new(struct ty_arena *arena, const char *s)
{
	return ty_form_string(arena, s != NULL ? s : "", s != NULL ? strlen(s) : 0);
}

/* Add the limits under their old names, because tyboo-reap of the release before may read this receipt. */
static void
for_the_release_before(json_t *json, const json_t *limits)
{
	json_object_set(json, "workspace_max", json_object_get(limits, "concurrent_max"));
	json_object_set(json, "depth_max", json_object_get(limits, "depth_max"));
	json_object_set(json, "rate_per_s", json_object_get(limits, "rate_per_s"));
	json_object_set(json, "quota_month", json_object_get(limits, "quota_month"));
}

char *
ty_receipt_format(struct ty_arena *arena, const struct ty_receipt *receipt)
{
	json_t *json = ty_json_own(arena, json_object());

#define X(f) json_object_set_new(json, #f, json_string(receipt->f.s));
	RECEIPT_IDS(X)
#undef X
#define X(f) json_object_set_new(json, #f, text_new(arena, receipt->f));
	RECEIPT_TEXT(X)
#undef X
#define X(f) json_object_set_new(json, #f, json_integer(receipt->f));
	RECEIPT_INTS(X)
#undef X
	json_object_set_new(json, "limits", ty_limits_to_json(&receipt->limits));
	for_the_release_before(json, json_object_get(json, "limits"));
	if (ty_str_is_utf8(receipt->body, receipt->body_len))
		json_object_set_new(json, "body", json_stringn(receipt->body, receipt->body_len));
	else
		json_object_set_new(
			json, "body_base64",
			json_string(ty_base64_encode(arena, receipt->body, receipt->body_len)));
	return ty_json_dump(arena, json, NULL);
}

/* "" is no id; anything else must be one. */
static bool
id_get(const json_t *json, const char *name, struct ty_id *ret_id)
{
	const char *text = ty_json_str(json, name, "");

	return text[0] == '\0' || ty_id_parse(text, ret_id);
}

static bool
body_get(struct ty_arena *arena, const json_t *json, struct ty_receipt *receipt)
{
	const char *base64 = ty_json_str(json, "body_base64", NULL);
	const json_t *body = json_object_get(json, "body");

	if (base64 != NULL) {
		receipt->body = (const char *)ty_base64_decode(arena, base64, strlen(base64),
							       &receipt->body_len);
		return receipt->body != NULL;
	}
	receipt->body = json_is_string(body) ? json_string_value(body) : "";
	receipt->body_len = json_is_string(body) ? json_string_length(body) : 0;
	return true;
}

enum ty_code
ty_receipt_parse(struct ty_arena *arena, const char *text, size_t len,
		 struct ty_receipt **ret_receipt, struct ty_err *err)
{
	struct ty_receipt *receipt = ty_arena_new_of(arena, struct ty_receipt);
	bool ok = true;
	json_t *json;

	if (ty_json_parse(arena, text, len, &json, err) != TY_OK)
		return ty_err_wrap(err, "receipt");
#define X(f) ok = ok && id_get(json, #f, &receipt->f);
	RECEIPT_IDS(X)
#undef X
#define X(f) receipt->f = ty_json_str(json, #f, "");
	RECEIPT_TEXT(X)
#undef X
#define X(f) receipt->f = ty_json_int(json, #f, 0);
	RECEIPT_INTS(X)
#undef X
	ty_limits_of_json(json, &receipt->limits);
	if (!ok || !ty_id_is_set(&receipt->id) || !ty_id_is_set(&receipt->workspace_id) ||
	    !body_get(arena, json, receipt))
		return ty_err_set(err, TY_E_MALFORMED, "receipt: an id or the body cannot be read");
	*ret_receipt = receipt;
	return TY_OK;
}

/*
 * job.c -- the job payload of a receipt: see job.h.
 *
 * The text is put together from pieces rather than dumped from a tree: a JSON body is
 * checked and then copied as it came, which is cheaper and keeps the sender's own bytes.
 */
#include "intake/job.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "crypto/crypto.h"
#include "intake/form.h"
#include "json/json.h"

#include <inttypes.h>
#include <string.h>

static void
put_json(struct ty_buf *buf, const json_t *json)
{
	size_t len;
	const char *text = ty_json_dump(buf->arena, json, &len);

	ty_buf_add(buf, text, len);
}

static void
put_bytes_as_string(struct ty_buf *buf, const char *s, size_t len)
{
	put_json(buf, ty_json_own(buf->arena, ty_form_string(buf->arena, s, len)));
}

/* ,"name":"value" */
static void
put_member(struct ty_buf *buf, const char *name, const char *value)
{
	ty_buf_printf(buf, ",\"%s\":", name);
	put_bytes_as_string(buf, value != NULL ? value : "", value != NULL ? strlen(value) : 0);
}

/* ---- bodies ---- */

enum body_kind { BODY_JSON, BODY_FORM, BODY_OTHER };

static enum body_kind
body_kind(const char *content_type)
{
	size_t len = strcspn(content_type, "; \t");
	char type[128];

	if (len >= sizeof(type))
		return BODY_OTHER;
	memcpy(type, content_type, len);
	type[len] = '\0';
	if (ty_str_ieq(type, "application/json") ||
	    (len > 5 && ty_str_ieq(type + len - 5, "+json")))
		return BODY_JSON;
	return ty_str_ieq(type, "application/x-www-form-urlencoded") ? BODY_FORM : BODY_OTHER;
}

/*
 * The limits of JSON are the body's own.  The payload around it is ours: whoever reads it checks
 * none again (workers/run/job_payload.c), so what is let in here is let in.
 */
static enum ty_code
parse_body(struct ty_arena *arena, const struct ty_receipt *receipt, json_t **ret_json,
	   struct ty_err *err)
{
	if (ty_json_parse(arena, receipt->body, receipt->body_len, ret_json, err) != TY_OK)
		return ty_err_wrap(err, "body");
	return TY_OK;
}

static enum ty_code
put_body(struct ty_buf *buf, const struct ty_receipt *receipt, const char *content_type,
	 struct ty_err *err)
{
	enum body_kind kind = body_kind(content_type);
	json_t *ignored;

	if (kind == BODY_JSON && receipt->body_len == 0) {
		ty_buf_add_str(buf, "null");
	} else if (kind == BODY_JSON) {
		if (parse_body(buf->arena, receipt, &ignored, err) != TY_OK)
			return err->code;
		ty_buf_add(buf, receipt->body, receipt->body_len);
	} else if (kind == BODY_FORM) {
		put_json(buf, ty_form_decode(buf->arena, receipt->body, receipt->body_len));
	} else if (ty_str_is_utf8(receipt->body, receipt->body_len)) {
		put_bytes_as_string(buf, receipt->body, receipt->body_len);
	} else {
		ty_buf_add_str(buf, "{\"base64\":\"");
		ty_buf_add_str(buf, ty_base64_encode(buf->arena, receipt->body, receipt->body_len));
		ty_buf_add_str(buf, "\"}");
	}
	return TY_OK;
}

/* ---- items ---- */

/* One item: the request. */
static enum ty_code
put_request(struct ty_buf *buf, const struct ty_receipt *receipt, struct ty_err *err)
{
	const char *query = receipt->query != NULL ? receipt->query : "";
	const char *headers = receipt->headers;
	json_t *parsed = NULL;
	struct ty_err unused;

	/* Ours, made by the API; still, what is spliced in must be what it says. */
	if (headers == NULL ||
	    ty_json_parse(buf->arena, headers, strlen(headers), &parsed, &unused) != TY_OK ||
	    !json_is_object(parsed))
		headers = "{}";
	ty_buf_printf(buf, "{\"json\":{\"headers\":");
	ty_buf_add_str(buf, headers);
	ty_buf_add_str(buf, ",\"params\":{},\"query\":");
	put_json(buf, ty_form_decode(buf->arena, query, strlen(query)));
	ty_buf_add_str(buf, ",\"body\":");
	if (put_body(buf, receipt, ty_json_str(parsed, "content-type", ""), err) != TY_OK)
		return err->code;
	put_member(buf, "method", receipt->method);
	put_member(buf, "path", receipt->path);
	ty_buf_add_str(buf, "}}");
	return TY_OK;
}

/* The items are what the caller sent: an object, or an array of objects. */
static enum ty_code
put_given_items(struct ty_buf *buf, const struct ty_receipt *receipt, struct ty_err *err)
{
	json_t *given, *item;
	size_t i;

	if (receipt->body_len == 0) {
		ty_buf_add_str(buf, "{\"json\":{}}");
		return TY_OK;
	}
	if (parse_body(buf->arena, receipt, &given, err) != TY_OK)
		return err->code;
	if (json_is_object(given)) {
		ty_buf_add_str(buf, "{\"json\":");
		ty_buf_add(buf, receipt->body, receipt->body_len);
		ty_buf_add_char(buf, '}');
		return TY_OK;
	}
	if (!json_is_array(given))
		return ty_err_set(err, TY_E_MALFORMED,
				  "body: it must be an object, or an array of objects");
	json_array_foreach(given, i, item)
	{
		if (!json_is_object(item)) {
			ty_err_set(err, TY_E_MALFORMED, "body: each item must be an object");
			return ty_err_at(err, "[%zu]", i);
		}
		ty_buf_add_str(buf, i > 0 ? ",{\"json\":" : "{\"json\":");
		put_json(buf, item);
		ty_buf_add_char(buf, '}');
	}
	return TY_OK;
}

/* A replay has the shape of what it repeats: only a hook's delivery has a path. */
static bool
is_request(const struct ty_receipt *receipt)
{
	if (ty_str_eq(receipt->mode, "replay"))
		return !ty_str_is_blank(receipt->path);
	return !ty_str_eq(receipt->mode, "api") && !ty_str_eq(receipt->mode, "manual");
}

enum ty_code
ty_job_payload(struct ty_arena *arena, const struct ty_receipt *receipt, const char **ret_payload,
	       size_t *ret_len, struct ty_err *err)
{
	struct ty_buf buf;
	enum ty_code code;

	ty_buf_init(&buf, arena, receipt->body_len + 1024);
	ty_buf_printf(&buf, "{\"v\":%d", TY_JOB_VERSION);
	put_member(&buf, "run_id", receipt->id.s);
	put_member(&buf, "workspace_id", receipt->workspace_id.s);
	put_member(&buf, "workflow_id", receipt->workflow_id.s);
	put_member(&buf, "version_id", receipt->version_id.s);
	put_member(&buf, "start_node", receipt->start_node);
	put_member(&buf, "mode", receipt->mode);
	ty_buf_printf(&buf, ",\"accepted_at_ms\":%" PRId64 ",\"items\":[", receipt->received_at_ms);
	code = is_request(receipt) ? put_request(&buf, receipt, err)
				   : put_given_items(&buf, receipt, err);
	if (code != TY_OK)
		return code;
	ty_buf_add_str(&buf, "]}");
	*ret_payload = buf.data;
	*ret_len = buf.len;
	return TY_OK;
}

/*
 * job.c -- the job payload of a receipt: see job.h.
 *
 * The text is put together from pieces rather than dumped from a tree: a JSON body is
 * checked and then copied as it came, which is cheaper and keeps the sender's own bytes.
 * A large one is not even copied: whoever sends the payload sends it from where it lies.
 */
#include "intake/job.h"

#include "job_files.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/run_mode.h"
#include "base/str.h"
#include "body/body.h"
#include "body/form.h"
#include "crypto/crypto.h"
#include "hook/address.h"
#include "json/json.h"
#include "queue/queue.h"
#include "store/park.h"

#include <inttypes.h>
#include <string.h>

/* Room for ids, path and query, as JSON, beside body and headers. */
#define ENVELOPE_BYTES 4096
#define HEAD_BEGIN     "{\"v\":"
/* A copy of less is cheaper than one more piece to send. */
#define SPLICE_BYTES ((size_t)64 * 1024)

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

/* The text of a payload while it is made; its large body, once there is one, is in 'job'. */
struct job_out {
	struct ty_buf buf;
	struct ty_job_text *job;
	json_t *carried; /* handle of the body that is a file; NULL: it is none, or a blob already */
	const char *bytes; /* bytes of that file */
	size_t bytes_len;
	const json_t *taken; /* items that a partial run takes; NULL = it is none */
};

static void
put_body_text(struct job_out *out, const char *text, size_t len)
{
	if (len < SPLICE_BYTES) {
		ty_buf_add(&out->buf, text, len);
		return;
	}
	out->job->body = text;
	out->job->body_len = len;
	out->job->body_at = out->buf.len;
}

static const char *
header_of(void *ctx, const char *name)
{
	return ty_json_str(ctx, name, NULL);
}

/*
 * The one place where a delivery's body becomes a value.  The limits of JSON are the body's own.  The
 * payload around it is ours: whoever reads it checks none again (workers/run/job_payload.c), so what is
 * let in here is let in.
 */
static enum ty_code
read_body(struct ty_arena *arena, const struct ty_receipt *receipt, json_t *headers,
	  const json_t *files, struct ty_body *ret_body, struct ty_err *err)
{
	struct ty_body_in in = { .data = receipt->body,
				 .len = receipt->body_len,
				 .header = header_of,
				 .ctx = headers,
				 .bytes_max = TY_LIMIT_BODY_BYTES,
				 .values_max = TY_LIMIT_JSON_VALUES,
				 .copies = true };

	/* A word of a later release is read as none. */
	if (!ty_body_as_parse(receipt->read_as, &in.as))
		in.as = TY_BODY_AS_AUTO;
	in.files = files;
	if (ty_body_read(arena, &in, ret_body, err) != TY_OK)
		return ty_err_wrap(err, "body");
	return TY_OK;
}

static void
put_bytes(struct ty_buf *buf, const char *s, size_t len)
{
	if (ty_str_is_utf8(s, len)) {
		put_bytes_as_string(buf, s, len);
		return;
	}
	ty_buf_add_str(buf, "{\"base64\":\"");
	ty_buf_add_str(buf, ty_base64_encode(buf->arena, s, len));
	ty_buf_add_str(buf, "\"}");
}

/* Put the body as it was beside the value, so that a mended one can be looked up in the run. */
static void
put_raw(struct ty_buf *buf, const struct ty_body *body)
{
	if ((!body->is_changed && body->json_mended == 0) || body->raw_len > TY_LIMIT_RAW_BYTES)
		return;
	ty_buf_add_str(buf, ",\"raw\":");
	put_bytes(buf, body->raw, body->raw_len);
}

static enum ty_code
put_body(struct job_out *out, const struct ty_receipt *receipt, json_t *headers,
	 const json_t *files, const char **ret_notices, size_t *ret_values, struct ty_err *err)
{
	struct ty_buf *buf = &out->buf;
	struct ty_body body;
	json_t *notices;

	if (job_body_is_file(files)) {
		ty_buf_add_str(buf, "{}");
		return TY_OK;
	}
	if (read_body(buf->arena, receipt, headers, files, &body, err) != TY_OK) {
		*ret_values = body.values;
		return err->code;
	}
	put_body_text(out, body.text, body.text_len);
	if (body.is_file) {
		out->carried = job_body_handle(buf->arena, &body, headers);
		out->bytes = body.raw;
		out->bytes_len = body.raw_len;
	} else {
		put_raw(buf, &body);
	}
	notices = ty_body_notices(buf->arena, &body);
	if (notices != NULL)
		*ret_notices = ty_json_dump(buf->arena, notices, NULL);
	return TY_OK;
}

/* ---- items ---- */

/* Put the claims of the token; ours, made by the API, and still looked at before they are spliced in. */
static void
put_claims(struct ty_buf *buf, const struct ty_receipt *receipt)
{
	struct ty_err unused;
	json_t *claims;

	if (ty_str_is_blank(receipt->jwt) ||
	    ty_json_parse(buf->arena, receipt->jwt, strlen(receipt->jwt), &claims, &unused) !=
		    TY_OK ||
	    !json_is_object(claims))
		return;
	ty_buf_add_str(buf, ",\"jwtPayload\":");
	ty_buf_add_str(buf, receipt->jwt);
}

/* Put one item: the request. */
static enum ty_code
put_request(struct job_out *out, const struct ty_receipt *receipt, const char **ret_notices,
	    size_t *ret_values, struct ty_err *err)
{
	struct ty_buf *buf = &out->buf;
	const char *query = receipt->query != NULL ? receipt->query : "";
	const char *headers = receipt->headers;
	const json_t *files = job_files(buf->arena, receipt->blobs);
	json_t *parsed = NULL;
	struct ty_err unused;

	/* Ours, made by the API; still, what is spliced in must be what it says. */
	if (headers == NULL ||
	    ty_json_parse(buf->arena, headers, strlen(headers), &parsed, &unused) != TY_OK ||
	    !json_is_object(parsed))
		headers = "{}";
	ty_buf_printf(buf, "{\"json\":{\"headers\":");
	ty_buf_add_str(buf, headers);
	ty_buf_add_str(buf, ",\"params\":");
	put_json(buf, ty_hook_path_params(buf->arena, receipt->route != NULL ? receipt->route : "",
					  receipt->path != NULL ? receipt->path : ""));
	ty_buf_add_str(buf, ",\"query\":");
	put_json(buf, ty_form_decode(buf->arena, query, strlen(query)));
	ty_buf_add_str(buf, ",\"body\":");
	if (put_body(out, receipt, parsed, files, ret_notices, ret_values, err) != TY_OK)
		return err->code;
	put_member(buf, "method", receipt->method);
	put_member(buf, "path", receipt->path);
	put_claims(buf, receipt);
	ty_buf_add_char(buf, '}');
	if (files != NULL || out->carried != NULL) {
		ty_buf_add_str(buf, ",\"binary\":");
		put_json(buf, files != NULL ? job_binary(buf->arena, files)
					    : job_body_binary(buf->arena, out->carried));
	}
	ty_buf_add_char(buf, '}');
	return TY_OK;
}

/* The items are what the caller sent: an object, or an array of objects. */
static enum ty_code
put_given_items(struct job_out *out, const struct ty_receipt *receipt, size_t *ret_values,
		struct ty_err *err)
{
	struct ty_buf *buf = &out->buf;
	json_t *given, *item;
	size_t i;

	if (receipt->body_len == 0) {
		ty_buf_add_str(buf, "{\"json\":{}}");
		return TY_OK;
	}
	/* A text cannot hold more values than it has bytes, so most are not counted. */
	if (receipt->body_len > TY_LIMIT_JSON_VALUES)
		*ret_values = ty_json_count(receipt->body, receipt->body_len);
	if (*ret_values > TY_LIMIT_JSON_VALUES)
		return ty_err_set(err, TY_E_LIMIT, "body: it holds too many values");
	if (ty_json_parse(buf->arena, receipt->body, receipt->body_len, &given, err) != TY_OK)
		return ty_err_wrap(err, "body");
	if (json_is_object(given)) {
		ty_buf_add_str(buf, "{\"json\":");
		put_body_text(out, receipt->body, receipt->body_len);
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

/* The body is the items, as another run gave them: a list of { "json", "binary"? }. */
static enum ty_code
put_whole_items(struct job_out *out, const struct ty_receipt *receipt, size_t *ret_values,
		struct ty_err *err)
{
	if (receipt->body_len < 2)
		return ty_err_set(err, TY_E_MALFORMED, "body: it is no list of items");
	if (receipt->body_len > TY_LIMIT_JSON_VALUES)
		*ret_values = ty_json_count(receipt->body, receipt->body_len);
	if (*ret_values > TY_LIMIT_JSON_VALUES)
		return ty_err_set(err, TY_E_LIMIT, "body: it holds too many values");
	put_body_text(out, receipt->body + 1, receipt->body_len - 2);
	return TY_OK;
}

/* Items and what is taken, as lib/intake/partial.c wrote them. */
static enum ty_code
put_partial(struct job_out *out, const struct ty_receipt *receipt, struct ty_err *err)
{
	struct ty_buf *buf = &out->buf;
	json_t *body, *item;
	size_t i;

	if (ty_json_parse_stored(buf->arena, receipt->body, receipt->body_len, &body, err) != TY_OK)
		return ty_err_wrap(err, "body");
	json_array_foreach(ty_json_arr(body, "items"), i, item)
	{
		if (i > 0)
			ty_buf_add_char(buf, ',');
		put_json(buf, item);
	}
	out->taken = ty_json_arr(body, "taken");
	return TY_OK;
}

static void
put_taken(struct job_out *out)
{
	if (out->taken == NULL)
		return;
	ty_buf_add_str(&out->buf, ",\"taken\":");
	put_json(&out->buf, out->taken);
}

/* A replay has the shape of what it repeats: only a hook's delivery has a path. */
static enum ty_run_input
input_of(const struct ty_receipt *receipt)
{
	const struct ty_run_mode *mode = ty_run_mode_find(receipt->mode);

	if (mode == NULL)
		return TY_RUN_INPUT_REQUEST;
	if (mode->input != TY_RUN_INPUT_REPEATED)
		return mode->input;
	if (!ty_str_is_blank(receipt->path))
		return TY_RUN_INPUT_REQUEST;
	return ty_str_eq(receipt->read_as, TY_READ_AS_ITEMS) ? TY_RUN_INPUT_WHOLE
							     : TY_RUN_INPUT_ITEMS;
}

static enum ty_code
put_items(struct job_out *out, const struct ty_receipt *receipt, const char **ret_notices,
	  size_t *ret_values, struct ty_err *err)
{
	enum ty_run_input input = input_of(receipt);

	if (input == TY_RUN_INPUT_REQUEST)
		return put_request(out, receipt, ret_notices, ret_values, err);
	if (input == TY_RUN_INPUT_PARTIAL)
		return put_partial(out, receipt, err);
	if (input == TY_RUN_INPUT_WHOLE)
		return put_whole_items(out, receipt, ret_values, err);
	return put_given_items(out, receipt, ret_values, err);
}

/* Kept and answered as any other; the run ends at once, and says how many there were. */
static const char *
put_too_many(struct job_out *out, size_t begin, size_t values)
{
	out->buf.len = begin;
	out->job->body = NULL;
	ty_buf_printf(&out->buf, "],\"values\":%zu}", values);
	return ty_arena_printf(out->buf.arena,
			       "[{\"code\":\"too_many_values\",\"text\":\"The body holds %zu JSON "
			       "values; a run may begin with %d\"}]",
			       values, TY_LIMIT_JSON_VALUES);
}

/* Put the bytes that the job carries, and raise its version, because only here it is known that it does. */
static void
put_carried(struct job_out *out)
{
	struct ty_buf *buf = &out->buf;
	const char *base64;

	if (out->carried == NULL)
		return;
	base64 = ty_base64_encode(buf->arena, out->bytes, out->bytes_len);
	ty_buf_printf(buf, ",\"carried\":[{\"blob\":\"%s\",\"base64\":\"",
		      ty_json_str(out->carried, "blob", ""));
	put_body_text(out, base64, strlen(base64));
	ty_buf_add_str(buf, "\"}]");
	buf->data[strlen(HEAD_BEGIN)] = '0' + TY_JOB_VERSION_CARRIES;
}

/* Put what the run takes of another: a worker that would not look there repeats its effects. */
static void
put_source(struct ty_buf *buf, const struct ty_receipt *receipt)
{
	if (ty_str_is_blank(receipt->source))
		return;
	ty_buf_add_str(buf, ",\"source\":");
	ty_buf_add_str(buf, receipt->source);
	buf->data[strlen(HEAD_BEGIN)] = '0' + TY_JOB_VERSION_SOURCE;
}

/* All that stands before the items. */
static void
put_head(struct ty_buf *buf, int version, const struct ty_receipt *receipt)
{
	ty_buf_printf(buf, HEAD_BEGIN "%d", version);
	put_member(buf, "run_id", receipt->id.s);
	put_member(buf, "workspace_id", receipt->workspace_id.s);
	put_member(buf, "workflow_id", receipt->workflow_id.s);
	put_member(buf, "version_id", receipt->version_id.s);
	put_member(buf, "start_node", receipt->start_node);
	put_member(buf, "mode", receipt->mode);
	ty_buf_printf(buf, ",\"accepted_at_ms\":%" PRId64 ",\"items\":[", receipt->received_at_ms);
}

enum ty_code
ty_job_text(struct ty_arena *arena, const struct ty_receipt *receipt, struct ty_job_text *ret_text,
	    const char **ret_notices, struct ty_err *err)
{
	size_t begin, values = 0, body = receipt->body_len < SPLICE_BYTES ? receipt->body_len : 0,
		      headers = receipt->headers != NULL ? strlen(receipt->headers) : 0;
	struct ty_job_text text = { NULL };
	struct job_out out = { .job = &text };
	const char *notices = "";
	enum ty_code code;

	/* Room for all of it, since growing takes twice the size beside it. */
	ty_buf_init(&out.buf, arena, body + headers + ENVELOPE_BYTES);
	put_head(&out.buf,
		 input_of(receipt) == TY_RUN_INPUT_WHOLE ? TY_JOB_VERSION_WHOLE : TY_JOB_VERSION,
		 receipt);
	begin = out.buf.len;
	code = put_items(&out, receipt, &notices, &values, err);
	if (code == TY_E_LIMIT) {
		ty_err_clear(err);
		notices = put_too_many(&out, begin, values);
	} else if (code != TY_OK) {
		return code;
	} else {
		ty_buf_add_char(&out.buf, ']');
		put_carried(&out);
		put_taken(&out);
		put_source(&out.buf, receipt);
		ty_buf_add_char(&out.buf, '}');
	}
	text.text = out.buf.data;
	text.len = out.buf.len;
	*ret_text = text;
	*ret_notices = notices;
	return TY_OK;
}

enum ty_code
ty_job_payload(struct ty_arena *arena, const struct ty_receipt *receipt, const char **ret_payload,
	       size_t *ret_len, const char **ret_notices, struct ty_err *err)
{
	struct ty_job_text text;
	struct ty_buf whole;

	if (ty_job_text(arena, receipt, &text, ret_notices, err) != TY_OK)
		return err->code;
	*ret_payload = text.text;
	*ret_len = text.len + (text.body != NULL ? text.body_len : 0);
	if (text.body == NULL)
		return TY_OK;
	ty_buf_init(&whole, arena, *ret_len);
	ty_buf_add(&whole, text.text, text.body_at);
	ty_buf_add(&whole, text.body, text.body_len);
	ty_buf_add(&whole, text.text + text.body_at, text.len - text.body_at);
	*ret_payload = whole.data;
	return TY_OK;
}

void
ty_due_to_job(struct ty_arena *arena, const struct ty_due *due, struct ty_job *ret_job)
{
	const struct ty_receipt as_began = { .id = due->run_id,
					     .workspace_id = due->workspace_id,
					     .workflow_id = due->workflow_id,
					     .version_id = due->version_id,
					     .start_node = due->start_node,
					     .mode = due->mode,
					     .received_at_ms = due->accepted_at_ms };
	struct ty_buf buf;

	ty_buf_init(&buf, arena, ENVELOPE_BYTES);
	put_head(&buf, TY_JOB_VERSION_PARKED, &as_began);
	ty_buf_add_str(&buf, "]}");
	*ret_job = (struct ty_job){ .run_id = due->run_id,
				    .workspace_id = due->workspace_id,
				    .workflow_id = due->workflow_id,
				    .delivery_key = "",
				    .payload = buf.data,
				    .payload_len = buf.len,
				    .limits = due->limits,
				    .workflow_max = due->workflow_max,
				    .again = true };
}

const char *
ty_job_verdict(enum ty_code code)
{
	return code == TY_E_TOO_LARGE ? "too_large" : "malformed";
}

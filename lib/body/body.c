/*
 * body.c -- see body.h.
 */
#include "body/body.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "body/charset.h"
#include "body/encoding.h"
#include "body/form.h"
#include "body/mended.h"
#include "body/type.h"
#include "crypto/crypto.h"
#include "json/budget.h"
#include "json/dump.h"
#include "json/json.h"
#include "json/member.h"

#include <string.h>

/* Bytes searched for the charset that a document names itself: HTML's rule (WHATWG, "prescan a byte
 * stream"). */
#define PRESCAN_BYTES 1024

/* ---- how to read it ---- */

/*
 * Senders whose Content-Type does not say what they send, known by a header of their own: SNS sends JSON as
 * text/plain; GitHub's and Slack's forms are one field that holds the JSON.
 */
static const struct sender {
	const char *header;
	enum ty_body_kind sent_as, kind;
	const char *field; /* NULL: the whole body */
} senders[] = {
	{ "x-amz-sns-message-type", TY_BODY_KIND_TEXT, TY_BODY_KIND_JSON, NULL },
	{ "x-github-event", TY_BODY_KIND_FORM, TY_BODY_KIND_FORM, "payload" },
	{ "x-hub-signature-256", TY_BODY_KIND_FORM, TY_BODY_KIND_FORM, "payload" },
	{ "x-slack-signature", TY_BODY_KIND_FORM, TY_BODY_KIND_FORM, "payload" },
};

struct reading {
	struct ty_arena *arena;
	struct ty_arena *trees; /* of the text; gone where only text is wanted */
	const struct ty_body_in *in;
	struct ty_body_type type;
	const struct ty_charset *charset; /* NULL: not said */
	bool has_mark;			  /* a byte order mark said it */
	bool must;	     /* the author chose the kind: what cannot be read so is an error */
	bool is_too_deep;    /* the reason why the text is no JSON */
	struct ty_text text; /* inflated, its marks skipped */
	struct ty_body *body;
};

static const char *
header_of(const struct ty_body_in *in, const char *name)
{
	const char *value = in->header != NULL ? in->header(in->ctx, name) : NULL;

	return value != NULL ? value : "";
}

static const struct sender *
sender_of(const struct ty_body_in *in, enum ty_body_kind kind)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(senders); i++)
		if (senders[i].sent_as == kind && *header_of(in, senders[i].header) != '\0')
			return &senders[i];
	return NULL;
}

/* ---- charset ---- */

static void
charset_unknown(struct reading *r, const char *label)
{
	r->body->mended |= MENDED_CHARSET;
	r->body->unknown = ty_arena_strdup(r->arena, label);
}

static void
charset_from_label(struct reading *r, const char *label)
{
	r->charset = ty_charset_find(label);
	if (r->charset == NULL)
		charset_unknown(r, label);
}

/* encoding="..." of an XML declaration, or charset=... of an HTML meta. */
static void
charset_from_document(struct reading *r)
{
	static const char *const words[] = { "encoding=", "charset=" };
	size_t len = r->text.len < PRESCAN_BYTES ? r->text.len : PRESCAN_BYTES;
	char *head = ty_arena_strndup(r->arena, r->text.s, len);
	char label[64];

	for (size_t i = 0; i < TY_ARRAY_COUNT(words); i++) {
		const char *at = strstr(head, words[i]);

		if (at == NULL)
			continue;
		at += strlen(words[i]);
		len = strcspn(at + (*at == '"' || *at == '\''), "\"' />?;");
		if (len == 0 || len >= sizeof(label))
			continue;
		memcpy(label, at + (*at == '"' || *at == '\''), len);
		label[len] = '\0';
		r->charset =
			ty_charset_find(label); /* an unknown charset is no more than a comment */
		return;
	}
}

/* A mark says more than a label (WHATWG Encoding, "decode"), a label more than the document. */
static void
charset_settle(struct reading *r)
{
	const struct ty_charset *mark;
	char label[64];
	size_t len;

	while ((mark = ty_charset_of_mark(r->text.s, r->text.len, &len)) != NULL) {
		if ((r->has_mark && mark != r->charset) ||
		    (ty_body_kind_may_be_bytes(r->type.kind) && !ty_charset_is_utf8(mark)))
			break; /* a character of the text, or bytes of a picture */
		r->charset = mark;
		r->has_mark = true;
		r->text = (struct ty_text){ r->text.s + len, r->text.len - len };
		r->body->mended |= MENDED_MARK;
	}
	if (r->has_mark)
		return;
	if (ty_body_param(r->type.params, "charset", label, sizeof(label)))
		charset_from_label(r, label);
	else if (r->type.kind == TY_BODY_KIND_XML)
		charset_from_document(r);
}

/* The text as UTF-8, by what is known of its charset. */
static struct ty_text
decoded(struct reading *r)
{
	bool mended = false;
	struct ty_text text = ty_charset_decode(r->arena, r->charset, r->text, &mended);

	if (mended)
		r->body->mended |= MENDED_TEXT;
	if (mended || text.s != r->text.s)
		r->body->is_changed = true;
	return text;
}

/* ---- kinds ---- */

/* Check the number of values before a tree is made of them. */
static enum ty_code
values_check(struct reading *r, size_t values, struct ty_err *err)
{
	r->body->values = values;
	return r->in->values_max == 0 ? TY_OK
				      : ty_json_values_check(values, r->in->values_max, err);
}

static bool
is_one_of_many(const struct ty_body_in *in)
{
	return in->copies || in->only != NULL;
}

/* A tree waits for its part of the process's budget where threads share that. */
static enum ty_code
tree_wait(struct reading *r, size_t values, struct ty_err *err)
{
	return is_one_of_many(r->in) ? ty_json_budget_tree(r->trees, values, err) : TY_OK;
}

static enum ty_code
json_parse(struct reading *r, struct ty_text text, unsigned *ret_mended, struct ty_err *err)
{
	struct ty_json_read how = { .foreign = true, .check = r->in->copies };
	enum ty_code code;

	if (r->in->only == NULL && text.len > r->in->values_max &&
	    values_check(r, ty_json_count(text.s, text.len), err) != TY_OK)
		return err->code;
	code = r->in->only == NULL
		       ? ty_json_read(r->trees, text.s, text.len, &how, &r->body->json, err)
		       : ty_json_read_member(r->trees, text.s, text.len, r->in->only, &how,
					     &r->body->json, err);
	if (code == TY_OK && how.check && how.mended != 0) {
		how.check = false;
		if (tree_wait(r, how.values, err) != TY_OK)
			return err->code;
		code = ty_json_read(r->trees, text.s, text.len, &how, &r->body->json, err);
	}
	r->body->values = how.values;
	r->is_too_deep = how.too_deep;
	*ret_mended = how.mended;
	if (code == TY_OK && how.mended == 0) {
		r->body->text = text.s;
		r->body->text_len = text.len;
	}
	return code;
}

/*
 * JSON is UTF-8 (RFC 8259, 8.1), and iso-8859-1 is what frameworks write without a thought: that label
 * says something only where the bytes are no UTF-8, which the reader finds out on its way.
 */
static enum ty_code
read_json(struct reading *r, struct ty_err *err)
{
	const struct ty_charset *wide =
		r->has_mark ? r->charset : ty_charset_of_json(r->text.s, r->text.len);
	bool is_latin1;
	unsigned mended;
	enum ty_code code;

	if (r->text.len == 0) {
		r->body->json = ty_json_own(r->trees, json_null());
		return TY_OK;
	}
	if (wide != NULL)
		r->charset = wide;
	is_latin1 = r->charset != NULL && ty_charset_is_latin1(r->charset);
	code = json_parse(r,
			  is_latin1 || r->charset == NULL || ty_charset_is_utf8(r->charset)
				  ? r->text
				  : decoded(r),
			  &mended, err);
	if (is_latin1 && (mended & TY_JSON_MENDED_UTF8) != 0)
		code = json_parse(r, decoded(r), &mended, err);
	if (code == TY_OK)
		r->body->json_mended |= mended;
	return code;
}

static enum ty_code
read_text(struct reading *r)
{
	struct ty_text text = decoded(r);

	r->body->json = ty_json_own(r->trees, json_stringn(text.s, text.len));
	return TY_OK;
}

/* Make the text at once for a caller that copies, because the way over a tree takes it three times. */
static enum ty_code
read_bytes(struct reading *r)
{
	struct ty_body *body = r->body;
	char *base64 = ty_base64_encode(r->trees, body->raw, body->raw_len);

	if (r->in->copies) {
		body->text = ty_arena_printf(r->arena, "{\"base64\":\"%s\"}", base64);
		body->text_len = strlen(body->text);
	} else {
		body->json = ty_json_own(r->trees, json_pack("{s:s}", "base64", base64));
	}
	return TY_OK;
}

static enum ty_code
read_file(struct reading *r)
{
	r->body->is_file = true;
	r->body->json = ty_json_own(r->trees, json_object());
	return TY_OK;
}

/* Text where it is, or where its charset is said; else bytes. */
static enum ty_code
read_other(struct reading *r)
{
	bool as_file = r->in->as == TY_BODY_AS_AUTO_FILE;

	if (r->charset != NULL && (r->must || ty_body_kind_is_textual(r->type.kind)))
		return read_text(r);
	/* A sender's files are all files, also the one whose bytes happen to be a text. */
	if (as_file && r->type.kind == TY_BODY_KIND_BYTES && r->text.len > 0)
		return read_file(r);
	if (ty_str_is_utf8(r->text.s, r->text.len))
		return read_text(r);
	return as_file ? read_file(r) : read_bytes(r);
}

static void
form_told(struct reading *r, const struct ty_form_body *form)
{
	r->body->values = form->values;
	r->body->json_mended |= form->json_mended;
	r->body->mended |= (form->mended ? (unsigned)MENDED_TEXT : 0) |
			   (form->left_out ? (unsigned)MENDED_FILE : 0) |
			   (form->encoded ? (unsigned)MENDED_TRANSFER : 0);
	r->body->is_changed |= form->mended || form->converted;
	if (form->unknown != NULL)
		charset_unknown(r, form->unknown);
}

/* GitHub's and Slack's form: the JSON in its one field is the body. */
static enum ty_code
read_payload(struct reading *r, const char *field, struct ty_err *err)
{
	json_t *form = r->body->json;
	const json_t *value = json_object_get(form, field);
	struct ty_text text = { json_string_value(value), json_string_length(value) };
	unsigned mended;
	enum ty_code code;

	if (!json_is_string(value) || json_object_size(form) != 1)
		return TY_OK;
	/* The text may become the body's own, which outlives the form's tree. */
	if (r->trees != r->arena)
		text.s = ty_arena_strndup(r->arena, text.s, text.len);
	code = json_parse(r, text, &mended, err);
	if (code == TY_E_LIMIT)
		return code;
	if (code == TY_OK) {
		r->body->json_mended |= mended;
		return TY_OK;
	}
	ty_err_clear(err);
	r->body->json = form;
	r->body->mended |= MENDED_NOT_PAYLOAD;
	return TY_OK;
}

static enum ty_code
read_form(struct reading *r, struct ty_err *err)
{
	const struct sender *sender = sender_of(r->in, TY_BODY_KIND_FORM);
	struct ty_form_body form = { .charset = r->charset, .values_max = r->in->values_max };
	enum ty_code code;

	/* A form is ASCII, and its escapes are bytes of the charset; after a mark it is text already. */
	form.text = r->has_mark ? decoded(r) : r->text;
	if (values_check(r, ty_form_fields(form.text), err) != TY_OK ||
	    tree_wait(r, r->body->values, err) != TY_OK)
		return err->code;
	if (r->has_mark)
		form.charset = NULL;
	code = ty_form_body(r->trees, &form, &r->body->json, err);
	form_told(r, &form);
	if (code != TY_OK || sender == NULL)
		return code;
	return read_payload(r, sender->field, err);
}

static enum ty_code
read_multipart(struct reading *r, struct ty_err *err)
{
	struct ty_form_body form = { .text = r->text,
				     .charset = r->has_mark ? NULL : r->charset,
				     .files = r->in->files,
				     .values_max = r->in->values_max };
	char boundary[256] = "";
	enum ty_code code;

	(void)ty_body_param(r->type.params, "boundary", boundary, sizeof(boundary));
	if (values_check(r, ty_form_multipart_parts(r->arena, r->text, boundary), err) != TY_OK ||
	    tree_wait(r, r->body->values, err) != TY_OK)
		return err->code;
	code = ty_form_multipart(r->trees, boundary, &form, &r->body->json, err);
	if (code == TY_OK || code == TY_E_LIMIT)
		form_told(r, &form);
	if (code != TY_E_MALFORMED || r->must)
		return code;
	ty_err_clear(err);
	r->body->mended |= MENDED_NOT_MULTIPART;
	return read_other(r);
}

static enum ty_code
read_json_or_text(struct reading *r, struct ty_err *err)
{
	enum ty_code code = read_json(r, err);

	if (code != TY_E_MALFORMED || r->must || !r->in->lenient)
		return code;
	ty_err_clear(err);
	r->body->mended |= r->is_too_deep ? MENDED_TOO_DEEP : MENDED_NOT_JSON;
	return read_other(r);
}

static bool
looks_like_json(struct ty_text text)
{
	size_t i = 0;

	while (i < text.len && strchr(" \t\r\n", text.s[i]) != NULL && text.s[i] != '\0')
		i++;
	return i < text.len && (text.s[i] == '{' || text.s[i] == '[');
}

/* Read a body without a type: JSON where it is an object or a list, else text, without a notice. */
static enum ty_code
read_untyped(struct reading *r, struct ty_err *err)
{
	enum ty_code code = TY_E_MALFORMED;

	if (looks_like_json(r->text))
		code = read_json(r, err);
	if (code != TY_E_MALFORMED)
		return code;
	ty_err_clear(err);
	return read_other(r);
}

static enum ty_body_kind
kind_chosen(const struct reading *r)
{
	static const enum ty_body_kind kinds[TY_BODY_AS__COUNT] = {
		[TY_BODY_AS_JSON] = TY_BODY_KIND_JSON,
		[TY_BODY_AS_FORM] = TY_BODY_KIND_FORM,
		[TY_BODY_AS_MULTIPART] = TY_BODY_KIND_MULTIPART,
		[TY_BODY_AS_TEXT] = TY_BODY_KIND_TEXT,
	};
	const struct sender *sender;

	if (r->must)
		return kinds[r->in->as];
	sender = sender_of(r->in, r->type.kind);
	return sender != NULL ? sender->kind : r->type.kind;
}

static enum ty_code
read_kind(struct reading *r, struct ty_err *err)
{
	if (r->in->as == TY_BODY_AS_BYTES)
		return read_bytes(r);
	charset_settle(r);
	switch (kind_chosen(r)) {
	case TY_BODY_KIND_JSON:
		return read_json_or_text(r, err);
	case TY_BODY_KIND_FORM:
		return read_form(r, err);
	case TY_BODY_KIND_MULTIPART:
		return read_multipart(r, err);
	case TY_BODY_KIND_NO_TYPE:
		return read_untyped(r, err);
	default:
		return read_other(r);
	}
}

static enum ty_code
inflated(struct reading *r, struct ty_err *err)
{
	const struct ty_body_in *in = r->in;
	const char *encodings = header_of(in, "content-encoding");
	enum ty_code code = ty_body_inflate(r->arena, is_one_of_many(in) ? ty_body_room() : NULL,
					    encodings, in->data, in->len, in->bytes_max,
					    &r->body->raw, &r->body->raw_len, err);

	if (code == TY_E_UNSUPPORTED && in->lenient) {
		ty_err_clear(err);
		r->body->raw = in->data;
		r->body->raw_len = in->len;
		r->body->mended |= MENDED_ENCODING;
		r->body->unknown = ty_arena_strdup(r->arena, encodings);
		return TY_OK;
	}
	return code;
}

enum ty_code
ty_body_read(struct ty_arena *arena, const struct ty_body_in *in, struct ty_body *ret_body,
	     struct ty_err *err)
{
	struct ty_body body = { .json = NULL };
	struct reading r = { .arena = arena,
			     .trees = arena,
			     .in = in,
			     .must = in->as != TY_BODY_AS_AUTO && in->as != TY_BODY_AS_AUTO_FILE,
			     .body = &body };
	enum ty_code code;

	if (inflated(&r, err) != TY_OK)
		return err->code;
	if (in->copies)
		r.trees = ty_arena_new(arena, "trees", 0);
	r.text = (struct ty_text){ body.raw, body.raw_len };
	ty_body_type_parse(header_of(in, "content-type"), &r.type);
	code = read_kind(&r, err);
	if (in->copies) {
		if (code == TY_OK && body.text == NULL)
			body.text = ty_json_dump_in_place(arena, body.json, &body.text_len);
		body.json = NULL;
		ty_arena_free(r.trees);
	}
	if (code == TY_OK)
		*ret_body = body;
	else
		ret_body->values = body.values;
	return code;
}

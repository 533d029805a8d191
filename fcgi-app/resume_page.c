/*
 * resume_page.c -- HTML of the pages of waits.
 *
 * All text is somebody else's and goes through add_text().  The only style is the page's own, let in
 * by a number that is new in each answer.
 */
#include "resume_page.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "crypto/crypto.h"

#include <string.h>

#define NONCE_BYTES 16

static const char style[] =
	"body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;"
	"color:#1c1f24;background:#fff}h1{font-size:1.4rem}label{display:block;margin-top:1rem;"
	"font-weight:600}input,select,textarea{font:inherit;width:100%;box-sizing:border-box;"
	"padding:.5rem;border:1px solid #8a919c;border-radius:4px}input[type=checkbox]{width:auto;"
	"margin-right:.5rem}button{font:inherit;margin-top:1.5rem;padding:.6rem 1.2rem;border:0;"
	"border-radius:4px;background:#1a56db;color:#fff}.wrong{color:#b42318;font-weight:400}"
	"pre{background:#f3f4f6;padding:.75rem;overflow:auto;white-space:pre-wrap}"
	"@media(prefers-color-scheme:dark){body{color:#e6e8eb;background:#15181d}pre{background:"
	"#22262d}input,select,textarea{color:inherit;background:#22262d}.wrong{color:#fda29b}}";

bool
resume_wants_page(const struct ty_http_request *request)
{
	const char *accept = ty_http_header(request, "accept");

	return accept != NULL && strstr(accept, "text/html") != NULL;
}

/* ---- pieces ---- */

static void
add_text(struct ty_buf *buf, const char *text)
{
	static const char *const escapes[256] = {
		['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;",
	};

	for (; *text != '\0'; text++) {
		const char *escape = escapes[(unsigned char)*text];

		if (escape != NULL)
			ty_buf_add_str(buf, escape);
		else
			ty_buf_add_char(buf, *text);
	}
}

static void
add_attribute(struct ty_buf *buf, const char *name, const char *value)
{
	ty_buf_printf(buf, " %s=\"", name);
	add_text(buf, value);
	ty_buf_add_char(buf, '"');
}

static void
add_element(struct ty_buf *buf, const char *name, const char *text)
{
	ty_buf_printf(buf, "<%s>", name);
	add_text(buf, text);
	ty_buf_printf(buf, "</%s>", name);
}

/* Lines with nothing between them are paragraphs. */
static void
add_paragraphs(struct ty_buf *buf, struct ty_arena *arena, const char *text)
{
	while (*text != '\0') {
		const char *end = strstr(text, "\n\n");
		size_t len = end != NULL ? (size_t)(end - text) : strlen(text);

		add_element(buf, "p", ty_arena_strndup(arena, text, len));
		text += len;
		text += strspn(text, "\n");
	}
}

static void
page_begin(struct ty_api_call *call, struct ty_buf *buf, const char *title)
{
	uint8_t random[NONCE_BYTES];
	const char *nonce;

	ty_crypto_random(random, sizeof(random));
	nonce = ty_base64_encode(call->arena, random, sizeof(random));
	ty_http_response_header(
		call->response, "Content-Security-Policy",
		ty_arena_printf(call->arena,
				"default-src 'none'; style-src 'nonce-%s'; form-action 'self'; "
				"base-uri 'none'; frame-ancestors 'none'",
				nonce));
	/* The address is a secret: no other site is to see it. */
	ty_http_response_header(call->response, "X-Robots-Tag", "noindex");
	ty_http_response_header(call->response, "Content-Type", "text/html; charset=utf-8");
	ty_buf_init(buf, call->arena, 4096);
	ty_buf_printf(buf,
		      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
		      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
		      "<meta name=\"referrer\" content=\"no-referrer\">"
		      "<style nonce=\"%s\">%s</style>",
		      nonce, style);
	add_element(buf, "title", title);
	ty_buf_add_str(buf, "</head><body>\n");
	add_element(buf, "h1", title);
}

static enum ty_code
page_end(struct ty_api_call *call, struct ty_buf *buf, int status)
{
	ty_buf_add_str(buf, "\n</body></html>\n");
	call->response->status = status;
	call->response->body = buf->data;
	call->response->body_len = buf->len;
	return TY_OK;
}

/* ---- the form ---- */

static const char *
finding_of(const json_t *findings, const char *name)
{
	for (size_t i = 0; i < json_array_size(findings); i++) {
		const json_t *finding = json_array_get(findings, i);

		if (ty_str_eq(ty_json_str(finding, "path", ""), name))
			return ty_json_str(finding, "message", "");
	}
	return NULL;
}

static void
add_options(struct ty_buf *buf, struct ty_arena *arena, const struct ty_wait_field *field,
	    const char *value)
{
	const char *at = field->options, *option;

	ty_buf_add_str(buf, "<option value=\"\"></option>");
	while ((option = ty_wait_option_next(arena, &at)) != NULL) {
		ty_buf_add_str(buf, ty_str_eq(option, value) ? "<option selected>" : "<option>");
		add_text(buf, option);
		ty_buf_add_str(buf, "</option>");
	}
}

static void
add_control(struct ty_buf *buf, struct ty_arena *arena, const struct ty_wait_field *field,
	    const char *value)
{
	static const char *const types[] = {
		[TY_WAIT_FIELD_TEXT] = "text",	       [TY_WAIT_FIELD_NUMBER] = "number",
		[TY_WAIT_FIELD_EMAIL] = "email",       [TY_WAIT_FIELD_DATE] = "date",
		[TY_WAIT_FIELD_SELECT] = "select",     [TY_WAIT_FIELD_CHECKBOX] = "checkbox",
		[TY_WAIT_FIELD_TEXTAREA] = "textarea",
	};
	bool is_element =
		field->type == TY_WAIT_FIELD_SELECT || field->type == TY_WAIT_FIELD_TEXTAREA;

	if (is_element)
		ty_buf_printf(buf, "<%s", types[field->type]);
	else
		ty_buf_printf(buf, "<input type=\"%s\"", types[field->type]);
	add_attribute(buf, "name", field->name);
	if (field->type == TY_WAIT_FIELD_NUMBER)
		add_attribute(buf, "step", "any");
	if (field->type == TY_WAIT_FIELD_CHECKBOX && value[0] != '\0')
		ty_buf_add_str(buf, " checked");
	else if (!is_element && field->type != TY_WAIT_FIELD_CHECKBOX)
		add_attribute(buf, "value", value);
	ty_buf_add_str(buf, field->required ? " required>" : ">");
	if (field->type == TY_WAIT_FIELD_SELECT)
		add_options(buf, arena, field, value);
	else if (field->type == TY_WAIT_FIELD_TEXTAREA)
		add_text(buf, value);
	if (is_element)
		ty_buf_printf(buf, "</%s>", types[field->type]);
}

static void
add_field(struct ty_buf *buf, struct ty_arena *arena, const struct ty_wait_field *field,
	  const json_t *sent, const json_t *findings)
{
	const char *label = field->label[0] != '\0' ? field->label : field->name;
	const char *wrong = finding_of(findings, field->name);
	bool is_before = field->type == TY_WAIT_FIELD_CHECKBOX;

	ty_buf_add_str(buf, "<label>");
	if (is_before)
		add_control(buf, arena, field, ty_json_str(sent, field->name, ""));
	add_text(buf, label);
	if (wrong != NULL) {
		ty_buf_add_str(buf, " <span class=\"wrong\">");
		add_text(buf, wrong);
		ty_buf_add_str(buf, "</span>");
	}
	if (!is_before)
		add_control(buf, arena, field, ty_json_str(sent, field->name, ""));
	ty_buf_add_str(buf, "</label>\n");
}

enum ty_code
resume_page_form(struct ty_api_call *call, int status, const struct ty_wait_page *page,
		 const json_t *sent, const json_t *findings)
{
	const char *button = page->is_form ? "Send" : "Go on";
	struct ty_buf buf;

	page_begin(call, &buf, page->title[0] != '\0' ? page->title : "A workflow waits");
	if (page->text[0] != '\0')
		add_paragraphs(&buf, call->arena, page->text);
	else if (!page->is_form)
		add_element(&buf, "p", "The workflow goes on when you press the button.");
	/* No address: it goes back to where the page came from. */
	ty_buf_add_str(&buf, "<form method=\"post\">\n");
	for (size_t i = 0; page->is_form && i < page->field_count; i++)
		add_field(&buf, call->arena, &page->fields[i], sent, findings);
	add_element(&buf, "button", page->button[0] != '\0' ? page->button : button);
	ty_buf_add_str(&buf, "</form>");
	return page_end(call, &buf, status);
}

enum ty_code
resume_page_text(struct ty_api_call *call, int status, const char *title, const char *text,
		 const json_t *answer)
{
	struct ty_buf buf;

	page_begin(call, &buf, title);
	if (text != NULL)
		add_element(&buf, "p", text);
	if (answer != NULL)
		add_element(&buf, "pre", ty_json_dump_pretty(call->arena, answer, NULL));
	return page_end(call, &buf, status);
}

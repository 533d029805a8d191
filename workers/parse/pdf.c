/*
 * pdf.c -- the file tool "pdf": the text of a document, by poppler.
 *
 * Options: { "give": "text" | "pages" | "info", "from", "to" (0 = the last page), "layout": "reading" | "physical" |
 * "raw" }, and beside them "secrets": [ { "name": "password", "value" } ].
 *
 * Items: of "text" one, { "text", "pages": [text], "page_count", "from", "to", "has_text", "info" }; of "pages" one a page,
 * { "page", "page_count", "text" }; of "info" one, { "page_count", "info" }.  What the library complained about is the
 * member "complaint" of the first.
 *
 * A page has no text where it is a picture of one: nothing here recognises letters.
 */
#include "file_tool.h"
#include "pdf_poppler.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Pages of one call: each may be an item. */
#define PAGES_MAX ((size_t)TY_LIMIT_STEP_ITEMS)
/* A document begins with this, or within so many bytes of something else, as readers take it. */
#define MARK	    "%PDF-"
#define MARK_WITHIN 1024

struct pdf {
	struct file_work *work;
	struct pdf_doc *doc;
	enum pdf_layout layout;
	size_t count, from, to; /* pages, counted from 1 */
	size_t bytes;		/* of the texts so far */
};

static const struct {
	const char *name;
	enum pdf_layout layout;
} layouts[] = {
	{ "reading", PDF_READING },
	{ "physical", PDF_PHYSICAL },
	{ "raw", PDF_RAW },
};

/* ---- the document ---- */

static const char *
password_of(const struct file_work *work)
{
	json_t *pair;
	size_t i;

	json_array_foreach((json_t *)work->secrets, i, pair)
	{
		if (ty_str_eq(ty_json_str(pair, "name", ""), "password"))
			return ty_json_str(pair, "value", "");
	}
	return "";
}

static bool
has_mark(const struct file_in *file)
{
	size_t len = file->len < MARK_WITHIN ? file->len : MARK_WITHIN;

	return memmem(file->data, len, MARK, sizeof(MARK) - 1) != NULL;
}

static enum ty_code
broken(const struct pdf *pdf, struct ty_err *err)
{
	const char *complaint = pdf_complaint(pdf->doc);

	ty_err_set(err, TY_E_INVALID, "the PDF is cut off or damaged%s%s",
		   complaint[0] != '\0' ? ": " : "", complaint);
	return ty_err_hint(err, "Have it sent again, or repaired.");
}

static enum ty_code
locked(const char *password, struct ty_err *err)
{
	if (password[0] == '\0') {
		ty_err_set(err, TY_E_INVALID, "the PDF opens with a password alone");
		return ty_err_hint(err, "Give it as Password.");
	}
	ty_err_set(err, TY_E_INVALID, "the password is not that of the PDF");
	return ty_err_hint(err, "Passwords of PDFs distinguish capitals, and blanks count.");
}

static enum ty_code
doc_open(struct pdf *pdf, const struct file_in *file, struct ty_err *err)
{
	const char *password = password_of(pdf->work);
	enum pdf_state state;

	if (!has_mark(file)) {
		ty_err_set(err, TY_E_INVALID, "the file is no PDF");
		return ty_err_hint(err, "Look at its type, and at the step that brought it.");
	}
	state = pdf_open(file->data, file->len, password, &pdf->doc);
	if (state == PDF_LOCKED)
		return locked(password, err);
	if (state == PDF_BROKEN || (pdf->count = pdf_page_count(pdf->doc)) == 0)
		return broken(pdf, err);
	return TY_OK;
}

static void
date_add(json_t *info, const char *name, const struct pdf_doc *doc, const char *key)
{
	char text[40];
	struct tm tm;
	int64_t s;
	time_t at;

	/* Years 1 to 9999: others are no date that somebody meant. */
	if (!pdf_info_date(doc, key, &s) || s < INT64_C(-62135596800) || s > INT64_C(253402300799))
		return;
	at = (time_t)s;
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&at, &tm));
	json_object_set_new(info, name, json_string(text));
}

static json_t *
info_json(const struct pdf_doc *doc)
{
	static const struct {
		const char *name, *key;
	} texts[] = {
		{ "title", "Title" },	    { "author", "Author" },   { "subject", "Subject" },
		{ "keywords", "Keywords" }, { "creator", "Creator" }, { "producer", "Producer" },
	};
	json_t *info = json_object();

	for (size_t i = 0; i < TY_ARRAY_COUNT(texts); i++) {
		char *text = pdf_info(doc, texts[i].key);

		if (text != NULL)
			json_object_set_new(info, texts[i].name, json_string(text));
		free(text);
	}
	date_add(info, "created", doc, "CreationDate");
	date_add(info, "modified", doc, "ModDate");
	json_object_set_new(info, "encrypted", json_boolean(pdf_is_encrypted(doc)));
	return info;
}

/* ---- pages ---- */

static enum ty_code
range_of(struct pdf *pdf, struct ty_err *err)
{
	int64_t from = ty_json_int(pdf->work->options, "from", 1);
	int64_t to = ty_json_int(pdf->work->options, "to", 0);

	if (from < 1 || (size_t)from > pdf->count) {
		ty_err_set(err, TY_E_INVALID, "the PDF has %zu pages, so there is no page %lld",
			   pdf->count, (long long)from);
		return ty_err_hint(err, "Choose another first page.");
	}
	if (to != 0 && to < from)
		return ty_err_set(err, TY_E_INVALID, "the last page, %lld, is before the first",
				  (long long)to);
	pdf->from = (size_t)from;
	pdf->to = to == 0 || (size_t)to > pdf->count ? pdf->count : (size_t)to;
	if (pdf->to - pdf->from < PAGES_MAX)
		return TY_OK;
	ty_err_set(err, TY_E_LIMIT, "there are %zu pages, and at most %zu are read at a time",
		   pdf->to - pdf->from + 1, PAGES_MAX);
	return ty_err_hint(err, "Choose the first and the last page, and read it in parts.");
}

/* Text of a page without blanks and page ends behind it: malloc'd.  NULL with 'err' filled. */
static char *
page_text(struct pdf *pdf, size_t page, size_t *ret_len, struct ty_err *err)
{
	size_t len;
	char *text = pdf_page_text(pdf->doc, page - 1, pdf->layout, &len);

	if (text == NULL) {
		(void)!ty_err_set(err, TY_E_INVALID, "page %zu of the PDF is damaged", page);
		(void)!ty_err_hint(err, "Read the pages around it, or have it repaired.");
		return NULL;
	}
	while (len > 0 && strchr(" \n\r\f\t", text[len - 1]) != NULL)
		len--;
	text[len] = '\0';
	pdf->bytes += len;
	*ret_len = len;
	if (pdf->bytes <= FILE_JSON_BYTES_MAX)
		return text;
	free(text);
	(void)!ty_err_set(err, TY_E_LIMIT, "the text up to page %zu has more than %d bytes", page,
			  FILE_JSON_BYTES_MAX);
	(void)!ty_err_hint(err, "Read fewer pages at a time.");
	return NULL;
}

static void
complaint_add(const struct pdf *pdf, json_t *json)
{
	const char *text = pdf_complaint(pdf->doc);

	if (text[0] != '\0')
		json_object_set_new(json, "complaint",
				    json_stringn(text, ty_str_utf8_cut(text, strlen(text), 160)));
}

static enum ty_code
give_pages(struct pdf *pdf, struct ty_err *err)
{
	for (size_t page = pdf->from; page <= pdf->to; page++) {
		size_t len;
		char *text = page_text(pdf, page, &len, err);
		json_t *json;

		if (text == NULL)
			return err->code;
		json = json_pack("{s:I, s:I, s:o}", "page", (json_int_t)page, "page_count",
				 (json_int_t)pdf->count, "text", json_stringn_nocheck(text, len));
		free(text);
		if (page == pdf->from)
			complaint_add(pdf, json);
		if (file_item(pdf->work, json, err) != TY_OK)
			return err->code;
	}
	return TY_OK;
}

static enum ty_code
give_text(struct pdf *pdf, struct ty_err *err)
{
	struct file_grow whole = { 0 };
	json_t *json = json_object(), *pages = json_array();
	bool has_text;

	json_object_set_new(json, "text", json_null()); /* first of the members */
	json_object_set_new(json, "pages", pages);
	for (size_t page = pdf->from; page <= pdf->to; page++) {
		size_t len;
		char *text = page_text(pdf, page, &len, err);

		if (text == NULL)
			break;
		json_array_append_new(pages, json_stringn_nocheck(text, len));
		if (whole.len > 0 && len > 0)
			file_grow_add(&whole, "\n\n", 2);
		file_grow_add(&whole, text, len);
		free(text);
	}
	has_text = whole.len > 0;
	json_object_set_new(json, "text",
			    json_stringn_nocheck(has_text ? whole.data : "", whole.len));
	free(whole.data);
	json_object_set_new(json, "page_count", json_integer((json_int_t)pdf->count));
	json_object_set_new(json, "from", json_integer((json_int_t)pdf->from));
	json_object_set_new(json, "to", json_integer((json_int_t)pdf->to));
	json_object_set_new(json, "has_text", json_boolean(has_text));
	json_object_set_new(json, "info", info_json(pdf->doc));
	complaint_add(pdf, json);
	if (err->code == TY_OK)
		return file_item(pdf->work, json, err);
	json_decref(json);
	return err->code;
}

static enum ty_code
give_info(struct pdf *pdf, struct ty_err *err)
{
	json_t *json = json_pack("{s:I, s:o}", "page_count", (json_int_t)pdf->count, "info",
				 info_json(pdf->doc));

	complaint_add(pdf, json);
	return file_item(pdf->work, json, err);
}

/* ---- the tool ---- */

static enum ty_code
pdf_give(struct pdf *pdf, struct ty_err *err)
{
	const char *give = ty_json_str(pdf->work->options, "give", "text");
	const char *layout = ty_json_str(pdf->work->options, "layout", "reading");

	for (size_t i = 0; i < TY_ARRAY_COUNT(layouts); i++)
		if (ty_str_eq(layout, layouts[i].name))
			pdf->layout = layouts[i].layout;
	if (ty_str_eq(give, "info"))
		return give_info(pdf, err);
	if (range_of(pdf, err) != TY_OK)
		return err->code;
	return ty_str_eq(give, "pages") ? give_pages(pdf, err) : give_text(pdf, err);
}

static enum ty_code
pdf_run(struct file_work *work, struct ty_err *err)
{
	struct pdf pdf = { .work = work };

	work->library = ty_arena_printf(work->arena, "poppler %s", pdf_version());
	if (work->file_count == 0)
		return ty_err_set(err, TY_E_INVALID, "there is no file");
	if (doc_open(&pdf, &work->files[0], err) == TY_OK)
		(void)!pdf_give(&pdf, err);
	if (pdf.doc != NULL)
		pdf_close(pdf.doc);
	return err->code;
}

static const struct file_tool file_tool_pdf = {
	.name = "pdf",
	.run = pdf_run,
};

const struct file_tool *const file_tools[] = {
	&file_tool_pdf,
	NULL,
};

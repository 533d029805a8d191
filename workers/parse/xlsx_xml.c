/*
 * xlsx_xml.c -- parts of a workbook, unpacked and read by expat a piece at a time.
 */
#include "xlsx.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_BYTES 65536

struct reading {
	struct xlsx *x;
	const struct xlsx_walk *walk;
	void *ctx;
	XML_Parser parser;
	bool has_doctype;
};

static const char *
bare(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon != NULL ? colon + 1 : name;
}

const char *
xlsx_attr(const char **attributes, const char *name, const char *def)
{
	for (; attributes[0] != NULL; attributes += 2)
		if (strcmp(bare(attributes[0]), name) == 0)
			return attributes[1];
	return def;
}

static bool
is_over(const struct reading *r)
{
	return r->x->err->code != TY_OK || r->x->is_enough || r->has_doctype;
}

/* Once a handler has had enough. */
static void
stop_if_over(const struct reading *r)
{
	if (is_over(r))
		XML_StopParser(r->parser, XML_FALSE);
}

static void
on_start(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
	const struct reading *r = ctx;

	if (is_over(r))
		return;
	r->walk->start(r->ctx, bare(name), attributes);
	stop_if_over(r);
}

static void
on_end(void *ctx, const XML_Char *name)
{
	const struct reading *r = ctx;

	if (is_over(r))
		return;
	r->walk->end(r->ctx, bare(name));
	stop_if_over(r);
}

static void
on_text(void *ctx, const XML_Char *text, int len)
{
	const struct reading *r = ctx;

	if (is_over(r))
		return;
	r->walk->text(r->ctx, text, (size_t)len);
	stop_if_over(r);
}

/* No program that writes workbooks writes one, and entities are how a small document becomes a large one. */
static void
on_doctype(void *ctx, const XML_Char *name, const XML_Char *system, const XML_Char *public, int own)
{
	struct reading *r = ctx;

	r->has_doctype = true;
	XML_StopParser(r->parser, XML_FALSE);
}

static bool
locate(struct xlsx *x, const char *path, zip_stat_t *stat)
{
	zip_int64_t at = zip_name_locate(x->zip, path, ZIP_FL_NOCASE);

	return at >= 0 && zip_stat_index(x->zip, (zip_uint64_t)at, 0, stat) == 0;
}

bool
xlsx_has(struct xlsx *x, const char *path)
{
	zip_stat_t stat;

	return locate(x, path, &stat);
}

static enum ty_code
piece_read(struct reading *r, const char *path, const char *data, size_t len, struct ty_err *err)
{
	r->x->xml_bytes += len;
	if (r->x->xml_bytes > XLSX_XML_BYTES_MAX) {
		ty_err_set(err, TY_E_LIMIT, "the workbook unpacks to more than %zu bytes",
			   XLSX_XML_BYTES_MAX);
		return ty_err_hint(err, "Have it split into several.");
	}
	if (XML_Parse(r->parser, data, (int)len, len == 0) != XML_STATUS_ERROR || is_over(r)) {
		if (r->has_doctype)
			return ty_err_set(err, TY_E_INVALID,
					  "the part \"%.100s\" of the workbook has a DOCTYPE",
					  path);
		return err->code;
	}
	ty_err_set(err, TY_E_INVALID,
		   "the part \"%.100s\" of the workbook is broken: %s (line %lu)", path,
		   XML_ErrorString(XML_GetErrorCode(r->parser)),
		   (unsigned long)XML_GetCurrentLineNumber(r->parser));
	return ty_err_hint(err, "Open it in a spreadsheet program and save it anew.");
}

static enum ty_code
part_read(struct reading *r, zip_file_t *file, const char *path, struct ty_err *err)
{
	char piece[PIECE_BYTES];
	zip_int64_t n;

	do {
		n = zip_fread(file, piece, sizeof(piece));
		if (n < 0)
			return zip_failed(err, zip_file_get_error(file), path);
		if (piece_read(r, path, piece, (size_t)n, err) != TY_OK)
			return err->code;
	} while (n > 0 && !is_over(r));
	return TY_OK;
}

enum ty_code
xlsx_xml(struct xlsx *x, const char *path, const struct xlsx_walk *walk, void *ctx,
	 struct ty_err *err)
{
	struct reading r = { .x = x, .walk = walk, .ctx = ctx };
	zip_stat_t stat;
	zip_file_t *file;

	if (!locate(x, path, &stat))
		return ty_err_set(err, TY_E_INVALID, "the workbook has no part \"%.100s\"", path);
	file = zip_fopen_index(x->zip, stat.index, 0);
	if (file == NULL)
		return zip_failed(err, zip_get_error(x->zip), path);
	x->err = err;
	x->is_enough = false;
	r.parser = XML_ParserCreate(NULL);
	if (r.parser == NULL)
		abort();
	XML_SetUserData(r.parser, &r);
	XML_SetElementHandler(r.parser, on_start, on_end);
	if (walk->text != NULL)
		XML_SetCharacterDataHandler(r.parser, on_text);
	XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
	(void)!part_read(&r, file, path, err);
	XML_ParserFree(r.parser);
	zip_fclose(file);
	return err->code;
}

/* Four hexadecimal digits; -1 = they are none. */
static int
hex4(const char *text)
{
	int n = 0;

	for (int i = 0; i < 4; i++) {
		const char *digits = "0123456789abcdef", *at;
		char c = text[i];

		at = c != '\0' ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;
		if (at == NULL)
			return -1;
		n = n * 16 + (int)(at - digits);
	}
	return n;
}

/* A character as UTF-8; a NUL and half a pair become U+FFFD. */
static size_t
utf8(int c, char out[3])
{
	if (c == 0 || (c >= 0xD800 && c <= 0xDFFF))
		c = 0xFFFD;
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xC0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3F));
		return 2;
	}
	out[0] = (char)(0xE0 | c >> 12);
	out[1] = (char)(0x80 | (c >> 6 & 0x3F));
	out[2] = (char)(0x80 | (c & 0x3F));
	return 3;
}

void
xlsx_text_add(struct file_grow *grow, const char *text, size_t len)
{
	size_t from = 0;
	char out[3];

	for (size_t i = 0; i + 7 <= len; i++) {
		int c = text[i] == '_' && text[i + 1] == 'x' && text[i + 6] == '_'
				? hex4(text + i + 2)
				: -1;

		if (c < 0)
			continue;
		file_grow_add(grow, text + from, i - from);
		file_grow_add(grow, out, utf8(c, out));
		from = i + 7;
		i += 6;
	}
	file_grow_add(grow, text + from, len - from);
}

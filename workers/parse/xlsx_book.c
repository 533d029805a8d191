/*
 * xlsx_book.c -- a workbook's sheets, styles and shared texts.
 */
#include "xlsx.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

/* ---- relationships: which part is meant by an id ---- */

struct rels {
	struct ty_arena *arena;
	struct ty_map *targets; /* id, or with 'by_type' the last part of the type -> target */
	bool by_type;
};

static void
rel_start(void *ctx, const char *name, const char **attributes)
{
	struct rels *rels = ctx;
	const char *type = xlsx_attr(attributes, "Type", ""), *last = strrchr(type, '/');
	const char *key =
		rels->by_type ? (last != NULL ? last + 1 : type) : xlsx_attr(attributes, "Id", "");
	const char *target = xlsx_attr(attributes, "Target", NULL);

	if (strcmp(name, "Relationship") != 0 || target == NULL || key[0] == '\0' ||
	    strcmp(xlsx_attr(attributes, "TargetMode", ""), "External") == 0)
		return;
	if (ty_map_find(rels->targets, key) == NULL)
		ty_map_set(rels->targets, ty_arena_strdup(rels->arena, key),
			   ty_arena_strdup(rels->arena, target));
}

static void
nothing(void *ctx, const char *name)
{
}

static const struct xlsx_walk rel_walk = { rel_start, nothing, NULL };

/* The path of 'target' seen from the folder of 'from': "/" begins at the archive's root, ".." goes up within it. */
static const char *
path_resolve(struct ty_arena *arena, const char *from, const char *target)
{
	const char *slash = strrchr(from, '/');
	char *path = ty_arena_alloc(arena, strlen(from) + strlen(target) + 2);
	size_t len = target[0] == '/' || slash == NULL ? 0 : (size_t)(slash - from);

	memcpy(path, from, len);
	while (*target != '\0') {
		size_t part = strcspn(target, "/");

		if (part == 2 && strncmp(target, "..", 2) == 0) {
			while (len > 0 && path[--len] != '/')
				;
		} else if (part > 0 && !(part == 1 && target[0] == '.')) {
			if (len > 0)
				path[len++] = '/';
			memcpy(path + len, target, part);
			len += part;
		}
		target += part;
		target += *target == '/';
	}
	path[len] = '\0';
	return path;
}

/* The relationships of a part; none where it has none. */
static enum ty_code
rels_read(struct xlsx *x, const char *part, struct rels *rels, struct ty_err *err)
{
	const char *base = zip_base_name(part), *path;

	path = ty_arena_printf(x->work->arena, "%.*s_rels/%s.rels", (int)(base - part), part, base);
	rels->arena = x->work->arena;
	rels->targets = ty_map_new(x->work->arena);
	return xlsx_has(x, path) ? xlsx_xml(x, path, &rel_walk, rels, err) : TY_OK;
}

/* ---- sheets ---- */

struct book {
	struct xlsx *x;
	const char *path;
	struct rels rels;
};

static void
sheet_add(struct book *book, const char **attributes)
{
	struct xlsx *x = book->x;
	struct ty_arena *arena = x->work->arena;
	const char *target = ty_map_find(book->rels.targets, xlsx_attr(attributes, "id", ""));
	struct xlsx_sheet *sheet;

	if (x->sheet_count >= XLSX_SHEETS_MAX) {
		(void)!ty_err_set(x->err, TY_E_LIMIT, "the workbook has more than %d sheets",
				  XLSX_SHEETS_MAX);
		return;
	}
	x->sheets =
		ty_arena_grow(arena, x->sheets, x->sheet_count, &x->sheet_cap, sizeof(*x->sheets));
	sheet = &x->sheets[x->sheet_count++];
	sheet->name = ty_arena_strdup(arena, xlsx_attr(attributes, "name", ""));
	sheet->is_hidden = strcmp(xlsx_attr(attributes, "state", "visible"), "visible") != 0;
	sheet->path = target != NULL ? path_resolve(arena, book->path, target) : NULL;
	if (sheet->path != NULL && strstr(sheet->path, "worksheet") == NULL)
		sheet->path = NULL;
}

static void
book_start(void *ctx, const char *name, const char **attributes)
{
	struct book *book = ctx;
	const char *mode;

	if (strcmp(name, "sheet") == 0) {
		sheet_add(book, attributes);
	} else if (strcmp(name, "workbookPr") == 0) {
		mode = xlsx_attr(attributes, "date1904", "0");
		book->x->is_1904 = strcmp(mode, "1") == 0 || strcmp(mode, "true") == 0;
	}
}

static const struct xlsx_walk book_walk = { book_start, nothing, NULL };

/* ---- styles ---- */

struct styles {
	struct xlsx *x;
	struct ty_map *formats; /* id -> its code */
	bool is_in_cells;
};

/* Skip what is not shown as it stands: "text", [conditions and colours], \x, _x, *x. */
static const char *
format_skip(const char *at)
{
	const char *end;

	if (*at == '"' || *at == '[') {
		end = strchr(at + 1, *at == '"' ? '"' : ']');
		return end != NULL ? end + 1 : at + strlen(at);
	}
	return at[1] != '\0' ? at + 2 : at + 1;
}

enum xlsx_kind
xlsx_format_kind(const char *format)
{
	bool has_date = false, has_time = false, has_month = false;

	/* Up to the first semicolon: that is how positive numbers are shown. */
	while (*format != '\0' && *format != ';') {
		char c = *format;

		/* [h]:mm counts hours beyond a day, which is no time of a day. */
		if (c == '[' && format[1] != '\0' && strchr("hHmMsS", format[1]) != NULL &&
		    format[2] != '\0' && strchr("hHmMsS]", format[2]) != NULL)
			return XLSX_NUMBER;
		if (strchr("\"[\\_*", c) != NULL) {
			format = format_skip(format);
			continue;
		}
		if (strncmp(format, "General", 7) == 0) {
			format += 7;
			continue;
		}
		has_date = has_date || strchr("yYdD", c) != NULL;
		has_time = has_time || strchr("hHsS", c) != NULL;
		has_month = has_month || c == 'm' || c == 'M';
		format++;
	}
	/* An m beside hours or seconds is minutes. */
	has_date = has_date || (has_month && !has_time);
	return has_date && has_time ? XLSX_DATE_TIME
	       : has_date	    ? XLSX_DATE
	       : has_time	    ? XLSX_TIME
				    : XLSX_NUMBER;
}

/* Formats that have a number and no code, ECMA-376 part 1, 18.8.30; those of 27 to 36 and 50 to 58 are dates where
 * they are used at all. */
static enum xlsx_kind
builtin_kind(long id)
{
	if (id == 22)
		return XLSX_DATE_TIME;
	if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || id == 36 || (id >= 50 && id <= 58))
		return XLSX_DATE;
	if ((id >= 18 && id <= 21) || (id >= 32 && id <= 35) || id == 45 || id == 47)
		return XLSX_TIME;
	return XLSX_NUMBER;
}

static void
style_add(struct styles *styles, const char *id)
{
	struct xlsx *x = styles->x;
	const char *code = ty_map_find(styles->formats, id);

	if (x->kind_count >= XLSX_STYLES_MAX) {
		(void)!ty_err_set(x->err, TY_E_LIMIT, "the workbook has more than %d styles",
				  XLSX_STYLES_MAX);
		return;
	}
	x->kinds = ty_arena_grow(x->work->arena, x->kinds, x->kind_count, &x->kind_cap, 1);
	x->kinds[x->kind_count++] = (uint8_t)(code != NULL ? xlsx_format_kind(code)
							   : builtin_kind(strtol(id, NULL, 10)));
}

static void
styles_start(void *ctx, const char *name, const char **attributes)
{
	struct styles *styles = ctx;
	struct ty_arena *arena = styles->x->work->arena;

	if (strcmp(name, "numFmt") == 0)
		ty_map_set(styles->formats,
			   ty_arena_strdup(arena, xlsx_attr(attributes, "numFmtId", "")),
			   ty_arena_strdup(arena, xlsx_attr(attributes, "formatCode", "")));
	else if (strcmp(name, "cellXfs") == 0)
		styles->is_in_cells = true;
	else if (strcmp(name, "xf") == 0 && styles->is_in_cells)
		style_add(styles, xlsx_attr(attributes, "numFmtId", "0"));
}

static void
styles_end(void *ctx, const char *name)
{
	struct styles *styles = ctx;

	if (strcmp(name, "cellXfs") == 0)
		styles->is_in_cells = false;
}

static const struct xlsx_walk styles_walk = { styles_start, styles_end, NULL };

/* ---- shared texts ---- */

struct strings {
	struct xlsx *x;
	bool is_text;	      /* within a <t> */
	int phonetic;	      /* within an <rPh>: how it is read aloud is no part of the text */
	struct file_grow raw; /* of one <t>, since an escape may come in two pieces */
};

static void
strings_start(void *ctx, const char *name, const char **attributes)
{
	struct strings *s = ctx;
	struct xlsx *x = s->x;

	if (strcmp(name, "si") == 0) {
		x->offsets = ty_arena_grow(x->work->arena, x->offsets, x->string_count,
					   &x->string_cap, sizeof(*x->offsets));
		x->offsets[x->string_count++] = (uint32_t)x->bytes.len;
	} else if (strcmp(name, "rPh") == 0) {
		s->phonetic++;
	} else if (strcmp(name, "t") == 0) {
		s->is_text = s->phonetic == 0;
	}
}

static void
strings_end(void *ctx, const char *name)
{
	struct strings *s = ctx;

	if (strcmp(name, "rPh") == 0) {
		s->phonetic -= s->phonetic > 0;
	} else if (strcmp(name, "t") == 0) {
		if (s->raw.len > 0)
			xlsx_text_add(&s->x->bytes, s->raw.data, s->raw.len);
		s->raw.len = 0;
		s->is_text = false;
	}
}

static void
strings_text(void *ctx, const char *text, size_t len)
{
	struct strings *s = ctx;

	if (!s->is_text || s->x->string_count == 0)
		return;
	if (s->x->bytes.len + s->raw.len + len <= XLSX_STRINGS_BYTES_MAX) {
		file_grow_add(&s->raw, text, len);
		return;
	}
	ty_err_set(s->x->err, TY_E_LIMIT, "the workbook's texts have more than %zu bytes",
		   XLSX_STRINGS_BYTES_MAX);
	(void)!ty_err_hint(s->x->err, "Have it split into several.");
}

static const struct xlsx_walk strings_walk = { strings_start, strings_end, strings_text };

/* ---- the workbook ---- */

static const char *
part_of(struct book *book, const char *type, const char *usual)
{
	const char *target = ty_map_find(book->rels.targets, type);

	return path_resolve(book->x->work->arena, book->path, target != NULL ? target : usual);
}

static enum ty_code
no_workbook(struct xlsx *x, struct ty_err *err)
{
	ty_err_set(err, TY_E_INVALID, "the file is no workbook (.xlsx): %s",
		   xlsx_has(x, "content.xml") || xlsx_has(x, "mimetype")
			   ? "it is one of OpenDocument"
		   : xlsx_has(x, "xl/workbook.bin") ? "it is a binary one (.xlsb)"
						    : "it is another kind of zip archive");
	return ty_err_hint(err, "Save it as .xlsx, or as CSV.");
}

static enum ty_code
side_parts(struct xlsx *x, struct book *book, struct ty_err *err)
{
	struct styles styles = { .x = x, .formats = ty_map_new(x->work->arena) };
	struct strings strings = { .x = x };
	const char *path;

	book->rels.by_type = true;
	if (rels_read(x, book->path, &book->rels, err) != TY_OK)
		return err->code;
	path = part_of(book, "styles", "styles.xml");
	if (xlsx_has(x, path) && xlsx_xml(x, path, &styles_walk, &styles, err) != TY_OK)
		return err->code;
	path = part_of(book, "sharedStrings", "sharedStrings.xml");
	if (xlsx_has(x, path))
		(void)!xlsx_xml(x, path, &strings_walk, &strings, err);
	free(strings.raw.data);
	return err->code;
}

enum ty_code
xlsx_book(struct xlsx *x, struct ty_err *err)
{
	struct rels root = { .by_type = true };
	struct book book = { .x = x };
	const char *target;

	if (rels_read(x, "", &root, err) != TY_OK)
		return err->code;
	target = ty_map_find(root.targets, "officeDocument");
	book.path = path_resolve(x->work->arena, "", target != NULL ? target : "xl/workbook.xml");
	if (!xlsx_has(x, book.path) || strstr(book.path, ".bin") != NULL)
		return no_workbook(x, err);
	if (rels_read(x, book.path, &book.rels, err) != TY_OK ||
	    xlsx_xml(x, book.path, &book_walk, &book, err) != TY_OK)
		return err->code;
	if (x->sheet_count == 0)
		return no_workbook(x, err);
	return side_parts(x, &book, err);
}

void
xlsx_done(struct xlsx *x)
{
	free(x->bytes.data);
}

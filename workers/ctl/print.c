/*
 * print.c -- the same answer as a text table for people or as JSON for programs.
 */
#include "ctl.h"

#include "base/arena.h"
#include "base/str.h"
#include "json/json.h"

#include <stdarg.h>

#define COLUMNS_MAX 12
#define CELL_MAX    60 /* characters: a table stays readable on one line */

/* Control characters would let what a stranger sent move the operator's cursor. */
static char *
clean(char *text)
{
	for (char *p = text; *p != '\0'; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
	}
	return text;
}

/* Show a missing or empty cell as a word, so that a line has one for each heading. */
static char *
cell_text(const struct ctl *ctl, const json_t *value)
{
	if (value == NULL || json_is_null(value) || ty_str_eq(json_string_value(value), ""))
		return ty_arena_strdup(ctl->arena, "-");
	if (json_is_string(value))
		return clean(ty_arena_strdup(ctl->arena, json_string_value(value)));
	return clean(ty_arena_strdup(ctl->arena, ty_json_as_text(ctl->arena, value)));
}

/* Characters, not bytes: continuation bytes take no room. */
static int
cell_width(const char *text)
{
	int width = 0;

	for (; *text != '\0'; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static void
cell_cut(char *text)
{
	int width = 0;

	for (char *p = text; *p != '\0'; p++) {
		if (((unsigned char)*p & 0xc0) == 0x80)
			continue;
		if (++width == CELL_MAX && p[1] != '\0') {
			p[0] = '~';
			p[1] = '\0';
			return;
		}
	}
}

static void
put_cell(const struct ctl *ctl, const char *text, int width, bool is_last)
{
	fprintf(ctl->out, "%s", text);
	if (!is_last)
		fprintf(ctl->out, "%*s", width - cell_width(text) + 2, "");
}

static void
put_json(const struct ctl *ctl, const json_t *json)
{
	fprintf(ctl->out, "%s\n", ty_json_dump_pretty(ctl->arena, json, NULL));
}

static void
put_page(const struct ctl *ctl, const json_t *items, const char *next)
{
	put_json(ctl, ty_json_own(ctl->arena,
				  json_pack("{s:O, s:s?}", "items", items, "next_cursor", next)));
}

void
ctl_print_items(const struct ctl *ctl, const json_t *items, const char *next,
		const struct ctl_column *columns)
{
	size_t rows = json_array_size(items), count = 0;
	int width[COLUMNS_MAX] = { 0 };
	char **cells;

	if (ctl->is_json) {
		put_page(ctl, items, next);
		return;
	}
	while (columns[count].member != NULL)
		count++;
	TY_ASSERT(count <= COLUMNS_MAX);
	cells = ty_arena_alloc_array(ctl->arena, (rows + 1) * count, sizeof(*cells));
	for (size_t r = 0; r <= rows; r++) {
		for (size_t c = 0; c < count; c++) {
			const json_t *item = r > 0 ? json_array_get(items, r - 1) : NULL;
			char *cell =
				r == 0 ? ty_arena_strdup(ctl->arena, columns[c].title)
				       : cell_text(ctl, json_object_get(item, columns[c].member));

			cell_cut(cell);
			if (cell_width(cell) > width[c])
				width[c] = cell_width(cell);
			cells[r * count + c] = cell;
		}
	}
	for (size_t r = 0; r <= rows; r++) {
		for (size_t c = 0; c < count; c++)
			put_cell(ctl, cells[r * count + c], width[c], c + 1 == count);
		fputc('\n', ctl->out);
	}
}

void
ctl_print_object(const struct ctl *ctl, const json_t *object)
{
	const char *key;
	json_t *value;
	int width = 0;

	if (ctl->is_json) {
		put_json(ctl, object);
		return;
	}
	json_object_foreach((json_t *)object, key, value)
	{
		if (cell_width(key) > width)
			width = cell_width(key);
	}
	json_object_foreach((json_t *)object, key, value)
	{
		put_cell(ctl, key, width, false);
		fprintf(ctl->out, "%s\n", cell_text(ctl, value));
	}
}

void
ctl_say(const struct ctl *ctl, const char *fmt, ...)
{
	va_list ap;

	if (ctl->is_json)
		return;
	va_start(ap, fmt);
	vfprintf(ctl->out, fmt, ap);
	va_end(ap);
	fputc('\n', ctl->out);
}

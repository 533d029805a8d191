/*
 * csv.c -- see csv.h.
 */
#include "nodes/csv.h"

#include "base/arena.h"

#include <string.h>

void
node_csv_init(struct node_csv *csv, const char *text, size_t len, char delimiter, char quote)
{
	size_t mark = len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

	*csv = (struct node_csv){ .at = text + mark,
				  .end = text + len,
				  .delimiter = delimiter,
				  .quote = quote,
				  .line = 1 };
}

char
node_csv_guess(const char *text, size_t len, char quote)
{
	static const char candidates[] = ",;\t|";
	size_t counts[sizeof(candidates) - 1] = { 0 }, best = 0;
	bool is_quoted = false;

	for (size_t i = 0; i < len && (is_quoted || (text[i] != '\n' && text[i] != '\r')); i++) {
		const char *found = strchr(candidates, text[i]);

		if (text[i] == quote)
			is_quoted = !is_quoted;
		else if (!is_quoted && text[i] != '\0' && found != NULL)
			counts[found - candidates]++;
	}
	for (size_t i = 1; i < TY_ARRAY_COUNT(counts); i++)
		if (counts[i] > counts[best])
			best = i;
	return candidates[best];
}

/* Behind a line end, of whichever kind, at 'at'. */
static void
skip_line_end(struct node_csv *csv)
{
	if (csv->at < csv->end && *csv->at == '\r')
		csv->at++;
	if (csv->at < csv->end && *csv->at == '\n')
		csv->at++;
	csv->line++;
}

static enum ty_code
bad_quote(const struct node_csv *csv, size_t line, const char *what, struct ty_err *err)
{
	ty_err_set(err, TY_E_INVALID, "line %zu: %s", line, what);
	return ty_err_hint(err,
			   "A %c within a field in quotes is written twice; where the text "
			   "has none that mean anything, choose no quote.",
			   csv->quote);
}

/* Behind the opening quote.  Doubled quotes make a copy, the rest is borrowed. */
static enum ty_code
read_quoted(struct node_csv *csv, struct ty_arena *arena, struct node_csv_field *field,
	    struct ty_err *err)
{
	const char *from = csv->at;
	size_t line = csv->line;
	struct ty_buf buf = { .arena = NULL };

	for (;; csv->at++) {
		const char *close = memchr(csv->at, csv->quote, (size_t)(csv->end - csv->at));

		for (const char *c = csv->at; c < (close != NULL ? close : csv->end); c++)
			csv->line += *c == '\n';
		if (close == NULL)
			return bad_quote(csv, line, "a quote is never closed", err);
		csv->at = close + 1;
		if (csv->at == csv->end || *csv->at != csv->quote)
			break;
		if (buf.arena == NULL)
			ty_buf_init(&buf, arena, 64);
		ty_buf_add(&buf, from, (size_t)(csv->at - from));
		from = csv->at + 1;
	}
	field->is_quoted = true;
	field->text = from;
	field->len = (size_t)(csv->at - 1 - from);
	if (buf.arena != NULL) {
		ty_buf_add(&buf, from, field->len);
		field->text = buf.data;
		field->len = buf.len;
	}
	if (csv->at < csv->end && *csv->at != csv->delimiter && *csv->at != '\n' &&
	    *csv->at != '\r')
		return bad_quote(csv, csv->line, "text stands behind a closing quote", err);
	return TY_OK;
}

static enum ty_code
read_field(struct node_csv *csv, struct ty_arena *arena, struct node_csv_field *field,
	   struct ty_err *err)
{
	const char *from = csv->at;

	*field = (struct node_csv_field){ .text = from };
	if (csv->quote != '\0' && csv->at < csv->end && *csv->at == csv->quote) {
		csv->at++;
		return read_quoted(csv, arena, field, err);
	}
	while (csv->at < csv->end && *csv->at != csv->delimiter && *csv->at != '\n' &&
	       *csv->at != '\r')
		csv->at++;
	field->len = (size_t)(csv->at - from);
	return TY_OK;
}

enum ty_code
node_csv_next(struct node_csv *csv, struct ty_arena *arena, struct node_csv_record *record,
	      bool *ret_more, struct ty_err *err)
{
	record->count = 0;
	record->line = csv->line;
	*ret_more = csv->at < csv->end;
	while (*ret_more) {
		if (record->count == NODE_CSV_FIELDS_MAX) {
			ty_err_set(err, TY_E_LIMIT, "line %zu: over %d fields", record->line,
				   NODE_CSV_FIELDS_MAX);
			return ty_err_hint(err, "Look whether the delimiter is the right one.");
		}
		record->fields = ty_arena_grow(arena, record->fields, record->count, &record->cap,
					       sizeof(*record->fields));
		if (read_field(csv, arena, &record->fields[record->count], err) != TY_OK)
			return err->code;
		record->count++;
		if (csv->at == csv->end)
			return TY_OK;
		if (*csv->at != csv->delimiter) {
			skip_line_end(csv);
			return TY_OK;
		}
		csv->at++;
	}
	return TY_OK;
}

bool
node_csv_is_empty(const struct node_csv_record *record)
{
	return record->count == 1 && record->fields[0].len == 0 && !record->fields[0].is_quoted;
}

/* A sign, digits, a point, an exponent: what a spreadsheet makes of it is what it says. */
static bool
is_number(const char *text, size_t len)
{
	static const char digits[] = "0123456789";
	const char *end = text + len, *at = text + (text[0] == '+' || text[0] == '-');
	size_t whole = strspn(at, digits), part = 0;

	at += whole;
	if (*at == '.') {
		part = strspn(at + 1, digits);
		at += 1 + part;
	}
	if (whole + part > 0 && (*at == 'e' || *at == 'E')) {
		at += 1 + (at[1] == '+' || at[1] == '-');
		at += strspn(at, digits);
	}
	return whole + part > 0 && at == end;
}

void
node_csv_add(struct ty_buf *out, const char *text, size_t len, char delimiter, bool escape)
{
	bool is_formula = escape && len > 0 && strchr("=+-@\t\r", text[0]) != NULL &&
			  text[0] != '\0' && !is_number(text, len);
	bool is_quoted = len > 0 && (text[0] == ' ' || text[len - 1] == ' ');

	for (size_t i = 0; i < len && !is_quoted; i++)
		is_quoted = text[i] == delimiter || text[i] == '"' || text[i] == '\n' ||
			    text[i] == '\r';
	if (is_quoted)
		ty_buf_add_char(out, '"');
	if (is_formula)
		ty_buf_add_char(out, '\'');
	for (const char *end = text + len; is_quoted;) {
		const char *quote = memchr(text, '"', (size_t)(end - text));

		ty_buf_add(out, text, (size_t)((quote != NULL ? quote : end) - text));
		if (quote == NULL)
			break;
		ty_buf_add(out, "\"\"", 2);
		text = quote + 1;
	}
	if (is_quoted)
		ty_buf_add_char(out, '"');
	else
		ty_buf_add(out, text, len);
}

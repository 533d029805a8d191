/*
 * rows.c -- see rows.h.
 */
#include "service/rows.h"

static bool
ends_record(const struct rows *rows, char c)
{
	return c == '\n' || (c == '\r' && rows->delimiter != '\0');
}

static void
record_end(struct rows *rows, char c)
{
	rows->count += rows->has_text;
	rows->has_text = false;
	rows->has_ended = true;
	rows->was_cr = c == '\r';
	rows->state = ROWS_FIELD;
}

static void
byte_take(struct rows *rows, char c)
{
	if (rows->state == ROWS_QUOTED) {
		if (c == rows->quote)
			rows->state = ROWS_QUOTE;
		return;
	}
	if (ends_record(rows, c)) {
		record_end(rows, c);
		return;
	}
	rows->has_text = rows->has_text || c != '\r'; /* of lines that end with CR LF */
	if (rows->quote != '\0' && c == rows->quote && rows->state != ROWS_PLAIN)
		rows->state = ROWS_QUOTED;
	else if (rows->delimiter != '\0')
		rows->state = c == rows->delimiter ? ROWS_FIELD : ROWS_PLAIN;
}

size_t
rows_scan(struct rows *rows, size_t max, const char *data, size_t len, bool *ret_cut)
{
	*ret_cut = false;
	for (size_t i = 0; i < len; i++) {
		if (rows->has_ended && rows->was_cr && data[i] == '\n') {
			rows->was_cr = false;
			continue;
		}
		if (rows->has_ended && rows->count >= max) {
			*ret_cut = true;
			return i;
		}
		rows->has_ended = false;
		byte_take(rows, data[i]);
	}
	return len;
}

void
rows_end(struct rows *rows)
{
	if (rows->has_text)
		record_end(rows, '\n');
}

/*
 * fuzz_csv -- a table is read, written and read again: what came out the second time is what came the first;
 * cut into parts, it has the records that it had.
 */
#include "base/arena.h"
#include "nodes/csv.h"
#include "service/rows.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All records as one CSV, quoted as they have to be; false where it is none. */
static bool
written(struct ty_arena *arena, const char *text, size_t len, char delimiter, struct ty_buf *out)
{
	struct node_csv_record record = { NULL };
	struct ty_err err = { .code = TY_OK };
	struct node_csv csv;
	bool more;

	ty_buf_init(out, arena, len);
	node_csv_init(&csv, text, len, delimiter, '"');
	for (;;) {
		if (node_csv_next(&csv, arena, &record, &more, &err) != TY_OK)
			return false;
		if (!more)
			return true;
		for (size_t i = 0; i < record.count; i++) {
			if (i > 0)
				ty_buf_add_char(out, delimiter);
			node_csv_add(out,
				     ty_arena_strndup(arena, record.fields[i].text,
						      record.fields[i].len),
				     record.fields[i].len, delimiter, false);
		}
		ty_buf_add_char(out, '\n');
	}
}

/* Records that are no empty line, of a text that is CSV. */
static size_t
records(struct ty_arena *arena, const char *text, size_t len, char delimiter)
{
	struct node_csv_record record = { NULL };
	struct ty_err err = { .code = TY_OK };
	struct node_csv csv;
	size_t count = 0;
	bool more = true;

	node_csv_init(&csv, text, len, delimiter, '"');
	while (more) {
		TY_ASSERT(node_csv_next(&csv, arena, &record, &more, &err) == TY_OK);
		count += more && !node_csv_is_empty(&record);
	}
	return count;
}

/* Cut into parts of two records, a few bytes at a time, the text has the records that it had. */
static void
cut(struct ty_arena *arena, const char *text, size_t len, char delimiter)
{
	struct rows rows = { .delimiter = delimiter, .quote = '"' };
	size_t seen = 0, from = 0, at = 0;
	bool is_cut;

	while (at < len) {
		at += rows_scan(&rows, 2, text + at, len - at < 7 ? len - at : 7, &is_cut);
		if (!is_cut)
			continue;
		TY_ASSERT(records(arena, text + from, at - from, delimiter) == 2);
		seen += 2;
		rows.count = 0;
		from = at;
	}
	seen += records(arena, text + from, len - from, delimiter);
	TY_ASSERT(seen == records(arena, text, len, delimiter));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ty_arena *arena = ty_arena_new(NULL, "fuzz", 0);
	const char *text = ty_arena_strndup(arena, (const char *)data, size);
	char delimiter = node_csv_guess(text, size, '"');
	struct ty_buf first, second;

	/* A mark of byte order in front of the second text would be skipped. */
	if (written(arena, text, size, delimiter, &first) &&
	    strncmp(first.data, "\xEF\xBB\xBF", 3) != 0) {
		TY_ASSERT(written(arena, first.data, first.len, delimiter, &second));
		TY_ASSERT(first.len == second.len &&
			  memcmp(first.data, second.data, first.len) == 0);
		/* Nor would one be counted in front of a part. */
		if (memmem(text, size, "\xEF\xBB\xBF", 3) == NULL)
			cut(arena, text, size, delimiter);
	}
	ty_arena_free(arena);
	return 0;
}

/*
 * csv.h -- comma-separated values (RFC 4180), read a record at a time, and written.
 *
 * Read: a quoted field may hold delimiters, line ends and doubled quotes; lines end with LF, CR or CR LF; a byte order
 * mark in front is skipped.  Nothing is trimmed, nothing dropped.  What is no CSV (text behind a closing quote, a quote that is
 * never closed) is an error with its line, because a guess would shift what follows into other columns.
 */
#ifndef TY_NODES_CSV_H
#define TY_NODES_CSV_H

#include "base/buf.h"
#include "base/err.h"

/* Fields of one record: a table of more columns is a slip of its delimiter. */
#define NODE_CSV_FIELDS_MAX 4000

struct node_csv {
	const char *at, *end; /* text that is left to read */
	char delimiter, quote;
	size_t line; /* of 'at', from 1 */
};

struct node_csv_field {
	const char *text; /* borrowed, or of the arena where it had doubled quotes */
	size_t len;
	bool is_quoted;
};

struct node_csv_record {
	struct node_csv_field *fields;
	size_t count, cap;
	size_t line; /* where it begins */
};

void node_csv_init(struct node_csv *csv, const char *text, size_t len, char delimiter, char quote);

/* The most frequent of , ; tab | outside of quotes in the first line; ',' where there is none. */
char node_csv_guess(const char *text, size_t len, char quote);

/*
 * The next record into 'record', whose fields are used again.  *ret_more is false at the end.
 * Errors: TY_E_INVALID (no CSV), TY_E_LIMIT (over NODE_CSV_FIELDS_MAX fields).
 */
enum ty_code node_csv_next(struct node_csv *csv, struct ty_arena *arena,
			   struct node_csv_record *record, bool *ret_more,
			   struct ty_err *err) TY_MUST_CHECK;

/* Is it a record of one empty field, which is what an empty line is? */
bool node_csv_is_empty(const struct node_csv_record *record);

/*
 * Add a field (NUL-terminated), quoted where it has to be.  With 'escape' one that a spreadsheet would take for a formula gets a
 * single quote before it (OWASP, "CSV Injection"); numbers are left alone.
 */
void node_csv_add(struct ty_buf *out, const char *text, size_t len, char delimiter, bool escape);

#endif

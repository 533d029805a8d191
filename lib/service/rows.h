/*
 * rows.h -- where the records of a text end, whatever piece of it is at hand.
 *
 * Knows as much of CSV (RFC 4180, as nodes/csv.h reads it) as it takes to see that a line end in quotes ends no record.
 */
#ifndef TY_SERVICE_ROWS_H
#define TY_SERVICE_ROWS_H

#include <stdbool.h>
#include <stddef.h>

enum rows_state { ROWS_FIELD, ROWS_PLAIN, ROWS_QUOTED, ROWS_QUOTE };

struct rows {
	char delimiter, quote; /* delimiter NUL: lines, which only LF ends; quote NUL: none */
	enum rows_state state;
	bool has_text;	/* the record under way has a byte */
	bool has_ended; /* a record has ended, and its line end may go on */
	bool was_cr;	/* with a CR, which a LF may follow */
	size_t count;	/* records with text that have ended */
};

/*
 * Read up to the end of record number 'max' that has text and is followed by something: gives the bytes up to there, and
 * *ret_cut true; all of 'len' where that end is not among them.
 */
size_t rows_scan(struct rows *rows, size_t max, const char *data, size_t len, bool *ret_cut);
/* The text has ended: a last record needs no line end. */
void rows_end(struct rows *rows);

#endif

/*
 * text.h -- what the engine's JSON text needs before others can read it.
 */
#ifndef TY_SANDBOX_TEXT_H
#define TY_SANDBOX_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Brackets open at once at most in a JSON text in UTF-16, counted as ty_json_parse does. */
size_t text_depth(const unsigned short *text, size_t len);

/* Does a JSON text in UTF-16 escape a NUL, which Postgres cannot keep? */
bool text_has_nul(const unsigned short *text, size_t len);

/*
 * Bits of the 'words' (at most 32 between single spaces) that occur in the text; the first is bit 0. "=name"
 * occurs only where no other letter, digit, _ or $ stands beside it.  Both in UTF-16.
 */
unsigned int text_mentions(const unsigned short *text, size_t len, const unsigned short *words,
			   size_t words_len);

/*
 * JSON.stringify gives two things that strict readers refuse: halves of surrogate pairs
 * (made U+FFFD, as every encoder does, and told as a last member "half_pairs": their number) and
 * whole numbers beyond 64 bits (made reals by appending ".0").  'out' is malloc'd, its text, an
 * object, starts at 'head'; gives back 'out' or, where the text had to grow, what replaces it.
 */
char *text_make_storable(char *out, size_t head, size_t *len);

#endif

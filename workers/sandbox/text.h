/*
 * text.h -- what the engine's JSON text needs before others can read it.
 */
#ifndef TY_SANDBOX_TEXT_H
#define TY_SANDBOX_TEXT_H

#include <stddef.h>

/* Brackets open at once at most in a JSON text in UTF-16, counted as ty_json_parse does. */
size_t text_depth(const unsigned short *text, size_t len);

/*
 * JSON.stringify gives two things that strict readers refuse: halves of surrogate pairs
 * (made U+FFFD, as every encoder does) and whole numbers beyond 64 bits (made reals by
 * appending ".0").  'out' is malloc'd, its text starts at 'head'; gives back 'out' or, where
 * the text had to grow, what replaces it.
 */
char *text_make_storable(char *out, size_t head, size_t *len);

#endif

/*
 * ascii.h -- the nearest spelling of a text in ASCII, by ICU.
 */
#ifndef TY_SANDBOX_ASCII_H
#define TY_SANDBOX_ASCII_H

#include <stddef.h>

/* Spell a text with ASCII, both in UTF-16; a character without a spelling is '?'.  malloc'd; NULL where
 * ICU refuses. */
unsigned short *ascii_spelling(const unsigned short *text, size_t len, size_t *ret_len);

#endif

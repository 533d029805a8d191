/*
 * dialect.h -- what of the dialect (dialect/dialect.def) an expression uses.
 *
 * Looks at names, not at grammar: one within a text or a comment counts, too, which costs time only.
 */
#ifndef TY_SANDBOX_DIALECT_H
#define TY_SANDBOX_DIALECT_H

#include <stdbool.h>
#include <stddef.h>

enum {
	DIALECT_CALLS = 1,   /* a helper, $if or $items is called */
	DIALECT_NAMES = 2,   /* a function or a value is named */
	DIALECT_OUTSIDE = 4, /* a name of the world outside */
};

/* Helpers' names, more than once where types share it, functions' and values'; each ends in NULL. */
extern const char *const dialect_helpers[];
extern const char *const dialect_functions[];
extern const char *const dialect_values[];

/* Bits of the dialect that a script in UTF-16 uses. */
unsigned int dialect_used(const unsigned short *script, size_t len);

/*
 * The names of the world outside that the script has, as parameters: ",fetch={},isNaN=Number.isNaN".
 * Into 'out', which is large enough for all of them.
 */
#define DIALECT_OUTSIDE_SIZE 2048
void dialect_outside(const unsigned short *script, size_t len, char out[DIALECT_OUTSIDE_SIZE]);

#endif

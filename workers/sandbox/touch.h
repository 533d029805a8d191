/*
 * touch.h -- what may a script do to the data that it is shown?
 *
 * The expressions of a step see the same items.  A script that surely only reads may be given the
 * items themselves; any other gets copies, because a later one has to see the data as it came.
 *
 * Looks at tokens, not at grammar: what is no script fails to compile, and runs nothing.
 */
#ifndef TY_SANDBOX_TOUCH_H
#define TY_SANDBOX_TOUCH_H

#include <stddef.h>

enum touch {
	TOUCH_READS,   /* changes nothing that another script can see */
	TOUCH_CHANGES, /* calls also methods that change arrays (reverse, sort, push, ...) */
	TOUCH_ANY,     /* may do anything, also to the builtins that another script calls */
};

/*
 * TOUCH_READS needs all of this of the script, in UTF-16:
 *   - each function that is called by a bare name, and each method, is known to change nothing;
 *   - 'constructor', 'prototype', '__...', call, apply, bind, this, eval, class, delete and other
 *     ways to a builtin's own functions are not there, under any spelling: [..] reads a member by
 *     a number or by a text without a backslash only;
 *   - '=' stands after a name that is declared there and then; += and the like, which give
 *     primitive values, after a plain name.
 * When in doubt, TOUCH_ANY.
 */
enum touch touch(const unsigned short *script, size_t len);

#endif

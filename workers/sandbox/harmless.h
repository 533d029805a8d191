/*
 * harmless.h -- which expressions can leave nothing behind?
 *
 * Such a one reads its request's data, compares, reckons, joins and puts together, and no more: no
 * assignment, no function, no name but those below, no call but of text's, arrays' and dates'
 * own methods that only read.  The data is JSON, so it has neither getters nor functions that
 * such an expression could set off; luxon's DateTime is never changed once it is made.  It
 * needs no realm of its own (see vm.h).
 *
 * Looks at tokens, not at grammar: what is no expression fails to compile, and runs nothing.
 */
#ifndef TY_SANDBOX_HARMLESS_H
#define TY_SANDBOX_HARMLESS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * True only where the script, in UTF-16, consists of
 *   - $json $itemIndex $vars $execution $workflow $now $today, the values of the dialect, true false null undefined, typeof,
 *     decimal numbers, texts in quotes without a backslash;
 *   - .name and ?.name, and [..] around one number or text;
 *   - + - * / % < > <= >= == != === !== && || ?? ! ? : and commas, each apart from the next;
 *   - ( ) in pairs, to group, after $str or a function of the dialect, or after .name where the
 *     name is of a helper or of a method known to change nothing;
 *   - [a, b] and { name: a, "text": b }, whose keys are none that JavaScript calls (toJSON, ...).
 * When in doubt, false.
 */
bool harmless(const unsigned short *script, size_t len);

#endif

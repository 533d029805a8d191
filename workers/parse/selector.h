/*
 * selector.h -- CSS selectors (Selectors Level 3, without namespaces) over a tree of gumbo.
 *
 * Names, #ids, .classes, [attributes] with = ~= |= ^= $= *=, :first-child :last-child :only-child :empty
 * :nth-child(an+b) :nth-last-child() :not(simple), combined by blank > + ~, several divided by commas.
 */
#ifndef TY_PARSE_SELECTOR_H
#define TY_PARSE_SELECTOR_H

#include "base/defs.h"

#include <gumbo.h>

struct selector;

/* Owned by 'arena'.  Errors: TY_E_INVALID (with the character at fault). */
enum ty_code selector_parse(struct ty_arena *arena, const char *text,
			    const struct selector **ret_selector, struct ty_err *err) TY_MUST_CHECK;

/* Is 'node' (an element) one that the selector means? */
bool selector_matches(const struct selector *selector, const GumboNode *node);

#endif

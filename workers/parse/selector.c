/*
 * selector.c -- elements held against a selector: see selector.h.
 */
#include "selector_parts.h"

#include <string.h>
#include <strings.h>

static const GumboNode *
parent_of(const GumboNode *node)
{
	return node->parent != NULL && node->parent->type == GUMBO_NODE_ELEMENT ? node->parent
										: NULL;
}

static const GumboVector *
siblings_of(const GumboNode *node)
{
	const GumboNode *parent = node->parent;

	if (parent == NULL)
		return NULL;
	return parent->type == GUMBO_NODE_DOCUMENT ? &parent->v.document.children
						   : &parent->v.element.children;
}

static bool
is_element(const GumboNode *node)
{
	return node->type == GUMBO_NODE_ELEMENT || node->type == GUMBO_NODE_TEMPLATE;
}

/* The element before it among its siblings; NULL = it is the first. */
static const GumboNode *
sibling_before(const GumboNode *node)
{
	const GumboVector *all = siblings_of(node);

	for (size_t i = node->index_within_parent; all != NULL && i-- > 0;)
		if (is_element(all->data[i]))
			return all->data[i];
	return NULL;
}

/* Place of an element among those of its parent, from 1; from the end. */
static int
place_of(const GumboNode *node, bool from_end)
{
	const GumboVector *all = siblings_of(node);
	size_t at = node->index_within_parent;
	int place = 1;

	if (all == NULL)
		return 1;
	for (size_t i = from_end ? at + 1 : 0; i < (from_end ? all->length : at); i++)
		place += is_element(all->data[i]);
	return place;
}

static bool
is_nth(int place, int a, int b)
{
	int steps = place - b;

	return a == 0 ? steps == 0 : steps % a == 0 && steps / a >= 0;
}

static bool
is_empty(const GumboNode *node)
{
	const GumboVector *children = &node->v.element.children;

	for (unsigned i = 0; i < children->length; i++)
		if (((const GumboNode *)children->data[i])->type != GUMBO_NODE_COMMENT)
			return false;
	return true;
}

/* Is 'word' one of the words of 'text', which blanks divide? */
static bool
has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (; len > 0 && *text != '\0'; text += strspn(text, " \t\r\n\f")) {
		size_t size = strcspn(text, " \t\r\n\f");

		if (size == len && strncmp(text, word, len) == 0)
			return true;
		text += size;
	}
	return false;
}

static bool
value_matches(const struct test *test, const char *value)
{
	size_t len = strlen(test->value), size = strlen(value);

	switch (test->kind) {
	case TEST_EQUAL:
		return strcmp(value, test->value) == 0;
	case TEST_WORD:
		return has_word(value, test->value);
	case TEST_DASH:
		return strncmp(value, test->value, len) == 0 &&
		       (value[len] == '\0' || value[len] == '-');
	case TEST_BEGIN:
		return len > 0 && strncmp(value, test->value, len) == 0;
	case TEST_END:
		return len > 0 && size >= len && strcmp(value + size - len, test->value) == 0;
	default:
		return len > 0 && strstr(value, test->value) != NULL;
	}
}

static bool
name_matches(const GumboNode *node, const char *name)
{
	const GumboElement *element = &node->v.element;
	GumboStringPiece piece = element->original_tag;

	if (element->tag != GUMBO_TAG_UNKNOWN)
		return strcasecmp(gumbo_normalized_tagname(element->tag), name) == 0;
	gumbo_tag_from_original_text(&piece);
	return strlen(name) == piece.length && strncasecmp(piece.data, name, piece.length) == 0;
}

static bool
test_matches(const struct test *test, const GumboNode *node)
{
	const GumboAttribute *attribute;

	switch (test->kind) {
	case TEST_NAME:
		return name_matches(node, test->name);
	case TEST_NTH:
	case TEST_NTH_LAST:
		return is_nth(place_of(node, test->kind == TEST_NTH_LAST), test->a, test->b);
	case TEST_ONLY:
		return place_of(node, false) == 1 && place_of(node, true) == 1;
	case TEST_EMPTY:
		return is_empty(node);
	default:
		attribute = gumbo_get_attribute(&node->v.element.attributes, test->name);
		return attribute != NULL &&
		       (test->kind == TEST_HAS || value_matches(test, attribute->value));
	}
}

static bool
compound_matches(const struct compound *compound, const GumboNode *node)
{
	for (const struct test *test = compound->tests; test != NULL; test = test->next)
		if (test_matches(test, node) == test->is_not)
			return false;
	return true;
}

/* From the last compound back; a blank and ~ try each candidate, so that none is missed. */
static bool
chain_matches(const struct compound *compound, const GumboNode *node)
{
	const GumboNode *at = node;
	bool is_parent = compound->combinator == ' ' || compound->combinator == '>';
	bool is_one = compound->combinator == '>' || compound->combinator == '+';

	if (!compound_matches(compound, node))
		return false;
	if (compound->before == NULL)
		return true;
	do {
		at = is_parent ? parent_of(at) : sibling_before(at);
		if (at != NULL && chain_matches(compound->before, at))
			return true;
	} while (at != NULL && !is_one);
	return false;
}

bool
selector_matches(const struct selector *selector, const GumboNode *node)
{
	for (; selector != NULL; selector = selector->other)
		if (chain_matches(selector->last, node))
			return true;
	return false;
}

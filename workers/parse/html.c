/*
 * html.c -- the tool "html": parts of a web page by CSS selectors, by gumbo (the tree that HTML5 says).
 *
 * Options: { "field", "picks": [ { "name", "selector", "give": "text" | "html" | "attribute", "attribute"?, "all"? } ] }.
 *
 * Value: an object with a member for each pick: what the first element of it gives, null where there is none; with
 * "all" the list of those of all.  Text has its blanks drawn together, and none of scripts and styles.
 *
 * gumbo's memory is the arena's, so that it need not be given back node by node, which recurses as deep as the tree is.
 */
#include "tool.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "selector.h"

#include <gumbo.h>
#include <string.h>

#define HTML_BYTES (8 * 1024 * 1024)
/* Elements in elements that are walked; browsers stop at 512. */
#define HTML_DEPTH_MAX 512
/* Elements that one pick gives, as a step may emit items. */
#define HTML_FOUND_MAX 10000

enum give { GIVE_TEXT, GIVE_HTML, GIVE_ATTRIBUTE };

struct pick {
	const char *name, *attribute;
	const struct selector *selector;
	enum give give;
	bool all;
};

struct html {
	struct ty_arena *arena;
	struct pick *picks;
	size_t count;
};

static void
html_end(void *state)
{
	ty_arena_free(((struct html *)state)->arena);
}

static enum ty_code
picks_read(struct html *html, const json_t *list, struct ty_err *err)
{
	const json_t *entry;
	size_t i;

	html->count = json_array_size(list);
	html->picks = ty_arena_alloc_array(html->arena, html->count + 1, sizeof(*html->picks));
	json_array_foreach((json_t *)list, i, entry)
	{
		struct pick *pick = &html->picks[i];
		const char *give = ty_json_str(entry, "give", "text");

		pick->name = ty_arena_strdup(html->arena, ty_json_str(entry, "name", ""));
		pick->attribute = ty_arena_strdup(html->arena, ty_json_str(entry, "attribute", ""));
		pick->all = ty_json_bool(entry, "all", false);
		pick->give = ty_str_eq(give, "html")	    ? GIVE_HTML
			     : ty_str_eq(give, "attribute") ? GIVE_ATTRIBUTE
							    : GIVE_TEXT;
		if (selector_parse(html->arena,
				   ty_arena_strdup(html->arena, ty_json_str(entry, "selector", "")),
				   &pick->selector, err) != TY_OK)
			return err->code;
	}
	return TY_OK;
}

static enum ty_code
html_begin(const json_t *options, int64_t now_ms, void **ret_state, struct ty_err *err)
{
	struct ty_arena *arena = ty_arena_new(NULL, "html options", 0);
	struct html *html = ty_arena_new_of(arena, struct html);

	html->arena = arena;
	if (picks_read(html, ty_json_arr(options, "picks"), err) != TY_OK) {
		html_end(html);
		return err->code;
	}
	*ret_state = html;
	return TY_OK;
}

/* ---- what is given ---- */

static bool
is_unseen(const GumboNode *node)
{
	return node->type == GUMBO_NODE_ELEMENT &&
	       (node->v.element.tag == GUMBO_TAG_SCRIPT || node->v.element.tag == GUMBO_TAG_STYLE);
}

/* Elements that stand on lines of their own: a blank divides their texts from what is around. */
static bool
is_block(GumboTag tag)
{
	static const GumboTag blocks[] = { GUMBO_TAG_BR,      GUMBO_TAG_DIV,   GUMBO_TAG_H1,
					   GUMBO_TAG_H2,      GUMBO_TAG_H3,    GUMBO_TAG_LI,
					   GUMBO_TAG_P,	      GUMBO_TAG_PRE,   GUMBO_TAG_TD,
					   GUMBO_TAG_TH,      GUMBO_TAG_TR,    GUMBO_TAG_UL,
					   GUMBO_TAG_OL,      GUMBO_TAG_DD,    GUMBO_TAG_DT,
					   GUMBO_TAG_HR,      GUMBO_TAG_H4,    GUMBO_TAG_H5,
					   GUMBO_TAG_H6,      GUMBO_TAG_TABLE, GUMBO_TAG_SECTION,
					   GUMBO_TAG_ARTICLE, GUMBO_TAG_OPTION };

	for (size_t i = 0; i < TY_ARRAY_COUNT(blocks); i++)
		if (blocks[i] == tag)
			return true;
	return false;
}

static void
blank_add(struct ty_buf *out)
{
	if (out->len > 0 && out->data[out->len - 1] != ' ')
		ty_buf_add_char(out, ' ');
}

static void
text_add(struct ty_buf *out, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, " \t\r\n\f");

		ty_buf_add(out, text, len);
		text += len;
		if (*text != '\0')
			blank_add(out);
		text += strspn(text, " \t\r\n\f");
	}
}

static void
text_of(struct ty_buf *out, const GumboNode *node, int depth)
{
	if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE ||
	    node->type == GUMBO_NODE_CDATA) {
		text_add(out, node->v.text.text);
		return;
	}
	if (node->type != GUMBO_NODE_ELEMENT || is_unseen(node) || depth == 0)
		return;
	if (is_block(node->v.element.tag))
		blank_add(out);
	for (unsigned i = 0; i < node->v.element.children.length; i++)
		text_of(out, node->v.element.children.data[i], depth - 1);
	if (is_block(node->v.element.tag))
		blank_add(out);
}

/* The page's own text of the element, from its first tag to its last. */
static json_t *
html_of(const GumboNode *node)
{
	const GumboStringPiece *from = &node->v.element.original_tag;
	const GumboStringPiece *to = &node->v.element.original_end_tag;
	const char *end = to->data != NULL ? to->data + to->length : NULL;

	/* An element that the page never closes ends where its parent does. */
	for (const GumboNode *up = node->parent; end == NULL && up != NULL; up = up->parent)
		if (up->type == GUMBO_NODE_ELEMENT)
			end = up->v.element.original_end_tag.data;
	if (from->data == NULL)
		return json_null();
	if (end == NULL || end < from->data)
		end = from->data + strlen(from->data);
	return json_stringn_nocheck(from->data, (size_t)(end - from->data));
}

static json_t *
given(struct ty_arena *arena, const struct pick *pick, const GumboNode *node)
{
	const GumboAttribute *attribute;
	struct ty_buf out;

	switch (pick->give) {
	case GIVE_HTML:
		return html_of(node);
	case GIVE_ATTRIBUTE:
		attribute = gumbo_get_attribute(&node->v.element.attributes, pick->attribute);
		return attribute != NULL ? json_string(attribute->value) : json_null();
	default:
		ty_buf_init(&out, arena, 64);
		text_of(&out, node, HTML_DEPTH_MAX);
		if (out.len > 0 && out.data[out.len - 1] == ' ')
			out.len--;
		return json_stringn_nocheck(out.data, out.len);
	}
}

/* ---- the walk ---- */

struct walk {
	const struct html *html;
	struct ty_arena *arena;
	json_t *value;
	size_t found;
	struct ty_err *err;
};

static void
element_look(struct walk *w, const GumboNode *node)
{
	for (size_t i = 0; i < w->html->count; i++) {
		const struct pick *pick = &w->html->picks[i];
		json_t *there = json_object_get(w->value, pick->name);

		if ((!pick->all && !json_is_null(there)) || !selector_matches(pick->selector, node))
			continue;
		if (++w->found > HTML_FOUND_MAX) {
			ty_err_set(w->err, TY_E_LIMIT, "Over %d elements match", HTML_FOUND_MAX);
			return;
		}
		if (pick->all)
			json_array_append_new(there, given(w->arena, pick, node));
		else
			json_object_set_new_nocheck(w->value, pick->name,
						    given(w->arena, pick, node));
	}
}

static enum ty_code
tree_walk(struct walk *w, const GumboNode *node, int depth)
{
	if (node->type != GUMBO_NODE_ELEMENT)
		return TY_OK;
	if (depth == 0)
		return ty_err_set(w->err, TY_E_LIMIT, "The page is nested over %d elements deep",
				  HTML_DEPTH_MAX);
	element_look(w, node);
	for (unsigned i = 0; i < node->v.element.children.length && w->err->code == TY_OK; i++)
		if (tree_walk(w, node->v.element.children.data[i], depth - 1) != TY_OK)
			break;
	return w->err->code;
}

static void *
gumbo_alloc(void *arena, size_t size)
{
	return ty_arena_alloc(arena, size);
}

static void
gumbo_free(void *arena, void *memory)
{
}

static enum ty_code
html_value(struct walk *w, const char *text, size_t len)
{
	GumboOptions options = kGumboDefaultOptions;
	const GumboOutput *tree;

	options.allocator = gumbo_alloc;
	options.deallocator = gumbo_free;
	options.userdata = w->arena;
	options.max_errors = 0;
	w->value = ty_json_own(w->arena, json_object());
	for (size_t i = 0; i < w->html->count; i++)
		json_object_set_new_nocheck(w->value, w->html->picks[i].name,
					    w->html->picks[i].all ? json_array() : json_null());
	tree = gumbo_parse_with_options(&options, text, len);
	return tree_walk(w, tree->root, HTML_DEPTH_MAX);
}

static enum ty_code
html_give(void *state, struct ty_arena *arena, const char *text, size_t len, json_t **ret_value,
	  struct ty_err *err)
{
	struct walk w = { .html = state, .arena = arena, .err = err };

	if (html_value(&w, text, len) == TY_OK)
		*ret_value = json_incref(w.value);
	return err->code;
}

const struct tool tool_html = {
	.name = "html",
	.library = "gumbo " TY_GUMBO_VERSION,
	.input_max_bytes = HTML_BYTES,
	.output_max_bytes = HTML_BYTES,
	.begin = html_begin,
	.value = html_give,
	.end = html_end,
};

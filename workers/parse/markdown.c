/*
 * markdown.c -- the tool "markdown": GitHub's Markdown as HTML, by cmark-gfm.
 *
 * Options: { "field" }.  Value: the HTML.  Tables, task lists, struck text and bare addresses are known.  HTML within
 * the text is left out, and so are addresses that would run a script: what comes out may be sent to people.
 */
#include "tool.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>
#include <stdlib.h>
#include <string.h>

/* A book; some inputs take time by the square of their length. */
#define MARKDOWN_BYTES (1024 * 1024)

static void
markdown_end(void *state)
{
}

static enum ty_code
markdown_begin(const json_t *options, int64_t now_ms, void **ret_state, struct ty_err *err)
{
	cmark_gfm_core_extensions_ensure_registered();
	*ret_state = NULL;
	return TY_OK;
}

static json_t *
markdown_html(const char *text, size_t len)
{
	static const char *const extensions[] = { "table", "strikethrough", "autolink",
						  "tasklist" };
	cmark_parser *parser = cmark_parser_new(CMARK_OPT_DEFAULT);
	cmark_node *document;
	json_t *value;
	char *html;

	for (size_t i = 0; i < TY_ARRAY_COUNT(extensions); i++) {
		cmark_syntax_extension *extension = cmark_find_syntax_extension(extensions[i]);

		TY_ASSERT(extension != NULL);
		cmark_parser_attach_syntax_extension(parser, extension);
	}
	cmark_parser_feed(parser, text, len);
	document = cmark_parser_finish(parser);
	html = cmark_render_html(document, CMARK_OPT_DEFAULT,
				 cmark_parser_get_syntax_extensions(parser));
	value = json_string(html);
	free(html);
	cmark_node_free(document);
	cmark_parser_free(parser);
	return value;
}

static enum ty_code
markdown_value(void *state, struct ty_arena *arena, const char *text, size_t len,
	       json_t **ret_value, struct ty_err *err)
{
	*ret_value = markdown_html(text, len);
	return TY_OK;
}

const struct tool tool_markdown = {
	.name = "markdown",
	.library = "cmark-gfm " CMARK_GFM_VERSION_STRING,
	.input_max_bytes = MARKDOWN_BYTES,
	.output_max_bytes = 16 * MARKDOWN_BYTES,
	.begin = markdown_begin,
	.value = markdown_value,
	.end = markdown_end,
};

/*
 * xml.c -- the tool "xml": a document as JSON, by expat.
 *
 * Options: { "field", "attributes": "merge" | "apart", "lists": "needed" | "always" }.
 *
 * An element is its text where it has nothing else, "" where it has nothing; else an object of its children, by name:
 * a list where there are several of one name, or always.  Attributes are members beside the children, or apart in
 * "$"; text beside members is "_".  Blanks between elements are dropped.  No value is converted.
 *
 * Nothing is fetched: there are no external entities, and a document that declares entities of its own is
 * refused, because their expansion is how a small document becomes a large one.
 */
#include "tool.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

#define XML_BYTES (16 * 1024 * 1024)
/* Elements in elements: a level is two of JSON where it is a list, and an item has 128. */
#define XML_DEPTH_MAX 60

struct element {
	const char *name;
	json_t *members; /* NULL = none; ours until it is put into its parent */
	struct ty_buf text;
};

struct xml {
	struct ty_arena *arena;
	bool apart, always;
};

struct reading {
	const struct xml *xml;
	struct ty_arena *arena;
	XML_Parser parser;
	struct element stack[XML_DEPTH_MAX];
	size_t depth, values;
	json_t *root;
	struct ty_err *err;
};

static void
stop(struct reading *r)
{
	XML_StopParser(r->parser, XML_FALSE);
}

static void
value_count(struct reading *r)
{
	if (++r->values <= TY_LIMIT_JSON_VALUES || r->err->code != TY_OK)
		return;
	ty_err_set(r->err, TY_E_LIMIT, "The document has over %d elements and attributes",
		   TY_LIMIT_JSON_VALUES);
	stop(r);
}

/* Add a member (steals); the second of one name makes a list of both. */
static void
member_add(json_t *members, const char *name, json_t *value, bool always)
{
	json_t *there = json_object_get(members, name);

	if (there == NULL && !always) {
		json_object_set_new_nocheck(members, name, value);
		return;
	}
	if (!json_is_array(there)) {
		json_t *list = json_array();

		if (there != NULL)
			json_array_append(list, there);
		json_object_set_new_nocheck(members, name, list);
		there = list;
	}
	json_array_append_new(there, value);
}

static void
attributes_add(struct reading *r, struct element *e, const XML_Char **attributes)
{
	json_t *to;

	if (attributes[0] == NULL)
		return;
	e->members = json_object();
	to = e->members;
	if (r->xml->apart) {
		to = json_object();
		json_object_set_new_nocheck(e->members, "$", to);
	}
	for (; attributes[0] != NULL; attributes += 2) {
		value_count(r);
		json_object_set_new_nocheck(to, attributes[0], json_string_nocheck(attributes[1]));
	}
}

static void XMLCALL
element_start(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
	struct reading *r = ctx;
	struct element *e;

	if (r->err->code != TY_OK)
		return;
	if (r->depth == XML_DEPTH_MAX) {
		ty_err_set(r->err, TY_E_LIMIT, "The document is nested over %d elements deep",
			   XML_DEPTH_MAX);
		stop(r);
		return;
	}
	value_count(r);
	e = &r->stack[r->depth++];
	*e = (struct element){ .name = ty_arena_strdup(r->arena, name) };
	ty_buf_init(&e->text, r->arena, 0);
	attributes_add(r, e, attributes);
}

static json_t *
element_value(struct element *e)
{
	bool is_blank = e->text.len == strspn(e->text.data, " \t\r\n");

	if (e->members == NULL)
		return is_blank ? json_string("") : json_stringn_nocheck(e->text.data, e->text.len);
	if (!is_blank)
		member_add(e->members, "_", json_stringn_nocheck(e->text.data, e->text.len), false);
	return e->members;
}

static void XMLCALL
element_end(void *ctx, const XML_Char *name)
{
	struct reading *r = ctx;
	struct element *e;
	json_t *value;

	if (r->err->code != TY_OK)
		return;
	e = &r->stack[--r->depth];
	value = element_value(e);
	e->members = NULL;
	if (r->depth == 0) {
		r->root = json_object();
		json_object_set_new_nocheck(r->root, e->name, value);
		return;
	}
	if (r->stack[r->depth - 1].members == NULL)
		r->stack[r->depth - 1].members = json_object();
	member_add(r->stack[r->depth - 1].members, e->name, value, r->xml->always);
}

static void XMLCALL
text_add(void *ctx, const XML_Char *text, int len)
{
	struct reading *r = ctx;

	if (r->depth > 0 && r->err->code == TY_OK)
		ty_buf_add(&r->stack[r->depth - 1].text, text, (size_t)len);
}

static void XMLCALL
entity_declared(void *ctx, const XML_Char *name, int is_parameter, const XML_Char *value, int len,
		const XML_Char *base, const XML_Char *system, const XML_Char *public,
		const XML_Char *notation)
{
	struct reading *r = ctx;

	if (r->err->code != TY_OK)
		return;
	ty_err_set(r->err, TY_E_INVALID, "The document declares the entity \"%.60s\"", name);
	ty_err_hint(r->err, "Entities are not expanded and not fetched: send the document without "
			    "them.");
	stop(r);
}

/* Refuse an entity that only an external definition may declare, because that is not read. */
static void XMLCALL
entity_skipped(void *ctx, const XML_Char *name, int is_parameter)
{
	struct reading *r = ctx;

	if (r->err->code != TY_OK || is_parameter)
		return;
	ty_err_set(r->err, TY_E_INVALID, "line %lu: nothing here says what &%.60s; is",
		   (unsigned long)XML_GetCurrentLineNumber(r->parser), name);
	ty_err_hint(r->err, "Definitions elsewhere are not fetched: write the character itself.");
	stop(r);
}

/* ---- the tool ---- */

static void
xml_end(void *state)
{
	ty_arena_free(((struct xml *)state)->arena);
}

static enum ty_code
xml_begin(const json_t *options, int64_t now_ms, void **ret_state, struct ty_err *err)
{
	struct ty_arena *arena = ty_arena_new(NULL, "xml options", 0);
	struct xml *xml = ty_arena_new_of(arena, struct xml);

	xml->arena = arena;
	xml->apart = ty_str_eq(ty_json_str(options, "attributes", ""), "apart");
	xml->always = ty_str_eq(ty_json_str(options, "lists", ""), "always");
	*ret_state = xml;
	return TY_OK;
}

static enum ty_code
xml_read(struct reading *r, const char *text, size_t len)
{
	enum XML_Status status;

	/* The text is UTF-8 by now, whatever its declaration says. */
	r->parser = XML_ParserCreate("UTF-8");
	if (r->parser == NULL)
		abort();
	XML_SetHashSalt(r->parser, 1 + (unsigned long)len);
	XML_SetUserData(r->parser, r);
	XML_SetElementHandler(r->parser, element_start, element_end);
	XML_SetCharacterDataHandler(r->parser, text_add);
	XML_SetEntityDeclHandler(r->parser, entity_declared);
	XML_SetSkippedEntityHandler(r->parser, entity_skipped);
	status = XML_Parse(r->parser, text, (int)len, XML_TRUE);
	if (status != XML_STATUS_OK && r->err->code == TY_OK) {
		ty_err_set(r->err, TY_E_INVALID, "line %lu, column %lu: the text is no XML: %s",
			   (unsigned long)XML_GetCurrentLineNumber(r->parser),
			   (unsigned long)XML_GetCurrentColumnNumber(r->parser) + 1,
			   XML_ErrorString(XML_GetErrorCode(r->parser)));
		ty_err_hint(r->err, "Look at the place that is named; a web page is read by the "
				    "node HTML.");
	}
	XML_ParserFree(r->parser);
	return r->err->code;
}

static enum ty_code
xml_value(void *state, struct ty_arena *arena, const char *text, size_t len, json_t **ret_value,
	  struct ty_err *err)
{
	struct reading *r = ty_arena_new_of(arena, struct reading);

	r->xml = state;
	r->arena = arena;
	r->err = err;
	if (xml_read(r, text, len) == TY_OK)
		*ret_value = json_incref(r->root);
	for (size_t i = 0; i < r->depth; i++)
		json_decref(r->stack[i].members);
	json_decref(r->root);
	return err->code;
}

const struct tool tool_xml = {
	.name = "xml",
	.library = "expat " TY_EXPAT_VERSION,
	.input_max_bytes = XML_BYTES,
	.output_max_bytes = XML_BYTES,
	.begin = xml_begin,
	.value = xml_value,
	.end = xml_end,
};

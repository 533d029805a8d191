/*
 * http_items.c -- the items that http.request makes of an answer.
 *
 * Memory: what is emitted is the engine's; an entry of the answer is shared with it.
 */
#include "base/err.h"
#include "json/json.h"
#include "nodes/http_parts.h"
#include "nodes/path.h"

#include <string.h>

/* An empty body is null, whatever the status and the content type, but as text it is "". */
json_t *
http_items_body(const struct request_params *p, const json_t *answer)
{
	json_t *body = json_object_get(answer, "body");

	if (p->response != RESPONSE_TEXT && json_is_string(body) && json_string_length(body) == 0)
		return NULL;
	return body;
}

static bool
is_list_of_objects(const json_t *body)
{
	if (!json_is_array(body))
		return false;
	for (size_t i = 0; i < json_array_size(body); i++)
		if (!json_is_object(json_array_get(body, i)))
			return false;
	return true;
}

static enum ty_code
emit_one(struct ty_step *step, json_t *value, size_t item, struct ty_err *err)
{
	if (json_is_object(value))
		return ty_step_emit(step, 0, json_incref(value), item, err);
	return ty_step_emit(step, 0, json_pack("{s:O?}", "data", value), item, err);
}

static enum ty_code
emit_each(struct ty_step *step, json_t *list, size_t item, struct ty_err *err)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (emit_one(step, json_array_get(list, i), item, err) != TY_OK)
			return err->code;
	return TY_OK;
}

static enum ty_code
emit_full(struct ty_step *step, const struct request_params *p, const json_t *value, size_t item,
	  struct ty_err *err)
{
	static const char *const members[] = { "status", "headers", "body", "url" };
	json_t *json = json_object();

	for (size_t i = 0; i < TY_ARRAY_COUNT(members); i++)
		if (json_object_get(value, members[i]) != NULL)
			json_object_set(json, members[i], json_object_get(value, members[i]));
	if (http_items_body(p, value) == NULL)
		json_object_set_new(json, "body", json_null());
	return ty_step_emit(step, 0, json, item, err);
}

/* The file beside the input item's json, or beside what the answer says. */
static enum ty_code
emit_file(struct ty_step *step, const struct request_params *p, const json_t *value, size_t item,
	  struct ty_err *err)
{
	static const char *const members[] = { "status", "headers", "url" };
	json_t *binary = json_object(), *json;

	json_object_set_new(binary, p->response_file[0] != '\0' ? p->response_file : "data",
			    json_deep_copy(json_object_get(value, "file")));
	if (!p->full_response)
		return ty_step_emit_files(step, 0, json_incref((json_t *)ty_step_json(step, item)),
					  binary, item, err);
	json = json_object();
	for (size_t i = 0; i < TY_ARRAY_COUNT(members); i++)
		json_object_set(json, members[i], json_object_get(value, members[i]));
	return ty_step_emit_files(step, 0, json, binary, item, err);
}

/* Files and whole answers are one item, however many entries they have; false where it is neither. */
static bool
is_whole(const struct request_params *p, const json_t *answer)
{
	return p->full_response || json_object_get(answer, "file") != NULL;
}

static enum ty_code
emit_whole(struct ty_step *step, const struct request_params *p, const json_t *answer, size_t item,
	   struct ty_err *err)
{
	return json_object_get(answer, "file") != NULL ? emit_file(step, p, answer, item, err)
						       : emit_full(step, p, answer, item, err);
}

enum ty_code
http_items_emit(struct ty_step *step, const struct request_params *p, const json_t *answer,
		size_t item, struct ty_err *err)
{
	json_t *body = http_items_body(p, answer);

	if (is_whole(p, answer))
		return emit_whole(step, p, answer, item, err);
	if (is_list_of_objects(body))
		return emit_each(step, body, item, err);
	return emit_one(step, body, item, err);
}

/* ---- a page ---- */

/* The list of a page, or what stands in its place; NULL = the page is empty. */
static json_t *
page_list(struct ty_step *step, const struct request_params *p, const json_t *answer)
{
	json_t *body = http_items_body(p, answer), *list = body;

	if (p->items_path[0] != '\0') {
		list = json_is_object(body)
			       ? (json_t *)node_path_get_as(NODE_PATH_BRACKETS, body, p->items_path)
			       : NULL;
		if (list == NULL)
			ty_step_notice(step, "page_without_list",
				       "A page has nothing at \"%.100s\", so it counts as empty.",
				       p->items_path);
	}
	if (json_is_null(list) || (json_is_array(list) && json_array_size(list) == 0) ||
	    (json_is_object(list) && json_object_size(list) == 0) ||
	    (json_is_string(list) && json_string_length(list) == 0))
		return NULL;
	return list;
}

enum ty_code
http_items_emit_page(struct ty_step *step, const struct request_params *p, const json_t *answer,
		     size_t item, size_t *ret_count, struct ty_err *err)
{
	json_t *list;

	*ret_count = 1;
	if (json_object_get(answer, "file") != NULL)
		return emit_file(step, p, answer, item, err);
	list = page_list(step, p, answer);
	*ret_count = json_is_array(list) ? json_array_size(list) : list != NULL;
	if (list == NULL)
		return TY_OK;
	if (p->full_response)
		return emit_full(step, p, answer, item, err);
	if (p->page_items == PAGE_ITEMS_PAGE)
		return emit_one(step, http_items_body(p, answer), item, err);
	return json_is_array(list) ? emit_each(step, list, item, err)
				   : emit_one(step, list, item, err);
}

/*
 * api_workspace.c -- workspaces.
 */
#include "api_workspace.h"

#include "base/arena.h"
#include "json/limits.h"
#include "store/limits.h"

#include <string.h>

/* "a b" as ["a", "b"]; new reference */
static json_t *
words_json(struct ty_arena *arena, const char *words)
{
	char *copy = ty_arena_strdup(arena, words != NULL ? words : ""), *save, *word;
	json_t *list = json_array();

	for (word = strtok_r(copy, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save))
		json_array_append_new(list, json_string(word));
	return list;
}

/* new reference; an API key has scopes and no role */
static json_t *
workspace_json(struct ty_api_call *call, const struct ty_store_workspace *workspace)
{
	return json_pack("{s:s, s:s, s:s, s:s?, s:o}", "id", workspace->id.s, "slug",
			 workspace->slug, "name", workspace->name, "role", workspace->role,
			 "permissions", words_json(call->arena, workspace->permissions));
}

enum ty_code
api_workspaces_json(struct ty_api_call *call, json_t **ret_list, struct ty_err *err)
{
	json_t *list = ty_json_own(call->arena, json_array());
	struct ty_store_workspace *workspaces;
	size_t count;

	if (call->key != NULL) {
		json_array_append_new(list, workspace_json(call, &call->key->workspace));
		*ret_list = list;
		return TY_OK;
	}
	if (ty_store_user_workspaces(call->tx, &call->user_id, NULL, &workspaces, &count, err) !=
	    TY_OK)
		return err->code;
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, workspace_json(call, &workspaces[i]));
	*ret_list = list;
	return TY_OK;
}

enum ty_code
api_workspace_list(struct ty_api_call *call, struct ty_err *err)
{
	json_t *list;

	if (api_workspaces_json(call, &list, err) != TY_OK)
		return err->code;
	return api_page(call, list, NULL);
}

enum ty_code
api_workspace_get(struct ty_api_call *call, struct ty_err *err)
{
	return api_json(call, 200,
			ty_json_own(call->arena, workspace_json(call, &call->workspace)));
}

/* List the limits that the operator set; tybooctl changes them. */
enum ty_code
api_limit_list(struct ty_api_call *call, struct ty_err *err)
{
	struct ty_limits limits;

	if (ty_store_workspace_limits(call->tx, &call->workspace.id, &limits, err) != TY_OK)
		return err->code;
	return api_page(call, ty_json_own(call->arena, ty_limits_list_json(&limits)), NULL);
}

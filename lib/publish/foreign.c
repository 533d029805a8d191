/*
 * foreign.c -- see foreign.h.
 */
#include "publish/foreign.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"
#include "base/str.h"
#include "graph/finding.h"
#include "store/credential.h"

#include <ctype.h>
#include <string.h>

#define ID_LEN 36

struct search {
	struct ty_arena *arena;
	const char **ids, **paths; /* of the same length */
	size_t count, id_cap, path_cap;
};

static void
add(struct search *s, const char *id, const char *path)
{
	if (s->count == TY_PUBLISH_FOREIGN_IDS_MAX)
		return;
	s->ids = ty_arena_grow(s->arena, s->ids, s->count, &s->id_cap, sizeof(*s->ids));
	s->paths = ty_arena_grow(s->arena, s->paths, s->count, &s->path_cap, sizeof(*s->paths));
	s->ids[s->count] = ty_arena_strdup(s->arena, id);
	s->paths[s->count++] = path;
}

/* Every UUID in 'text', whatever is round it. */
static void
search_text(struct search *s, const char *text, const char *path)
{
	char word[ID_LEN + 1];
	struct ty_id id;

	for (const char *dash = text; (dash = strchr(dash, '-')) != NULL; dash++) {
		if (dash - text < 8 || strnlen(dash, ID_LEN - 8) < ID_LEN - 8)
			continue;
		for (size_t i = 0; i < ID_LEN; i++)
			word[i] = (char)tolower((unsigned char)dash[(ptrdiff_t)i - 8]);
		word[ID_LEN] = '\0';
		if (ty_id_parse(word, &id))
			add(s, id.s, path);
	}
}

static void
search_value(struct search *s, const json_t *value, const char *path)
{
	const json_t *child;
	const char *name;
	size_t i;

	if (json_string_value(value) != NULL)
		search_text(s, json_string_value(value), path);
	json_array_foreach((json_t *)value, i, child)
		search_value(s, child, ty_arena_printf(s->arena, "%s[%zu]", path, i));
	json_object_foreach((json_t *)value, name, child)
	{
		const char *at = ty_arena_printf(s->arena, "%s%s%.80s", path,
						 *path != '\0' ? "." : "", name);

		search_text(s, name, at);
		search_value(s, child, at);
	}
}

static bool
is_among(const struct ty_rows *rows, const char *id)
{
	for (size_t i = 0; i < rows->count; i++) {
		if (ty_str_eq(ty_rows_text(rows, i, 0), id))
			return true;
	}
	return false;
}

enum ty_code
ty_publish_foreign_find(struct ty_tx *tx, const json_t *graph, json_t *findings, struct ty_err *err)
{
	struct search s = { .arena = ty_tx_arena(tx) };
	struct ty_rows rows;

	search_value(&s, graph, "");
	if (s.count == 0)
		return TY_OK;
	if (ty_store_credential_foreign(tx, s.ids, s.count, &rows, err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < s.count; i++) {
		if (is_among(&rows, s.ids[i]) && !ty_graph_findings_have(findings, s.paths[i]))
			ty_graph_finding_append(
				findings, s.arena, TY_FINDING_MISSING_CREDENTIAL, NULL, s.paths[i],
				NULL,
				ty_arena_printf(s.arena,
						"the credential %s is not of this workspace",
						s.ids[i]));
	}
	return TY_OK;
}

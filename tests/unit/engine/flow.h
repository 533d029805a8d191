/*
 * flow.h -- workflows as a chain of nodes, written short.
 *
 *	FLOW(NODE("a", "core.noop", "") "," NODE("b", "core.noop", ""), EDGE("start", "a") "," EDGE("a", "b"))
 *
 * Every flow begins with the trigger "start".  In these texts ` stands for ".
 */
#ifndef TY_TESTS_ENGINE_FLOW_H
#define TY_TESTS_ENGINE_FLOW_H

#include "base/arena.h"
#include "json/json.h"
#include "support/common.h"
#include "support/fake_ops.h"

#define NODE_WITH(id, type, params, more)                                                          \
	"{`id`:`" id "`,`type`:`" type "`,`params`:{" params "}" more "}"
#define NODE(id, type, params) NODE_WITH(id, type, params, "")
#define HTTP(id, more)                                                                             \
	NODE_WITH(id, "http.request", "`url`:`=https://x.test/" id "/{{ $json.n }}`", more)
#define EDGE(from, to)		   "{`from`:`" from "`,`to`:`" to "`}"
#define EDGE_OUT(from, output, to) "{`from`:`" from "`,`output`:`" output "`,`to`:`" to "`}"
#define FLOW_WITH(nodes, edges, settings)                                                          \
	"{`nodes`:[" NODE("start", "core.manual", "") "," nodes "],`edges`:[" edges                \
						      "],`settings`:{" settings "}}"
#define LOOP(id, params)   NODE(id, "core.loop", params)
#define BODY(from, to)	   EDGE_OUT(from, "loop", to)
#define DONE(from, to)	   EDGE_OUT(from, "done", to)
#define FLOW(nodes, edges) FLOW_WITH(nodes, edges, "")

#define ITEM(json)  "{`json`:" json "}"
#define ONE_ITEM    "[" ITEM("{`n`:1}") "]"
#define THREE_ITEMS "[" ITEM("{`n`:1}") "," ITEM("{`n`:2}") "," ITEM("{`n`:3}") "]"

/* "start ok, a error": ids and statuses of the steps in order. */
static inline const char *
steps_text(const struct ty_run_result *r)
{
	const char *text = "";
	json_t *step;
	size_t i;

	json_array_foreach((json_t *)r->steps, i, step) text =
		ty_arena_printf(fx.arena, "%s%s%s %s", text, i > 0 ? ", " : "",
				ty_json_str(step, "node", "?"), ty_json_str(step, "status", "?"));
	return text;
}

/* "start, L@L:0, a@L:0 x2, L": node, frame and attempt of the steps, those that are not ok with it. */
static inline const char *
path_text(const json_t *steps)
{
	const char *text = "";
	json_t *step;
	size_t i;

	json_array_foreach((json_t *)steps, i, step)
	{
		const char *frame = ty_json_str(step, "frame", NULL);
		int64_t attempt = ty_json_int(step, "attempt", 1);
		const char *status = ty_json_str(step, "status", "?");

		text = ty_arena_printf(fx.arena, "%s%s%s%s%s", text, i > 0 ? ", " : "",
				       ty_json_str(step, "node", "?"), frame != NULL ? "@" : "",
				       frame != NULL ? frame : "");
		if (attempt > 1)
			text = ty_arena_printf(fx.arena, "%s x%d", text, (int)attempt);
		if (strcmp(status, "ok") != 0)
			text = ty_arena_printf(fx.arena, "%s %s", text, status);
	}
	return text;
}

/* "done" of the loop's own step. */
static inline const char *
done_text(const struct ty_run_result *r, const char *loop)
{
	json_t *step, *item;
	const char *text = "";
	size_t i, j;

	json_array_foreach((json_t *)r->steps, i, step)
	{
		if (strcmp(ty_json_str(step, "node", ""), loop) != 0 ||
		    json_object_get(step, "frame") != NULL)
			continue;
		json_array_foreach(json_object_get(json_object_get(step, "outputs"), "done"), j,
				   item) text =
			ty_arena_printf(fx.arena, "%s%s\n", text,
					ty_json_dump_canonical(fx.arena, item, NULL));
	}
	return text;
}

/* The outputs of a node's step as compact text with sorted keys. */
static inline const char *
outputs_text(const struct ty_run_result *r, const char *node)
{
	const json_t *step = fake_step_record(r, node);

	ck_assert_msg(step != NULL, "node %s has no step", node);
	return ty_json_dump_canonical(fx.arena, json_object_get(step, "outputs"), NULL);
}

static inline const char *
error_str(const struct ty_run_result *r, const char *member)
{
	return ty_json_str(r->error, member, "");
}

/* Text with ` for ". */
static inline const char *
quoted(const char *text)
{
	char *copy = ty_arena_strdup(fx.arena, text);

	for (char *at = strchr(copy, '`'); at != NULL; at = strchr(at, '`'))
		*at = '"';
	return copy;
}

#endif

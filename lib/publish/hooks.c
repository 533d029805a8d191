/*
 * hooks.c -- from the live webhooks of a graph to the rows that lib/store keeps.
 */
#include "publish/hooks.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"
#include "graph/finding.h"
#include "hook/address.h"
#include "hook/verify.h"
#include "json/json.h"

static bool
is_webhook(const struct ty_graph_node *node)
{
	return ty_node_claims(node->def, TY_TRIGGER_WEBHOOK);
}

static const char *
webhook_method(const struct ty_graph_node *node)
{
	return ty_json_str(node->params, "method", "POST");
}

void
ty_publish_address(const struct ty_graph_node *node, const char **ret_method, const char **ret_path)
{
	*ret_method = is_webhook(node) ? webhook_method(node) : NULL;
	*ret_path = is_webhook(node) ? ty_json_str(node->params, "path", NULL) : NULL;
}

struct reader {
	struct ty_arena *arena;
	struct ty_map *seen; /* "METHOD path" -> hook */
	json_t *findings;
};

static void
add_finding(const struct reader *r, const struct ty_graph_node *node, const char *param,
	    const char *message, const char *hint)
{
	ty_graph_finding_append(
		r->findings, r->arena, TY_FINDING_HOOK_ADDRESS, node->id,
		ty_arena_printf(r->arena, "nodes[%zu].params.%s", node->index, param), hint,
		message);
}

/* An address is looked up, never computed: every part of it must be literal. */
static bool
param_is_literal(const json_t *params, const char *const *names, const char **ret_bad)
{
	for (; *names != NULL; names++) {
		const char *value = ty_json_str(params, *names, "");

		if (value[0] == '=') {
			*ret_bad = *names;
			return false;
		}
	}
	return true;
}

/* The node's own way to read bodies, else the one that its form shows. */
static const char *
webhook_read_as(const json_t *params)
{
	const char *read_as = ty_json_str(params, "read_as", "");

	return read_as[0] != '\0' ? read_as : ty_body_as_name(TY_BODY_AS_AUTO_FILE);
}

/* { "scheme", "credential", options that are set } */
static const char *
verify_text(struct ty_arena *arena, const json_t *params, const char *route)
{
	static const char *const options[] = {
		"credential",	     "hmac_header",  "hmac_algorithm",
		"hmac_encoding",     "hmac_prefix",  "hmac_timestamp_header",
		"token_header",	     "token_prefix", "dedupe_header",
		"keep_headers",	     "on_repeat",    "allowed_origins",
		"allowed_addresses", "answer",	     "answer_late",
		"jwks_url",	     "jwt_issuer",   "jwt_audience",
		"sns_topics"
	};
	json_t *verify = ty_json_own(arena, json_object());

	json_object_set_new(verify, "scheme", json_string(ty_json_str(params, "verify", "")));
	for (size_t i = 0; i < TY_ARRAY_COUNT(options); i++) {
		const char *value = ty_json_str(params, options[i], "");

		if (value[0] != '\0')
			json_object_set_new(verify, options[i], json_string(value));
	}
	ty_hook_read_as_set(verify, webhook_read_as(params));
	if (json_is_integer(json_object_get(params, "answer_wait_s")))
		json_object_set(verify, "answer_wait_s", json_object_get(params, "answer_wait_s"));
	if (route[0] != '\0')
		json_object_set_new(verify, "route", json_string(route));
	return ty_json_dump(arena, verify, NULL);
}

static bool
hook_from_node(const struct reader *r, const struct ty_graph_node *node, struct ty_store_hook *hook)
{
	static const char *const literal[] = { "method",
					       "path",
					       "verify",
					       "credential",
					       "hmac_header",
					       "hmac_algorithm",
					       "hmac_encoding",
					       "hmac_prefix",
					       "hmac_timestamp_header",
					       "token_header",
					       "token_prefix",
					       "dedupe_header",
					       "keep_headers",
					       "read_as",
					       "on_repeat",
					       "allowed_origins",
					       "allowed_addresses",
					       "jwks_url",
					       "jwt_issuer",
					       "jwt_audience",
					       "sns_topics",
					       "answer",
					       "answer_late",
					       NULL };
	const char *written = ty_json_str(node->params, "path", ""), *bad, *path;
	struct ty_hook_path_fault fault;

	if (!param_is_literal(node->params, literal, &bad)) {
		add_finding(r, node, bad, "A webhook's address and its check cannot be expressions",
			    "Write the value itself, without '='.");
		return false;
	}
	if (ty_hook_path_fault(r->arena, written, &fault)) {
		add_finding(r, node, "path",
			    ty_arena_printf(r->arena, "The path %s", fault.message), fault.hint);
		return false;
	}
	path = ty_hook_path_normal(r->arena, written);
	hook->node_id = node->id;
	hook->path = ty_hook_path_shape(r->arena, path);
	hook->route = ty_hook_shape_has_params(hook->path) ? path : "";
	hook->method = ty_str_eq(webhook_method(node), "ANY") ? "*" : webhook_method(node);
	if (ty_map_set(r->seen, ty_arena_printf(r->arena, "%s %s", hook->method, hook->path),
		       hook) != NULL) {
		add_finding(r, node, "path",
			    "Another webhook of this workflow has the same method and path, "
			    "whatever their parameters are called",
			    "Change one of the two.");
		return false;
	}
	hook->verify = verify_text(r->arena, node->params, hook->route);
	return true;
}

bool
ty_publish_hooks_of(struct ty_arena *arena, const struct ty_graph *graph,
		    struct ty_store_hooks *ret_hooks, json_t *findings)
{
	const struct reader r = { arena, ty_map_new(arena), findings };
	size_t count = graph != NULL ? ty_graph_node_count(graph) : 0;
	struct ty_store_hooks hooks = { .count = 0 };
	bool ok = true;

	hooks.list = ty_arena_alloc_array(arena, count + 1, sizeof(*hooks.list));
	for (size_t i = 0; i < count; i++) {
		const struct ty_graph_node *node = ty_graph_node_at(graph, i);
		struct ty_store_hook *hook = &hooks.list[hooks.count];

		if (!is_webhook(node) || node->disabled)
			continue;
		hook->timeout_ms = ty_graph_timeout_ms(graph);
		if (hook_from_node(&r, node, hook))
			hooks.count++;
		else
			ok = false;
	}
	*ret_hooks = hooks;
	return ok;
}

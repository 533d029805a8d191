/*
 * trigger.c -- see trigger.h.
 */
#include "intake/trigger.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/run_mode.h"
#include "base/str.h"
#include "base/time.h"
#include "graph/graph.h"
#include "hook/address.h"
#include "hook/verify.h"
#include "json/json.h"
#include "store/delivery_list.h"
#include "store/execution_list.h"

#include <string.h>

void
ty_trigger_receipt(const struct ty_id *id, const struct ty_store_claim *claim,
		   struct ty_receipt *ret_receipt)
{
	*ret_receipt = (struct ty_receipt){
		.id = *id,
		.workspace_id = claim->workspace_id,
		.workflow_id = claim->workflow_id,
		.version_id = claim->version_id,
		.hook_id = claim->hook_id,
		.start_node = claim->node_id != NULL ? claim->node_id : "",
		.method = "",
		.path = "",
		.route = "",
		.query = "",
		.headers = "{}",
		.remote_addr = "",
		.body = "",
		.delivery_key = "",
		.verdict = "accepted",
		.reason = "",
		.read_as = "",
		.notices = "",
		.blobs = "",
		.jwt = "",
		.received_at_ms = ty_time_now_ms(),
		.timeout_ms = claim->timeout_ms,
		.limits = claim->limits,
		.workflow_max = claim->workflow_max,
	};
}

/* settings.timeout_ms of a graph's text, or the default. */
static int64_t
graph_timeout_ms(struct ty_arena *arena, const char *graph)
{
	struct ty_err ignored;
	json_t *doc;

	if (ty_json_parse(arena, graph, strlen(graph), &doc, &ignored) != TY_OK)
		return TY_LIMIT_RUN_TIMEOUT_MS;
	return ty_graph_read_timeout_ms(arena, doc);
}

enum ty_code
ty_trigger_version(struct ty_tx *tx, const struct ty_id *workflow_id,
		   const struct ty_store_version *version, const char *mode,
		   struct ty_receipt *ret_receipt, struct ty_err *err)
{
	struct ty_id id = ty_id_new();
	struct ty_store_claim claim;

	if (ty_store_limits_load(tx, workflow_id, &claim, err) != TY_OK)
		return err->code;
	claim.workflow_id = *workflow_id;
	claim.version_id = version->id;
	claim.timeout_ms = graph_timeout_ms(ty_tx_arena(tx), version->graph);
	ty_trigger_receipt(&id, &claim, ret_receipt);
	ret_receipt->mode = mode;
	return TY_OK;
}

/* "a", "b": the live triggers that may be named. */
static const char *
live_triggers(struct ty_arena *arena, const struct ty_graph *graph)
{
	const char *names = "";

	for (size_t i = 0; i < ty_graph_node_count(graph); i++) {
		const struct ty_graph_node *node = ty_graph_node_at(graph, i);

		if (ty_node_is_trigger(node->def) && !node->disabled && strlen(names) < 150)
			names = ty_arena_printf(arena, "%s%s\"%.40s\"", names,
						*names != '\0' ? ", " : "", node->id);
	}
	return names;
}

enum ty_code
ty_trigger_at(struct ty_arena *arena, const struct ty_registry *registry, const json_t *graph,
	      const char *node, struct ty_receipt *ret_receipt, struct ty_err *err)
{
	const struct ty_graph *read = ty_graph_read(arena, registry, graph);
	const struct ty_graph_node *start;

	if (read == NULL)
		return TY_OK; /* the run will say what is wrong with the graph */
	if (ty_graph_start(read, ret_receipt->mode, node, &start, err) != TY_OK) {
		err->code = TY_E_INVALID;
		ty_err_hint(err, "Name one of %s.", live_triggers(arena, read));
		return ty_err_at(err, "trigger");
	}
	ret_receipt->start_node = start->id;
	return TY_OK;
}

/* ---- replay ---- */

static enum ty_code
find_claimant(struct ty_tx *tx, const char *slug, const struct ty_store_delivery *d,
	      struct ty_store_claim *ret_claim, struct ty_err *err)
{
	struct ty_store_claim claim = { .node_id = "" };

	const char *path = ty_hook_path_normal(ty_tx_arena(tx), d->path);

	/* Kept by the release before, a path may not be in its normal form. */
	if (path == NULL)
		path = d->path;
	if (slug != NULL && ty_store_claim_find(tx, slug, d->method, path, &claim, err) != TY_OK)
		return err->code;
	if (!ty_id_is_set(&claim.hook_id)) {
		ty_err_set(err, TY_E_CONFLICT, "No published workflow takes this delivery");
		return ty_err_hint(err, "Publish a workflow with a webhook at its address.");
	}
	*ret_claim = claim;
	return TY_OK;
}

static enum ty_code
find_workflow(struct ty_tx *tx, const struct ty_store_delivery *d, bool same_version,
	      struct ty_store_claim *ret_claim, struct ty_err *err)
{
	const struct ty_run_mode *mode = ty_run_mode_find(d->mode);
	struct ty_store_workflow *workflow;

	if (ty_store_workflow_load(tx, &d->workflow_id, &workflow, err) != TY_OK ||
	    ty_store_limits_load(tx, &d->workflow_id, ret_claim, err) != TY_OK)
		return err->code;
	same_version = same_version || (mode != NULL && mode->version == TY_RUN_VERSION_SAME) ||
		       !ty_id_is_set(&workflow->published_version_id) ||
		       ty_id_eq(&workflow->published_version_id, &d->version_id);
	ret_claim->workflow_id = d->workflow_id;
	ret_claim->hook_id = d->hook_id;
	ret_claim->version_id = same_version ? d->version_id : workflow->published_version_id;
	/* A version without this trigger begins at its own (ty_graph_start). */
	ret_claim->node_id = d->start_node;
	ret_claim->timeout_ms = graph_timeout_ms(ty_tx_arena(tx), workflow->graph);
	return TY_OK;
}

/* Read bodies as today's webhook does, so that a body which could not be read then can be now; else as
 * then. */
static const char *
replay_read_as(struct ty_arena *arena, const struct ty_store_delivery *d,
	       const struct ty_store_claim *claim)
{
	const char *verify = d->verify != NULL ? d->verify : claim->verify;
	struct ty_err ignored;
	json_t *rule;

	if (verify == NULL ||
	    ty_json_parse(arena, verify, strlen(verify), &rule, &ignored) != TY_OK)
		return d->read_as;
	return ty_hook_read_as(rule);
}

static enum ty_code
replay(struct ty_tx *tx, const char *slug, const struct ty_id *delivery_id, bool same_version,
       struct ty_receipt *ret_receipt, struct ty_err *err)
{
	struct ty_id id = ty_id_new();
	struct ty_store_delivery *d;
	struct ty_store_claim claim;
	const char *route = NULL;

	if (ty_store_delivery_load(tx, delivery_id, &d, err) != TY_OK)
		return err->code;
	if (ty_str_eq(d->mode, ty_run_mode_name(TY_RUN_MODE_PARTIAL))) {
		ty_err_set(err, TY_E_CONFLICT, "The run was of a part of its workflow");
		return ty_err_hint(err, "Run the part again, from where it was started.");
	}
	if (ty_str_eq(d->verdict, "too_large") && d->body_len == 0)
		return ty_err_set(err, TY_E_CONFLICT,
				  "The delivery was too large: its body was not kept");
	if ((ty_id_is_set(&d->workflow_id) ? find_workflow(tx, d, same_version, &claim, err)
					   : find_claimant(tx, slug, d, &claim, err)) != TY_OK)
		return err->code;
	if (ty_id_is_set(&claim.hook_id) &&
	    ty_store_hook_route(tx, &claim.hook_id, &route, err) != TY_OK)
		return err->code;
	ty_trigger_receipt(&id, &claim, ret_receipt);
	ret_receipt->mode = ty_run_mode_name(TY_RUN_MODE_REPLAY);
	ret_receipt->route = route != NULL ? route : d->route;
	ret_receipt->method = d->method;
	ret_receipt->path = d->path;
	ret_receipt->query = d->query;
	ret_receipt->headers = d->headers;
	ret_receipt->remote_addr = d->remote_addr;
	ret_receipt->read_as = replay_read_as(ty_tx_arena(tx), d, &claim);
	ret_receipt->body = (const char *)d->body;
	ret_receipt->body_len = d->body_len;
	ret_receipt->blobs = d->blobs;
	ret_receipt->jwt = d->jwt;
	return TY_OK;
}

enum ty_code
ty_trigger_replay(struct ty_tx *tx, const char *slug, const struct ty_id *delivery_id,
		  struct ty_receipt *ret_receipt, struct ty_err *err)
{
	return replay(tx, slug, delivery_id, false, ret_receipt, err);
}

/* ---- a delivery, for a draft ---- */

/* Files have names in their delivery alone: an item that is written by hand cannot name them. */
static enum ty_code
request_json(struct ty_arena *arena, const char *payload, size_t len, json_t **ret_input,
	     struct ty_err *err)
{
	const json_t *item;
	json_t *job;

	if (ty_json_parse(arena, payload, len, &job, err) != TY_OK)
		return err->code;
	item = json_array_get(ty_json_arr(job, "items"), 0);
	if (item == NULL)
		return ty_err_set(err, TY_E_LIMIT, "The delivery has too many values to be tried");
	if (json_object_get(item, "binary") != NULL) {
		ty_err_set(err, TY_E_CONFLICT, "The delivery has files");
		return ty_err_hint(err, "Publish the workflow, and replay the delivery.");
	}
	*ret_input = json_object_get(item, "json");
	return TY_OK;
}

enum ty_code
ty_trigger_delivery_input(struct ty_tx *tx, const struct ty_id *delivery_id, const char *route,
			  const char *verify, json_t **ret_input, struct ty_err *err)
{
	const struct ty_store_claim none = { .node_id = "" };
	struct ty_arena *arena = ty_tx_arena(tx);
	struct ty_store_delivery *d;
	struct ty_receipt receipt;
	const char *payload, *notices;
	json_t *rule;
	size_t len;

	if (ty_store_delivery_load(tx, delivery_id, &d, err) != TY_OK ||
	    ty_json_parse(arena, verify, strlen(verify), &rule, err) != TY_OK)
		return err->code;
	if (d->path[0] == '\0' || ty_str_eq(d->verdict, "too_large")) {
		ty_err_set(err, TY_E_CONFLICT, "It is no request that was kept whole");
		return ty_err_hint(err, "Name a delivery of a webhook's address.");
	}
	ty_trigger_receipt(delivery_id, &none, &receipt);
	receipt.mode = ty_run_mode_name(TY_RUN_MODE_WEBHOOK);
	receipt.route = route;
	receipt.read_as = ty_hook_read_as(rule);
	receipt.method = d->method;
	receipt.path = d->path;
	receipt.query = d->query;
	receipt.headers = d->headers;
	receipt.body = (const char *)d->body;
	receipt.body_len = d->body_len;
	receipt.blobs = d->blobs;
	receipt.jwt = d->jwt;
	if (ty_job_payload(arena, &receipt, &payload, &len, &notices, err) != TY_OK)
		return err->code;
	return request_json(arena, payload, len, ret_input, err);
}

/* ---- a run, with what became of it ---- */

/* Take items that somebody wrote in place of the request, of which no part is read any more. */
static void
put_input(const struct ty_rerun *how, struct ty_receipt *receipt)
{
	receipt->body = how->input;
	receipt->body_len = how->input_len;
	receipt->path = receipt->query = receipt->route = receipt->read_as = receipt->blobs =
		receipt->jwt = "";
	receipt->headers = "{}";
}

enum ty_code
ty_trigger_rerun(struct ty_tx *tx, const struct ty_id *run_id, const struct ty_rerun *how,
		 struct ty_receipt *ret_receipt, struct ty_err *err)
{
	const char *status;

	if (ty_store_execution_status(tx, run_id, &status, err) != TY_OK)
		return err->code;
	if (status == NULL)
		return ty_err_set(err, TY_E_NOT_FOUND, "There is no such run here");
	if (!ty_store_execution_is_over(status)) {
		ty_err_set(err, TY_E_CONFLICT, "The run is not over: %s", status);
		return ty_err_hint(err, "Wait for its end, or cancel it first.");
	}
	if (replay(tx, NULL, run_id, how->same_version, ret_receipt, err) != TY_OK)
		return err->code;
	ret_receipt->source = ty_arena_printf(ty_tx_arena(tx), "{\"run_id\":\"%s\"%s}", run_id->s,
					      how->repeat_effects ? ",\"effects\":\"again\"" : "");
	if (how->input != NULL)
		put_input(how, ret_receipt);
	return TY_OK;
}

/*
 * cmd_breakers.c -- circuit breakers of a workspace, and the operator's that hold for all of them.
 *
 * A breaker is "NODE_TYPE HOST"; the operator may leave the host out, for all hosts of a node type.
 */
#include "ctl.h"

#include "base/arena.h"
#include "base/str.h"
#include "intake/breaker_hand.h"
#include "json/json.h"
#include "queue/breakers.h"
#include "store/breaker.h"

#include <string.h>

#define HISTORY_DEFAULT 100
#define HISTORY_MAX	1000
#define BY_OPERATOR	"the operator"

static json_t *
breaker_json(const struct ty_breaker *breaker)
{
	return ty_breaker_json(breaker, ty_str_eq(breaker->scope, TY_BREAKER_OPERATOR)
						? "operator"
						: breaker->scope);
}

/* The scope that the options name: --operator, or a workspace. */
static enum ty_code
scope_of(struct ctl *ctl, const char **ret_scope, struct ty_err *err)
{
	struct ty_id id;
	struct ty_tx *tx;

	*ret_scope = TY_BREAKER_OPERATOR;
	if (ctl_has(ctl, "operator"))
		return TY_OK;
	if (ctl_begin_workspace(ctl, &tx, &id, err) != TY_OK)
		return err->code;
	ty_tx_rollback(tx);
	*ret_scope = ty_arena_strdup(ctl->arena, id.s);
	return TY_OK;
}

static enum ty_code
breakers_list(struct ctl *ctl, struct ty_err *err)
{
	static const struct ctl_column columns[] = {
		{ "scope", "SCOPE" }, { "node_type", "NODE" },	       { "host", "HOST" },
		{ "state", "STATE" }, { "failures", "FAILURES" },      { "why", "WHY" },
		{ "by", "BY" },	      { "probe_at", "NEXT PROBE AT" }, { .member = NULL },
	};
	json_t *items = ty_json_own(ctl->arena, json_array());
	struct ty_queue_sync *queue;
	struct ty_breaker *list;
	size_t count;
	const char *scope = NULL;

	if ((!ctl_has(ctl, "all") && scope_of(ctl, &scope, err) != TY_OK) ||
	    ctl_queue(ctl, &queue, err) != TY_OK ||
	    ty_queue_sync_breakers(queue, ctl->arena, &scope, scope != NULL ? 1 : 0, &list, &count,
				   err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < count; i++)
		json_array_append_new(items, breaker_json(&list[i]));
	ctl_print_items(ctl, items, NULL, columns);
	return TY_OK;
}

static enum ty_code
breakers_history(struct ctl *ctl, struct ty_err *err)
{
	static const struct ctl_column columns[] = {
		{ "at", "AT" },
		{ "scope", "SCOPE" },
		{ "node_type", "NODE" },
		{ "host", "HOST" },
		{ "state_from", "FROM" },
		{ "state", "TO" },
		{ "failures", "FAILURES" },
		{ "why", "WHY" },
		{ "by_whom", "BY" },
		{ .member = NULL },
	};
	struct ty_tx *tx;
	struct ty_id id;
	json_t *items;
	const char *next;
	int64_t limit;

	if (ctl_option_int(ctl, "limit", HISTORY_DEFAULT, 1, HISTORY_MAX, &limit, err) != TY_OK ||
	    ctl_begin_workspace(ctl, &tx, &id, err) != TY_OK ||
	    ctl_end(tx,
		    ty_store_breaker_history(tx, ctl_option(ctl, "before"), limit, &items, &next,
					     err),
		    err) != TY_OK)
		return err->code;
	ctl_print_items(ctl, items, next, columns);
	return TY_OK;
}

/* Set a breaker in both stores; one that is so already stays so. */
static enum ty_code
set_both(struct ctl *ctl, const struct ty_breaker_hand *hand, int64_t *ret_woken,
	 struct ty_err *err)
{
	bool is_operators = ty_str_eq(hand->scope, TY_BREAKER_OPERATOR);
	struct ty_err failed = { .code = TY_OK };
	struct ty_queue_sync *queue;
	enum ty_code code;
	struct ty_tx *tx;
	struct ty_id id;

	if (!is_operators && !ty_id_parse(hand->scope, &id))
		return ty_err_set(err, TY_E_INTERNAL, "a workspace has no id");
	if (ctl_queue(ctl, &queue, err) != TY_OK ||
	    ctl_begin(ctl, is_operators ? NULL : &id, &tx, err) != TY_OK)
		return err->code;
	code = ty_breaker_hand_do(tx, queue, hand, ret_woken, err);
	if (code != TY_E_CONFLICT)
		return ctl_end(tx, code, err);
	return ty_tx_commit(tx, &failed) == TY_OK ? code : (*err = failed).code;
}

static enum ty_code
set_by_hand(struct ctl *ctl, const char *action, struct ty_err *err)
{
	const char *host = ctl_arg(ctl, 1), *why = ctl_option(ctl, "why");
	struct ty_breaker_hand hand = { .action = action,
					.by = BY_OPERATOR,
					.why = why != NULL ? why : "" };
	int64_t woken;

	if (host == NULL)
		host = "*";
	if (strpbrk(ctl_arg(ctl, 0), " /") != NULL) {
		ty_err_set(err, TY_E_INVALID, "\"%.80s\" is no node type", ctl_arg(ctl, 0));
		ty_err_hint(err, "Write a node type and a host, such as http.request api.test.");
		return ctl_misused(ctl, err);
	}
	if (ty_breaker_what(ctl->arena, ctl_arg(ctl, 0), host, &hand.what, err) != TY_OK)
		return ctl_misused(ctl, err);
	if (scope_of(ctl, &hand.scope, err) != TY_OK || set_both(ctl, &hand, &woken, err) != TY_OK)
		return err->code;
	ctl_print_object(ctl, ty_json_own(ctl->arena,
					  json_pack("{s:s, s:s, s:I}", "breaker", hand.what, "done",
						    action, "went_on", (json_int_t)woken)));
	return TY_OK;
}

static enum ty_code
breakers_open(struct ctl *ctl, struct ty_err *err)
{
	return set_by_hand(ctl, "open", err);
}

static enum ty_code
breakers_close(struct ctl *ctl, struct ty_err *err)
{
	return set_by_hand(ctl, "close", err);
}

static enum ty_code
breakers_reset(struct ctl *ctl, struct ty_err *err)
{
	return set_by_hand(ctl, "reset", err);
}

#define OPERATOR_OPTION                                                                            \
	{                                                                                          \
		"operator", NULL, "the operator's, of all workspaces", false                       \
	}

static const struct ctl_option list_options[] = {
	OPERATOR_OPTION,
	{ "all", NULL, "breakers of all workspaces, and the operator's", false },
	{ .name = NULL },
};
static const struct ctl_option history_options[] = {
	{ "limit", "N", "at most so many, the newest; default 100", false },
	{ "before", "ID", "older than this one", false },
	{ .name = NULL },
};
static const struct ctl_option set_options[] = {
	OPERATOR_OPTION,
	{ "why", "TEXT", "told to whoever is held back", false },
	{ .name = NULL },
};

const struct ctl_command ctl_breakers_commands[] = {
	{ "breakers list", "", "List circuit breakers that are open, or that count failures",
	  list_options, breakers_list },
	{ "breakers history", "", "Show what they did, newest first", history_options,
	  breakers_history },
	{ "breakers open", "NODE_TYPE [HOST]", "Hold all calls back until it is closed",
	  set_options, breakers_open },
	{ "breakers close", "NODE_TYPE [HOST]", "Let calls through again", set_options,
	  breakers_close },
	{ "breakers reset", "NODE_TYPE [HOST]", "The same, and forget the delay that has grown",
	  set_options, breakers_reset },
	{ .name = NULL },
};

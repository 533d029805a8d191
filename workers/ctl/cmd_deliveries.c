/*
 * cmd_deliveries.c -- what came in: list, show with its history, run again.
 */
#include "list.h"
#include "workflow.h"

#include "conf/conf.h"
#include "intake/hook_trial.h"
#include "intake/place.h"
#include "intake/trigger.h"
#include "json/json.h"
#include "store/delivery_list.h"
#include "vault/vault.h"

static enum ty_code
list(struct ctl *ctl, struct ty_tx *tx, struct ctl_page *page, json_t **ret_items,
     struct ty_err *err)
{
	const struct ty_store_delivery_filter filter = { .verdict = ctl_option(ctl, "verdict"),
							 .workflow_id = page->workflow_id,
							 .cursor = page->cursor,
							 .limit = page->limit };

	return ty_store_delivery_list(tx, &filter, ret_items, &page->next, err);
}

static enum ty_code
deliveries_list(struct ctl *ctl, struct ty_err *err)
{
	static const struct ctl_column columns[] = {
		{ "id", "ID" },
		{ "received_at", "RECEIVED AT" },
		{ "verdict", "VERDICT" },
		{ "method", "METHOD" },
		{ "path", "PATH" },
		{ "mode", "MODE" },
		{ "body_bytes", "BYTES" },
		{ "reason", "REASON" },
		{ .member = NULL },
	};

	return ctl_list(ctl, "delivery", list, columns, err);
}

static enum ty_code
deliveries_show(struct ctl *ctl, struct ty_err *err)
{
	struct ty_queue_sync *queue;
	struct ty_id workspace_id, id;
	json_t *delivery;
	struct ty_tx *tx;
	bool is_open;

	if (ctl_id(ctl, ctl_arg(ctl, 0), "delivery", &id, err) != TY_OK ||
	    ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK ||
	    ctl_end(tx, ty_store_delivery_get(tx, &id, &delivery, &is_open, err), err) != TY_OK ||
	    ctl_queue(ctl, &queue, err) != TY_OK)
		return err->code;
	ty_delivery_set_place(delivery, queue, ctl->arena, is_open ? &id : NULL);
	ctl_print_object(ctl, delivery);
	return TY_OK;
}

static enum ty_code
deliveries_replay(struct ctl *ctl, struct ty_err *err)
{
	struct ty_id workspace_id, id, run_id;
	struct ty_receipt receipt;
	struct ty_tx *tx;

	if (ctl_id(ctl, ctl_arg(ctl, 0), "delivery", &id, err) != TY_OK ||
	    ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK ||
	    ctl_end(tx, ty_trigger_replay(tx, ctl->slug, &id, &receipt, err), err) != TY_OK ||
	    ctl_start(ctl, &receipt, &run_id, err) != TY_OK)
		return err->code;
	return ctl_follow(ctl, &workspace_id, &run_id, err);
}

static enum ty_code
deliveries_verify(struct ctl *ctl, struct ty_err *err)
{
	struct ty_vault *vault = NULL;
	struct ty_hook_trial trial;
	struct ty_id workspace_id, id;
	json_t *report;
	struct ty_tx *tx;
	enum ty_code code;

	if (ctl_id(ctl, ctl_arg(ctl, 0), "delivery", &id, err) != TY_OK ||
	    ctl_begin_workspace(ctl, &tx, &workspace_id, err) != TY_OK)
		return err->code;
	code = ty_vault_new(ctl->conf->master_key_file, &vault, err);
	trial = ty_hook_trial_begin(ctl->slug, ctl->conf->base_url, ty_vault_secrets, vault);
	trial.sns_hosts = ctl->conf->sns_hosts;
	if (code == TY_OK)
		code = ty_hook_try_delivery(tx, &id, &trial, &report, err);
	ty_vault_free(vault);
	if (ctl_end(tx, code, err) != TY_OK)
		return err->code;
	ctl_print_object(ctl, report);
	return TY_OK;
}

static const struct ctl_option list_options[] = {
	{ "verdict", "VERDICT", "accepted, duplicate, unclaimed, bad_signature, rate, ...", false },
	CTL_LIST_OPTIONS("delivery"),
	{ .name = NULL },
};
static const struct ctl_option replay_options[] = {
	CTL_FOLLOW_OPTIONS,
	{ .name = NULL },
};

const struct ctl_command ctl_deliveries_commands[] = {
	{ "deliveries list", "", "List what came in, newest first", list_options, deliveries_list },
	{ "deliveries show", "ID", "Show a delivery with headers, body and history", NULL,
	  deliveries_show },
	{ "deliveries verify", "ID",
	  "Check a delivery again by its webhook of today, and say which part differs", NULL,
	  deliveries_verify },
	{ "deliveries replay", "ID", "Run a delivery again", replay_options, deliveries_replay },
	{ .name = NULL },
};

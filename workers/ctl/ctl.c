/*
 * ctl.c -- what commands work with: configuration, transactions, the queue, files.
 */
#include "ctl.h"

#include "base/arena.h"
#include "base/buf.h"
#include "conf/conf.h"
#include "nodes/nodes.h"
#include "queue/queue.h"
#include "store/hook_admin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* An operator waits for a busy server as long as for a connection. */
#define WAIT_MS 10000

enum ty_code
ctl_conf(struct ctl *ctl, const struct ty_conf **ret_conf, struct ty_err *err)
{
	if (ctl->conf == NULL &&
	    ty_conf_load(ctl->arena, ctl_option(ctl, "config"), &ctl->conf, err) != TY_OK)
		return err->code;
	*ret_conf = ctl->conf;
	return TY_OK;
}

enum ty_code
ctl_begin(struct ctl *ctl, const struct ty_id *workspace_id, struct ty_tx **ret_tx,
	  struct ty_err *err)
{
	const struct ty_conf *conf = NULL;

	if (ctl_conf(ctl, &conf, err) != TY_OK)
		return err->code;
	if (ctl->store == NULL)
		ctl->store = ty_store_new(conf->database_url, 2, "tybooctl");
	return ty_tx_begin(ctl->store, ctl->arena, workspace_id, WAIT_MS, ret_tx, err);
}

enum ty_code
ctl_begin_owner(struct ctl *ctl, struct ty_tx **ret_tx, struct ty_err *err)
{
	const struct ty_conf *conf = NULL;

	if (ctl_conf(ctl, &conf, err) != TY_OK)
		return err->code;
	if (conf->owner_database_url[0] == '\0') {
		ty_err_set(err, TY_E_NOT_FOUND, "the owner's database address is not known");
		return ty_err_hint(err, "Set TYBOO_OWNER_DATABASE_URL (./tyboo ctl does).");
	}
	if (ctl->owner_store == NULL)
		ctl->owner_store = ty_store_new(conf->owner_database_url, 1, "tybooctl");
	return ty_tx_begin(ctl->owner_store, ctl->arena, NULL, WAIT_MS, ret_tx, err);
}

enum ty_code
ctl_end(struct ty_tx *tx, enum ty_code code, struct ty_err *err)
{
	if (code == TY_OK)
		return ty_tx_commit(tx, err);
	ty_tx_rollback(tx);
	return code;
}

static enum ty_code
which_workspace(struct ctl *ctl, struct ty_err *err)
{
	ty_err_set(err, TY_E_INVALID, "which workspace?");
	ty_err_hint(err, "Name it with --workspace SLUG or TYBOO_WORKSPACE; "
			 "'tybooctl workspace list' lists them.");
	return ctl_misused(ctl, err);
}

/* A person with one workspace need not name it. */
static enum ty_code
only_workspace(struct ctl *ctl, struct ty_tx *tx, const char **ret_slug, struct ty_err *err)
{
	struct ty_rows rows;

	if (ty_tx_query(tx, "SELECT tyboo.only_workspace()", NULL, 0, &rows, err) != TY_OK)
		return err->code;
	*ret_slug = ty_rows_text(&rows, 0, 0);
	return *ret_slug != NULL ? TY_OK : which_workspace(ctl, err);
}

enum ty_code
ctl_begin_workspace(struct ctl *ctl, struct ty_tx **ret_tx, struct ty_id *ret_workspace_id,
		    struct ty_err *err)
{
	const char *slug = ctl_option(ctl, "workspace");
	struct ty_store_claim claim;
	struct ty_tx *tx;

	if (slug != NULL && slug[0] == '\0')
		return which_workspace(ctl, err);
	if (slug == NULL)
		slug = getenv("TYBOO_WORKSPACE");
	if (ctl_begin(ctl, NULL, &tx, err) != TY_OK)
		return err->code;
	if ((slug == NULL || slug[0] == '\0') && only_workspace(ctl, tx, &slug, err) != TY_OK) {
		ty_tx_rollback(tx);
		return err->code;
	}
	/* The one lookup by slug that needs no workspace yet. */
	if (ty_store_claim_find(tx, slug, "", "", &claim, err) == TY_OK) {
		if (ty_id_is_set(&claim.workspace_id)) {
			if (ty_tx_set_workspace(tx, &claim.workspace_id, err) == TY_OK) {
				ctl->slug = ty_arena_strdup(ctl->arena, slug);
				*ret_tx = tx;
				*ret_workspace_id = claim.workspace_id;
				return TY_OK;
			}
		} else {
			ty_err_set(err, TY_E_NOT_FOUND, "there is no workspace \"%s\"", slug);
			ty_err_hint(err, "'tybooctl workspace list' lists them.");
		}
	}
	ty_tx_rollback(tx);
	return err->code;
}

enum ty_code
ctl_queue(struct ctl *ctl, struct ty_queue_sync **ret_queue, struct ty_err *err)
{
	const struct ty_conf *conf = NULL;

	if (ctl_conf(ctl, &conf, err) != TY_OK)
		return err->code;
	if (ctl->queue == NULL)
		ctl->queue = ty_queue_sync_new(conf->redis_url, conf->lane);
	*ret_queue = ctl->queue;
	return TY_OK;
}

enum ty_code
ctl_registry(struct ctl *ctl, const struct ty_registry **ret_registry, struct ty_err *err)
{
	if (ctl->registry == NULL && ty_nodes_load(ctl->arena, &ctl->registry, err) != TY_OK)
		return err->code;
	*ret_registry = ctl->registry;
	return TY_OK;
}

enum ty_code
ctl_id(struct ctl *ctl, const char *text, const char *what, struct ty_id *ret_id,
       struct ty_err *err)
{
	if (ty_id_parse(text, ret_id))
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "\"%s\" is no id of a %s", text, what);
	ty_err_hint(err, "An id looks like 0199c0de-0000-7000-8000-000000000000; the list "
			 "commands show them.");
	return ctl_misused(ctl, err);
}

enum ty_code
ctl_read(struct ctl *ctl, const char *path, size_t size_max, char **ret_data, size_t *ret_len,
	 struct ty_err *err)
{
	bool is_stdin = path == NULL || strcmp(path, "-") == 0;
	FILE *file = is_stdin ? stdin : fopen(path, "re");
	struct ty_buf buf;
	size_t n;

	if (file == NULL)
		return ty_err_set(err, TY_E_NOT_FOUND, "cannot read %s: %s", path, strerror(errno));
	ty_buf_init(&buf, ctl->arena, 64 * 1024);
	do {
		n = fread(ty_buf_reserve(&buf, 64 * 1024), 1, 64 * 1024, file);
		ty_buf_extend(&buf, n);
	} while (n > 0 && buf.len <= size_max);
	if (ferror(file))
		ty_err_set(err, TY_E_NOT_FOUND, "cannot read %s: %s",
			   is_stdin ? "standard input" : path, strerror(errno));
	else if (buf.len > size_max)
		ty_err_set(err, TY_E_TOO_LARGE, "%s is longer than %zu bytes",
			   is_stdin ? "standard input" : path, size_max);
	if (!is_stdin)
		fclose(file);
	*ret_data = buf.data;
	*ret_len = buf.len;
	return err->code;
}

void
ctl_done(struct ctl *ctl)
{
	ty_queue_sync_free(ctl->queue);
	ty_store_free(ctl->store);
	ty_store_free(ctl->owner_store);
	ty_arena_free(ctl->arena);
}

/*
 * blobs.c -- files that no stored run and no delivery names any more, and uploads that never ended.
 *
 *	named by nothing --condemn--> dropped upload --its file is gone, where it has one--> forgotten
 *
 * A file of the folder goes before its row does: where this program dies in between, the row is there
 * to try again by.
 */
#include "reap.h"

#include "base/arena.h"
#include "blob/folder.h"
#include "conf/conf.h"
#include "store/blob.h"
#include "store/store.h"

static enum ty_code
condemn(struct reap *reap, int64_t *ret_count, struct ty_err *err)
{
	struct ty_tx *tx;

	if (ty_tx_begin(reap->store, reap->arena, NULL, 1000, &tx, err) != TY_OK)
		return err->code;
	if (ty_store_blob_condemn(tx, ret_count, err) != TY_OK) {
		ty_tx_rollback(tx);
		return err->code;
	}
	return ty_tx_commit(tx, err);
}

static enum ty_code
list_dropped(struct reap *reap, struct ty_dropped_upload **ret_uploads, size_t *ret_count,
	     struct ty_err *err)
{
	struct ty_tx *tx;

	if (ty_tx_begin(reap->store, reap->arena, NULL, 1000, &tx, err) != TY_OK)
		return err->code;
	if (ty_store_blob_dropped(tx, ret_uploads, ret_count, err) != TY_OK) {
		ty_tx_rollback(tx);
		return err->code;
	}
	return ty_tx_commit(tx, err);
}

/* Uploads whose files could not be removed are left for the next pass. */
static size_t
remove_files(struct reap *reap, const struct ty_dropped_upload *uploads, size_t count,
	     struct ty_id *ret_gone, struct ty_err *ret_failed)
{
	size_t gone = 0;

	for (size_t i = 0; i < count; i++) {
		if (uploads[i].in_folder &&
		    ty_blob_folder_drop(reap->conf->blob_folder, &uploads[i].id, ret_failed) !=
			    TY_OK)
			continue;
		ret_gone[gone++] = uploads[i].id;
	}
	return gone;
}

static enum ty_code
forget(struct reap *reap, const struct ty_id *ids, size_t count, struct ty_err *err)
{
	struct ty_tx *tx;

	if (ty_tx_begin(reap->store, reap->arena, NULL, 1000, &tx, err) != TY_OK)
		return err->code;
	if (ty_store_blob_forget(tx, ids, count, err) != TY_OK) {
		ty_tx_rollback(tx);
		return err->code;
	}
	return ty_tx_commit(tx, err);
}

enum ty_code
reap_blobs(struct reap *reap, struct ty_err *err)
{
	struct ty_dropped_upload *uploads;
	struct ty_err failed = { TY_OK };
	int64_t condemned = 0;
	size_t count, gone;
	struct ty_id *ids;

	if (condemn(reap, &condemned, err) != TY_OK ||
	    list_dropped(reap, &uploads, &count, err) != TY_OK)
		return err->code;
	if (count == 0)
		return TY_OK;
	ids = ty_arena_alloc_array(reap->arena, count, sizeof(*ids));
	gone = remove_files(reap, uploads, count, ids, &failed);
	if (forget(reap, ids, gone, err) != TY_OK)
		return err->code;
	ty_log_info(reap->log, "files that nothing names were dropped", "files=%lld uploads=%zu",
		    (long long)condemned, gone);
	*err = failed;
	return failed.code;
}

/*
 * hooks.c -- published hooks, mirrored to Redis: what a process needs to accept a delivery of a
 * hook that it has never seen while Postgres is away (lib/queue/hooks.h).
 *
 * Nearly always nothing has changed since the last pass: a question to each store, milliseconds.
 * Else all of it is written anew.  With 10 000 hooks that is a third of a second and 11 MB of Redis,
 * once for all that was published since the last pass; to know what of it has changed would cost as
 * much as it spares.  Its size has a limit in Postgres, by sql/functions/hooks.sql.
 */
#include "reap.h"

#include "base/arena.h"
#include "base/time.h"
#include "queue/hooks.h"
#include "store/column.h"
#include "store/hook_mirror.h"

#include <string.h>

/* Bytes of one call, because Redis is busy with it for a millisecond. */
#define BATCH_BYTES_MAX ((size_t)256 * 1024)

/* Hooks in Postgres; no rows where the mirror has them already. */
struct content {
	const char *token;
	int64_t as_of_ms;
	bool is_there;
	struct ty_rows rows;
};

static enum ty_code
content_load(struct reap *reap, struct ty_tx *tx, struct content *content, struct ty_err *err)
{
	content->as_of_ms = ty_time_now_ms();
	if (ty_store_mirror_snapshot(tx, err) != TY_OK ||
	    ty_store_mirror_token(tx, &content->token, err) != TY_OK ||
	    ty_queue_hooks_confirm(reap->queue, content->token, content->as_of_ms,
				   &content->is_there, err) != TY_OK)
		return err->code;
	return content->is_there ? TY_OK : ty_store_mirror_rows(tx, &content->rows, err);
}

static enum ty_code
content_put(struct reap *reap, const struct ty_id *draft, const struct ty_rows *rows,
	    struct ty_err *err)
{
	struct ty_queue_hook *batch =
		ty_arena_alloc_array(reap->arena, rows->count + 1, sizeof(*batch));
	size_t field = ty_rows_column(rows, "field"), value = ty_rows_column(rows, "value");
	size_t count = 0, bytes = 0;

	for (size_t i = 0; i < rows->count; i++) {
		batch[count++] = (struct ty_queue_hook){ .field = ty_rows_text(rows, i, field),
							 .value = ty_rows_text(rows, i, value) };
		bytes += strlen(batch[count - 1].field) + strlen(batch[count - 1].value);
		if (bytes < BATCH_BYTES_MAX && i + 1 < rows->count)
			continue;
		if (ty_queue_hooks_put(reap->queue, draft, batch, count, err) != TY_OK)
			return err->code;
		count = bytes = 0;
	}
	return TY_OK;
}

static void
say_what_was_left_out(struct reap *reap, const struct ty_rows *rows)
{
	size_t left_out = 0, value = ty_rows_column(rows, "value");

	for (size_t i = 0; i < rows->count; i++)
		left_out += ty_rows_text(rows, i, value)[0] == '\0';
	if (left_out != reap->hooks_left_out)
		ty_log_warn(reap->log,
			    "hooks too large to be mirrored need Postgres to take deliveries",
			    "count=%zu", left_out);
	reap->hooks_left_out = left_out;
}

static enum ty_code
content_write(struct reap *reap, const struct content *content, struct ty_err *err)
{
	const struct ty_id draft = ty_id_new();

	if (content_put(reap, &draft, &content->rows, err) != TY_OK ||
	    ty_queue_hooks_use(reap->queue, &draft, content->rows.count, content->token,
			       content->as_of_ms, err) != TY_OK)
		return err->code;
	ty_log_debug(reap->log, "hooks were mirrored", "rows=%zu", content->rows.count);
	say_what_was_left_out(reap, &content->rows);
	return TY_OK;
}

static enum ty_code
hooks_mirror(struct reap *reap, struct ty_err *err)
{
	struct content content = { .token = NULL };
	struct ty_tx *tx;
	enum ty_code code;

	if (ty_tx_begin(reap->store, reap->arena, NULL, 1000, &tx, err) != TY_OK)
		return err->code;
	code = content_load(reap, tx, &content, err);
	ty_tx_rollback(tx);
	return code != TY_OK || content.is_there ? code : content_write(reap, &content, err);
}

enum ty_code
reap_hooks(struct reap *reap, struct ty_err *err)
{
	int64_t began_ms = ty_time_mono_ms();
	enum ty_code code = hooks_mirror(reap, err);

	reap->hooks_took_ms = ty_time_mono_ms() - began_ms;
	return code;
}

/*
 * step_list.c -- pieces and rows of steps as pages.
 */
#include "store/step_list.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "param/secret.h"
#include "store/column.h"
#include "store/pack.h"
#include "store/record_room.h"

#include <stdio.h>
#include <string.h>

struct page {
	struct ty_tx *tx;
	const struct ty_id *run_id;
	const struct ty_store_step_filter *filter;
	json_t *steps;
	size_t bytes;
	int64_t next; /* place of the first step that is not looked at yet */
	bool is_full;
};

/* Steps that are there for the resume of a run alone are shown to nobody. */
#define SHOWN_SQL                                                                                  \
	"(p.save = 'all' OR (p.save = 'errors' AND EXISTS (SELECT FROM tyboo.executions e "        \
	"WHERE e.id = p.run_id AND e.finished_at IS NOT NULL)))"

static const char piece_sql[] =
	"SELECT p.first_step, p.steps FROM tyboo.execution_pieces p WHERE p.run_id = $1 "
	"AND p.first_step + p.step_count > $2::integer "
	"AND ($3::text IS NULL OR p.frames @> ARRAY[$3::text]) AND " SHOWN_SQL
	" ORDER BY p.number LIMIT 1";

static const char rest_sql[] =
	"SELECT (SELECT coalesce(max(p.first_step + p.step_count), 0) FROM tyboo.execution_pieces "
	"p "
	"WHERE p.run_id = $1) AS first_step, d.steps FROM tyboo.execution_data d WHERE d.id = $1";

/* Unpack without a depth limit, because none applied when we wrote these bytes. */
static enum ty_code
page_unpack(struct page *page, const struct ty_rows *rows, json_t **ret_steps, struct ty_err *err)
{
	struct ty_arena *arena = ty_tx_arena(page->tx);
	size_t packed_len = 0, len = 0;
	uint8_t *packed = ty_rows_bytes(rows, arena, 0, ty_rows_column(rows, "steps"), &packed_len);
	json_t *steps = NULL;
	char *text;

	if (packed != NULL && ty_unpack(arena, packed, packed_len, &text, &len, err) == TY_OK) {
		if (record_room_take(arena, page->bytes + len, err) != TY_OK)
			return err->code;
		steps = ty_json_load_stored(text, len);
	}
	if (!json_is_array(steps)) {
		json_decref(steps);
		return ty_err_set(err, TY_E_INTERNAL, "the steps of run %s are damaged",
				  page->run_id->s);
	}
	*ret_steps = ty_json_own(arena, steps);
	page->bytes += len;
	return TY_OK;
}

static bool
is_asked_for(const struct ty_store_step_filter *filter, const json_t *step)
{
	return (filter->frame == NULL ||
		ty_str_eq(ty_json_str(step, "frame", ""), filter->frame)) &&
	       (filter->node == NULL || ty_str_eq(ty_json_str(step, "node", ""), filter->node));
}

/* Records of which the first has place 'first' in the run. */
static void
page_take(struct page *page, int64_t first, const json_t *steps)
{
	const struct ty_store_step_filter *filter = page->filter;
	int64_t count = (int64_t)json_array_size(steps);

	for (int64_t at = page->next > first ? page->next : first; at < first + count; at++) {
		json_t *step = json_array_get(steps, (size_t)(at - first));

		if (!is_asked_for(filter, step))
			continue;
		if ((int64_t)json_array_size(page->steps) >= filter->limit) {
			page->next = at;
			page->is_full = true;
			return;
		}
		json_array_append(page->steps, step);
	}
	page->next = first + count;
}

static enum ty_code
page_read(struct page *page, const char *sql, const struct ty_sql_param *params, size_t count,
	  bool *ret_found, struct ty_err *err)
{
	struct ty_rows rows;
	json_t *steps = NULL;

	if (ty_tx_query(page->tx, sql, params, count, &rows, err) != TY_OK)
		return err->code;
	*ret_found = rows.count > 0;
	if (rows.count == 0)
		return TY_OK;
	if (page_unpack(page, &rows, &steps, err) != TY_OK)
		return err->code;
	page_take(page, ty_rows_int(&rows, 0, ty_rows_column(&rows, "first_step")), steps);
	return TY_OK;
}

static enum ty_code
page_pieces(struct page *page, struct ty_err *err)
{
	bool found = true;

	while (found && !page->is_full) {
		char next[24];
		const struct ty_sql_param params[] = { TY_SQL_TEXT(page->run_id->s),
						       TY_SQL_TEXT(next),
						       TY_SQL_TEXT(page->filter->frame) };

		snprintf(next, sizeof(next), "%lld", (long long)page->next);
		if (page_read(page, piece_sql, params, 3, &found, err) != TY_OK)
			return err->code;
		page->is_full = page->is_full ||
				page->bytes > TY_LIMIT_PIECE_BYTES; /* held as text and as a tree */
	}
	return TY_OK;
}

/* "node:n", n without leading zeros; as long as 'len'. */
static bool
is_iteration(const char *part, size_t len)
{
	const char *colon = memrchr(part, ':', len), *digits;
	size_t count;

	if (colon == NULL || colon == part)
		return false;
	digits = colon + 1;
	count = (size_t)(part + len - digits);
	return count > 0 && strspn(digits, "0123456789") >= count && (count == 1 || *digits != '0');
}

enum ty_code
ty_store_step_frame(const char *text, const char **ret_frame, struct ty_err *err)
{
	bool is_root = text != NULL && ty_str_eq(text, "root");

	*ret_frame = is_root ? "" : text;
	if (text == NULL || is_root)
		return TY_OK;
	for (const char *part = text; part != NULL;) {
		const char *slash = strchrnul(part, '/');

		if (!is_iteration(part, (size_t)(slash - part))) {
			ty_err_set(err, TY_E_INVALID, "frame is no path of a frame");
			ty_err_at(err, "frame");
			return ty_err_hint(err,
					   "Give it as a step has it: loop:3, outer:0/inner:2; or "
					   "root.");
		}
		part = *slash == '/' ? slash + 1 : NULL;
	}
	return TY_OK;
}

static enum ty_code
list_page(struct ty_tx *tx, const struct ty_id *run_id, const struct ty_store_step_filter *filter,
	  json_t **ret_steps, int64_t *ret_next, size_t *ret_bytes, struct ty_err *err)
{
	struct page page = { .tx = tx,
			     .run_id = run_id,
			     .filter = filter,
			     .steps = ty_json_own(ty_tx_arena(tx), json_array()),
			     .next = filter->cursor };
	const struct ty_sql_param params[] = { TY_SQL_TEXT(run_id->s) };
	bool found = false;

	if (page_pieces(&page, err) != TY_OK ||
	    (!page.is_full && page_read(&page, rest_sql, params, 1, &found, err) != TY_OK))
		return err->code;
	ty_secret_requests_hide(page.steps);
	*ret_steps = page.steps;
	*ret_next = page.is_full ? page.next : -1;
	*ret_bytes = page.bytes;
	return TY_OK;
}

enum ty_code
ty_store_step_list(struct ty_tx *tx, const struct ty_id *run_id,
		   const struct ty_store_step_filter *filter, json_t **ret_steps, int64_t *ret_next,
		   struct ty_err *err)
{
	size_t ignored;

	return list_page(tx, run_id, filter, ret_steps, ret_next, &ignored, err);
}

void
ty_store_steps_count(json_t *steps)
{
	json_t *step, *items;
	const char *port;
	size_t i;

	json_array_foreach(steps, i, step)
	{
		json_t *counts = json_object();

		json_object_foreach(json_object_get(step, "outputs"), port, items)
			json_object_set_new(counts, port,
					    json_integer((json_int_t)json_array_size(items)));
		json_object_set_new(step, "outputs", json_object());
		json_object_set_new(step, "counts", counts);
	}
}

static enum ty_code
too_large(struct ty_err *err)
{
	ty_err_set(err, TY_E_LIMIT, "The records of this run are over %d MiB together",
		   TY_LIMIT_RECORDS_BYTES / (1024 * 1024));
	return ty_err_hint(err, "Take a run with fewer or smaller items.");
}

enum ty_code
ty_store_step_list_whole(struct ty_tx *tx, const struct ty_id *run_id, const char *frame,
			 size_t pages_max, json_t **ret_steps, bool *ret_all, struct ty_err *err)
{
	struct ty_store_step_filter filter = { .frame = frame, .limit = TY_STORE_STEPS_MAX };
	json_t *steps = ty_json_own(ty_tx_arena(tx), json_array()), *page;
	size_t bytes = 0, more;

	for (size_t i = 0; i < pages_max && filter.cursor >= 0; i++) {
		if (bytes > TY_LIMIT_RECORDS_BYTES)
			return too_large(err);
		if (list_page(tx, run_id, &filter, &page, &filter.cursor, &more, err) != TY_OK)
			return err->code;
		json_array_extend(steps, page);
		bytes += more;
	}
	*ret_steps = steps;
	*ret_all = filter.cursor < 0;
	return TY_OK;
}

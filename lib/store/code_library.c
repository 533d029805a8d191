/*
 * code_library.c -- see code_library.h.
 */
#include "store/code_library.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "crypto/crypto.h"
#include "store/column.h"
#include "store/row_json.h"

#include <stdio.h>
#include <string.h>

/* ---- names ---- */

static size_t
part_len(const char *text)
{
	return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._~-");
}

bool
ty_store_code_library_name_is_good(const char *name)
{
	size_t len;

	if (*name == '@') {
		len = part_len(name + 1);
		if (len == 0 || len > 50 || name[len + 1] != '/')
			return false;
		name += len + 2;
	}
	len = part_len(name);
	return len > 0 && len <= 100 && name[len] == '\0';
}

/* ---- writing ---- */

static enum ty_code
check(const char *name, const char *source, struct ty_err *err)
{
	size_t len = strlen(source);

	if (!ty_store_code_library_name_is_good(name)) {
		ty_err_set(err, TY_E_INVALID, "\"%.100s\" is no name of a package", name);
		return ty_err_hint(err, "Give the name by which code asks for it, as npm has it: "
					"dayjs, @scope/name.");
	}
	if (len == 0)
		return ty_err_set(err, TY_E_INVALID, "the bundle is empty");
	if (len > TY_LIMIT_CODE_LIBRARY_BYTES) {
		ty_err_set(err, TY_E_TOO_LARGE, "the bundle has %zu bytes, and %d are the most",
			   len, TY_LIMIT_CODE_LIBRARY_BYTES);
		return ty_err_hint(err, "Bundle it with --minify, or only what is needed of it: a "
					"file that exports a few functions of the package.");
	}
	return TY_OK;
}

enum ty_code
ty_store_code_library_add(struct ty_tx *tx, const char *name, const char *version,
			  const char *source, char ret_digest[TY_CODE_LIBRARY_DIGEST_SIZE],
			  struct ty_err *err)
{
	static const char lock_sql[] =
		"LOCK TABLE tyboo.code_libraries IN SHARE ROW EXCLUSIVE MODE";
	static const char retire_sql[] = "UPDATE tyboo.code_libraries SET is_current = false "
					 "WHERE name = $1 AND is_current AND digest <> $2";
	static const char add_sql[] =
		"INSERT INTO tyboo.code_libraries AS l (name, digest, version, source) "
		"SELECT $1, $2, $3, $4 WHERE (SELECT count(*) FROM tyboo.code_libraries c "
		"WHERE c.is_current AND c.name <> $1) < $5::bigint "
		"ON CONFLICT (name, digest) DO UPDATE SET is_current = true, "
		"version = coalesce(excluded.version, l.version) RETURNING name";
	char max[24];
	const struct ty_sql_param params[] = { TY_SQL_TEXT(name), TY_SQL_TEXT(ret_digest),
					       TY_SQL_TEXT(version), TY_SQL_TEXT(source),
					       TY_SQL_TEXT(max) };
	uint8_t sum[TY_SHA256_SIZE];
	struct ty_rows rows;

	if (check(name, source, err) != TY_OK)
		return err->code;
	snprintf(max, sizeof(max), "%d", TY_LIMIT_CODE_LIBRARIES);
	ty_sha256(source, strlen(source), sum);
	ty_str_hex(sum, sizeof(sum), ret_digest);
	if (ty_tx_exec(tx, lock_sql, NULL, 0, err) != TY_OK ||
	    ty_tx_exec(tx, retire_sql, params, 2, err) != TY_OK ||
	    ty_tx_query(tx, add_sql, params, TY_ARRAY_COUNT(params), &rows, err) != TY_OK)
		return err->code;
	if (rows.count == 1)
		return TY_OK;
	ty_err_set(err, TY_E_LIMIT, "there are %d libraries, which is the most",
		   TY_LIMIT_CODE_LIBRARIES);
	return ty_err_hint(err, "Remove one: tybooctl code-library remove NAME.");
}

enum ty_code
ty_store_code_library_remove(struct ty_tx *tx, const char *name, struct ty_err *err)
{
	const struct ty_sql_param params[] = { TY_SQL_TEXT(name) };
	struct ty_rows rows;

	if (ty_tx_query(tx,
			"UPDATE tyboo.code_libraries SET is_current = false "
			"WHERE name = $1 AND is_current",
			params, 1, &rows, err) != TY_OK)
		return err->code;
	if (rows.affected > 0)
		return TY_OK;
	ty_err_set(err, TY_E_NOT_FOUND, "there is no library \"%.100s\"", name);
	return ty_err_hint(err, "'tybooctl code-library list' shows those that there are.");
}

/* ---- reading ---- */

enum ty_code
ty_store_code_library_list(struct ty_tx *tx, json_t **ret_items, struct ty_err *err)
{
	/* clang-format off */
	static const char list_sql[] =
		"SELECT name, version, digest, octet_length(source) AS bytes, " TY_SQL_TIME("created_at") " AS created_at "
		"FROM tyboo.code_libraries WHERE is_current ORDER BY name";
	/* clang-format on */
	static const struct ty_row_json_column columns[] = { { "bytes", TY_ROW_INT },
							     { .name = NULL } };
	struct ty_rows rows;

	if (ty_tx_query(tx, list_sql, NULL, 0, &rows, err) != TY_OK)
		return err->code;
	*ret_items = ty_json_own(ty_tx_arena(tx), ty_rows_json(&rows, rows.count, columns));
	return TY_OK;
}

/* ---- for workers ---- */

void
ty_store_code_libraries_query(struct ty_store_query *ret_query)
{
	*ret_query = (struct ty_store_query){
		.sql = "SELECT name, digest FROM tyboo.code_libraries WHERE is_current "
		       "ORDER BY name",
	};
}

static enum ty_code
is_odd(struct ty_err *err)
{
	return ty_err_set(err, TY_E_INTERNAL, "a library without name or digest");
}

enum ty_code
ty_store_code_libraries_decode(struct ty_arena *arena, const struct ty_rows *rows,
			       json_t **ret_digests, struct ty_err *err)
{
	json_t *digests = ty_json_own(arena, json_object());

	for (size_t i = 0; i < rows->count; i++) {
		const char *name = ty_rows_text(rows, i, ty_rows_column(rows, "name"));
		const char *digest = ty_rows_text(rows, i, ty_rows_column(rows, "digest"));

		if (name == NULL || digest == NULL)
			return is_odd(err);
		json_object_set_new(digests, name, json_string(digest));
	}
	*ret_digests = digests;
	return TY_OK;
}

void
ty_store_code_library_texts_query(struct ty_arena *arena, const json_t *names,
				  const json_t *digests, struct ty_store_query *ret_query)
{
	*ret_query = (struct ty_store_query){
		.sql = "SELECT p.key AS name, p.value AS digest, w.name IS NOT NULL AS is_wanted, "
		       "l.source FROM jsonb_each_text($2::jsonb) p "
		       "LEFT JOIN jsonb_array_elements_text($1::jsonb) w (name) ON w.name = p.key "
		       "LEFT JOIN tyboo.code_libraries l "
		       "ON l.name = w.name AND l.digest = p.value ORDER BY p.key",
		.params = { TY_SQL_TEXT(ty_json_dump(arena, names, NULL)),
			    TY_SQL_TEXT(ty_json_dump(arena, digests, NULL)) },
		.count = 2,
	};
}

enum ty_code
ty_store_code_library_texts_decode(struct ty_arena *arena, const struct ty_rows *rows,
				   json_t **ret_libraries, struct ty_err *err)
{
	json_t *found = ty_json_own(arena, json_object());

	for (size_t i = 0; i < rows->count; i++) {
		const char *name = ty_rows_text(rows, i, ty_rows_column(rows, "name"));
		const char *digest = ty_rows_text(rows, i, ty_rows_column(rows, "digest"));
		const char *wanted = ty_rows_text(rows, i, ty_rows_column(rows, "is_wanted"));
		const char *source = ty_rows_text(rows, i, ty_rows_column(rows, "source"));

		if (name == NULL || digest == NULL || wanted == NULL)
			return is_odd(err);
		if (*wanted == 't' && source == NULL) {
			ty_err_set(err, TY_E_NOT_FOUND,
				   "The library \"%.100s\" that the run began with is no longer "
				   "stored",
				   name);
			return ty_err_hint(err, "Start the workflow anew.");
		}
		json_object_set_new(found, name,
				    json_pack("{s:s, s:s*}", "digest", digest, "source", source));
	}
	*ret_libraries = found;
	return TY_OK;
}

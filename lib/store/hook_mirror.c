/*
 * hook_mirror.c -- see hook_mirror.h.
 */
#include "store/hook_mirror.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/time.h"
#include "hook/keys.h"
#include "json/json.h"
#include "json/limits.h"

#include <string.h>

enum ty_code
ty_store_mirror_snapshot(struct ty_tx *tx, struct ty_err *err)
{
	return ty_tx_exec(tx, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY", NULL, 0,
			  err);
}

enum ty_code
ty_store_mirror_token(struct ty_tx *tx, const char **ret_token, struct ty_err *err)
{
	struct ty_rows rows;

	if (ty_tx_query(tx, "SELECT tyboo.mirrored_hooks_token()", NULL, 0, &rows, err) != TY_OK)
		return err->code;
	*ret_token = ty_rows_text(&rows, 0, 0);
	return TY_OK;
}

enum ty_code
ty_store_mirror_rows(struct ty_tx *tx, struct ty_rows *ret_rows, struct ty_err *err)
{
	return ty_tx_query(tx, "SELECT field, value FROM tyboo.mirrored_hooks()", NULL, 0, ret_rows,
			   err);
}

/* ---- reading ---- */

static bool
take_bytes(struct ty_arena *arena, const json_t *obj, const char *key, const uint8_t **ret,
	   size_t *ret_len)
{
	const char *hex = ty_json_str(obj, key, "");
	size_t len = strlen(hex);
	uint8_t *bytes = ty_arena_alloc(arena, len / 2 + 1);

	*ret = bytes;
	*ret_len = len / 2;
	return len > 0 && ty_str_unhex(hex, len, bytes);
}

static bool
take_credential(struct ty_arena *arena, const json_t *obj, struct ty_store_mirrored *mirrored)
{
	struct ty_store_credential *c = &mirrored->credential;

	c->version = ty_json_int(obj, "version", 0);
	c->key_version = ty_json_int(obj, "key_version", 0);
	return ty_id_parse(ty_json_str(obj, "id", ""), &c->id) &&
	       take_bytes(arena, obj, "sealed", &c->sealed, &c->sealed_len) &&
	       take_bytes(arena, obj, "wrapped", &mirrored->wrapped, &mirrored->wrapped_len);
}

/* Take keys whose time is long over as none, as Postgres gives them (ty_store_keys_load). */
static void
take_keys(const json_t *obj, struct ty_store_keys *keys)
{
	const json_t *sent = ty_json_obj(obj, "keys");
	int64_t ends_at_ms = ty_json_int(sent, "ends_at_ms", 0);
	bool counts = ends_at_ms + INT64_C(1000) * TY_HOOK_KEYS_STALE_S > ty_time_now_ms();

	*keys = (struct ty_store_keys){
		.url = ty_json_str(sent, "url", NULL),
		.kind = "jwks",
		.content = counts ? ty_json_str(sent, "content", NULL) : NULL,
		.got_at = ty_json_str(sent, "got_at", NULL),
		.ends_at_ms = ends_at_ms,
	};
}

static bool
take_claim(const json_t *obj, struct ty_store_claim *claim)
{
	ty_limits_of_json(obj, &claim->limits);
	claim->node_id = ty_json_str(obj, "node_id", "");
	claim->verify = ty_json_str(obj, "verify", "");
	claim->timeout_ms = ty_json_int(obj, "timeout_ms", 0);
	claim->method = ty_json_str(obj, "method", "");
	claim->path = ty_json_str(obj, "path", "");
	claim->before = ty_json_str(obj, "before", NULL);
	claim->workflow_max = ty_json_int(obj, "workflow_max", 0);
	return ty_id_parse(ty_json_str(obj, "workspace_id", ""), &claim->workspace_id) &&
	       ty_id_parse(ty_json_str(obj, "hook_id", ""), &claim->hook_id) &&
	       ty_id_parse(ty_json_str(obj, "workflow_id", ""), &claim->workflow_id) &&
	       ty_id_parse(ty_json_str(obj, "version_id", ""), &claim->version_id);
}

enum ty_code
ty_store_mirrored_parse(struct ty_arena *arena, const char *value,
			struct ty_store_mirrored *ret_mirrored, struct ty_err *err)
{
	struct ty_store_mirrored mirrored = { .wrapped = NULL };
	const json_t *credential;
	json_t *obj;

	if (value[0] == '\0')
		return ty_err_set(err, TY_E_UNAVAILABLE, "the hook is too large to be mirrored");
	if (ty_json_parse(arena, value, strlen(value), &obj, err) != TY_OK)
		return ty_err_set(err, TY_E_UNAVAILABLE, "a mirrored hook cannot be read");
	credential = ty_json_obj(obj, "credential");
	if (!take_claim(obj, &mirrored.claim) ||
	    (credential != NULL && !take_credential(arena, credential, &mirrored)))
		return ty_err_set(err, TY_E_UNAVAILABLE,
				  "a mirrored hook is not as it was written");
	take_keys(obj, &mirrored.keys);
	*ret_mirrored = mirrored;
	return TY_OK;
}

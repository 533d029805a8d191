/*
 * cmd_keys.c -- keys: list, add, rotate, retire.
 *
 * The master keys are in the file of master_key_file (vault/ring.h), which programs that run look at again by
 * themselves.  A key itself is never printed, only its fingerprint.
 */
#include "ctl.h"

#include "base/arena.h"
#include "base/str.h"
#include "base/time.h"
#include "conf/conf.h"
#include "crypto/crypto.h"
#include "json/json.h"
#include "store/credential.h"
#include "store/key.h"
#include "vault/ring.h"
#include "vault/rotate.h"
#include "vault/vault.h"

#include <string.h>

/* Until a new key counts: programs look at the file each second, and an operator gives it to other hosts. */
#define ADD_AFTER_S	60
#define ADD_AFTER_S_MAX ((int64_t)30 * 86400)

static enum ty_code
read_ring(struct ctl *ctl, struct ty_vault_ring *ret_ring, struct ty_vault_ring_stamp *ret_stamp,
	  struct ty_err *err)
{
	const struct ty_conf *conf;

	if (ctl_conf(ctl, &conf, err) != TY_OK)
		return err->code;
	if (conf->master_key_file[0] == '\0') {
		ty_err_set(err, TY_E_INVALID, "master_key_file is not set");
		return ty_err_hint(err, "Set it in tyboo.conf.");
	}
	return ty_vault_ring_read(conf->master_key_file, ret_ring, ret_stamp, err);
}

/* ---- list ---- */

/* Time of a key in RFC 3339; NULL = it always counted. */
static const char *
from_text(struct ctl *ctl, const struct ty_vault_ring_key *key)
{
	char text[TY_TIME_TEXT_SIZE];

	if (key->from_ms == 0)
		return NULL;
	ty_time_format(key->from_ms, text);
	return ty_arena_strdup(ctl->arena, text);
}

/* Open waits whose addresses the key has signed: of runs that began while it counted. */
static enum ty_code
count_waits(struct ctl *ctl, struct ty_tx *tx, const struct ty_vault_ring *ring, size_t i,
	    int64_t *ret_count, struct ty_err *err)
{
	const char *until = i > 0 ? from_text(ctl, &ring->keys[i - 1]) : NULL;
	/* Count all where no time says when the key ended. */
	const char *from = i > 0 && until == NULL ? NULL : from_text(ctl, &ring->keys[i]);

	return ty_store_waits_of_runs(tx, from, until, ret_count, err);
}

static int64_t
wrapped_by(const struct ty_store_key_wrapper *wrappers, size_t count, const char *fingerprint)
{
	for (size_t i = 0; i < count; i++)
		if (ty_str_eq(wrappers[i].wrapped_by, fingerprint))
			return wrappers[i].data_keys;
	return 0;
}

static const char *
state_of(const struct ty_vault_ring *ring, const struct ty_vault_ring_key *key)
{
	const struct ty_vault_ring_key *current = ty_vault_ring_at(ring, ty_time_now_ms());

	return key == current ? "current" : key < current ? "next" : "old";
}

static enum ty_code
add_known(struct ctl *ctl, struct ty_tx *tx, const struct ty_vault_ring *ring,
	  const struct ty_store_key_wrapper *wrappers, size_t count, json_t *items,
	  struct ty_err *err)
{
	for (size_t i = 0; i < ring->count; i++) {
		const struct ty_vault_ring_key *key = &ring->keys[i];
		int64_t waits;

		if (count_waits(ctl, tx, ring, i, &waits, err) != TY_OK)
			return err->code;
		json_array_append_new(
			items,
			json_pack("{s:s, s:s, s:s?, s:I, s:I}", "key", key->fingerprint, "state",
				  state_of(ring, key), "from", from_text(ctl, key), "data_keys",
				  (json_int_t)wrapped_by(wrappers, count, key->fingerprint),
				  "waits", (json_int_t)waits));
	}
	return TY_OK;
}

/* Add those that data keys name and the file does not have. */
static void
add_missing(const struct ty_vault_ring *ring, const struct ty_store_key_wrapper *wrappers,
	    size_t count, json_t *items)
{
	for (size_t i = 0; i < count; i++) {
		const char *name = wrappers[i].wrapped_by;

		if (name != NULL && ty_vault_ring_find(ring, name) != NULL)
			continue;
		json_array_append_new(items,
				      json_pack("{s:s?, s:s, s:n, s:I, s:I}", "key", name, "state",
						name != NULL ? "missing" : "unknown", "from",
						"data_keys", (json_int_t)wrappers[i].data_keys,
						"waits", (json_int_t)0));
	}
}

static enum ty_code
load_items(struct ctl *ctl, struct ty_tx *tx, const struct ty_vault_ring *ring, json_t **ret_items,
	   struct ty_err *err)
{
	json_t *items = ty_json_own(ctl->arena, json_array());
	struct ty_store_key_wrapper *wrappers;
	size_t count;

	if (ty_store_key_wrappers(tx, &wrappers, &count, err) != TY_OK ||
	    add_known(ctl, tx, ring, wrappers, count, items, err) != TY_OK)
		return err->code;
	add_missing(ring, wrappers, count, items);
	*ret_items = items;
	return TY_OK;
}

static enum ty_code
list_items(struct ctl *ctl, const struct ty_vault_ring *ring, json_t **ret_items,
	   struct ty_err *err)
{
	struct ty_tx *tx;

	if (ctl_begin(ctl, NULL, &tx, err) != TY_OK)
		return err->code;
	return ctl_end(tx, load_items(ctl, tx, ring, ret_items, err), err);
}

static enum ty_code
keys_list(struct ctl *ctl, struct ty_err *err)
{
	static const struct ctl_column columns[] = {
		{ "key", "KEY" },
		{ "state", "STATE" },
		{ "from", "FROM" },
		{ "data_keys", "DATA KEYS" },
		{ "waits", "OPEN ADDRESSES" },
		{ .member = NULL },
	};
	struct ty_vault_ring_stamp stamp;
	struct ty_vault_ring ring;
	json_t *items = NULL;

	if (read_ring(ctl, &ring, &stamp, err) != TY_OK)
		return err->code;
	if (list_items(ctl, &ring, &items, err) == TY_OK)
		ctl_print_items(ctl, items, NULL, columns);
	ty_crypto_wipe(&ring, sizeof(ring));
	return err->code;
}

/* ---- add and retire ---- */

static enum ty_code
keys_add(struct ctl *ctl, struct ty_err *err)
{
	struct ty_vault_ring_stamp stamp;
	struct ty_vault_ring ring;
	int64_t after_s;
	json_t *told;

	if (ctl_option_int(ctl, "after", ADD_AFTER_S, 0, ADD_AFTER_S_MAX, &after_s, err) != TY_OK ||
	    read_ring(ctl, &ring, &stamp, err) != TY_OK)
		return err->code;
	if (ty_vault_ring_add(&ring, ty_time_now_ms() + after_s * 1000, err) == TY_OK &&
	    ty_vault_ring_write(ctl->conf->master_key_file, &ring, &stamp, err) == TY_OK) {
		told = json_pack("{s:s, s:s?, s:i}", "key", ring.keys[0].fingerprint, "from",
				 from_text(ctl, &ring.keys[0]), "keys", (int)ring.count);
		ctl_print_object(ctl, ty_json_own(ctl->arena, told));
		ctl_say(ctl, "Give every host this file before it counts, then: tybooctl keys "
			     "rotate. Keep a copy of it.");
	}
	ty_crypto_wipe(&ring, sizeof(ring));
	return err->code;
}

/* Refuse a key that something needs; 'items' are keys list's. */
static enum ty_code
check_unneeded(struct ctl *ctl, const json_t *items, const char *name, struct ty_err *err)
{
	int64_t unknown = 0, data_keys = 0, waits = 0;
	const char *state = NULL;
	const json_t *item;
	size_t i;

	json_array_foreach(items, i, item)
	{
		if (ty_str_eq(ty_json_str(item, "state", ""), "unknown"))
			unknown = ty_json_int(item, "data_keys", 0);
		if (!ty_str_eq(ty_json_str(item, "key", ""), name))
			continue;
		state = ty_json_str(item, "state", "");
		data_keys = ty_json_int(item, "data_keys", 0);
		waits = ty_json_int(item, "waits", 0);
	}
	if (state == NULL || ty_str_eq(state, "missing")) {
		ty_err_set(err, TY_E_NOT_FOUND, "The file has no key %.40s", name);
		return ty_err_hint(err, "tybooctl keys list names them.");
	}
	if (!ty_str_eq(state, "old")) {
		ty_err_set(err, TY_E_CONFLICT, "The key %s is the %s one", name, state);
		return ty_err_hint(err, "Add another first: tybooctl keys add.");
	}
	if (data_keys + unknown > 0) {
		ty_err_set(err, TY_E_CONFLICT,
			   "The key %s wraps %lld data keys, and of %lld it is "
			   "not known which key wraps them",
			   name, (long long)data_keys, (long long)unknown);
		return ty_err_hint(err, "Run tybooctl keys rotate.");
	}
	if (waits > 0 && !ctl_has(ctl, "force")) {
		ty_err_set(err, TY_E_CONFLICT,
			   "The addresses of %lld waits are signed with the key %s",
			   (long long)waits, name);
		return ty_err_hint(err,
				   "Wait until they have ended, or --force it: those addresses "
				   "are refused then.");
	}
	return TY_OK;
}

/*
 * Take the key out of the file while no data key can be made: a transaction that made one with it before it was an old
 * one is waited for, and counts.
 */
static enum ty_code
retire(struct ctl *ctl, struct ty_tx *tx, struct ty_vault_ring *ring,
       const struct ty_vault_ring_stamp *stamp, struct ty_err *err)
{
	const char *name = ctl_arg(ctl, 0);
	json_t *items;

	if (ty_store_keys_hold(tx, err) != TY_OK ||
	    load_items(ctl, tx, ring, &items, err) != TY_OK ||
	    check_unneeded(ctl, items, name, err) != TY_OK)
		return err->code;
	ty_vault_ring_remove(ring, name);
	return ty_vault_ring_write(ctl->conf->master_key_file, ring, stamp, err);
}

static enum ty_code
keys_retire(struct ctl *ctl, struct ty_err *err)
{
	struct ty_vault_ring_stamp stamp;
	struct ty_vault_ring ring;
	struct ty_tx *tx;

	if (read_ring(ctl, &ring, &stamp, err) != TY_OK)
		return err->code;
	if (ctl_begin_owner(ctl, &tx, err) == TY_OK &&
	    ctl_end(tx, retire(ctl, tx, &ring, &stamp, err), err) == TY_OK)
		ctl_print_object(
			ctl,
			ty_json_own(ctl->arena, json_pack("{s:s, s:b, s:i}", "key", ctl_arg(ctl, 0),
							  "retired", 1, "keys", (int)ring.count)));
	ty_crypto_wipe(&ring, sizeof(ring));
	return err->code;
}

/* ---- rotate ---- */

struct rotate {
	struct ctl *ctl;
	struct ty_vault *vault;
	struct ty_rotation rotation;
	const char *started_at; /* of data keys; NULL = master keys */
	int64_t max;		/* rows that are changed in all */
};

static enum ty_code
one_batch(struct rotate *r, struct ty_err *err)
{
	int64_t left = r->max - r->rotation.done;
	int64_t batch = left < TY_ROTATE_BATCH ? left : TY_ROTATE_BATCH;
	struct ty_tx *tx;
	enum ty_code code;

	if (ctl_begin(r->ctl, NULL, &tx, err) != TY_OK)
		return err->code;
	if (r->started_at == NULL)
		code = ty_vault_rewrap(r->vault, tx, batch, &r->rotation, err);
	else
		code = ty_vault_reseal(r->vault, tx, r->started_at, batch, &r->rotation, err);
	return ctl_end(tx, code, err);
}

static enum ty_code
all_batches(struct rotate *r, struct ty_err *err)
{
	while (!r->rotation.is_over && r->rotation.done < r->max)
		if (one_batch(r, err) != TY_OK)
			return err->code;
	return TY_OK;
}

static json_t *
told_of(const struct rotate *r, int64_t left)
{
	json_t *told = json_pack("{s:I, s:I, s:I}", "done", (json_int_t)r->rotation.done, "left",
				 (json_int_t)left, "failed", (json_int_t)r->rotation.failed);

	if (r->rotation.failed > 0)
		json_object_set_new(told, "first_failure", json_string(r->rotation.first.msg));
	return told;
}

/* Data keys that another key than the current one wraps. */
static enum ty_code
count_left(struct rotate *r, const char *current, int64_t *ret_left, struct ty_err *err)
{
	struct ty_store_key_wrapper *wrappers;
	struct ty_tx *tx;
	size_t count = 0;
	enum ty_code code;

	*ret_left = 0;
	if (ctl_begin(r->ctl, NULL, &tx, err) != TY_OK)
		return err->code;
	code = ty_store_key_wrappers(tx, &wrappers, &count, err);
	for (size_t i = 0; code == TY_OK && i < count; i++)
		if (!ty_str_eq(wrappers[i].wrapped_by, current))
			*ret_left += wrappers[i].data_keys;
	return ctl_end(tx, code, err);
}

static enum ty_code
rotate_master(struct rotate *r, json_t *told, struct ty_err *err)
{
	char current[TY_VAULT_FINGERPRINT_SIZE];
	int64_t left;

	ty_vault_current(r->vault, current);
	if (all_batches(r, err) != TY_OK || count_left(r, current, &left, err) != TY_OK)
		return err->code;
	json_object_set_new(told, "key", json_string(current));
	json_object_set_new(told, "master", told_of(r, left));
	return TY_OK;
}

static enum ty_code
begin_data(struct rotate *r, struct ty_err *err)
{
	const char *started_at = NULL;
	struct ty_tx *tx;
	enum ty_code code;

	if (ctl_begin(r->ctl, NULL, &tx, err) != TY_OK)
		return err->code;
	code = ty_store_rotation_begin(tx, &started_at, err);
	if (code == TY_OK)
		r->started_at = ty_arena_strdup(r->ctl->arena, started_at);
	return ctl_end(tx, code, err);
}

static enum ty_code
end_data(struct rotate *r, struct ty_store_left *ret_left, struct ty_err *err)
{
	struct ty_tx *tx;
	enum ty_code code;

	if (ctl_begin(r->ctl, NULL, &tx, err) != TY_OK)
		return err->code;
	code = ty_store_left_to_seal(tx, r->started_at, ret_left, err);
	if (code == TY_OK && r->rotation.is_over &&
	    ret_left->workspaces + ret_left->credentials + ret_left->tokens == 0)
		code = ty_store_rotation_end(tx, r->started_at, err);
	return ctl_end(tx, code, err);
}

static enum ty_code
rotate_data(struct rotate *r, json_t *told, struct ty_err *err)
{
	struct ty_store_left left = { 0 };

	if (begin_data(r, err) != TY_OK || all_batches(r, err) != TY_OK ||
	    end_data(r, &left, err) != TY_OK)
		return err->code;
	json_object_set_new(told, "data",
			    told_of(r, left.credentials + left.tokens > 0
					       ? left.credentials + left.tokens
					       : left.workspaces));
	return TY_OK;
}

/* The key that was added last has to count by now: else data keys would be wrapped with the one before. */
static enum ty_code
check_current(struct ctl *ctl, struct ty_err *err)
{
	struct ty_vault_ring_stamp stamp;
	struct ty_vault_ring ring;

	if (read_ring(ctl, &ring, &stamp, err) != TY_OK)
		return err->code;
	if (ty_vault_ring_at(&ring, ty_time_now_ms()) != &ring.keys[0]) {
		ty_err_set(err, TY_E_CONFLICT, "The key %s counts from %s on",
			   ring.keys[0].fingerprint, from_text(ctl, &ring.keys[0]));
		ty_err_hint(err, "Run this again then.");
	}
	ty_crypto_wipe(&ring, sizeof(ring));
	return err->code;
}

static enum ty_code
keys_rotate(struct ctl *ctl, struct ty_err *err)
{
	json_t *told = ty_json_own(ctl->arena, json_object());
	struct rotate r = { .ctl = ctl };
	int64_t max;

	if (ctl_option_int(ctl, "max", INT32_MAX, 1, INT32_MAX, &max, err) != TY_OK ||
	    check_current(ctl, err) != TY_OK ||
	    ty_vault_new(ctl->conf->master_key_file, &r.vault, err) != TY_OK)
		return err->code;
	r.max = max;
	if (rotate_master(&r, told, err) == TY_OK && ctl_has(ctl, "data")) {
		r.max = max - r.rotation.done;
		r.rotation = (struct ty_rotation){ .done = 0 };
		(void)rotate_data(&r, told, err);
	}
	ty_vault_free(r.vault);
	if (err->code == TY_OK)
		ctl_print_object(ctl, told);
	return err->code;
}

static const struct ctl_option add_options[] = {
	{ "after", "SECONDS",
	  "until it counts, so that every host has it by then; 60 is the default", false },
	{ .name = NULL },
};
static const struct ctl_option rotate_options[] = {
	{ "data", NULL, "make new data keys as well, and seal credentials and tokens with them",
	  false },
	{ "max", "N", "stop behind so many rows; another run goes on", false },
	{ .name = NULL },
};
static const struct ctl_option retire_options[] = {
	{ "force", NULL, "also where addresses of waits are signed with it: they are refused then",
	  false },
	{ .name = NULL },
};

const struct ctl_command ctl_keys_commands[] = {
	{ "keys list", "", "List the master keys, and what needs each", NULL, keys_list },
	{ "keys add", "", "Put a new master key in the file", add_options, keys_add },
	{ "keys rotate", "", "Wrap all data keys with the current master key", rotate_options,
	  keys_rotate },
	{ "keys retire", "KEY", "Take a master key that nothing needs out of the file",
	  retire_options, keys_retire },
	{ .name = NULL },
};

/*
 * cmd_user.c -- people: create, list, set a password.
 *
 * A password comes from standard input only: an argument would be seen in the process list.
 */
#include "ctl.h"

#include "auth/password.h"
#include "base/arena.h"
#include "crypto/crypto.h"
#include "json/json.h"
#include "store/user.h"

#include <string.h>

/* The hash of the password on standard input; a newline at its end is the shell's. */
static enum ty_code
hash_stdin(struct ctl *ctl, char hash[TY_PASSWORD_HASH_SIZE], struct ty_err *err)
{
	struct ty_password *gate;
	char *password;
	size_t len;

	if (ctl_read(ctl, NULL, TY_PASSWORD_MAX_BYTES + 2, &password, &len, err) != TY_OK)
		return err->code;
	if (strlen(password) != len)
		return ty_err_set(err, TY_E_INVALID, "the password has a NUL in it");
	password[strcspn(password, "\r\n")] = '\0';
	gate = ty_password_new(1);
	if (ty_password_hash(gate, password, hash, err) != TY_OK)
		ty_err_hint(err,
			    "Give it on standard input: printf '%%s' \"$PASSWORD\" | tybooctl ...");
	ty_password_free(gate);
	ty_crypto_wipe(password, len);
	return err->code;
}

static enum ty_code
user_create(struct ctl *ctl, struct ty_err *err)
{
	const char *email = ctl_option(ctl, "email");
	char hash[TY_PASSWORD_HASH_SIZE];
	struct ty_tx *tx;
	struct ty_id id;

	if (strchr(email, '@') == NULL) {
		ty_err_set(err, TY_E_INVALID, "\"%s\" is no e-mail address", email);
		ty_err_hint(err, "Give one as in --email name@example.org.");
		return ctl_misused(ctl, err);
	}
	if (hash_stdin(ctl, hash, err) != TY_OK || ctl_begin(ctl, NULL, &tx, err) != TY_OK)
		return err->code;
	if (ctl_end(tx, ty_store_user_add(tx, email, ctl_option(ctl, "name"), hash, &id, err),
		    err) != TY_OK) {
		if (err->code == TY_E_CONFLICT) {
			ty_err_set(err, TY_E_CONFLICT, "there is a user %s already", email);
			ty_err_hint(err, "'tybooctl user password --email %s' sets a new password.",
				    email);
		}
		/* A refusal of the table means wrong options, because the hash is ours. */
		if (err->code == TY_E_INVALID) {
			ty_err_hint(err, "A name has 1 to 200 characters, an address 3 to 254.");
			return ctl_misused(ctl, err);
		}
		return err->code;
	}
	ctl_print_object(
		ctl, ty_json_own(ctl->arena, json_pack("{s:s, s:s}", "id", id.s, "email", email)));
	return TY_OK;
}

static enum ty_code
user_password(struct ctl *ctl, struct ty_err *err)
{
	const char *email = ctl_option(ctl, "email");
	char hash[TY_PASSWORD_HASH_SIZE];
	int64_t sessions = 0, keys = 0;
	struct ty_store_user *user;
	struct ty_tx *tx;
	enum ty_code code;

	if (hash_stdin(ctl, hash, err) != TY_OK || ctl_begin(ctl, NULL, &tx, err) != TY_OK)
		return err->code;
	code = ty_store_user_find(tx, email, &user, err);
	if (code == TY_OK && user == NULL) {
		ty_err_set(err, TY_E_NOT_FOUND, "there is no user %s", email);
		code = ty_err_hint(err, "'tybooctl user list' lists them.");
	}
	if (code == TY_OK)
		code = ty_store_user_set_password(tx, &user->id, hash, err);
	if (code == TY_OK)
		code = ty_store_user_end_access(tx, &user->id, ctl_has(ctl, "keys"), &sessions,
						&keys, err);
	if (ctl_end(tx, code, err) != TY_OK)
		return err->code;
	ctl_print_object(ctl,
			 ty_json_own(ctl->arena,
				     json_pack("{s:s, s:s, s:I, s:I}", "id", user->id.s, "email",
					       user->email, "sessions_ended", (json_int_t)sessions,
					       "keys_revoked", (json_int_t)keys)));
	return TY_OK;
}

static enum ty_code
user_list(struct ctl *ctl, struct ty_err *err)
{
	static const struct ctl_column columns[] = {
		{ "id", "ID" },
		{ "email", "EMAIL" },
		{ "name", "NAME" },
		{ "disabled", "DISABLED" },
		{ "created_at", "CREATED AT" },
		{ .member = NULL },
	};
	struct ty_tx *tx;
	json_t *items;

	if (ctl_begin(ctl, NULL, &tx, err) != TY_OK ||
	    ctl_end(tx, ty_store_user_list(tx, &items, err), err) != TY_OK)
		return err->code;
	ctl_print_items(ctl, items, NULL, columns);
	return TY_OK;
}

static const struct ctl_option create_options[] = {
	{ "email", "ADDRESS", "address that the person signs in with", true },
	{ "name", "NAME", "name of the person", true },
	{ "password-stdin", NULL, "read the password from standard input", true },
	{ .name = NULL },
};

static const struct ctl_option password_options[] = {
	{ "email", "ADDRESS", "whose password it is", true },
	{ "password-stdin", NULL, "read the password from standard input", true },
	{ "keys", NULL, "revoke the API keys that the person made, too", false },
	{ .name = NULL },
};

const struct ctl_command ctl_user_commands[] = {
	{ "user create", "", "Create a person", create_options, user_create },
	{ "user list", "", "List the people", NULL, user_list },
	{ "user password", "", "Set a person's password and end their sessions", password_options,
	  user_password },
	{ .name = NULL },
};

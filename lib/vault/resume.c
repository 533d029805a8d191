/*
 * resume.c -- making and reading the tokens of waits.
 */
#include "vault/resume.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "vault/internal.h"

#include <string.h>

/* Purpose of the key that is derived from the master key: another purpose gets another key. */
static const char purpose[] = "tyboo resume token 1";

static void
token_mac(const struct ty_vault_ring_key *master, const char *text, size_t len,
	  uint8_t out[TY_SHA256_SIZE])
{
	uint8_t key[TY_SHA256_SIZE];

	vault_key_derive(master, purpose, key);
	ty_hmac_sha256(key, sizeof(key), text, len, out);
	ty_crypto_wipe(key, sizeof(key));
}

static bool
ring_signed(const struct ty_vault_ring *ring, const char *text, size_t len, const uint8_t *given)
{
	uint8_t mac[TY_SHA256_SIZE];
	bool found = false;

	for (size_t i = 0; i < ring->count; i++) {
		token_mac(&ring->keys[i], text, len, mac);
		found |= ty_crypto_equal(given, mac, sizeof(mac));
	}
	return found;
}

/* The file is looked at again for a token that no key signed, because a key may be new. */
static bool
is_signed(const struct ty_vault *vault, const char *text, size_t len, const uint8_t *given)
{
	struct ty_vault_ring ring;
	bool found = false;

	for (int look = 0; look < 2 && !found; look++) {
		vault_ring_get(vault, look == 1, &ring);
		found = ring_signed(&ring, text, len, given);
	}
	ty_crypto_wipe(&ring, sizeof(ring));
	return found;
}

const char *
ty_resume_token(const struct ty_vault *vault, struct ty_arena *arena, const struct ty_resume *wait)
{
	const char *place = ty_arena_printf(arena, "%s%s%s", wait->frame,
					    wait->frame[0] != '\0' ? "/" : "", wait->node);
	const char *text = ty_arena_printf(arena, "%s.%s", wait->run_id.s,
					   ty_base64url_encode(arena, place, strlen(place)));
	struct ty_vault_ring ring;
	uint8_t mac[TY_SHA256_SIZE];

	vault_ring_get(vault, false, &ring);
	token_mac(ty_vault_ring_at(&ring, ty_id_time_ms(&wait->run_id)), text, strlen(text), mac);
	ty_crypto_wipe(&ring, sizeof(ring));
	return ty_arena_printf(arena, "%s.%s", text, ty_base64url_encode(arena, mac, sizeof(mac)));
}

const char *
ty_resume_url(struct ty_arena *arena, const char *base_url, const char *workspace,
	      const char *token)
{
	return ty_arena_printf(arena, "%s/resume/%s/%s", base_url, workspace, token);
}

static enum ty_code
no_token(struct ty_err *err)
{
	ty_err_set(err, TY_E_DENIED, "This is no address of a wait");
	return ty_err_hint(err, "Take the address as it was sent, to its last character.");
}

enum ty_code
ty_resume_parse(const struct ty_vault *vault, struct ty_arena *arena, const char *token,
		struct ty_resume *ret_wait, struct ty_err *err)
{
	const char *slash = strrchr(token, '/'), *place_at, *mac_at;
	struct ty_resume wait;
	uint8_t *given;
	size_t len;
	char *place;

	if (slash != NULL)
		token = slash + 1;
	place_at = strchr(token, '.');
	mac_at = place_at != NULL ? strchr(place_at + 1, '.') : NULL;
	if (mac_at == NULL)
		return no_token(err);
	given = ty_base64_decode(arena, mac_at + 1, strlen(mac_at + 1), &len);
	if (given == NULL || len != TY_SHA256_SIZE ||
	    !is_signed(vault, token, (size_t)(mac_at - token), given))
		return no_token(err);
	/* From here on it is our own text. */
	if (!ty_id_parse(ty_arena_strndup(arena, token, (size_t)(place_at - token)), &wait.run_id))
		return no_token(err);
	given = ty_base64_decode(arena, place_at + 1, (size_t)(mac_at - place_at - 1), &len);
	if (given == NULL)
		return no_token(err);
	place = ty_arena_strndup(arena, (const char *)given, len);
	slash = strrchr(place, '/');
	wait.node = slash != NULL ? slash + 1 : place;
	wait.frame = slash != NULL ? ty_arena_strndup(arena, place, (size_t)(slash - place)) : "";
	*ret_wait = wait;
	return TY_OK;
}

const char *
ty_resume_key(struct ty_arena *arena, const struct ty_resume *wait)
{
	return ty_arena_printf(arena, "%s%s%s/1/call", wait->frame,
			       wait->frame[0] != '\0' ? "/" : "", wait->node);
}

void
ty_resume_urls_add(const struct ty_vault *vault, struct ty_arena *arena, const char *base_url,
		   const char *workspace, const struct ty_id *run_id, json_t *waits)
{
	json_t *wait;
	size_t i;

	json_array_foreach(waits, i, wait)
	{
		const struct ty_resume place = { *run_id, ty_json_str(wait, "frame", ""),
						 ty_json_str(wait, "node", "") };
		const char *url;

		if (strcmp(ty_json_str(wait, "kind", ""), "call") != 0)
			continue;
		url = ty_resume_url(arena, base_url, workspace,
				    ty_resume_token(vault, arena, &place));
		json_object_set_new(wait, "url", json_string(url));
	}
}

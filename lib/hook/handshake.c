/*
 * handshake.c -- the table of handshakes.
 */
#include "hook/handshake.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "body/form.h"
#include "internal.h"
#include "json/json.h"

#include <string.h>

#define JSON "application/json"
#define TEXT "text/plain; charset=utf-8"
/* X's tokens have 48; what is longer is none. */
#define WORD_BYTES_MAX 512

struct question {
	struct ty_arena *arena;
	const struct ty_secret *const *secrets;
	size_t secret_count;
	const json_t *query; /* an object */
	const json_t *body;  /* an object; empty where the body is none */
	bool has_body;
};

static const char *
hex_mac(const struct question *q, const char *text)
{
	uint8_t mac[TY_SHA256_SIZE];
	char *hex = ty_arena_alloc(q->arena, 2 * TY_SHA256_SIZE + 1);

	ty_hmac_sha256(q->secrets[0]->data, q->secrets[0]->len, text, strlen(text), mac);
	ty_str_hex(mac, sizeof(mac), hex);
	return hex;
}

static const char *
base64_mac(const struct question *q, const char *text)
{
	uint8_t mac[TY_SHA256_SIZE];

	ty_hmac_sha256(q->secrets[0]->data, q->secrets[0]->len, text, strlen(text), mac);
	return ty_base64_encode(q->arena, mac, sizeof(mac));
}

static const char *
dump(const struct question *q, json_t *json)
{
	return ty_json_dump(q->arena, ty_json_own(q->arena, json), NULL);
}

/* ---- what each is answered; NULL: it is no handshake ---- */

/* Slack, "url_verification". */
static const char *
slack_challenge(const struct question *q)
{
	return ty_str_eq(ty_json_str(q->body, "type", ""), "url_verification")
		       ? ty_json_str(q->body, "challenge", NULL)
		       : NULL;
}

/* Zoom, "endpoint.url_validation". */
static const char *
zoom_validation(const struct question *q)
{
	const char *token = ty_json_str(ty_json_obj(q->body, "payload"), "plainToken", NULL);

	if (token == NULL ||
	    !ty_str_eq(ty_json_str(q->body, "event", ""), "endpoint.url_validation"))
		return NULL;
	return dump(q, json_pack("{s:s, s:s}", "plainToken", token, "encryptedToken",
				 hex_mac(q, token)));
}

/* Discord, an interaction of type 1. */
static const char *
discord_ping(const struct question *q)
{
	return ty_json_int(q->body, "type", 0) == 1 ? "{\"type\":1}" : NULL;
}

/* Dropbox: whoever answers wants its notifications. */
static const char *
dropbox_challenge(const struct question *q)
{
	return ty_json_str(q->query, "challenge", NULL);
}

/* Xero, "intent to receive": rightly signed, with no event in it; an answer with a body would be refused. */
static const char *
xero_intent(const struct question *q)
{
	const json_t *events = ty_json_arr(q->body, "events");

	return events != NULL && json_array_size(events) == 0 ? "" : NULL;
}

/* Meta: the verify token that was written there is one of the webhook's secrets. */
static const char *
meta_subscribe(const struct question *q)
{
	const char *token = ty_json_str(q->query, "hub.verify_token", "");

	if (!ty_str_eq(ty_json_str(q->query, "hub.mode", ""), "subscribe") ||
	    !secrets_have(q->secrets, q->secret_count, token, strlen(token)))
		return NULL;
	return ty_json_str(q->query, "hub.challenge", NULL);
}

/* A word that no delivery is: neither JSON of an object or a list, nor a form with a value. */
static bool
is_word(const char *text)
{
	size_t len = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				  "-_.~+/");

	return len > 0 && len <= WORD_BYTES_MAX && text[len + strspn(text + len, "=")] == '\0';
}

/*
 * X, the challenge-response check.  Anybody may ask, and the answer is made as the signature of a delivery
 * is: a token that could be a delivery is answered nothing, else whoever asks could sign one.
 */
static const char *
crc_answer(const struct question *q)
{
	const char *token = ty_json_str(q->query, "crc_token", "");

	if (!is_word(token))
		return NULL;
	return dump(q, json_pack("{s:o}", "response_token",
				 json_sprintf("sha256=%s", base64_mac(q, token))));
}

/* Microsoft Graph: a subscription is made while the request for it waits.  It has no body, so one that has
 * is a delivery, whose sender has that name in his address. */
static const char *
graph_validation(const struct question *q)
{
	return q->has_body ? NULL : ty_json_str(q->query, "validationToken", NULL);
}

static const struct {
	const char *scheme, *method;
	bool is_signed;
	const char *type;
	const char *(*answer)(const struct question *q);
} handshakes[] = {
#define X(scheme_, method_, is_signed_, type_, answer_)                                            \
	{ #scheme_, method_, is_signed_, type_, answer_ },
#include "hook/handshake.def"
#undef X
};

/* A larger body asks for no handshake: theirs have some ten values. */
#define BODY_BYTES_MAX	((size_t)64 * 1024)
#define BODY_VALUES_MAX 1000

static const json_t *
body_of(struct ty_arena *arena, const struct ty_hook_delivery *delivery)
{
	struct ty_json_read how = { .values_max = BODY_VALUES_MAX };
	json_t *body = NULL;
	struct ty_err ignored;

	if (delivery->body_len == 0 || delivery->body_len > BODY_BYTES_MAX ||
	    ty_json_read(arena, delivery->body, delivery->body_len, &how, &body, &ignored) !=
		    TY_OK ||
	    !json_is_object(body))
		return ty_json_own(arena, json_object());
	return body;
}

/* The row that may be meant; NULL: none, and nothing has to be read. */
static bool
may_be(size_t i, const struct ty_hook_rule *rule, const struct ty_hook_delivery *delivery,
       bool is_verified)
{
	return handshakes[i].is_signed == is_verified &&
	       ty_str_eq(handshakes[i].scheme, rule->scheme.name) &&
	       ty_str_eq(handshakes[i].method, delivery->method);
}

bool
ty_hook_handshake(struct ty_arena *arena, const struct ty_hook_rule *rule,
		  const struct ty_secret *const *secrets, size_t secret_count,
		  const struct ty_hook_delivery *delivery, const char *query, bool is_verified,
		  struct ty_hook_reply *ret_reply)
{
	struct question q = { .arena = arena,
			      .secrets = secrets,
			      .secret_count = secret_count,
			      .has_body = delivery->body_len > 0 };

	if (rule->scheme.needs_secret && secret_count == 0)
		return false;
	for (size_t i = 0; i < TY_ARRAY_COUNT(handshakes); i++) {
		if (!may_be(i, rule, delivery, is_verified) ||
		    (!is_verified &&
		     query[0] == '\0')) /* an unsigned question comes in the query */
			continue;
		q.query = ty_form_decode(arena, query, strlen(query));
		q.body = is_verified ? body_of(arena, delivery) : ty_json_own(arena, json_object());
		ret_reply->type = handshakes[i].type;
		ret_reply->body = handshakes[i].answer(&q);
		if (ret_reply->body != NULL)
			return true;
	}
	return false;
}

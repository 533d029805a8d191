/*
 * held.c -- see held.h.
 */
#include "intake/held.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "hook/sns.h"
#include "hook/verify.h"
#include "json/json.h"

#include <string.h>

struct sent {
	const char *token_header, *token;
	const json_t *headers;
};

/* A header that was kept, or the token, which was not. */
static const char *
header_of(void *ctx, const char *name)
{
	const struct sent *sent = ctx;

	if (sent->token_header != NULL && ty_str_eq(name, sent->token_header))
		return sent->token;
	return ty_json_str(sent->headers, name, NULL);
}

static const json_t *
headers_of(struct ty_arena *arena, const char *text)
{
	struct ty_err ignored;
	json_t *headers;

	return text != NULL && ty_json_parse(arena, text, strlen(text), &headers, &ignored) == TY_OK
		       ? headers
		       : ty_json_own(arena, json_object());
}

/* NULL: the webhook is gone, or asks another address by now. */
static const struct ty_hook_rule *
rule_of(struct ty_arena *arena, const struct ty_store_due_delivery *due)
{
	struct ty_hook_rule *rule;
	struct ty_err ignored;
	json_t *verify;

	if (due->verify == NULL ||
	    ty_json_parse(arena, due->verify, strlen(due->verify), &verify, &ignored) != TY_OK ||
	    ty_hook_rule_parse(arena, verify, &rule, &ignored) != TY_OK)
		return NULL;
	return ty_hook_rule_asks(rule, due->url) ? rule : NULL;
}

static struct ty_store_settled
settle(const struct ty_store_due_delivery *due, const char *verdict, const char *reason)
{
	return (struct ty_store_settled){
		.id = due->id, .verdict = verdict, .reason = reason, .jwt = ""
	};
}

/* Verdict on one whose keys did not come; NULL keys of a set are told by ty_hook_verify. */
static struct ty_store_settled
settle_without(struct ty_arena *arena, const struct ty_store_due_delivery *due)
{
	bool is_certificate = ty_str_eq(due->kind, "certificate");

	return settle(due, is_certificate ? "bad_signature" : "not_configured",
		      ty_arena_printf(arena, "%s: %s",
				      is_certificate ? "No certificate came from its SigningCertURL"
						     : "The subscription was not confirmed",
				      due->problem));
}

struct ty_store_settled
ty_held_judge(struct ty_arena *arena, const struct ty_store_due_delivery *due, const char *token,
	      const char *sns_hosts)
{
	const struct ty_hook_rule *rule = rule_of(arena, due);
	const struct ty_hook_keys keys = { .url = due->url,
					   .text = due->content,
					   .len = due->content != NULL ? strlen(due->content) : 0 };
	struct sent sent = { .token = token, .headers = headers_of(arena, due->headers) };
	const struct ty_hook_delivery delivery = { .header = header_of,
						   .ctx = &sent,
						   .method = due->method,
						   .body = due->body != NULL ? due->body
									     : (const uint8_t *)"",
						   .body_len = due->body_len,
						   .now_s = due->received_ms / 1000,
						   .sns_hosts = sns_hosts,
						   .keys = &keys,
						   .key_count = 1 };
	struct ty_store_settled settled;
	enum ty_hook_result result;

	if (rule == NULL)
		return settle(due, "not_configured",
			      "While it waited for its issuer's keys, the webhook was changed or "
			      "taken off the air");
	if (due->sealed != NULL && token == NULL)
		return settle(due, "not_configured",
			      "Its token cannot be opened any more: the master key is another");
	if (!ty_str_eq(due->kind, "jwks") && due->content == NULL)
		return settle_without(arena, due);
	if (ty_str_eq(due->kind, "subscription"))
		return settle(due, "confirmed", "The subscription to its topic is confirmed");
	sent.token_header = rule->scheme.signature_header;
	result = ty_hook_verify(rule, NULL, 0, &delivery);
	if (result == TY_HOOK_AWAITS_KEYS)
		return settle(due, "not_configured", "No keys of its issuer came in time");
	if (result == TY_HOOK_UNKNOWN_KEY)
		return settle(due, "bad_signature", ty_hook_result_text(result));
	if (result == TY_HOOK_CONFIRMS) {
		settled = settle(due, "awaiting_keys", ty_hook_result_text(result));
		settled.jwt = ty_hook_sns_url(arena, &delivery, TY_HOOK_SNS_SUBSCRIBE);
		return settled;
	}
	settled = settle(due, ty_hook_result_verdict(result), ty_hook_result_text(result));
	if (result == TY_HOOK_OK)
		settled.jwt = ty_hook_claims(arena, rule, &delivery);
	return settled;
}

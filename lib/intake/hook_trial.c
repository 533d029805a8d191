/*
 * hook_trial.c -- see hook_trial.h.
 */
#include "intake/hook_trial.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/time.h"
#include "hook/address.h"
#include "hook/explain.h"
#include "json/json.h"
#include "store/delivery_list.h"
#include "store/hook_admin.h"
#include "store/hook_keys.h"
#include "store/store.h"

#include <string.h>
#include <strings.h>

static const char *const result_words[TY_HOOK__COUNT] = {
	[TY_HOOK_OK] = "ok",
	[TY_HOOK_MISSING] = "missing",
	[TY_HOOK_MISMATCH] = "mismatch",
	[TY_HOOK_STALE] = "stale",
	[TY_HOOK_NOT_CONFIGURED] = "not_configured",
	[TY_HOOK_WRONG_TOKEN] = "wrong_token",
	[TY_HOOK_LOCKED] = "locked",
	[TY_HOOK_BAD_SECRET] = "bad_secret",
	[TY_HOOK_OTHER_ADDRESS] = "other_address",
	[TY_HOOK_AWAITS_KEYS] = "awaiting_keys",
	[TY_HOOK_UNKNOWN_KEY] = "unknown_key",
	[TY_HOOK_OTHER_CLAIMS] = "other_claims",
	[TY_HOOK_OTHER_TOPIC] = "other_topic",
	[TY_HOOK_CONFIRMS] = "confirms",
};

struct ty_hook_trial
ty_hook_trial_begin(const char *slug, const char *base_url, ty_hook_secrets_fn secrets,
		    const struct ty_vault *vault)
{
	return (struct ty_hook_trial){ .slug = slug,
				       .base_url = base_url,
				       .now_s = ty_time_now_ms() / 1000,
				       .secrets = secrets,
				       .vault = vault };
}

static const char *
header_of(void *ctx, const char *name)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)ctx, key,
			    value) if (strcasecmp(key, name) == 0) return json_string_value(value);
	return NULL;
}

static enum ty_code
check_headers(const json_t *headers, struct ty_err *err)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)headers, key, value) if (!json_is_string(value))
	{
		ty_err_set(err, TY_E_INVALID, "The header \"%.80s\" is no text", key);
		return ty_err_at(err, "headers");
	}
	return TY_OK;
}

/* TY_HOOK_LOCKED where a secret is there and does not open; else TY_HOOK_OK. */
static enum ty_code
load_secrets(struct ty_tx *tx, const struct ty_hook_trial *trial,
	     const struct ty_store_claim *claim, const struct ty_hook_rule *rule,
	     struct ty_hook_secrets *secrets, enum ty_hook_result *ret_result, struct ty_err *err)
{
	struct ty_id id;
	enum ty_code code;

	*ret_result = TY_HOOK_OK;
	if (!ty_id_parse(rule->credential_id, &id))
		return TY_OK;
	code = trial->secrets(trial->vault, tx, &claim->workspace_id, &id, ty_hook_secrets_take,
			      secrets, err);
	if (code == TY_E_DENIED)
		*ret_result = TY_HOOK_LOCKED;
	if (code != TY_OK && code != TY_E_DENIED && code != TY_E_NOT_FOUND)
		return code;
	ty_err_clear(err);
	return TY_OK;
}

/* Keys of the rule's address, or certificates of SNS, as they are here now. */
static enum ty_code
load_keys(struct ty_tx *tx, const struct ty_hook_rule *rule, struct ty_hook_delivery *delivery,
	  struct ty_err *err)
{
	struct ty_store_keys own = { .url = NULL }, *list = &own;
	struct ty_hook_keys *keys;
	size_t count = 1;

	if (rule->scheme.made == TY_HOOK_MADE_SNS) {
		if (ty_store_keys_certificates(tx, &list, &count, err) != TY_OK)
			return err->code;
	} else if (rule->jwks_url[0] != '\0' &&
		   ty_store_keys_load(tx, rule->jwks_url, &own, err) != TY_OK) {
		return err->code;
	}
	keys = ty_arena_alloc_array(ty_tx_arena(tx), count + 1, sizeof(*keys));
	for (size_t i = 0; i < count; i++)
		keys[i] = (struct ty_hook_keys){
			.url = list[i].url != NULL ? list[i].url : rule->jwks_url,
			.text = list[i].content,
			.len = list[i].content != NULL ? strlen(list[i].content) : 0
		};
	delivery->keys = keys;
	delivery->key_count = count;
	return TY_OK;
}

static enum ty_code
find_rule(struct ty_tx *tx, const struct ty_hook_trial *trial, struct ty_store_claim *ret_claim,
	  struct ty_hook_rule **ret_rule, struct ty_err *err)
{
	struct ty_arena *arena = ty_tx_arena(tx);
	const char *path = ty_hook_path_normal(arena, trial->path);
	json_t *verify;

	if (path == NULL)
		return ty_err_set(err, TY_E_INVALID, "The path has a broken escape");
	if (ty_store_claim_find(tx, trial->slug, trial->method, path, ret_claim, err) != TY_OK)
		return err->code;
	if (!ty_id_is_set(&ret_claim->hook_id)) {
		ty_err_set(err, TY_E_NOT_FOUND, "No published workflow claims %.10s /%.200s",
			   trial->method, path);
		return ty_err_hint(err, "Publish the workflow, or compare method and path with its "
					"webhook's.");
	}
	if (ty_json_parse(arena, ret_claim->verify, strlen(ret_claim->verify), &verify, err) !=
	    TY_OK)
		return err->code;
	return ty_hook_rule_parse(arena, verify, ret_rule, err);
}

static const char *
url_of(struct ty_arena *arena, const struct ty_hook_trial *trial)
{
	return ty_arena_printf(arena, "%s/hooks/%s/%s%s%s", trial->base_url, trial->slug,
			       trial->path, trial->query[0] != '\0' ? "?" : "", trial->query);
}

static json_t *
report_of(struct ty_arena *arena, const struct ty_hook_rule *rule,
	  const struct ty_hook_secrets *secrets, const struct ty_hook_delivery *delivery,
	  enum ty_hook_result result)
{
	struct ty_hook_difference difference;
	bool is_found =
		result != TY_HOOK_OK && result != TY_HOOK_LOCKED &&
		ty_hook_explain(arena, rule, secrets->list, secrets->count, delivery, &difference);

	return ty_json_own(
		arena, json_pack("{s:s, s:s, s:s, s:s, s:o}", "scheme", rule->scheme.name, "result",
				 result_words[result], "text", ty_hook_result_text(result), "hint",
				 ty_hook_hint(arena, rule, delivery, result), "difference",
				 is_found ? json_pack("{s:s, s:s}", "part", difference.part, "text",
						      difference.text)
					  : json_null()));
}

enum ty_code
ty_hook_try(struct ty_tx *tx, const struct ty_hook_trial *trial, json_t **ret_report,
	    struct ty_err *err)
{
	struct ty_arena *arena = ty_tx_arena(tx);
	struct ty_hook_secrets secrets = { .arena = arena };
	struct ty_hook_delivery delivery = { .header = header_of,
					     .ctx = (void *)trial->headers,
					     .method = trial->method,
					     .url = url_of(arena, trial),
					     .body = trial->body,
					     .body_len = trial->body_len,
					     .now_s = trial->now_s,
					     .sns_hosts = trial->sns_hosts };
	struct ty_store_claim claim;
	struct ty_hook_rule *rule;
	enum ty_hook_result result;

	if (check_headers(trial->headers, err) != TY_OK ||
	    find_rule(tx, trial, &claim, &rule, err) != TY_OK ||
	    load_keys(tx, rule, &delivery, err) != TY_OK ||
	    load_secrets(tx, trial, &claim, rule, &secrets, &result, err) != TY_OK)
		return err->code;
	if (result == TY_HOOK_OK)
		result = ty_hook_verify(rule, secrets.list, secrets.count, &delivery);
	*ret_report = report_of(arena, rule, &secrets, &delivery, result);
	return TY_OK;
}

enum ty_code
ty_hook_try_delivery(struct ty_tx *tx, const struct ty_id *delivery_id,
		     const struct ty_hook_trial *trial, json_t **ret_report, struct ty_err *err)
{
	struct ty_hook_trial again = *trial;
	struct ty_store_delivery *delivery;
	json_t *headers;

	if (ty_store_delivery_load(tx, delivery_id, &delivery, err) != TY_OK ||
	    ty_json_parse(ty_tx_arena(tx), delivery->headers, strlen(delivery->headers), &headers,
			  err) != TY_OK)
		return err->code;
	again.method = delivery->method;
	again.path = delivery->path;
	again.query = delivery->query;
	again.headers = headers;
	again.body = delivery->body;
	again.body_len = delivery->body_len;
	return ty_hook_try(tx, &again, ret_report, err);
}

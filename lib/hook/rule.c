/*
 * rule.c -- a hook's own settings, laid over its scheme.
 */
#include "internal.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <string.h>

/* A non-empty option as lower-case text in the arena, 'def' where absent. */
static const char *
rule_option(struct ty_arena *arena, const json_t *verify, const char *key, bool lower,
	    const char *def)
{
	const char *value = ty_json_str(verify, key, "");
	char *copy;

	if (value[0] == '\0')
		return def;
	copy = ty_arena_strdup(arena, value);
	for (char *p = copy; lower && *p != '\0'; p++) {
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	}
	return copy;
}

static enum ty_code
rule_parse_hmac(struct ty_arena *arena, const json_t *verify, struct ty_hook_scheme *s,
		struct ty_err *err)
{
	const char *algorithm = ty_json_str(verify, "hmac_algorithm", "sha256");
	const char *encoding = ty_json_str(verify, "hmac_encoding", "hex");

	s->signature_header = rule_option(arena, verify, "hmac_header", true, s->signature_header);
	s->prefix = rule_option(arena, verify, "hmac_prefix", false, NULL);
	s->timestamp_header = rule_option(arena, verify, "hmac_timestamp_header", true, NULL);
	if (s->timestamp_header != NULL) {
		s->signed_bytes = "{time}.{body}";
		s->age = TY_HOOK_AGE_BOTH;
	}
	if (strcmp(algorithm, "sha256") != 0 && strcmp(algorithm, "sha1") != 0)
		return ty_err_set(err, TY_E_INVALID, "unknown HMAC algorithm \"%s\"", algorithm);
	s->mac = strcmp(algorithm, "sha1") == 0 ? TY_HOOK_SHA1 : TY_HOOK_SHA256;
	if (strcmp(encoding, "hex") != 0 && strcmp(encoding, "base64") != 0)
		return ty_err_set(err, TY_E_INVALID, "unknown signature encoding \"%s\"", encoding);
	s->encoding = strcmp(encoding, "base64") == 0 ? TY_HOOK_BASE64 : TY_HOOK_HEX;
	return TY_OK;
}

/* Options that a hook may set of its scheme. */
static enum ty_code
rule_parse_options(struct ty_arena *arena, const json_t *verify, struct ty_hook_scheme *s,
		   struct ty_err *err)
{
	switch (s->options) {
	case TY_HOOK_OPTIONS_HMAC:
		return rule_parse_hmac(arena, verify, s, err);
	case TY_HOOK_OPTIONS_TOKEN:
		s->signature_header =
			rule_option(arena, verify, "token_header", true, s->signature_header);
		s->prefix = rule_option(arena, verify, "token_prefix", false, NULL);
		return TY_OK;
	default:
		return TY_OK;
	}
}

const char *
ty_hook_read_as(const json_t *verify)
{
	if (ty_str_eq(ty_json_str(verify, "bytes", ""), "file"))
		return ty_body_as_name(TY_BODY_AS_AUTO_FILE);
	return ty_json_str(verify, "read_as", "");
}

void
ty_hook_read_as_set(json_t *verify, const char *read_as)
{
	if (ty_str_eq(read_as, ty_body_as_name(TY_BODY_AS_AUTO_FILE)))
		json_object_set_new(verify, "bytes", json_string("file"));
	else
		json_object_set_new(verify, "read_as", json_string(read_as));
}

enum ty_code
ty_hook_rule_parse(struct ty_arena *arena, const json_t *verify, struct ty_hook_rule **ret_rule,
		   struct ty_err *err)
{
	const char *name = ty_json_str(verify, "scheme", "");
	const struct ty_hook_scheme *scheme = ty_hook_scheme_find(name);
	struct ty_hook_rule *rule;

	if (scheme == NULL)
		return ty_err_set(err, TY_E_INVALID, "unknown signature scheme \"%s\"", name);
	rule = ty_arena_new_of(arena, struct ty_hook_rule);
	rule->scheme = *scheme;
	rule->credential_id = rule_option(arena, verify, "credential", false, "");
	rule->route = rule_option(arena, verify, "route", false, "");
	rule->addresses = rule_option(arena, verify, "allowed_addresses", false, "");
	rule->origins = rule_option(arena, verify, "allowed_origins", false, "");
	rule->sns_topics = rule_option(arena, verify, "sns_topics", false, "");
	rule->jwks_url = scheme->is_jwt ? rule_option(arena, verify, "jwks_url", false, "") : "";
	rule->jwt_issuer = rule_option(arena, verify, "jwt_issuer", false, "");
	rule->jwt_audience = rule_option(arena, verify, "jwt_audience", false, "");
	rule->rerun_failed = strcmp(ty_json_str(verify, "on_repeat", ""), "rerun_failed") == 0;
	ty_hook_rule_parse_answers(verify, rule);
	if (rule_parse_options(arena, verify, &rule->scheme, err) != TY_OK)
		return err->code;
	rule->keep_headers = rule_option(arena, verify, "keep_headers", true, "");
	rule->scheme.dedupe_header =
		rule_option(arena, verify, "dedupe_header", true, scheme->dedupe_header);
	if (!ty_body_as_parse(ty_hook_read_as(verify), &rule->read_as))
		return ty_err_set(err, TY_E_INVALID, "a body cannot be read as \"%s\"",
				  ty_hook_read_as(verify));
	/* JSON of SNS comes as text/plain. */
	if (scheme->made == TY_HOOK_MADE_SNS &&
	    (rule->read_as == TY_BODY_AS_AUTO || rule->read_as == TY_BODY_AS_AUTO_FILE))
		rule->read_as = TY_BODY_AS_JSON;
	*ret_rule = rule;
	return TY_OK;
}

bool
ty_hook_rule_keeps(const struct ty_hook_rule *rule, const char *name)
{
	return ty_str_list_has(rule->keep_headers, name);
}

bool
ty_hook_rule_takes_secret_in(const struct ty_hook_rule *rule, const char *name)
{
	return rule->scheme.needs_secret && rule->scheme.signed_bytes == NULL &&
	       !rule->scheme.is_jwt && ty_str_eq(rule->scheme.signature_header, name);
}

bool
ty_hook_rule_streams(const struct ty_hook_rule *rule)
{
	return !scheme_has_public_key(&rule->scheme) && rule->scheme.time_member == NULL &&
	       rule->scheme.made == TY_HOOK_AS_SENT;
}

bool
ty_hook_rule_signs_url(const struct ty_hook_rule *rule)
{
	const char *layout = rule->scheme.signed_bytes;

	return layout != NULL && strstr(layout, "{url}") != NULL;
}

bool
ty_hook_rule_asks(const struct ty_hook_rule *rule, const char *url)
{
	return rule->scheme.made == TY_HOOK_MADE_SNS ||
	       (rule_has_keys(rule) && ty_str_eq(rule->jwks_url, url));
}

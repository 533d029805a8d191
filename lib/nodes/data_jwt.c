/*
 * data.jwt -- JSON Web Tokens (RFC 7519): made, checked, or looked into.
 *
 * Invariants:
 *   (1) The algorithm is the credential's, and a token of any other is not valid; "none" is none of them.
 *   (2) Whether a token is signed the service says (computing.h); whether it counts now, and here, its claims say, by
 *       the clock of the step.
 *   (3) A token that is looked into is not checked, and nothing in it may be believed.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "crypto/crypto.h"
#include "json/json.h"
#include "nodes/computing.h"
#include "nodes/into.h"
#include "nodes/nodes.h"
#include "nodes/path.h"

#include <string.h>

enum { DO_VERIFY, DO_SIGN, DO_DECODE };
enum { INVALID_FAIL, INVALID_MARK };

struct jwt_params {
	int action, invalid;
	const char *key, *token, *claims, *issuer, *subject, *audience, *into;
	int64_t lifetime_s, leeway_s;
};

static const struct ty_choice jwt_actions[] = {
	[DO_VERIFY] = { "verify", "Check a token" },
	[DO_SIGN] = { "sign", "Make a token" },
	[DO_DECODE] = { "decode", "Look into a token, unchecked" },
	{ NULL, NULL },
};

static const struct ty_choice jwt_invalids[] = {
	[INVALID_FAIL] = { "fail", "It fails" },
	[INVALID_MARK] = { "mark", "The result says so: valid, reason" },
	{ NULL, NULL },
};

static bool jwt_is_whole(const struct ty_node_def *def, const json_t *params);
static bool jwt_is_safe(const struct ty_node_def *def, const json_t *params);
static enum ty_code jwt_all(struct ty_step *step, struct ty_err *err);
static enum ty_code jwt_each(struct ty_step *step, size_t i, struct ty_err *err);
static enum ty_code jwt_resume(struct ty_step *step, const struct ty_answer *answer,
			       struct ty_err *err);

const struct ty_node_def ty_node_data_jwt = {
	TY_NODE_HEAD,
	.type = "data.jwt",
	.version = 1,
	.category = TY_CATEGORY_DATA,
	.title = "JWT",
	.summary = "Make, check or look into a JSON Web Token",
	.icon = "fingerprint",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(
		TY_ROW_ENUM(struct jwt_params, action, jwt_actions, "Do", .def = "verify"),
		TY_ROW_CREDENTIAL(struct jwt_params, key, "Key", .flags = TY_PARAM_REQUIRED,
				  .show_when = "action!=decode",
				  .help = "Its algorithm is the only one that counts."),
		TY_ROW_STRING(struct jwt_params, token, 500, "Field with the token", .def = "token",
			      .show_when = "action!=sign", .help = NODE_PATH_HELP),
		TY_ROW_STRING(struct jwt_params, claims, 500, "Field with the claims",
			      .def = "claims", .show_when = "action=sign",
			      .help = "An object. Empty: all fields of the item."),
		TY_ROW_STRING(struct jwt_params, issuer, 500, "Issuer", .def = "",
			      .flags = TY_PARAM_EXPR, .show_when = "action!=decode",
			      .help = "The claim iss: set, or asked for. Empty: neither."),
		TY_ROW_STRING(struct jwt_params, subject, 500, "Subject", .def = "",
			      .flags = TY_PARAM_EXPR, .show_when = "action=sign",
			      .help = "The claim sub."),
		TY_ROW_STRING(struct jwt_params, audience, 500, "Audience", .def = "",
			      .flags = TY_PARAM_EXPR, .show_when = "action!=decode",
			      .help = "The claim aud: set, or asked to have it."),
		TY_ROW_INT(struct jwt_params, lifetime_s, 0, 366 * 86400, "Lifetime", .def = "300",
			   .unit = "s", .show_when = "action=sign",
			   .help = "From iat to exp. 0: the token has neither."),
		TY_ROW_INT(struct jwt_params, leeway_s, 0, 600, "Leeway", .def = "60", .unit = "s",
			   .flags = TY_PARAM_ADVANCED, .show_when = "action=verify",
			   .help = "So much may clocks differ, for exp and nbf."),
		TY_ROW_ENUM(struct jwt_params, invalid, jwt_invalids, "A token that is not valid",
			    .def = "fail", .show_when = "action=verify"),
		NODE_INTO_ROW(struct jwt_params, "result")),
	.params_size = sizeof(struct jwt_params),
	.credential_types = "crypto_key",
	.flags = TY_NODE_EFFECT,
	.is_safe = jwt_is_safe,
	.check = node_into_check,
	.advise = node_into_advise,
	.exec = jwt_all,
	.each = jwt_each,
	.whole = jwt_is_whole,
	.resume = jwt_resume,
};

static bool
jwt_is_whole(const struct ty_node_def *def, const json_t *params)
{
	return strcmp(ty_json_str(params, "action", "verify"), "decode") != 0;
}

/* Safe at any time, because nothing that it does can be seen from outside. */
static bool
jwt_is_safe(const struct ty_node_def *def, const json_t *params)
{
	return true;
}

/* ---- what is in a token ---- */

/* Tokens are sent in headers; the longest ones that are met have 8 KB. */
#define TOKEN_BYTES_MAX 65536

static json_t *
part_json(struct ty_arena *arena, const char *text, size_t len)
{
	struct ty_err ignored = { .code = TY_OK };
	const uint8_t *bytes;
	json_t *json;
	size_t size;

	/* Base64 of URLs alone, and no padding (RFC 7515, 2). */
	for (size_t i = 0; i < len; i++)
		if (strchr("+/= \t\r\n", text[i]) != NULL)
			return NULL;
	bytes = ty_base64_decode(arena, text, len, &size);
	if (bytes == NULL ||
	    ty_json_parse(arena, (const char *)bytes, size, &json, &ignored) != TY_OK)
		return NULL;
	return json_is_object(json) ? json : NULL;
}

/* "header.claims.signature"; false where it is none. */
static bool
token_read(struct ty_arena *arena, const char *token, json_t **ret_header, json_t **ret_claims)
{
	const char *dot = strchr(token, '.'), *last = strrchr(token, '.');

	if (dot == NULL || dot == last || strlen(token) > TOKEN_BYTES_MAX ||
	    memchr(dot + 1, '.', (size_t)(last - dot - 1)) != NULL)
		return false;
	*ret_header = part_json(arena, token, (size_t)(dot - token));
	*ret_claims = part_json(arena, dot + 1, (size_t)(last - dot - 1));
	return *ret_header != NULL && *ret_claims != NULL;
}

static enum ty_code
no_token(struct ty_step *step, size_t i, struct ty_err *err)
{
	ty_step_blame(step, i);
	ty_err_set(err, TY_E_INVALID,
		   "the text is no token: header.claims.signature, in Base64 for "
		   "addresses");
	return ty_err_hint(err, "Take what follows \"Bearer \", and nothing around it.");
}

static enum ty_code
jwt_each(struct ty_step *step, size_t i, struct ty_err *err)
{
	const struct jwt_params *p = ty_step_params(step, i);
	json_t *text, *header, *claims;

	if (node_compute_text(step, i, p->token, &text, err) != TY_OK)
		return err->code;
	text = ty_json_own(ty_step_arena(step), text);
	if (!token_read(ty_step_arena(step), json_string_value(text), &header, &claims))
		return no_token(step, i, err);
	return node_into_emit(step, i, p->into,
			      json_pack("{s:O, s:O}", "header", header, "claims", claims), err);
}

/* ---- asking ---- */

static void
claim_set(json_t *claims, const char *name, const char *text)
{
	if (text[0] != '\0')
		json_object_set_new(claims, name, json_string(text));
}

static enum ty_code
claims_of(struct ty_step *step, const struct jwt_params *p, size_t i, json_t **ret_text,
	  struct ty_err *err)
{
	const json_t *json = ty_step_json(step, i);
	const json_t *given = p->claims[0] != '\0' ? node_path_get(json, p->claims) : json;
	struct ty_arena *arena = ty_step_arena(step);
	int64_t now_s = ty_step_now_ms(step) / 1000;
	json_t *claims;

	if (!json_is_object(given)) {
		ty_step_blame(step, i);
		ty_err_set(err, TY_E_INVALID, "the field \"%.100s\" is no object of claims",
			   p->claims);
		return ty_err_hint(err, "Put the claims into that field before, or leave it empty "
					"to take the whole item.");
	}
	claims = ty_json_own(arena, json_copy((json_t *)given));
	claim_set(claims, "iss", p->issuer);
	claim_set(claims, "sub", p->subject);
	claim_set(claims, "aud", p->audience);
	if (p->lifetime_s > 0) {
		json_object_set_new(claims, "iat", json_integer(now_s));
		json_object_set_new(claims, "exp", json_integer(now_s + p->lifetime_s));
	}
	*ret_text = json_string(ty_json_dump(arena, claims, NULL));
	return TY_OK;
}

static enum ty_code
claims_all(struct ty_step *step, const struct jwt_params *p, json_t **ret_texts, struct ty_err *err)
{
	json_t *texts = json_array(), *text = NULL;

	for (size_t i = 0; i < ty_step_input_count(step); i++) {
		if (claims_of(step, p, i, &text, err) != TY_OK) {
			json_decref(texts);
			return err->code;
		}
		json_array_append_new(texts, text);
	}
	*ret_texts = texts;
	return TY_OK;
}

static enum ty_code
jwt_all(struct ty_step *step, struct ty_err *err)
{
	const struct jwt_params *p = ty_step_params(step, 0);
	struct node_compute ask = { .way = p->action == DO_SIGN ? "jws" : "check",
				    .credential = p->key };

	if ((p->action == DO_SIGN ? claims_all(step, p, &ask.texts, err)
				  : node_compute_texts(step, p->token, &ask.texts, err)) != TY_OK)
		return err->code;
	return node_compute_call(step, &ask, err);
}

/* ---- does it count? ---- */

static bool
has_audience(const json_t *claims, const char *wanted)
{
	json_t *audience = json_object_get(claims, "aud"), *entry;
	size_t i;

	if (json_is_string(audience))
		return strcmp(json_string_value(audience), wanted) == 0;
	json_array_foreach(audience, i, entry)
	{
		if (json_is_string(entry) && strcmp(json_string_value(entry), wanted) == 0)
			return true;
	}
	return false;
}

/* Reason why its claims do not count; NULL = they do. */
static const char *
claims_fault(struct ty_step *step, const struct jwt_params *p, const json_t *claims)
{
	const json_t *expires = json_object_get(claims, "exp"),
		     *begins = json_object_get(claims, "nbf");
	double now_s = (double)ty_step_now_ms(step) / 1000, leeway_s = (double)p->leeway_s;

	if ((expires != NULL && !json_is_number(expires)) ||
	    (begins != NULL && !json_is_number(begins)))
		return "its exp or nbf is no time";
	if (expires != NULL && now_s >= json_number_value(expires) + leeway_s)
		return "it has expired";
	if (begins != NULL && now_s < json_number_value(begins) - leeway_s)
		return "it counts only later";
	if (p->issuer[0] != '\0' && strcmp(ty_json_str(claims, "iss", ""), p->issuer) != 0)
		return "it is of another issuer";
	if (p->audience[0] != '\0' && !has_audience(claims, p->audience))
		return "it is for another audience";
	return NULL;
}

static enum ty_code
token_emit(struct ty_step *step, const struct jwt_params *p, size_t i, bool is_signed,
	   struct ty_err *err)
{
	const json_t *value = node_path_get(ty_step_json(step, i), p->token);
	json_t *header = NULL, *claims = NULL, *result;
	bool is_token = json_is_string(value) &&
			token_read(ty_step_arena(step), json_string_value(value), &header, &claims);
	const char *fault = "it is no token";

	if (is_token)
		fault = is_signed ? claims_fault(step, p, claims)
				  : "it is not signed by the key, with the key's algorithm";
	if (p->invalid == INVALID_FAIL && fault == NULL)
		return node_into_emit(step, i, p->into, json_incref(claims), err);
	if (p->invalid == INVALID_FAIL) {
		ty_step_blame(step, i);
		ty_err_set(err, TY_E_INVALID, "the token is not valid: %s", fault);
		return ty_err_hint(err,
				   "Let tokens that are not valid be marked, to go on with them.");
	}
	result = json_pack("{s:b}", "valid", fault == NULL);
	if (fault != NULL)
		json_object_set_new(result, "reason", json_string(fault));
	/* Keep back what is not signed. */
	if (is_signed && is_token) {
		json_object_set(result, "header", header);
		json_object_set(result, "claims", claims);
	}
	return node_into_emit(step, i, p->into, result, err);
}

static enum ty_code
jwt_resume(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	const struct jwt_params *p = ty_step_params(step, 0);
	const json_t *values = node_compute_values(step, answer, err);
	json_t *value;
	size_t i;

	if (values == NULL)
		return err->code;
	json_array_foreach((json_t *)values, i, value)
	{
		enum ty_code code =
			p->action == DO_SIGN
				? node_into_emit(step, i, p->into, json_incref(value), err)
				: token_emit(step, p, i, json_is_true(value), err);

		if (code != TY_OK)
			return code;
	}
	return TY_OK;
}

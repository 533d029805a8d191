/*
 * core.webhook -- start when a request comes to /hooks/<workspace>/<path>.
 *
 * The request was matched, verified and recorded long before this node runs: its
 * parameters are read by the API server.  Here the delivery is simply what goes out.
 *
 * Verification is a choice that has to be made: there is no default, "none" is the
 * explicit way out.
 */
#include "nodes/nodes.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/str.h"
#include "hook/address.h"
#include "hook/keys.h"
#include "hook/origin.h"
#include "hook/sender.h"
#include "hook/sns.h"
#include "hook/verify.h"

#include <string.h>

struct webhook_params {
	int method, verify, hmac_algorithm, hmac_encoding, read_as, on_repeat;
	const char *path, *credential, *hmac_header, *hmac_prefix, *hmac_timestamp_header;
	const char *sns_topics, *jwks_url, *jwt_issuer, *jwt_audience;
	const char *token_header, *token_prefix, *dedupe_header, *keep_headers, *allowed_origins,
		*allowed_addresses;
	int answer, answer_body, answer_late;
	int64_t answer_wait_s;
};

/* The words of ty_hook_rule_parse. */
static const struct ty_choice webhook_answers[] = {
	{ "at_once", "At once, with the run's id" },
	{ "when_finished", "When the run has ended" },
	{ "by_node", "By the node Respond" },
	{ NULL, NULL },
};

static const struct ty_choice webhook_answer_bodies[] = {
	{ "first_item", "First item of the last step" },
	{ "all_items", "All items of the last step" },
	{ "file", "First file of the first item" },
	{ "none", "None" },
	{ NULL, NULL },
};

static const struct ty_choice webhook_late[] = {
	{ "error", "504 with the run's id" },
	{ "accepted", "202 with the run's id" },
	{ NULL, NULL },
};

static const struct ty_choice webhook_methods[] = {
	{ "ANY", "Any" },     { "GET", "GET" },	      { "POST", "POST" }, { "PUT", "PUT" },
	{ "PATCH", "PATCH" }, { "DELETE", "DELETE" }, { "HEAD", "HEAD" }, { NULL, NULL },
};

static const struct ty_choice webhook_schemes[] = {
#define X(name, label, choice, ...) { #name, choice },
#include "hook/scheme.def"
#undef X
	{ NULL, NULL },
};

static const struct ty_choice webhook_algorithms[] = {
	{ "sha256", "SHA-256" },
	{ "sha1", "SHA-1" },
	{ NULL, NULL },
};

static const struct ty_choice webhook_encodings[] = {
	{ "hex", "Hexadecimal" },
	{ "base64", "Base64" },
	{ NULL, NULL },
};

/* The words of ty_body_as_parse (body/body.h). */
static const struct ty_choice webhook_read_as[] = {
	{ "auto_file", "As its content type says; bytes as a file" },
	{ "auto", "As its content type says; bytes in base64" },
	{ "json", "JSON" },
	{ "form", "Form" },
	{ "multipart", "Multipart form" },
	{ "text", "Text" },
	{ "bytes", "Bytes (base64)" },
	{ NULL, NULL },
};

static const struct ty_choice webhook_repeats[] = {
	{ "answer", "Answer with the first run" },
	{ "rerun_failed", "Run again where the first run failed" },
	{ NULL, NULL },
};

static void webhook_check(const struct ty_node_def *def, const json_t *params,
			  ty_param_finding_fn found, void *ctx);
static bool webhook_awaits_answer(const json_t *params);
static enum ty_code webhook_exec(struct ty_step *step, struct ty_err *err);

const struct ty_node_def ty_node_core_webhook = {
	TY_NODE_HEAD,
	.type = "core.webhook",
	.version = 1,
	.category = TY_CATEGORY_TRIGGER,
	.title = "Webhook",
	.summary = "Start when a request comes in",
	.icon = "webhook",
	.triggers = TY_CLAIM(TY_TRIGGER_WEBHOOK),
	.inputs = ty_ports_none,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(
		TY_ROW_ENUM(struct webhook_params, method, webhook_methods, "Method",
			    .def = "POST"),
		TY_ROW_STRING(
			struct webhook_params, path, 200, "Path", .flags = TY_PARAM_REQUIRED,
			.placeholder = "github/pushes",
			.help = "The address is /hooks/<workspace>/<path>; no leading slash. A "
				"part such as :id takes any text, which is then in params.id."),
		TY_ROW_ENUM(struct webhook_params, verify, webhook_schemes, "Signature",
			    .flags = TY_PARAM_REQUIRED,
			    .help = "How a delivery proves where it comes from."),
		TY_ROW_CREDENTIAL(struct webhook_params, credential, "Secret",
				  .show_when = "verify!=none,sns",
				  .help = "The secret shared with the sender; of user and password "
					  "\"user:password\". Needed but where the keys of a token "
					  "are at an address."),
		TY_ROW_STRING(struct webhook_params, sns_topics, 2000, "Topics",
			      .flags = TY_PARAM_REQUIRED, .show_when = "verify=sns",
			      .placeholder = "arn:aws:sns:eu-central-1:123456789012:orders",
			      .help = "ARNs of the topics that may send, separated by commas. "
				      "Anybody with an account may have a message signed."),
		TY_ROW_STRING(struct webhook_params, jwks_url, TY_HOOK_KEYS_URL_BYTES_MAX,
			      "Address of the issuer's keys", .def = "", .show_when = "verify=jwt",
			      .placeholder = "https://issuer.example.org/.well-known/jwks.json",
			      .help = "A JSON Web Key Set, fetched and kept up to date; beside the "
				      "secret or instead of it."),
		TY_ROW_STRING(struct webhook_params, jwt_issuer, 500, "Issuer", .def = "",
			      .show_when = "verify=jwt",
			      .help = "The token's \"iss\" has to be this; empty for any."),
		TY_ROW_STRING(struct webhook_params, jwt_audience, 1000, "Audience", .def = "",
			      .show_when = "verify=jwt",
			      .help = "One of these has to be in the token's \"aud\", separated by "
				      "commas; empty for any. Set it where the issuer gives tokens "
				      "to others too."),
		TY_ROW_STRING(struct webhook_params, hmac_header, 100, "Signature header",
			      .def = "X-Signature", .show_when = "verify=hmac"),
		TY_ROW_ENUM(struct webhook_params, hmac_algorithm, webhook_algorithms, "Algorithm",
			    .def = "sha256", .show_when = "verify=hmac"),
		TY_ROW_ENUM(struct webhook_params, hmac_encoding, webhook_encodings, "Encoding",
			    .def = "hex", .show_when = "verify=hmac"),
		TY_ROW_STRING(struct webhook_params, hmac_prefix, 50, "Prefix", .def = "",
			      .show_when = "verify=hmac",
			      .help = "Text in the header before the signature, such as sha256=."),
		TY_ROW_STRING(struct webhook_params, hmac_timestamp_header, 100, "Time header",
			      .def = "", .show_when = "verify=hmac",
			      .help = "A header with the time in seconds, signed as <time>.<body>; "
				      "empty for none."),
		TY_ROW_ENUM(
			struct webhook_params, read_as, webhook_read_as, "Read the body as",
			.flags = TY_PARAM_ADVANCED, .def = "auto_file",
			.help = "Other than by its type where the sender's type is wrong: JSON "
				"that comes as text/plain, or text that is to stay as it came."),
		TY_ROW_STRING(struct webhook_params, token_header, 100, "Secret's header",
			      .def = "X-Webhook-Token", .show_when = "verify=token",
			      .help = "The header that holds the secret itself: X-Gitlab-Token of "
				      "GitLab, X-Telegram-Bot-Api-Secret-Token of Telegram."),
		TY_ROW_STRING(struct webhook_params, token_prefix, 50, "Prefix", .def = "",
			      .show_when = "verify=token",
			      .help = "Text in the header before the secret, such as \"Bearer \"."),
		TY_ROW_STRING(struct webhook_params, keep_headers, 1000, "Headers kept",
			      .flags = TY_PARAM_ADVANCED, .def = "",
			      .help = "Headers whose names look like secrets are left out of "
				      "$json.headers, but for these: X-Channel-Token, X-Other.  "
				      "The run sees them; lists and records show a mask."),
		TY_ROW_STRING(struct webhook_params, dedupe_header, 100, "Delivery id header",
			      .flags = TY_PARAM_ADVANCED, .def = "",
			      .help = "A delivery whose id was seen before starts no second run; "
				      "empty: the scheme's own."),
		TY_ROW_ENUM(struct webhook_params, on_repeat, webhook_repeats, "Repeats",
			    .flags = TY_PARAM_ADVANCED, .def = "answer",
			    .help = "Treatment of a delivery whose id was seen before."),
		TY_ROW_ENUM(struct webhook_params, answer, webhook_answers, "Answer",
			    .def = "at_once", .help = "When the sender is answered, and by whom."),
		TY_ROW_ENUM(struct webhook_params, answer_body, webhook_answer_bodies,
			    "Answer with", .def = "first_item",
			    .show_when = "answer=when_finished"),
		TY_ROW_INT(struct webhook_params, answer_wait_s, 1, TY_LIMIT_ANSWER_WAIT_MS / 1000,
			   "Longest wait", .def = "30", .unit = "s",
			   .show_when = "answer=when_finished,by_node",
			   .help = "The run goes on after it."),
		TY_ROW_ENUM(struct webhook_params, answer_late, webhook_late, "After that",
			    .def = "error", .show_when = "answer=when_finished,by_node"),
		TY_ROW_STRING(struct webhook_params, allowed_origins, 1000, "Allowed origins",
			      .flags = TY_PARAM_ADVANCED, .def = "",
			      .placeholder = "https://shop.example.org",
			      .help = "Sites whose pages may call this address, such as "
				      "https://shop.example.org; separated by commas, * for all, "
				      "empty for none."),
		TY_ROW_STRING(struct webhook_params, allowed_addresses, 4000, "Allowed addresses",
			      .flags = TY_PARAM_ADVANCED, .def = "", .placeholder = "192.0.2.0/24",
			      .help = "Addresses and ranges of senders, separated by commas; empty "
				      "for all.")),
	.params_size = sizeof(struct webhook_params),
	.credential_types = "webhook_secret,webhook_handshake",
	.flags = TY_NODE_PURE,
	.check = webhook_check,
	.awaits_answer = webhook_awaits_answer,
	.exec = webhook_exec,
};

static void
check_path(const char *path, ty_param_finding_fn found, void *ctx)
{
	struct ty_arena *arena = ty_arena_new(NULL, "path", 0);
	struct ty_hook_path_fault fault;

	if (ty_hook_path_fault(arena, path, &fault))
		found(ctx, "path", fault.message, fault.hint);
	ty_arena_free(arena);
}

/* Is there a secret to be chosen, and none is? */
static bool
needs_secret(const json_t *params)
{
	const struct ty_hook_scheme *scheme =
		ty_hook_scheme_find(ty_json_str(params, "verify", ""));

	return scheme != NULL && scheme->needs_secret &&
	       ty_json_str(params, "credential", "")[0] == '\0';
}

static void
webhook_check(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found,
	      void *ctx)
{
	const char *path = json_string_value(json_object_get(params, "path"));
	const char *origins = json_string_value(json_object_get(params, "allowed_origins"));
	const char *addresses = json_string_value(json_object_get(params, "allowed_addresses"));
	const char *keys = ty_json_str(params, "jwks_url", "");
	const char *fault, *hint;

	if (path != NULL && path[0] != '\0')
		check_path(path, found, ctx);
	fault = origins != NULL ? ty_hook_origins_fault(origins, &hint) : NULL;
	if (fault != NULL)
		found(ctx, "allowed_origins", fault, hint);
	fault = addresses != NULL ? ty_hook_addresses_fault(addresses, &hint) : NULL;
	if (fault != NULL)
		found(ctx, "allowed_addresses", fault, hint);
	if (!ty_str_eq(ty_json_str(params, "verify", ""), "jwt"))
		keys = "";
	fault = ty_hook_sns_topics_fault(ty_json_str(params, "sns_topics", ""), &hint);
	if (fault != NULL)
		found(ctx, "sns_topics", fault, hint);
	fault = keys[0] != '\0' ? ty_hook_keys_url_fault(keys, &hint) : NULL;
	if (fault != NULL)
		found(ctx, "jwks_url", fault, hint);
	if (needs_secret(params) && keys[0] == '\0')
		found(ctx, "credential",
		      "parameter \"credential\" is required, but it has no value", "Fill it in");
}

static bool
webhook_awaits_answer(const json_t *params)
{
	return ty_str_eq(ty_json_str(params, "answer", ""), "by_node");
}

static enum ty_code
webhook_exec(struct ty_step *step, struct ty_err *err)
{
	for (size_t i = 0; i < ty_step_input_count(step); i++)
		if (ty_step_pass(step, 0, i, err) != TY_OK)
			return err->code;
	return TY_OK;
}

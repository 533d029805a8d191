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
#include "hook/address.h"
#include "hook/origin.h"

#include <string.h>

struct webhook_params {
	int method, verify, hmac_algorithm, hmac_encoding, read_as, on_repeat;
	const char *path, *credential, *hmac_header, *hmac_prefix, *hmac_timestamp_header;
	const char *token_header, *token_prefix, *dedupe_header, *keep_headers, *allowed_origins;
};

static const struct ty_choice webhook_methods[] = {
	{ "ANY", "Any" },     { "GET", "GET" },	      { "POST", "POST" }, { "PUT", "PUT" },
	{ "PATCH", "PATCH" }, { "DELETE", "DELETE" }, { "HEAD", "HEAD" }, { NULL, NULL },
};

static const struct ty_choice webhook_schemes[] = {
	{ "none", "None: anybody may call" },
	{ "github", "GitHub" },
	{ "stripe", "Stripe" },
	{ "slack", "Slack" },
	{ "hmac", "HMAC of the body" },
	{ "token", "A header equals the secret" },
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
	{ "auto", "As its content type says" },
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

static const struct ty_param webhook_param_table[] = {
	{ .name = "method",
	  .label = "Method",
	  .type = TY_PARAM_ENUM,
	  .def = "POST",
	  .choices = webhook_methods,
	  .offset = offsetof(struct webhook_params, method) },
	{ .name = "path",
	  .label = "Path",
	  .help = "The address is /hooks/<workspace>/<path>; no leading slash. A part such as :id "
		  "takes any text, which is then in params.id.",
	  .placeholder = "github/pushes",
	  .type = TY_PARAM_STRING,
	  .flags = TY_PARAM_REQUIRED,
	  .offset = offsetof(struct webhook_params, path),
	  .max = 200 },
	{ .name = "verify",
	  .label = "Signature",
	  .help = "How a delivery proves where it comes from.",
	  .type = TY_PARAM_ENUM,
	  .flags = TY_PARAM_REQUIRED,
	  .choices = webhook_schemes,
	  .offset = offsetof(struct webhook_params, verify) },
	{ .name = "credential",
	  .label = "Secret",
	  .help = "The secret shared with the sender.",
	  .type = TY_PARAM_CREDENTIAL,
	  .flags = TY_PARAM_REQUIRED,
	  .credential_type = "webhook_secret",
	  .show_when = "verify=github,stripe,slack,hmac,token",
	  .offset = offsetof(struct webhook_params, credential) },
	{ .name = "hmac_header",
	  .label = "Signature header",
	  .type = TY_PARAM_STRING,
	  .def = "X-Signature",
	  .show_when = "verify=hmac",
	  .offset = offsetof(struct webhook_params, hmac_header),
	  .max = 100 },
	{ .name = "hmac_algorithm",
	  .label = "Algorithm",
	  .type = TY_PARAM_ENUM,
	  .def = "sha256",
	  .choices = webhook_algorithms,
	  .show_when = "verify=hmac",
	  .offset = offsetof(struct webhook_params, hmac_algorithm) },
	{ .name = "hmac_encoding",
	  .label = "Encoding",
	  .type = TY_PARAM_ENUM,
	  .def = "hex",
	  .choices = webhook_encodings,
	  .show_when = "verify=hmac",
	  .offset = offsetof(struct webhook_params, hmac_encoding) },
	{ .name = "hmac_prefix",
	  .label = "Prefix",
	  .help = "Text in the header before the signature, such as sha256=.",
	  .type = TY_PARAM_STRING,
	  .def = "",
	  .show_when = "verify=hmac",
	  .offset = offsetof(struct webhook_params, hmac_prefix),
	  .max = 50 },
	{ .name = "hmac_timestamp_header",
	  .label = "Time header",
	  .help = "A header with the time in seconds, signed as <time>.<body>; empty for none.",
	  .type = TY_PARAM_STRING,
	  .def = "",
	  .show_when = "verify=hmac",
	  .offset = offsetof(struct webhook_params, hmac_timestamp_header),
	  .max = 100 },
	{ .name = "read_as",
	  .label = "Read the body as",
	  .help = "Other than by its type where the sender's type is wrong: JSON that comes as "
		  "text/plain, or text that is to stay as it came.",
	  .type = TY_PARAM_ENUM,
	  .flags = TY_PARAM_ADVANCED,
	  .def = "auto",
	  .choices = webhook_read_as,
	  .offset = offsetof(struct webhook_params, read_as) },
	{ .name = "token_header",
	  .label = "Secret's header",
	  .help = "The header that holds the secret itself: X-Gitlab-Token of GitLab, "
		  "X-Telegram-Bot-Api-Secret-Token of Telegram.",
	  .type = TY_PARAM_STRING,
	  .def = "X-Webhook-Token",
	  .show_when = "verify=token",
	  .offset = offsetof(struct webhook_params, token_header),
	  .max = 100 },
	{ .name = "token_prefix",
	  .label = "Prefix",
	  .help = "Text in the header before the secret, such as \"Bearer \".",
	  .type = TY_PARAM_STRING,
	  .def = "",
	  .show_when = "verify=token",
	  .offset = offsetof(struct webhook_params, token_prefix),
	  .max = 50 },
	{ .name = "keep_headers",
	  .label = "Headers kept",
	  .help = "Headers whose names look like secrets are left out of $json.headers, but for "
		  "these: "
		  "X-Channel-Token, X-Other.  The run sees them; lists and records show a mask.",
	  .type = TY_PARAM_STRING,
	  .flags = TY_PARAM_ADVANCED,
	  .def = "",
	  .offset = offsetof(struct webhook_params, keep_headers),
	  .max = 1000 },
	{ .name = "dedupe_header",
	  .label = "Delivery id header",
	  .help = "A delivery whose id was seen before starts no second run; empty: the scheme's "
		  "own.",
	  .type = TY_PARAM_STRING,
	  .flags = TY_PARAM_ADVANCED,
	  .def = "",
	  .offset = offsetof(struct webhook_params, dedupe_header),
	  .max = 100 },
	{ .name = "on_repeat",
	  .label = "Repeats",
	  .help = "What a delivery does whose id was seen before.",
	  .type = TY_PARAM_ENUM,
	  .flags = TY_PARAM_ADVANCED,
	  .def = "answer",
	  .choices = webhook_repeats,
	  .offset = offsetof(struct webhook_params, on_repeat) },
	{ .name = "allowed_origins",
	  .label = "Allowed origins",
	  .help = "Sites whose pages may call this address, such as https://shop.example.org; "
		  "separated by commas, * for all, empty for none.",
	  .placeholder = "https://shop.example.org",
	  .type = TY_PARAM_STRING,
	  .flags = TY_PARAM_ADVANCED,
	  .def = "",
	  .offset = offsetof(struct webhook_params, allowed_origins),
	  .max = 1000 },
	{ .name = NULL },
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

static void
webhook_check(const json_t *params, ty_param_finding_fn found, void *ctx)
{
	const char *path = json_string_value(json_object_get(params, "path"));
	const char *origins = json_string_value(json_object_get(params, "allowed_origins"));
	const char *fault, *hint;

	if (path != NULL && path[0] != '\0')
		check_path(path, found, ctx);
	fault = origins != NULL ? ty_hook_origins_fault(origins, &hint) : NULL;
	if (fault != NULL)
		found(ctx, "allowed_origins", fault, hint);
}

static enum ty_code
webhook_exec(struct ty_step *step, struct ty_err *err)
{
	for (size_t i = 0; i < ty_step_input_count(step); i++)
		if (ty_step_pass(step, 0, i, err) != TY_OK)
			return err->code;
	return TY_OK;
}

const struct ty_node_def ty_node_core_webhook = {
	.type = "core.webhook",
	.version = 1,
	.category = TY_CATEGORY_TRIGGER,
	.title = "Webhook",
	.summary = "Start when a request comes in",
	.icon = "webhook",
	.inputs = ty_ports_none,
	.outputs = ty_ports_one,
	.params = webhook_param_table,
	.params_size = sizeof(struct webhook_params),
	.flags = TY_NODE_TRIGGER | TY_NODE_PURE,
	.check = webhook_check,
	.exec = webhook_exec,
};

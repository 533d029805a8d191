/*
 * data.totp -- one-time codes (RFC 6238): the one of now, or whether a code is one.
 *
 * The time is the step's clock, which is recorded: a run that is repeated has the same code.
 */
#include "base/err.h"
#include "json/json.h"
#include "nodes/computing.h"
#include "nodes/into.h"
#include "nodes/nodes.h"

#include <stdio.h>

enum { DO_MAKE, DO_CHECK };

struct totp_params {
	int action;
	const char *key, *field, *into;
	int64_t window;
};

static const struct ty_choice totp_actions[] = {
	[DO_MAKE] = { "make", "Make the code of now" },
	[DO_CHECK] = { "check", "Check a code" },
	{ NULL, NULL },
};

static bool totp_is_safe(const struct ty_node_def *def, const json_t *params);
static enum ty_code totp_exec(struct ty_step *step, struct ty_err *err);
static enum ty_code totp_resume(struct ty_step *step, const struct ty_answer *answer,
				struct ty_err *err);

const struct ty_node_def ty_node_data_totp = {
	TY_NODE_HEAD,
	.type = "data.totp",
	.version = 1,
	.category = TY_CATEGORY_DATA,
	.title = "One-time code",
	.summary = "Make or check a one-time code, as authenticator apps do (TOTP)",
	.icon = "fingerprint",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(
		TY_ROW_ENUM(struct totp_params, action, totp_actions, "Do", .def = "make"),
		TY_ROW_CREDENTIAL(struct totp_params, key, "Seed", .flags = TY_PARAM_REQUIRED),
		TY_ROW_STRING(struct totp_params, field, 500, "Field with the code", .def = "code",
			      .show_when = "action=check", .help = NODE_PATH_HELP),
		TY_ROW_INT(struct totp_params, window, 0, 10, "Window", .def = "1",
			   .unit = "periods", .show_when = "action=check",
			   .help = "Codes of so many periods before and after count too, because "
				   "clocks differ and people type."),
		NODE_INTO_ROW(struct totp_params, "result")),
	.params_size = sizeof(struct totp_params),
	.credential_types = "crypto_totp",
	.flags = TY_NODE_EFFECT,
	.is_safe = totp_is_safe,
	.check = node_into_check,
	.advise = node_into_advise,
	.exec = totp_exec,
	.resume = totp_resume,
};

/* Safe at any time, because nothing that it does can be seen from outside. */
static bool
totp_is_safe(const struct ty_node_def *def, const json_t *params)
{
	return true;
}

static enum ty_code
totp_exec(struct ty_step *step, struct ty_err *err)
{
	const struct totp_params *p = ty_step_params(step, 0);
	struct node_compute ask = { .way = p->action == DO_MAKE ? "totp" : "totp_check",
				    .credential = p->key };
	int64_t now_s = ty_step_now_ms(step) / 1000;
	char text[24];

	if (p->action == DO_CHECK) {
		if (node_compute_texts(step, p->field, &ask.texts, err) != TY_OK)
			return err->code;
		ask.more = json_pack("{s:I, s:I}", "at_s", (json_int_t)now_s, "window",
				     (json_int_t)p->window);
		return node_compute_call(step, &ask, err);
	}
	snprintf(text, sizeof(text), "%lld", (long long)now_s);
	ask.texts = json_array();
	for (size_t i = 0; i < ty_step_input_count(step); i++)
		json_array_append_new(ask.texts, json_string(text));
	return node_compute_call(step, &ask, err);
}

static enum ty_code
totp_resume(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	const struct totp_params *p = ty_step_params(step, 0);
	const json_t *values = node_compute_values(step, answer, err);
	json_t *value;
	size_t i;

	if (values == NULL)
		return err->code;
	json_array_foreach((json_t *)values, i, value)
	{
		if (node_into_emit(step, i, p->into, json_incref(value), err) != TY_OK)
			return err->code;
	}
	return TY_OK;
}

/*
 * core.wait -- hold all items for some time, until a moment, or until somebody says so.
 *
 *   for, until   the items pass on
 *   call         until $execution.resumeUrl is called: one item of the request, { "headers", "query",
 *                "body" }, takes the items' place
 *   form         until the form at that address is filled in: one item of its fields
 *
 * Invariants:
 *   (1) A wait is of the run's clock, so that a replay sees the same times.
 *   (2) A moment that is past is no wait.  None is longer than a year.
 *   (3) A call counts once.  Where none comes in time, the items leave by "expired".
 */
#include "base/err.h"
#include "base/limits.h"
#include "base/time.h"
#include "nodes/nodes.h"
#include "nodes/wait_form.h"

#include <string.h>

enum { MODE_FOR, MODE_UNTIL, MODE_CALL, MODE_FORM };
enum { OUT_MAIN, OUT_EXPIRED };
enum { UNIT_SECONDS, UNIT_MINUTES, UNIT_HOURS, UNIT_DAYS };

struct wait_params {
	int mode, unit;
	double amount;
	const char *until;
	int64_t limit_ms;
	struct ty_param_list fields;
	const char *title, *text, *button;
};

static const struct ty_choice wait_modes[] = {
	[MODE_FOR] = { "for", "For some time" },
	[MODE_UNTIL] = { "until", "Until a moment" },
	[MODE_CALL] = { "call", "Until its address is called" },
	[MODE_FORM] = { "form", "Until a form is filled in" },
	{ NULL, NULL },
};

static const struct ty_choice wait_units[] = {
	[UNIT_SECONDS] = { "seconds", "Seconds" },
	[UNIT_MINUTES] = { "minutes", "Minutes" },
	[UNIT_HOURS] = { "hours", "Hours" },
	[UNIT_DAYS] = { "days", "Days" },
	{ NULL, NULL },
};

static const struct ty_port *wait_outputs(const struct ty_node_def *def, struct ty_arena *arena,
					  const json_t *params);
static void wait_check(const struct ty_node_def *def, const json_t *params,
		       ty_param_finding_fn found, void *ctx);
static bool wait_is_called(const json_t *params);
static enum ty_code wait_exec(struct ty_step *step, struct ty_err *err);
static enum ty_code wait_resume(struct ty_step *step, const struct ty_answer *answer,
				struct ty_err *err);

const struct ty_node_def ty_node_core_wait = {
	TY_NODE_HEAD,
	.type = "core.wait",
	.version = 1,
	.category = TY_CATEGORY_LOGIC,
	.title = "Wait",
	.summary = "Go on later",
	.icon = "timer",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(
		TY_ROW_ENUM(struct wait_params, mode, wait_modes, "Wait", .def = "for"),
		TY_ROW_NUMBER(struct wait_params, amount, "Amount", .flags = TY_PARAM_EXPR,
			      .def = "1", .show_when = "mode=for"),
		TY_ROW_ENUM(struct wait_params, unit, wait_units, "Unit", .def = "hours",
			    .show_when = "mode=for", .help = "A day is 24 hours."),
		TY_ROW_STRING(struct wait_params, until, 100, "Until",
			      .flags = TY_PARAM_EXPR | TY_PARAM_REQUIRED, .show_when = "mode=until",
			      .placeholder = "2026-12-24T18:00:00+01:00",
			      .help = "Date, time and offset, as toISO() of a DateTime gives."),
		TY_ROW_INT(struct wait_params, limit_ms, 0, TY_LIMIT_WAIT_MS, "At most (ms)",
			   .flags = TY_PARAM_EXPR, .def = "0", .show_when = "mode=call,form",
			   .help = "Then the items leave by \"expired\"; 0: after a year."),
		TY_ROW_LIST(struct wait_params, fields, ty_wait_field_rows, struct ty_wait_field,
			    50, "Fields", .show_when = "mode=form"),
		TY_ROW_STRING(struct wait_params, title, 200, "Title of the page", .def = "",
			      .show_when = "mode=call,form"),
		TY_ROW_TEXT(struct wait_params, text, 4000, "Text of the page", .def = "",
			    .show_when = "mode=call,form"),
		TY_ROW_STRING(struct wait_params, button, 100, "Button", .def = "",
			      .show_when = "mode=call,form")),
	.params_size = sizeof(struct wait_params),
	.outputs_for = wait_outputs,
	.check = wait_check,
	.is_called = wait_is_called,
	.flags = TY_NODE_PURE | TY_NODE_IN_TURN,
	.exec = wait_exec,
	.resume = wait_resume,
};

static enum ty_code
amount_end(struct ty_step *step, const struct wait_params *p, int64_t *ret_at_ms,
	   struct ty_err *err)
{
	static const int64_t unit_ms[] = {
		[UNIT_SECONDS] = 1000,
		[UNIT_MINUTES] = 60000,
		[UNIT_HOURS] = 3600000,
		[UNIT_DAYS] = 86400000,
	};
	double ms = p->amount * (double)unit_ms[p->unit];

	if (!(ms >= 0 && ms <= (double)TY_LIMIT_WAIT_MS)) {
		ty_err_set(err, TY_E_INVALID, "a wait is from 0 to %lld days long",
			   TY_LIMIT_WAIT_MS / 86400000);
		ty_err_hint(err, "Look at the amount and its unit.");
		return ty_err_at(err, "amount");
	}
	*ret_at_ms = ty_step_now_ms(step) + (int64_t)ms;
	return TY_OK;
}

static enum ty_code
until_end(struct ty_step *step, const struct wait_params *p, int64_t *ret_at_ms, struct ty_err *err)
{
	if (!ty_time_parse(p->until, ret_at_ms)) {
		ty_err_set(err, TY_E_INVALID, "\"%.40s\" is no date and time with an offset",
			   p->until);
		ty_err_hint(err, "Write it as 2026-12-24T18:00:00+01:00, or as "
				 "={{ $now.plus({ days: 1 }).toISO() }}.");
		return ty_err_at(err, "until");
	}
	if (*ret_at_ms - ty_step_now_ms(step) > TY_LIMIT_WAIT_MS) {
		ty_err_set(err, TY_E_INVALID, "a wait is at most %lld days long",
			   TY_LIMIT_WAIT_MS / 86400000);
		ty_err_hint(err, "Look at the year, or wait again when the first wait is over.");
		return ty_err_at(err, "until");
	}
	return TY_OK;
}

static bool
wait_is_called(const json_t *params)
{
	const char *mode = ty_json_str(params, "mode", "");

	return strcmp(mode, "call") == 0 || strcmp(mode, "form") == 0;
}

static const struct ty_port *
wait_outputs(const struct ty_node_def *def, struct ty_arena *arena, const json_t *params)
{
	static const struct ty_port called[] = {
		[OUT_MAIN] = { "main", "Main" },
		[OUT_EXPIRED] = { "expired", "Expired" },
		{ .name = NULL },
	};

	return wait_is_called(params) ? called : def->outputs;
}

static void
wait_check(const struct ty_node_def *def, const json_t *params, ty_param_finding_fn found,
	   void *ctx)
{
	if (strcmp(ty_json_str(params, "mode", ""), "form") == 0)
		ty_wait_fields_check(json_object_get(params, "fields"), found, ctx);
}

static enum ty_code
wait_exec(struct ty_step *step, struct ty_err *err)
{
	const struct wait_params *p = ty_step_params(step, 0);
	int64_t at_ms, limit_ms = p->limit_ms > 0 ? p->limit_ms : TY_LIMIT_WAIT_MS;

	if (p->mode == MODE_CALL || p->mode == MODE_FORM)
		return ty_step_wait_call(step, ty_step_now_ms(step) + limit_ms, NULL, NULL, err);
	if ((p->mode == MODE_FOR ? amount_end : until_end)(step, p, &at_ms, err) != TY_OK)
		return err->code;
	return ty_step_wait(step, at_ms, NULL, err);
}

/* Emit the answer in place of all items; it is made from the first of them. */
static enum ty_code
wait_answered(struct ty_step *step, const json_t *value, struct ty_err *err)
{
	return ty_step_emit(step, OUT_MAIN, json_copy((json_t *)value),
			    ty_step_input_count(step) > 0 ? 0 : TY_FROM_NONE, err);
}

static enum ty_code
wait_resume(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	const struct wait_params *p = ty_step_params(step, 0);
	bool is_called = p->mode == MODE_CALL || p->mode == MODE_FORM;

	if (is_called && json_is_object(answer->value))
		return wait_answered(step, answer->value, err);
	for (size_t i = 0; i < ty_step_input_count(step); i++)
		if (ty_step_pass(step, is_called ? OUT_EXPIRED : OUT_MAIN, i, err) != TY_OK)
			return err->code;
	return TY_OK;
}

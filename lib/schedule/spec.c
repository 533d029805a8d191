/*
 * spec.c -- see spec.h.
 */
#include "schedule/spec.h"

#include "base/err.h"
#include "param/param.h"

/* A schedule is kept when its workflow is published, long before there are values to compute with. */
static enum ty_code
read_literal(const json_t *params, const char *member, const char *def, const char **ret_text,
	     struct ty_err *err)
{
	const char *text = ty_json_str(params, member, "");

	if (text[0] == '=') {
		ty_err_set(err, TY_E_INVALID, "a schedule cannot be an expression");
		ty_err_hint(err, "Write the value itself, without '='.");
		return ty_err_at(err, "%s", member);
	}
	*ret_text = text[0] != '\0' ? text : def;
	return TY_OK;
}

static enum ty_code
refuse_word(struct ty_err *err, const char *member, const char *word)
{
	ty_err_set(err, TY_E_INVALID, "\"%.40s\" is none of its words", word);
	ty_err_hint(err, "docs/WORKFLOWS.md, \"Schedules\", lists them.");
	return ty_err_at(err, "%s", member);
}

enum ty_code
ty_schedule_spec_read(const json_t *params, const char *timezone, struct ty_schedule_spec *ret_spec,
		      struct ty_err *err)
{
	struct ty_schedule_spec spec = { .every = ty_param_whole(params, "every", 1) };
	const char *kind, *unit;

	if (read_literal(params, "kind", "cron", &kind, err) != TY_OK ||
	    read_literal(params, "unit", "hours", &unit, err) != TY_OK ||
	    read_literal(params, "cron", "", &spec.cron, err) != TY_OK ||
	    read_literal(params, "anchor", "", &spec.anchor, err) != TY_OK ||
	    read_literal(params, "timezone", timezone, &spec.timezone, err) != TY_OK)
		return err->code;
	if (!ty_schedule_kind_find(kind, &spec.kind))
		return refuse_word(err, "kind", kind);
	if (!ty_schedule_unit_find(unit, &spec.unit))
		return refuse_word(err, "unit", unit);
	if (spec.kind == TY_SCHEDULE_CRON)
		spec.every = 0;
	else
		spec.cron = "";
	*ret_spec = spec;
	return TY_OK;
}

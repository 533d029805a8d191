/*
 * data.regex -- regular expressions over a text of each item, by PCRE2 in the jail of tyboo-parse.
 *
 * A pattern that goes back and forth without end stops at a limit of steps, and is that item's error.
 */
#include "json/json.h"
#include "nodes/into.h"
#include "nodes/nodes.h"

struct regex_params {
	const char *action, *field, *pattern, *replacement, *into;
	bool ignore_case, multiline, dot_all;
	int64_t timeout_ms;
};

static const struct ty_choice regex_actions[] = {
	{ "match", "Find the first match" },	      { "match_all", "Find all matches" },
	{ "test", "See whether it matches" },	      { "replace", "Replace all matches" },
	{ "split", "Split the text at the matches" }, { NULL, NULL },
};

static enum ty_code regex_exec(struct ty_step *step, struct ty_err *err);
static enum ty_code regex_resume(struct ty_step *step, const struct ty_answer *answer,
				 struct ty_err *err);

const struct ty_node_def ty_node_data_regex = {
	TY_NODE_HEAD,
	.type = "data.regex",
	.version = 1,
	.category = TY_CATEGORY_DATA,
	.title = "Regular expression",
	.summary = "Find, replace or split by a pattern",
	.icon = "regex",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(
		TY_ROW_WORD(struct regex_params, action, regex_actions, "Do", .def = "match"),
		NODE_FIELD_ROW(struct regex_params),
		TY_ROW_STRING(struct regex_params, pattern, 5000, "Pattern",
			      .flags = TY_PARAM_REQUIRED, .placeholder = "(?<year>\\d{4})-(\\d\\d)",
			      .help = "Without slashes around it; as in Perl and JavaScript."),
		TY_ROW_STRING(struct regex_params, replacement, 10000, "Replace by", .def = "",
			      .show_when = "action=replace",
			      .help = "$1 and ${name} are groups, $0 the whole match, $$ a dollar "
				      "sign."),
		TY_ROW_BOOL(struct regex_params, ignore_case, "Ignore case", .def = "false"),
		TY_ROW_BOOL(struct regex_params, multiline, "^ and $ at each line", .def = "false",
			    .flags = TY_PARAM_ADVANCED),
		TY_ROW_BOOL(struct regex_params, dot_all, "A dot takes line ends too",
			    .def = "false", .flags = TY_PARAM_ADVANCED),
		NODE_INTO_ROW(struct regex_params, "result"),
		NODE_TOOL_TIME_ROW(struct regex_params)),
	.params_size = sizeof(struct regex_params),
	.flags = TY_NODE_PURE,
	.check = node_into_check,
	.advise = node_into_advise,
	.exec = regex_exec,
	.resume = regex_resume,
};

static enum ty_code
regex_exec(struct ty_step *step, struct ty_err *err)
{
	const struct regex_params *p = ty_step_params(step, 0);
	json_t *options = json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:b}", "action", p->action,
				    "field", p->field, "pattern", p->pattern, "replacement",
				    p->replacement, "ignore_case", p->ignore_case, "multiline",
				    p->multiline, "dot_all", p->dot_all);

	return node_into_ask(step, "regex", options, p->timeout_ms, err);
}

static enum ty_code
regex_resume(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	const struct regex_params *p = ty_step_params(step, 0);

	return node_into_answer(step, answer, p->into, err);
}

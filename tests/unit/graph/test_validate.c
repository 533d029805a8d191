/*
 * test_validate.c -- every finding there is, where it points, and that all come at once.
 */
#include "unit/graph/doc.h"

#include "base/limits.h"

/* ---- the world of these tests ---- */

/* Code with "(((" does not compile, with "busy" the checker itself fails. */
static enum ty_code
fake_check(void *ctx, const char *script, bool body, struct ty_err *err)
{
	++*(int *)ctx;
	if (strstr(script, "busy") != NULL)
		return ty_err_set(err, TY_E_TIMEOUT, "the sandbox is away");
	if (strstr(script, "(((") != NULL)
		return ty_err_set(err, TY_E_INVALID, "SyntaxError: Unexpected token (%s)",
				  body ? "code" : "expression");
	return TY_OK;
}

static const char *
fake_credential(void *ctx, const char *id)
{
	return strcmp(id, "hook") == 0	  ? "webhook_secret"
	       : strcmp(id, "other") == 0 ? "bearer"
					  : NULL;
}

#define CALLED_ID   "01890a5d-ac96-774b-bcce-b302099a8057"
#define ERROR_ID    "01890a5d-ac96-774b-bcce-b302099a8058"
#define CALL_OF(id) "{`id`:`a`,`type`:`core.workflow.call`,`params`:{`workflow`:`" id "`}}"

static const char *
fake_workflow(void *ctx, const char *id, enum ty_run_start start)
{
	return strcmp(id, start == TY_RUN_START_CALL ? CALLED_ID : ERROR_ID) == 0
		       ? NULL
		       : "the workflow is not published";
}

static json_t *
validate(const json_t *doc, bool *ret_has_errors, int *ret_checks)
{
	int checks = 0;
	const struct ty_validate_ops ops = { .script_check = fake_check,
					     .credential_type = fake_credential,
					     .workflow_fault = fake_workflow,
					     .ctx = &checks };
	json_t *list = ty_graph_validate(fx.arena, doc_registry(), doc, &ops, ret_has_errors);

	if (ret_checks != NULL)
		*ret_checks = checks;
	return list;
}

/* "path severity code" a line; each finding must have words and a hint. */
static const char *
findings_text(const json_t *list)
{
	const char *text = "";
	json_t *f;
	size_t i;

	json_array_foreach((json_t *)list, i, f)
	{
		text = ty_arena_printf(fx.arena, "%s%s %s %s\n", text, ty_json_str(f, "path", "?"),
				       ty_json_str(f, "severity", "?"),
				       ty_json_str(f, "code", "?"));
		ck_assert_str_ne(ty_json_str(f, "message", ""), "");
		ck_assert_str_ne(ty_json_str(f, "hint", ""), "");
		ck_assert_str_eq(
			ty_json_str(f, "docs", ""),
			ty_arena_printf(fx.arena, "WORKFLOWS.md#%s", ty_json_str(f, "code", "?")));
	}
	return text;
}

#define LOOP(id, params) "{`id`:`" id "`,`type`:`core.loop`,`params`:{" params "}}"
#define BODY(from, to)	 "{`from`:`" from "`,`output`:`loop`,`to`:`" to "`}"
#define DONE(from, to)	 "{`from`:`" from "`,`output`:`done`,`to`:`" to "`}"
/* t -> L, whose body is a -> b. */
#define LOOPED_WITH(params, nodes, edges)                                                          \
	DOC(T "," LOOP("L", params) "," NODE("a", "") "," NODE("b", "") nodes,                     \
	    EDGE("t", "L") "," BODY("L", "a") "," EDGE("a", "b") "," EDGE("b", "L") edges)
#define LOOPED(nodes, edges) LOOPED_WITH("", nodes, edges)

#define SET_LOOP(settings)                                                                         \
	DOC(T ",{`id`:`L`,`type`:`core.loop`," settings "}," NODE("a", ""),                        \
	    EDGE("t", "L") "," BODY("L", "a") "," EDGE("a", "L"))

#define CONDITION(sides, type, operation)                                                          \
	"{`id`:`a`,`type`:`core.if`,`params`:{`condition`:{`conditions`:[{" sides                  \
	",`operator`:{`type`:`" type "`,`operation`:`" operation "`}}]}}}"
#define IF(condition) "{`id`:`a`,`type`:`core.if`,`params`:{`condition`:`" condition "`}}"
#define WITH(node)    DOC(T "," node, EDGE("t", "a"))
#define HOOK(params)  DOC("{`id`:`h`,`type`:`core.webhook`,`params`:{`path`:`p`," params "}}", "")

static const struct {
	const char *doc, *findings;
} rows[] = {
	{ DOC(T, ""), "" },
	{ "7", " error bad_shape\n" },
	{ "{}", "nodes error bad_shape\nnodes error no_trigger\n" },
	{ DOC(T ",7", ""), "nodes[1] error bad_shape\n" },
	{ "{`nodes`:[" T "],`settings`:{`save`:1}}", "settings.save error bad_setting\n" },
	{ "{`nodes`:[" T "],`color`:1}", "color error unknown_key\n" },
	{ DOC("{`id`:`t`,`type`:`core.manual`,`x`:1}", ""), "nodes[0].x error unknown_key\n" },
	{ WITH(NODE("a", "") "," NODE("a", ",`name`:`b`,`disabled`:true")),
	  "nodes[2].id error duplicate_id\n" },
	{ WITH(NODE("a", ",`name`:`t`")), "nodes[1].name error duplicate_name\n" },
	{ WITH("{`id`:`a`,`type`:`no.such`}"), "nodes[1].type error unknown_node\n" },
	{ WITH(NODE("a", ",`retry`:{`tries`:3}")), "" },
	{ WITH(NODE("a", ",`retry`:{`on`:[`no_such`]}")),
	  "nodes[1].retry.on[0] error bad_shape\n" },
	{ WITH(NODE("a", ",`retry`:{`tries`:3,`backoff`:`fixed`}")), "" },
	{ WITH(NODE("a", ",`retry`:{`tries`:20,`backoff`:`linear`,`max_ms`:5000}")), "" },
	{ WITH(NODE("a", ",`retry`:{`tries`:1}")), "" },
	{ "{`nodes`:[" T "],`settings`:{`error_workflow`:`gone`}}",
	  "settings.error_workflow error missing_workflow\n" },
	{ "{`nodes`:[" T "],`settings`:{`error_workflow`:`" ERROR_ID "`}}", "" },
	{ "{`nodes`:[" T "],`settings`:{`error_workflow`:`" CALLED_ID "`}}",
	  "settings.error_workflow error missing_workflow\n" },
	{ WITH(CALL_OF(CALLED_ID)), "" },
	{ WITH(CALL_OF(ERROR_ID)), "nodes[1].params.workflow error missing_workflow\n" },
	{ WITH("{`id`:`a`,`type`:`core.workflow.call`}"),
	  "nodes[1].params.workflow error missing_param\n" },
	{ WITH("{`id`:`a`,`type`:`core.workflow.call`,`params`:{`workflow`:`={{ $json.id }}`}}"),
	  "nodes[1].params.workflow error invalid_param\nnodes[1].params.workflow error "
	  "missing_workflow\n" },
	{ "{`nodes`:[" T "],`settings`:{`error_workflow`:null}}", "" },
	{ "{`nodes`:[" T "],`settings`:{`timezone`:`Nowhere/None`}}",
	  "settings.timezone error bad_setting\n" },
	{ "{`nodes`:[" T "],`settings`:{`timezone`:`America/Ciudad_Juarez`}}", "" },
	{ "{`nodes`:[" T "],`settings`:{`timezone`:`UTC+3`}}", "" },
	{ WITH(NODE("a", ",`position`:[1]")), "nodes[1].position error bad_shape\n" },
	{ WITH(NODE("a", ",`position`:[1,`2`]")), "nodes[1].position error bad_shape\n" },
	{ WITH(NODE("a", ",`position`:{`x`:1}")), "nodes[1].position error bad_shape\n" },
	{ WITH(NODE("a", ",`position`:[1,-2.5]")), "" },
	{ WITH(NODE("a", ",`notes`:7")), "nodes[1].notes error bad_shape\n" },
	{ DOC("{`id`:`h`,`type`:`core.webhook`,`params`:{`path`:`p`,`verify`:`none`}},{`id`:`r`,"
	      "`type`:`core.respond`}",
	      EDGE("h", "r")),
	  "nodes[1] warning no_effect\n" },
	{ DOC("{`id`:`h`,`type`:`core.webhook`,`params`:{`path`:`p`,`verify`:`none`,`answer`:`by_"
	      "node`}},"
	      "{`id`:`r`,`type`:`core.respond`}",
	      EDGE("h", "r")),
	  "" },
	{ DOC("{`id`:`h`,`type`:`core.webhook`,`params`:{`path`:`p`,`verify`:`none`,`answer`:`by_"
	      "node`}},"
	      "{`id`:`r`,`type`:`core.respond`,`disabled`:true}",
	      EDGE("h", "r")),
	  "nodes[0].params.answer error no_respond\n" },
	{ DOC(T ",{`id`:`r`,`type`:`core.respond`}", EDGE("t", "r")), "" },
	{ WITH(NODE("a", ",`version`:7")), "nodes[1].version warning version_fallback\n" },
	/* Loops: a body is what its output "loop" leads to, and leads back to nothing but the loop. */
	{ LOOPED("", ""), "" },
	{ LOOPED("," NODE("c", ""), "," DONE("L", "c")), "" },
	{ LOOPED("", "," EDGE("a", "L")), "" },
	{ LOOPED("," NODE("c", ""), "," EDGE("a", "c")), "" },
	{ DOC(T "," LOOP("L", ""), EDGE("t", "L") "," BODY("L", "L")), "" },
	{ DOC(T "," LOOP("L", ""), EDGE("t", "L")), "nodes[1] warning no_effect\n" },
	{ DOC(T "," LOOP("L", "") "," NODE("a", ""), EDGE("t", "L") "," BODY("L", "a")),
	  "nodes[1] warning no_effect\n" },
	/* A loop is no call: what limits or repeats one says nothing of its body. */
	{ SET_LOOP("`timeout_ms`:9000"), "nodes[1].timeout_ms error not_supported\n" },
	{ SET_LOOP("`retry`:{`tries`:3,`backoff`:`fixed`}"),
	  "nodes[1].retry error not_supported\n" },
	{ SET_LOOP("`on_error`:`continue`,`always_output`:true"), "" },
	{ WITH(NODE("a", ",`timeout_ms`:9000,`retry`:{`tries`:3,`backoff`:`fixed`}")), "" },
	{ LOOPED("", "," EDGE("t", "b")), "edges[4] error loop_edge\n" },
	{ LOOPED("", "," DONE("L", "b")), "edges[4] error loop_edge\n" },
	{ LOOPED("," NODE("c", ""), "," EDGE("t", "c") "," EDGE("c", "b")),
	  "edges[5] error loop_edge\n" },
	{ LOOPED("," NODE("c", ""), "," DONE("L", "c") "," EDGE("c", "L")),
	  "edges[5] error cycle\n" },
	{ LOOPED("", "," EDGE("b", "a")), "edges[4] error cycle\n" },
	{ LOOPED("," LOOP("M", "") "," NODE("c", ""),
		 "," EDGE("a", "M") "," BODY("M", "c") "," EDGE("c", "M") "," DONE("M", "L")),
	  "" },
	{ LOOPED("," LOOP("M", "") "," NODE("c", ""),
		 "," EDGE("a", "M") "," BODY("M", "c") "," EDGE("c", "M") "," EDGE("c", "L")),
	  "edges[7] error loop_edge\n" },
	{ LOOPED("," LOOP("M", "") "," NODE("c", ""),
		 "," EDGE("a", "M") "," BODY("M", "c") "," EDGE("c", "M") "," EDGE("a", "c")),
	  "edges[7] error loop_edge\n" },
	{ LOOPED_WITH("`batch_size`:`={{ $('b').item.json.n }}`", "", ""),
	  "nodes[1].params.batch_size error loop_condition\n" },
	{ LOOPED_WITH("`batch_size`:`={{ $('L').first().json.n }}`", "", ""),
	  "nodes[1].params.batch_size error loop_condition\n" },
	{ LOOPED_WITH("`batch_size`:`={{ $('t').first().json.n }}`", "", ""), "" },
	/* An address that nobody can call. */
	{ WITH(IF("={{ $execution.resumeUrl !== 'x' }}")),
	  "nodes[1].params.condition warning doubtful_param\n" },
	{ DOC(T "," IF("={{ $execution.resumeUrl !== 'x' }}") ",{`id`:`w`,`type`:`core.wait`}",
	      EDGE("t", "a") ",{`from`:`a`,`output`:`true`,`to`:`w`}"),
	  "nodes[1].params.condition warning doubtful_param\n" },
	{ DOC(T "," IF("={{ $execution.resumeUrl !== 'x' }}") ",{`id`:`w`,`type`:`core.wait`,"
							      "`params`:{`mode`:`call`}}",
	      EDGE("t", "a") ",{`from`:`a`,`output`:`true`,`to`:`w`}"),
	  "" },
	{ DOC(T ",{`id`:`w`,`type`:`core.wait`,`params`:{`mode`:`form`}}", EDGE("t", "w")),
	  "nodes[1].params.fields error missing_param\n" },
	{ LOOPED_WITH("`mode`:`while`", "", ""),
	  "nodes[1].params.condition error missing_param\n" },
	{ LOOPED_WITH("`mode`:`while`,`condition`:true,`max_iterations`:10000", "", ""), "" },
	{ LOOPED_WITH("`mode`:`while`,`condition`:true,`max_iterations`:10001", "", ""),
	  "nodes[1].params.max_iterations error invalid_param\n" },
	{ LOOPED_WITH("`mode`:`while`,`condition`:`={{ $('b').item.json.n > 1 }}`", "", ""),
	  "nodes[1].params.condition error loop_condition\n" },
	{ DOC(T "," LOOP("K", "") "," LOOP("L", "") "," LOOP("M", "") "," LOOP("N", ""),
	      EDGE("t", "K") "," BODY("K", "L") "," BODY("L", "M") "," BODY("M", "N") "," BODY(
		      "N", "N") "," DONE("N", "M") "," DONE("M", "L") "," DONE("L", "K")),
	  "nodes[4] error limit\n" },
	{ DOC(T, EDGE("t", "x")), "edges[0].to error dangling_edge\n" },
	{ DOC(T, EDGE("x", "y")),
	  "edges[0].from error dangling_edge\nedges[0].to error dangling_edge\n" },
	{ DOC(T "," NODE("a", ""), "{`from`:`t`,`output`:`no`,`to`:`a`}"),
	  "edges[0].output error unknown_port\nnodes[1] warning unreachable\n" },
	{ DOC(T "," NODE("a", ""), EDGE("t", "a") "," EDGE("t", "a")),
	  "edges[1] error duplicate_edge\n" },
	{ DOC(NODE("a", ""), ""), "nodes error no_trigger\n" },
	{ DOC("{`id`:`t`,`type`:`core.manual`,`disabled`:true}", ""), "nodes error no_trigger\n" },
	{ DOC(T ",{`id`:`u`,`type`:`core.manual`}", ""), "nodes[1] error two_triggers\n" },
	{ DOC(T ",{`id`:`u`,`type`:`core.manual`,`disabled`:true}", ""), "" },
	/* One that the world fires, one by hand, one that is called, one for errors: each names its own. */
	{ DOC(T ",{`id`:`h`,`type`:`core.webhook`,`params`:{`path`:`p`,`verify`:`none`}},"
		"{`id`:`c`,`type`:`core.called`},{`id`:`e`,`type`:`core.error`}",
	      ""),
	  "" },
	{ DOC("{`id`:`h`,`type`:`core.webhook`,`params`:{`path`:`p`,`verify`:`none`}},"
	      "{`id`:`i`,`type`:`core.webhook`,`params`:{`path`:`q`,`verify`:`none`}}",
	      ""),
	  "nodes[1] error two_triggers\n" },
	{ DOC("{`id`:`c`,`type`:`core.called`},{`id`:`d`,`type`:`core.called`}", ""),
	  "nodes[1] error two_triggers\n" },
	{ DOC("{`id`:`c`,`type`:`core.error`},{`id`:`d`,`type`:`core.error`}", ""),
	  "nodes[1] error two_triggers\n" },
	{ DOC(T "," NODE("a", "") "," NODE("b", ""),
	      EDGE("t", "a") "," EDGE("a", "b") "," EDGE("b", "a")),
	  "edges[2] error cycle\n" },
	{ DOC(T "," NODE("a", ""), EDGE("t", "a") "," EDGE("a", "a")), "edges[1] error cycle\n" },
	{ DOC(T "," NODE("a", ""), ""), "nodes[1] warning unreachable\n" },
	{ DOC(T "," NODE("a", ",`disabled`:true"), ""), "" },
	{ WITH("{`id`:`a`,`type`:`core.if`}"), "nodes[1].params.condition error missing_param\n" },
	{ WITH(IF("")), "nodes[1].params.condition error missing_param\n" },
	{ WITH("{`id`:`a`,`type`:`core.if`,`disabled`:true}"), "" },
	{ WITH("{`id`:`a`,`type`:`core.if`,`params`:{`condition`:[]}}"),
	  "nodes[1].params.condition error invalid_param\n" },
	/* Where values are escaped nothing is told of JSON written as text. */
	{ WITH("{`id`:`a`,`type`:`core.set`,`params`:{`mode`:`json`,`json`:`={ \\`a\\`: "
	       "\\`{{ $json.a }}\\` }`}}"),
	  "" },
	/* A typed condition: its structure, the expressions of its sides, patterns that are written. */
	{ WITH(CONDITION("`leftValue`:`={{ $json.n }}`,`rightValue`:5", "number", "gt")), "" },
	{ WITH(CONDITION("`leftValue`:1", "number", "bigger")),
	  "nodes[1].params.condition.conditions[0].operator.operation error invalid_param\n" },
	{ WITH(CONDITION("`leftValue`:`={{ $json.x `", "string", "empty")),
	  "nodes[1].params.condition.conditions[0].leftValue error bad_expression\n" },
	{ WITH(CONDITION("`leftValue`:`={{ $('No').item.json.a }}`", "string", "empty")),
	  "nodes[1].params.condition.conditions[0].leftValue error unknown_reference\n" },
	{ WITH(CONDITION("`leftValue`:`{{ $json.x }}`", "string", "empty")),
	  "nodes[1].params.condition.conditions[0].leftValue warning text_with_braces\n" },
	{ WITH(CONDITION("`leftValue`:`a`,`rightValue`:`(((`", "string", "regex")),
	  "nodes[1].params.condition.conditions[0].rightValue error invalid_param\n" },
	{ WITH(CONDITION("`leftValue`:`a`,`rightValue`:`(((`", "string", "contains")), "" },
	{ WITH(CONDITION("`leftValue`:`a`,`rightValue`:`(((\xE2\x80\xA8`", "string", "regex")),
	  "" },
	{ WITH("{`id`:`a`,`type`:`core.switch`,`params`:{`rules`:[{`condition`:{`conditions`:["
	       "{`operator`:{`type`:`any`,`operation`:`equals`}}]}}]}}"),
	  "nodes[1].params.rules[0].condition.conditions[0].operator.operation error "
	  "invalid_param\n" },
	{ WITH(NODE("a", ",`params`:{`odd`:null}")), "nodes[1].params.odd error invalid_param\n" },
	{ WITH("{`id`:`a`,`type`:`core.set`,`params`:{`assignments`:[{`name`:`x`},{`value`:1}]}}"),
	  "nodes[1].params.assignments[1].name error missing_param\n" },
	/* What only the node itself can say of its parameters. */
	{ WITH("{`id`:`a`,`type`:`core.switch`,`params`:{`rules`:[{`condition`:true,`output`:`b`},"
	       "{`condition`:true,`output`:`b`},{`condition`:true,`output`:`error`}]}}"),
	  "nodes[1].params.rules[1].output error invalid_param\n"
	  "nodes[1].params.rules[2].output error invalid_param\n" },
	{ WITH(IF("={{ $json.x ")), "nodes[1].params.condition error bad_expression\n" },
	/* A name with a dot that may be meant as one. */
	{ WITH("{`id`:`a`,`type`:`core.set`,`params`:{`assignments`:[{`name`:`Plan 3.5`},{`name`:"
	       "`a.b`},{`name`:`'Plan 3.5'`},{`name`:`v.2`}]}}"),
	  "nodes[1].params.assignments[0].name warning doubtful_param\n"
	  "nodes[1].params.assignments[3].name warning doubtful_param\n" },
	/* A header without a value, and a value without a header. */
	{ WITH("{`id`:`a`,`type`:`http.request`,`params`:{`url`:`https://x.test/`,`auth_value`:"
	       "`={{ $json.t }}`}}"),
	  "nodes[1].params.auth_header warning doubtful_param\n" },
	{ WITH("{`id`:`a`,`type`:`http.request`,`params`:{`url`:`https://x.test/`,`auth_header`:"
	       "`X-A`}}"),
	  "nodes[1].params.auth_value warning doubtful_param\n" },
	/* A proxy that is none, or with a password for all to see. */
	{ WITH("{`id`:`a`,`type`:`http.request`,`params`:{`url`:`https://x.test/`,`proxy`:"
	       "`http://me:sesame@p.test:3128`}}"),
	  "nodes[1].params.proxy error invalid_param\n" },
	{ WITH("{`id`:`a`,`type`:`http.request`,`params`:{`url`:`https://x.test/`,`proxy`:"
	       "`socks5://p.test:3128`}}"),
	  "nodes[1].params.proxy error invalid_param\n" },
	{ WITH("{`id`:`a`,`type`:`http.request`,`params`:{`url`:`https://x.test/`,`proxy`:"
	       "`http://p.test:3128/@`}}"),
	  "" },
	/* A value that never becomes its type. */
	{ WITH("{`id`:`a`,`type`:`core.set`,`params`:{`assignments`:[{`name`:`x`,`type`:`number`,"
	       "`value`:`1,5`},{`name`:`x`,`type`:`number`,`value`:` 7 `},{`name`:`x`,`type`:"
	       "`boolean`,`value`:`yes`},{`name`:`x`,`type`:`boolean`,`value`:`TRUE`},{`name`:`x`,"
	       "`type`:`json`,`value`:`0012`},{`name`:`x`,`type`:`json`,`value`:`[1]`},{`name`:`x`,"
	       "`type`:`any`,`value`:`0012`},{`name`:`x`,`type`:`number`,`value`:`={{ $json.n "
	       "}}`},{`name`:`x`,`type`:`number`,`value`:``}]}}"),
	  "nodes[1].params.assignments[0].value error invalid_param\n"
	  "nodes[1].params.assignments[2].value error invalid_param\n"
	  "nodes[1].params.assignments[4].value error invalid_param\n"
	  "nodes[1].params.assignments[8].value error missing_param\n" },
	/* Text with braces that is no expression, wherever one is taken. */
	{ WITH("{`id`:`a`,`type`:`http.request`,`params`:{`url`:`https://x.test/{{ $json.id }}`}}"),
	  "nodes[1].params.url error invalid_param\n"
	  "nodes[1].params.url warning text_with_braces\n" },
	{ WITH("{`id`:`a`,`type`:`http.request`,`params`:{`url`:`=https://x.test/{{ $json.id "
	       "}}`}}"),
	  "" },
	{ WITH("{`id`:`a`,`type`:`core.set`,`params`:{`assignments`:[{`name`:`x`,`value`:` ={{ 1 "
	       "}}`}]}}"),
	  "nodes[1].params.assignments[0].value warning text_with_braces\n" },
	{ WITH("{`id`:`a`,`type`:`core.set`,`params`:{`assignments`:[{`name`:`x`,`type`:`json`,"
	       "`value`:{`k`:[`{{ 1 }}`]}}]}}"),
	  "nodes[1].params.assignments[0].value.k[0] warning text_with_braces\n" },
	{ WITH("{`id`:`a`,`type`:`core.code`,`params`:{`code`:`return {{}};`}}"), "" },
	/* JSON that is written as text. */
	{ WITH("{`id`:`a`,`type`:`http.request`,`params`:{`url`:`https://x.test/`,`method`:`POST`,"
	       "`body_kind`:`json`,`body_json`:`={\\`t\\`: \\`{{ $json.m }}\\`}`}}"),
	  "nodes[1].params.body_json warning text_in_json\n" },
	{ WITH("{`id`:`a`,`type`:`http.request`,`params`:{`url`:`https://x.test/`,`method`:`POST`,"
	       "`body_kind`:`json`,`body_json`:`={{ { t: $json.m } }}`}}"),
	  "" },
	{ WITH("{`id`:`a`,`type`:`core.set`,`params`:{`assignments`:[{`name`:`x`,`type`:`json`,"
	       "`value`:`=[{{ $json.m }}]`}]}}"),
	  "nodes[1].params.assignments[0].value warning text_in_json\n" },
	{ WITH("{`id`:`a`,`type`:`core.set`,`params`:{`assignments`:[{`name`:`x`,`type`:`string`,"
	       "`value`:`=[{{ $json.m }}]`}]}}"),
	  "" },
	{ WITH(IF("={{ ((( }}")), "nodes[1].params.condition error bad_expression\n" },
	{ WITH("{`id`:`a`,`type`:`core.set`,`params`:{`assignments`:[{`name`:`x`,`type`:`json`,"
	       "`value`:{`k`:[1,`={{ }}`]}}]}}"),
	  "nodes[1].params.assignments[0].value.k[1] error bad_expression\n" },
	{ WITH("{`id`:`a`,`type`:`core.code`,`params`:{`code`:`(((`}}"),
	  "nodes[1].params.code error bad_code\n" },
	{ WITH("{`id`:`a`,`type`:`core.code`,`params`:{`code`:`={{ no expression`}}"), "" },
	{ WITH(IF("={{ $('Nobody').item.json.x }}")),
	  "nodes[1].params.condition error unknown_reference\n" },
	{ DOC(T "," IF("={{ $('b').item.json.x }}") "," NODE("b", ""),
	      EDGE("t", "a") ","
			     "{`from`:`a`,`output`:`true`,`to`:`b`}"),
	  "nodes[1].params.condition warning not_before\n" },
	{ WITH(IF("={{ $('t').item.json.x }}")), "" },
	{ DOC("{`id`:`t`,`type`:`core.webhook`,`params`:{`path`:`p`,`verify`:`none`}}," IF(
		      "={{ $json.headers.cookie }}"),
	      EDGE("t", "a")),
	  "nodes[1].params.condition error stripped_header\n" },
	{ HOOK("`verify`:`github`,`credential`:`hook`"), "" },
	{ HOOK("`verify`:`github`,`credential`:`gone`"),
	  "nodes[0].params.credential error missing_credential\n" },
	{ HOOK("`verify`:`github`,`credential`:`other`"),
	  "nodes[0].params.credential error wrong_credential\n" },
	/* A parameter that is not shown does nothing, so nothing is said about it. */
	{ HOOK("`verify`:`none`,`credential`:`gone`"), "" },
	{ WITH(IF("={{ busy + 1 }}")), "nodes[1].params.condition warning not_checked\n" },
	/* All at once, in the order of the document's parts. */
	{ DOC(T ",{`id`:`u`,`type`:`core.manual`}," IF(
		      "={{ ((( }}") ",{`id`:`x`,`type`:`no.such`}," NODE("b", ""),
	      EDGE("t", "a") ",{`from`:`a`,`output`:`true`,`to`:`b`}," EDGE("b", "a") "," EDGE(
		      "a", "gone") "," EDGE("u", "x")),
	  "edges[3].to error dangling_edge\n"
	  "edges[3].output error unknown_port\n"
	  "nodes[2].params.condition error bad_expression\n"
	  "nodes[3].type error unknown_node\n"
	  "nodes[1] error two_triggers\n"
	  "edges[2] error cycle\n" },
};

START_TEST(each_finding_points_at_its_place)
{
	bool has_errors;
	json_t *list = validate(doc_json(rows[_i].doc), &has_errors, NULL);

	ck_assert_str_eq(findings_text(list), rows[_i].findings);
	ck_assert_int_eq(has_errors, strstr(rows[_i].findings, " error ") != NULL);
}
END_TEST

/* The way out of each, which its message does not have. */
static const struct {
	const char *doc, *hint;
} ways_out[] = {
	{ DOC("{`id`:`t`,`type`:`core.manual`,`disabled`:true}", ""), "unpublish it" },
	{ DOC(T "," NODE("a", ""), EDGE("t", "a") "," EDGE("a", "a")), "set its retry" },
	{ DOC(T "," NODE("a", ""), EDGE("t", "a") "," EDGE("a", "a")), "core.loop" },
	{ WITH("{`id`:`a`,`type`:`core.set`,`params`:{`assignments`:[{`name`:`x`,`value`:`{{ 1 "
	       "}}`}]}}"),
	  "={{ ... }}" },
	{ WITH("{`id`:`a`,`type`:`core.set`,`params`:{`assignments`:[{`name`:`x`,`type`:`number`,"
	       "`value`:`1,5`}]}}"),
	  "in digits, as in 12.5" },
	{ WITH(IF("yes")), "!!(" },
};

START_TEST(a_hint_says_the_way_out)
{
	bool has_errors;
	json_t *list = validate(doc_json(ways_out[_i].doc), &has_errors, NULL), *finding;
	const char *hints = "";
	size_t i;

	json_array_foreach(list, i, finding) hints =
		ty_arena_printf(fx.arena, "%s%s\n", hints, ty_json_str(finding, "hint", ""));
	ck_assert_msg(strstr(hints, ways_out[_i].hint) != NULL, "%s", hints);
}
END_TEST

static const struct {
	size_t nodes, edges;
	const char *findings;
} sizes[] = {
	{ TY_LIMIT_GRAPH_NODES + 1, TY_LIMIT_GRAPH_EDGES + 1,
	  "nodes error limit\nedges error limit\n" },
	{ TY_LIMIT_GRAPH_NODES, TY_LIMIT_GRAPH_NODES - 1, "" },
};

START_TEST(both_limits_are_found_at_once)
{
	bool has_errors;
	json_t *list = validate(doc_large(sizes[_i].nodes, sizes[_i].edges), &has_errors, NULL);

	ck_assert_str_eq(findings_text(list), sizes[_i].findings);
}
END_TEST

/* Every row of finding.def has a case above or here; a new one without fails this. */
START_TEST(every_finding_has_a_case)
{
	static const char *const names[] = {
#define X(symbol, name, is_error, hint) name,
#include "graph/finding.def"
#undef X
	};

	for (size_t i = 0; i < TY_ARRAY_COUNT(names); i++) {
		/* The first is in a_thousand_are_enough, the second in test_members; the others are lib/publish's. */
		bool found = strcmp(names[i], "more") == 0 ||
			     strcmp(names[i], "unknown_variable") == 0 ||
			     strcmp(names[i], "hook_address") == 0 ||
			     strcmp(names[i], "missing_secret") == 0 ||
			     strcmp(names[i], "literal_secret") == 0;

		for (size_t r = 0; r < TY_ARRAY_COUNT(rows) && !found; r++)
			found = strstr(rows[r].findings,
				       ty_arena_printf(fx.arena, " %s\n", names[i])) != NULL;
		for (size_t r = 0; r < TY_ARRAY_COUNT(sizes) && !found; r++)
			found = strstr(sizes[r].findings, names[i]) != NULL;
		ck_assert_msg(found, "no case shows %s", names[i]);
	}
}
END_TEST

START_TEST(a_thousand_are_enough_and_warnings_hide_no_error)
{
	json_t *doc = doc_json(DOC("7", EDGE("x", "y")));
	const json_t *list, *last;
	const char *text;
	bool has_errors;
	char key[32];

	for (int i = 0; i < 5000; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		json_object_set_new(doc, key, json_integer(i));
	}
	list = validate(doc, &has_errors, NULL);
	text = findings_text(list);
	last = json_array_get(list, json_array_size(list) - 1);
	ck_assert(has_errors);
	ck_assert_uint_le(json_array_size(list), 1001);
	ck_assert_str_eq(ty_json_str(last, "code", ""), "more");
	ck_assert_ptr_nonnull(strstr(text, "nodes[0] error bad_shape"));
	ck_assert_ptr_nonnull(strstr(text, "edges[0].to error dangling_edge"));
}
END_TEST

START_TEST(a_checker_that_fails_is_asked_once)
{
	bool has_errors;
	int checks;
	json_t *list =
		validate(doc_json(DOC(T "," IF("={{ busy + 1 }}") ",{`id`:`c`,`type`:`core.code`,`"
								  "params`:{`code`:`(((`}}",
				      EDGE("t", "a") ",{`from`:`a`,`output`:`true`,`to`:`c`}")),
			 &has_errors, &checks);

	ck_assert_str_eq(findings_text(list), "nodes[1].params.condition warning not_checked\n");
	ck_assert_int_eq(checks, 1);
	ck_assert(!has_errors);
}
END_TEST

START_TEST(without_ops_only_the_document_is_looked_at)
{
	bool has_errors;
	json_t *list = ty_graph_validate(fx.arena, doc_registry(),
					 doc_json(HOOK("`verify`:`github`,`credential`:`gone`")),
					 NULL, &has_errors);

	ck_assert_uint_eq(json_array_size(list), 0);
	ck_assert(!has_errors);
}
END_TEST

TEST_MAIN("graph.validate", {
	TEST_LOOP(each_finding_points_at_its_place, rows);
	TEST_LOOP(a_hint_says_the_way_out, ways_out);
	TEST_LOOP(both_limits_are_found_at_once, sizes);
	TEST(every_finding_has_a_case);
	TEST(a_thousand_are_enough_and_warnings_hide_no_error);
	TEST(a_checker_that_fails_is_asked_once);
	TEST(without_ops_only_the_document_is_looked_at);
})

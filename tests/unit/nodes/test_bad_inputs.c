/*
 * test_bad_inputs.c -- each node that works on items, given what nobody meant to give it.
 *
 * A node gives items or a typed error that says where and how to mend it; no type, no missing field and no name that a
 * script engine knows ("__proto__", "constructor") is more than data.
 */
#include "unit/nodes/lists.h"

#include "base/limits.h"

/* A field "f" of every type, and none. */
#define MIXED                                                                                      \
	"{`f`:null},{`f`:true},{`f`:1},{`f`:`x`},{`f`:[1,`a`]},{`f`:{`a`:1}},{},{`f`:-1.5e300},"   \
	"{`f`:``},{`f`:[]},{`f`:{}}"
/* Names of prototypes, as fields and within one. */
#define NAMES                                                                                      \
	"[{`__proto__`:`b`,`constructor`:{`prototype`:1},`toString`:1},{`__proto__`:`a`,"          \
	"`constructor`:{`prototype`:2},`hasOwnProperty`:2}]"

/* Params have @ in place of the field's name, which is then "f" or "__proto__". */
static const struct kind {
	const struct ty_node_def *def;
	const char *params;
	const char *mixed;     /* message of the error that MIXED gives; NULL = it goes well */
	const char *prototype; /* what NAMES gives: items, or the error's message */
} kinds[] = {
	{ &ty_node_core_aggregate, "{`mode`:`fields`,`fields`:[{`field`:`@`}]}", NULL,
	  "[{`__proto__`:[`b`,`a`]}]" },
	{ &ty_node_core_aggregate, "{`mode`:`items`}", NULL,
	  "[{`data`:[{`__proto__`:`b`,`constructor`:{`prototype`:1},`toString`:1},{`__proto__`:`a`,"
	  "`constructor`:{`prototype`:2},`hasOwnProperty`:2}]}]" },
	{ &ty_node_core_limit, "{`max_items`:1}", NULL,
	  "[{`__proto__`:`b`,`constructor`:{`prototype`:1},`toString`:1}]" },
	{ &ty_node_core_remove_duplicates, "{}", NULL,
	  "[{`__proto__`:`b`,`constructor`:{`prototype`:1},`toString`:1},{`__proto__`:`a`,`"
	  "constructor`:{`prototype`:2},`hasOwnProperty`:2}]" },
	{ &ty_node_core_rename_keys, "{`fields`:[{`from`:`@`,`to`:`constructor.x`}]}", NULL,
	  "[{`constructor`:{`prototype`:1,`x`:`b`},`toString`:1},{`constructor`:{`prototype`:2,`x`:"
	  "`a`},`hasOwnProperty`:2}]" },
	{ &ty_node_core_rename_keys, "{`fields`:[{`from`:`constructor`,`to`:`@`}]}", NULL,
	  "the item has a field \"__proto__\" already, so \"constructor\" cannot take that name" },
	{ &ty_node_core_set,
	  "{`include_other`:true,`assignments`:[{`name`:`@`,`type`:`string`,`value`:`x`}]}", NULL,
	  "[{`__proto__`:`x`,`constructor`:{`prototype`:1},`toString`:1},{`__proto__`:`x`,`"
	  "constructor`:{`prototype`:2},`hasOwnProperty`:2}]" },
	{ &ty_node_core_set,
	  "{`assignments`:[{`name`:`n`,`type`:`number`,`value`:`={{ $json.@ }}`}]}",
	  "x is no number", "b is no number" },
	{ &ty_node_core_sort, "{`fields`:[{`field`:`@`}]}", NULL,
	  "[{`__proto__`:`a`,`constructor`:{`prototype`:2},`hasOwnProperty`:2},{`__proto__`:`b`,`"
	  "constructor`:{`prototype`:1},`toString`:1}]" },
	{ &ty_node_core_split_out, "{`field`:`@`}", "the item has no field \"f\"",
	  "[{`__proto__`:`b`},{`__proto__`:`a`}]" },
	{ &ty_node_core_split_out, "{`field`:`constructor`,`include_other`:true}",
	  "the item has no field \"constructor\"",
	  "[{`__proto__`:`b`,`constructor`:1,`toString`:1},{`__proto__`:`a`,`constructor`:2,`"
	  "hasOwnProperty`:2}]" },
	{ &ty_node_core_summarize,
	  "{`fields`:[{`field`:`@`,`operation`:`max`},{`field`:`@`,`operation`:`count_unique`}]}",
	  NULL, "[{`max___proto__`:`b`,`count_unique___proto__`:2}]" },
	{ &ty_node_core_summarize,
	  "{`fields`:[{`operation`:`items`,`into`:`n`}],`group_by`:[{`field`:`@`}]}", NULL,
	  "[{`__proto__`:`b`,`n`:1},{`__proto__`:`a`,`n`:1}]" },
	{ &ty_node_core_filter, "{`condition`:`={{ $json.@ }}`}",
	  "parameter \"condition\" is required, but it has no value",
	  "parameter \"condition\" is the text \"b\", but true or false is expected" },
	{ &ty_node_data_crypto, "{`value`:`={{ $json.@ }}`}",
	  "parameter \"value\" is empty, but a text is expected",
	  "[{`__proto__`:`b`,`constructor`:{`prototype`:1},`toString`:1,`result`:`"
	  "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d`},{`__proto__`:`a`,`"
	  "constructor`:{`prototype`:2},`hasOwnProperty`:2,`result`:`"
	  "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb`}]" },
	{ &ty_node_data_csv, "{`action`:`read`,`value`:`={{ $json.@ }}`}",
	  "parameter \"value\" is empty, but a text is expected", "[]" },
	{ &ty_node_data_csv, "{`action`:`write`}", NULL,
	  "[{`data`:`__proto__,constructor,toString,hasOwnProperty\\nb,\\`{\\`\\`prototype\\`\\`:1}"
	  "\\`,1,\\na,\\`{\\`\\`prototype\\`\\`:2}\\`,,2\\n`}]" },
	{ &ty_node_data_date_time, "{`value`:`={{ $json.@ }}`}",
	  "parameter \"value\" is required, but it has no value",
	  "parameter \"value\" is the text \"b\", which is no date" },
	{ &ty_node_data_encode, "{`value`:`={{ $json.@ }}`}",
	  "parameter \"value\" is empty, but a text is expected",
	  "[{`__proto__`:`b`,`constructor`:{`prototype`:1},`toString`:1,`result`:`Yg==`},{`__proto_"
	  "_`:`a`,`constructor`:{`prototype`:2},`hasOwnProperty`:2,`result`:`YQ==`}]" },
	{ &ty_node_data_html, "{`field`:`@`,`picks`:[{`name`:`__proto__`,`selector`:`p`}]}",
	  "the field \"f\" is no text",
	  "[{`__proto__`:`b`,`constructor`:{`prototype`:1},`toString`:1,`result`:{`__proto__`:null}"
	  "},{`__proto__`:`a`,`constructor`:{`prototype`:2},`hasOwnProperty`:2,`result`:{`__proto__"
	  "`:null}}]" },
	{ &ty_node_data_jq, "{`filter`:`.`}", NULL,
	  "[{`__proto__`:`b`,`constructor`:{`prototype`:1},`toString`:1},{`__proto__`:`a`,`"
	  "constructor`:{`prototype`:2},`hasOwnProperty`:2}]" },
	{ &ty_node_data_json, "{`value`:`={{ $json.@ }}`}",
	  "parameter \"value\" is empty, but a text is expected",
	  "the text is no JSON: not valid JSON at line 1, column 1: a value expected near 'b'" },
	{ &ty_node_data_json, "{`action`:`write`,`value`:`={{ $json }}`}", NULL,
	  "[{`__proto__`:`b`,`constructor`:{`prototype`:1},`toString`:1,`result`:`{\\`__proto__\\`:"
	  "\\`b\\`,\\`constructor\\`:{\\`prototype\\`:1},\\`toString\\`:1}`},{`__proto__`:`a`,`"
	  "constructor`:{`prototype`:2},`hasOwnProperty`:2,`result`:`{\\`__proto__\\`:\\`a\\`,\\`"
	  "constructor\\`:{\\`prototype\\`:2},\\`hasOwnProperty\\`:2}`}]" },
	{ &ty_node_data_json, "{`action`:`lines`,`value`:`={{ $json.@ }}`}",
	  "parameter \"value\" is empty, but a text is expected",
	  "line 1 is no JSON: not valid JSON at line 1, column 1: a value expected near 'b'" },
	{ &ty_node_data_markdown, "{`field`:`@`}", "the field \"f\" is no text",
	  "[{`__proto__`:`b`,`constructor`:{`prototype`:1},`toString`:1,`html`:`<p>b</"
	  "p>\\n`},{`__proto__`:`a`,`constructor`:{`prototype`:2},`hasOwnProperty`:2,`html`:`<p>a</"
	  "p>\\n`}]" },
	{ &ty_node_data_regex, "{`field`:`@`,`pattern`:`(?<constructor>.)`}",
	  "the field \"f\" is no text",
	  "[{`__proto__`:`b`,`constructor`:{`prototype`:1},`toString`:1,`result`:{`match`:`b`,`"
	  "index`:0,`groups`:[`b`],`named`:{`constructor`:`b`}}},{`__proto__`:`a`,`constructor`:{`"
	  "prototype`:2},`hasOwnProperty`:2,`result`:{`match`:`a`,`index`:0,`groups`:[`a`],`named`:"
	  "{`constructor`:`a`}}}]" },
	{ &ty_node_data_text, "{`value`:`={{ $json.@ }}`}",
	  "parameter \"value\" is empty, but a text is expected",
	  "[{`__proto__`:`b`,`constructor`:{`prototype`:1},`toString`:1,`result`:[`b`]},{`__proto__"
	  "`:`a`,`constructor`:{`prototype`:2},`hasOwnProperty`:2,`result`:[`a`]}]" },
	{ &ty_node_data_xml, "{`field`:`@`}", "the field \"f\" is no text",
	  "line 1, column 1: the text is no XML: syntax error" },
	{ &ty_node_data_xml, "{`action`:`write`,`value`:`={{ $json }}`}", NULL,
	  "[{`__proto__`:`b`,`constructor`:{`prototype`:1},`toString`:1,`result`:`<?xml "
	  "version=\\`1.0\\` "
	  "encoding=\\`UTF-8\\`?>\\n<root><__proto__>b</__proto__><constructor><prototype>1</"
	  "prototype></constructor><toString>1</toString></"
	  "root>`},{`__proto__`:`a`,`constructor`:{`prototype`:2},`hasOwnProperty`:2,`result`:`<?"
	  "xml version=\\`1.0\\` "
	  "encoding=\\`UTF-8\\`?>\\n<root><__proto__>a</__proto__><constructor><prototype>2</"
	  "prototype></constructor><hasOwnProperty>2</hasOwnProperty></root>`}]" },
};

static const char *
params_of(const struct kind *kind, const char *field)
{
	struct ty_buf buf;

	ty_buf_init(&buf, fx.arena, 256);
	for (const char *c = kind->params; *c != '\0'; c++) {
		if (*c == '@')
			ty_buf_add_str(&buf, field);
		else
			ty_buf_add_char(&buf, *c);
	}
	ty_buf_add_char(&buf, '\0');
	return quoted(buf.data);
}

static struct fake_step *
step_of(const struct kind *kind, const char *items, const char *field)
{
	struct fake_step *s = fake_step_new(fx.arena, kind->def, items);

	fake_ops_use_sandbox(fake_step_ops(s));
	fake_step_params(s, params_of(kind, field));
	return s;
}

static const char *
hint_of(struct fake_step *s)
{
	return error_str(fake_step_result(s), "hint");
}

START_TEST(no_items_give_no_error)
{
	ck_assert_ok(fake_step_run(step_of(&kinds[_i], "[]", "f"), &fx.err));
}
END_TEST

START_TEST(values_of_every_type_give_items_or_a_typed_error)
{
	const struct kind *kind = &kinds[_i];
	struct fake_step *s = step_of(kind, quoted("[" MIXED "]"), "f");
	enum ty_code code = fake_step_run(s, &fx.err);

	if (kind->mixed == NULL) {
		ck_assert_msg(code == TY_OK, "%s: %s", kind->def->type, fx.err.msg);
		return;
	}
	ck_assert_int_eq(code, TY_E_INVALID);
	ck_assert_msg(strstr(fx.err.msg, kind->mixed) != NULL, "%s", fx.err.msg);
	ck_assert_str_ne(hint_of(s), "");
}
END_TEST

START_TEST(names_of_prototypes_are_data)
{
	const struct kind *kind = &kinds[_i];
	struct fake_step *s = step_of(kind, quoted(NAMES), "__proto__");
	enum ty_code code = fake_step_run(s, &fx.err);

	if (code != TY_OK) {
		ck_assert_int_eq(code, TY_E_INVALID);
		ck_assert_msg(strstr(fx.err.msg, kind->prototype) != NULL, "%s: %s",
			      kind->def->type, fx.err.msg);
		return;
	}
	ck_assert_str_eq(fake_step_output(s, "main"), quoted(kind->prototype));
}
END_TEST

/* Ten thousand of them: an error is of the first that is wrong, and comes in time. */
START_TEST(ten_thousand_items_of_every_type_end)
{
	const struct kind *kind = &kinds[_i];
	struct fake_step *s;
	struct ty_buf buf;

	ty_buf_init(&buf, fx.arena, 200000);
	ty_buf_add_char(&buf, '[');
	for (size_t i = 0; i < TY_LIMIT_STEP_ITEMS / 11; i++)
		ty_buf_printf(&buf, "%s%s", i > 0 ? "," : "", quoted(MIXED));
	ty_buf_add_char(&buf, ']');
	s = step_of(kind, buf.data, "f");
	switch (fake_step_run(s, &fx.err)) {
	case TY_OK:
		ck_assert_ptr_null(kind->mixed);
		break;
	case TY_E_INVALID:
		ck_assert_ptr_nonnull(kind->mixed);
		break;
	default:
		ck_assert_msg(fx.err.code == TY_E_LIMIT, "%s: %s", kind->def->type, fx.err.msg);
	}
}
END_TEST

TEST_MAIN("nodes.bad_inputs", {
	TEST_LOOP(no_items_give_no_error, kinds);
	TEST_LOOP(values_of_every_type_give_items_or_a_typed_error, kinds);
	TEST_LOOP(names_of_prototypes_are_data, kinds);
	TEST_LOOP(ten_thousand_items_of_every_type_end, kinds);
})

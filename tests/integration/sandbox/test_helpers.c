/*
 * The examples of dialect.def, each asked of the real program, and that the table and the
 * implementation have the same names.
 */
#include "integration/sandbox/fixture.h"

struct example {
	const char *row; /* the row before it */
	const char *script, *value, *message;
};

/* clang-format off */
static const struct example examples[] = {
#define HELPER(type, name, parameters, effect)	{ #type "." #name, NULL, NULL, NULL },
#define FUNCTION(name, parameters, effect)	{ #name, NULL, NULL, NULL },
#define LOOKUP(name, parameters, effect)	{ #name, NULL, NULL, NULL },
#define VALUE(name, effect)			{ #name, NULL, NULL, NULL },
#define OUTSIDE(name, value)			{ #name, NULL, NULL, NULL },
#define GIVES(expression, value)		{ NULL, expression, value, NULL },
#define FAILS(expression, message)		{ NULL, expression, NULL, message },
#include "dialect/dialect.def"
};
/* clang-format on */

/* The cell of one expression for one item without data. */
static json_t *
cell_of(json_t *request)
{
	json_t *answer;

	ck_assert_ok(box_ask(request, 5000, &answer));
	return json_array_get(json_array_get(json_object_get(answer, "values"), 0), 0);
}

/* JSON's text, and what JSON has no word for. */
static const char *
text_of(json_t *cell)
{
	if (json_object_get(cell, "v") != NULL)
		return box_text(json_object_get(cell, "v"));
	return json_object_size(cell) == 0 ? "undefined" : box_text(cell);
}

static void
check_example(const struct example *example, json_t *cell)
{
	const json_t *thrown = json_object_get(cell, "e");

	if (example->value != NULL)
		ck_assert_msg(strcmp(text_of(cell), example->value) == 0,
			      "%s\n  gives %s,\n  not   %s", example->script, text_of(cell),
			      example->value);
	else
		ck_assert_msg(thrown != NULL && strstr(ty_json_str(thrown, "message", ""),
						       example->message) != NULL,
			      "%s\n  gives %s,\n  not an error with \"%s\"", example->script,
			      text_of(cell), example->message);
}

/*
 * Rows that one process answers, because its start takes most of a row's time.  What a row leaves behind
 * shows in the rows after it.
 */
#define BATCH 16
#define TEST_BATCHES(fn, rows)                                                                     \
	tcase_add_loop_test(tc, fn, 0, (int)((TY_ARRAY_COUNT(rows) + BATCH - 1) / BATCH))

/* 'format' has a place for the row's script. */
static void
check_batch(const struct example *rows, size_t count, size_t batch, const char *format)
{
	for (size_t i = batch * BATCH; i < count && i < (batch + 1) * BATCH; i++) {
		const char *script = rows[i].script;

		if (script == NULL)
			continue;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		script = ty_arena_printf(fx.arena, format, script);
#pragma GCC diagnostic pop
		check_example(&rows[i], cell_of(box_expressions(script, ONE)));
	}
}

START_TEST(each_example_of_the_table_holds)
{
	check_batch(examples, TY_ARRAY_COUNT(examples), (size_t)_i, "%s");
}
END_TEST

/* In a realm of its own: a template literal is not for the kept one. */
START_TEST(each_example_holds_in_a_realm_of_its_own)
{
	check_batch(examples, TY_ARRAY_COUNT(examples), (size_t)_i, "[`x`, () => 1, %s][2]");
}
END_TEST

/* What holds for all of them. */
static const struct example rules[] = {
	/* which helper is meant */
	{ NULL, "$json.isEmpty()", "true", NULL },
	{ NULL, "$json.nothing.isEmpty()", "true", NULL },
	{ NULL, "$json.nothing.isNotEmpty()", "false", NULL },
	{ NULL, "null.isEmpty()", "true", NULL },
	{ NULL, "(undefined).isEmpty()", "true", NULL },
	{ NULL, "(0).isEmpty()", "true", NULL },
	{ NULL, "false.isEmpty()", "true", NULL },
	{ NULL, "NaN.isEmpty()", "true", NULL },
	{ NULL, "(5).isEmpty()", "false", NULL },
	{ NULL, "(5).isNotEmpty()", "true", NULL },
	{ NULL, "$json.nothing.toInt()", NULL, "write ?. before it" },
	{ NULL, "null.sum()", NULL, "sum() was called on null" },
	{ NULL, "(5).toTitleCase()", NULL, "toTitleCase() is for texts, but it was called on 5" },
	{ NULL, "(5).sum()", NULL, "is for lists" },
	{ NULL, "[3, 1, 2].toSorted().first()", "1", NULL },
	{ NULL, "'String'.length + 'x'.length()", "7", NULL },
	{ NULL, "({ first: () => 7 }).first()", "7", NULL },
	{ NULL, "Math.round(2.5) + Math.max(1, 2)", "5", NULL },
	{ NULL, "Object.keys({ a: 1 }).concat(Object.values({ b: 2 }))", "[\"a\",2]", NULL },
	{ NULL, "[...new Map([[1, 2]]).keys()]", "[1]", NULL },
	{ NULL, "[...[7].keys()]", "[0]", NULL },
	{ NULL, "new Intl.NumberFormat('de').format(1.5)", "\"1,5\"", NULL },
	{ NULL, "Object.groupBy(['a', 'b'], x => x).keys()", "[\"a\",\"b\"]", NULL },
	{ NULL, "Interval.after($now, { days: 2 }).length('hours')", "48", NULL },
	{ NULL, "Duration.fromObject({ hours: 2 }).plus({ hours: 1 }).as('hours')", "3", NULL },
	{ NULL, "'2024-01-31T10:00:00.000Z'.isEmpty()", "false", NULL },
	{ NULL, "'2024-01-31T10:00:00.000Z'.toDateTime().toISODate()", "\"2024-01-31\"", NULL },
	{ NULL, "'2024-01-31T10:00:00.000Z'.length()", "24", NULL },
	/* work that grows with a text, not with its square; lists that end */
	{ NULL, "'a'.repeat(100000).isEmail()", "false", NULL },
	{ NULL, "'a.'.repeat(50000).extractEmail()", "undefined", NULL },
	{ NULL, "('a@' + 'a.'.repeat(30000)).extractEmail()", "undefined", NULL },
	{ NULL, "'a..b@x.io, .c.d@y.io'.extractEmail()", "\"b@x.io\"", NULL },
	{ NULL, "'(é.ü-1@x.io)'.extractEmail()", "\"é.ü-1@x.io\"", NULL },
	{ NULL, "'<a'.repeat(50000).removeTags().length", "100000", NULL },
	{ NULL, "('<a>b' + '</a>'.repeat(3) + '<c').removeTags()", "\"b<c\"", NULL },
	{ NULL, "'['.repeat(100000).removeMarkdown().length", "100000", NULL },
	{ NULL, "('['.repeat(50000) + ']').removeMarkdown().length", "50001", NULL },
	{ NULL, "'!['.repeat(50000).removeMarkdown().length", "100000", NULL },
	{ NULL, "('x' + '`'.repeat(100000)).removeMarkdown().length", "100001", NULL },
	{ NULL, "'[a]('.repeat(25000).removeMarkdown().length", "100000", NULL },
	{ NULL, "'`a` ``c`` [![x](y)](z) [d](e(f)g) [h [i](j)'.removeMarkdown()",
	  "\"a c x d [h i\"", NULL },
	{ NULL, "'! '.repeat(30000).toSentenceCase().length", "60000", NULL },
	{ NULL, "('! '.repeat(30000) + '1').toSentenceCase().length", "60001", NULL },
	{ NULL, "'(a) b.c d. e! (f) 1. g? 2h'.toSentenceCase()", "\"(A) b.c d. E! (F) 1. G? 2h\"",
	  NULL },
	{ NULL, "numberList(1, 1000000).length", "1000000", NULL },
	{ NULL, "numberList(0, 1000000)", NULL, "1000000 numbers at most" },
	{ NULL, "numberList(9007199254740992, 9007199254740994)", NULL, "none beyond" },
	{ NULL, "numberList(-1e300, 1e300)", NULL, "none beyond" },
	/* chains */
	{ NULL, "$json.list?.sum()", "undefined", NULL },
	{ NULL, "$json.list?.sum().toFixed(2)", "undefined", NULL },
	{ NULL, "$json?.list?.sum()", "undefined", NULL },
	{ NULL, "[[1, 2]]?.[0]?.sum()?.toFixed(1)", "\"3.0\"", NULL },
	{ NULL, "$json?.nothing.isEmpty()", "true", NULL },
	{ NULL, "$json.sum?.()", "undefined", NULL },
	{ NULL, "$json.f?.(1).sum()", "undefined", NULL },
	{ NULL, "$json.f?.().a.b.first().c", "undefined", NULL },
	{ NULL, "'a b'.nothing?.('x').length() ?? 'none'", "\"none\"", NULL },
	{ NULL, "'a b'.split?.(' ').last()", "\"b\"", NULL },
	{ NULL, "(() => undefined)?.().sum()", NULL, "sum() was called on undefined" },
	{ NULL, "({ l: [1, 2], f(a) { return [...this.l, a]; } }).f?.(3).sum()", "6", NULL },
	{ NULL,
	  "({ o: { l: [1], f(...a) { return [...this.l, ...a]; } } })?.['o']?.['f']?.(...[2, "
	  "3]).sum()",
	  "6", NULL },
	{ NULL, "[x => [x]][0]?.([4].first()).sum()", "4", NULL },
	{ NULL, "'a b'.toTitleCase().toSnakeCase().length()", "3", NULL },
	{ NULL, "[1, 2, 3].map(x => x.toFloat()).filter(x => x.isOdd()).sum()", "4", NULL },
	{ NULL, "[[1, 2], [3]].map(l => l.sum())[0]", "3", NULL },
	{ NULL, "`a${[1, 2].sum()}b${`${'x'.length()}`}`", "\"a3b1\"", NULL },
	{ NULL, "(() => { const x = 'a'.hash(); return x.length() })()", "32", NULL },
	{ NULL, "{ a: 'x'.length(), b: [[1].first()] }", "{\"a\":1,\"b\":[1]}", NULL },
	{ NULL, "new Date(0).plus(1, 'day').format('d')", "\"2\"", NULL },
	{ NULL, "'a/b'.split('/').first() + '/x/'.replace(/x/g, 'y'.quote(\"'\"))", "\"a/'y'/\"",
	  NULL },
	{ NULL, "[1, 2].chunk(1 + [0].first()).length", "2", NULL },
	{ NULL, "'x' /* .sum( */ . length ( )", "1", NULL },
	{ NULL, "[3, 4].sum() / 7 + [1].first() / 1", "2", NULL },
	{ NULL, "$if($json.x?.y.sum() === undefined, $if(false, 1, [5].first()), 3)", "5", NULL },
	/* nothing is changed */
	{ NULL, "(() => { const l = [1, null]; l.compact(); l.append(2); return l })()", "[1,null]",
	  NULL },
	{ NULL, "(() => { const o = { a: 1 }; o.removeField('a'); return o })()", "{\"a\":1}",
	  NULL },
	{ NULL, "(() => { const d = new Date(0); d.plus(1, 'day'); return d })()",
	  "\"1970-01-01T00:00:00.000Z\"", NULL },
	{ NULL, "({ ['__proto__']: 1, b: null }).compact().keys()", "[\"__proto__\"]", NULL },
};

START_TEST(each_rule_of_calls_holds)
{
	check_batch(rules, TY_ARRAY_COUNT(rules), (size_t)_i, "%s");
}
END_TEST

/* Texts and numbers as dates, in another zone: what n8n's users know. */
static const struct example new_york[] = {
	{ NULL, "(1704085200000).toDateTime()", "\"2024-01-01T00:00:00.000-05:00\"", NULL },
	{ NULL, "(1704085200).toDateTime('s')", "\"2024-01-01T00:00:00.000-05:00\"", NULL },
	{ NULL, "(1704085200000000).toDateTime('us')", "\"2024-01-01T00:00:00.000-05:00\"", NULL },
	{ NULL, "'2024-01-31 10:00'.toDateTime()", "\"2024-01-31T10:00:00.000-05:00\"", NULL },
	{ NULL, "'1/31/2024'.toDateTime()", "\"2024-01-30T19:00:00.000-05:00\"", NULL },
	{ NULL, "'2024-02-30'.toDateTime()", "\"2024-02-29T19:00:00.000-05:00\"", NULL },
	{ NULL, "'12'.toDateTime().toFormat('HH:mm')", "\"12:00\"", NULL },
	{ NULL, "new Date('2024-06-15T12:00:00Z').isDst()", "true", NULL },
	{ NULL, "new Date('2024-01-15T12:00:00Z').isDst()", "false", NULL },
};

START_TEST(dates_are_read_in_the_workflows_zone)
{
	json_t *request = box_expressions(new_york[_i].script, ONE);

	json_object_set_new(request, "timezone", json_string("America/New_York"));
	check_example(&new_york[_i], cell_of(request));
}
END_TEST

/* Runs that an earlier release began are replayed by its rules. */
static const struct example before[] = {
	{ NULL, "''.isEmpty()", NULL, "is not a function" },
	{ NULL, "isNaN('abc')", "true", NULL },
	{ NULL, "typeof fetch + typeof Promise", "\"undefinedfunction\"", NULL },
	{ NULL, "$ifEmpty('', 5)", "5", NULL },
	{ NULL, "$if(true, 1)", "1", NULL },
	{ NULL, "$input.params", NULL, "are not to be read here" },
};

/* Runs of digest versions 7 and 8. */
static const struct example of_version_8[] = {
	{ NULL, "$json.f?.(1).sum()", NULL, "sum() was called on undefined" },
	{ NULL, "({ a: 1 }).merge({ b: 2 })", NULL, "merge() is for lists, but" },
	{ NULL, "({ a: 1 }).sum()", NULL, "sum() is for lists, but" },
	{ NULL, "$fromAI('a', 'b', 'string', 'c')", NULL, "is filled in by an AI agent" },
	{ NULL, "[1, 2].sum?.()", "3", NULL },
};

START_TEST(a_run_of_version_8_has_the_dialect_of_then)
{
	json_t *request = box_expressions(of_version_8[_i].script, ONE);

	json_object_set_new(request, "dialect", json_integer(3));
	check_example(&of_version_8[_i], cell_of(request));
	/* The next request of today has all of it. */
	check_example(&(struct example){ .script = "({}).merge({ b: 2 })", .value = "{\"b\":2}" },
		      cell_of(box_expressions("({}).merge({ b: 2 })", ONE)));
}
END_TEST

START_TEST(a_run_of_before_has_the_dialect_of_before)
{
	json_t *request = box_expressions(before[_i].script, ONE);

	json_object_set_new(request, "dialect", json_integer(1));
	check_example(&before[_i], cell_of(request));
}
END_TEST

/* Where what an expression throws is to give undefined; a template's parts join nothing. */
static const struct example lenient[] = {
	{ NULL, "$json.a.b.c", "undefined", NULL },
	{ NULL, "$json.a.b()", "undefined", NULL },
	{ NULL, "nobody", "undefined", NULL },
	{ NULL, "[1].flatten()", "undefined", NULL },
	{ NULL, "JSON.parse('{')", "undefined", NULL },
	{ NULL, "(1234.5).round(-2)", "undefined", NULL },
	{ NULL, "'%'.urlDecode()", "undefined", NULL },
	{ NULL, "(() => { throw new Error('mine') })()", "undefined", NULL },
	{ NULL, "(() => { throw null })()", "undefined", NULL },
	{ NULL, "\"a\" + $str(($json.x.y)) + \"b\" + $str((1 + 1))", "\"ab2\"", NULL },
	{ NULL, "'abc'.toInt()", NULL, "does not begin with a whole number" },
	{ NULL, "$json.x.sum()", NULL, "write ?. before it" },
	{ NULL, "$('Nobody').first()", NULL, "there is no data of a node" },
	{ NULL, "$node['Nobody'].json", NULL, "there is no data of a node" },
	{ NULL, "\"a\" + $str(('x'.toInt()))", NULL, "does not begin with a whole number" },
	{ NULL, "1 +", NULL, "Unexpected end" },
	{ NULL, "() => 1", NULL, "a function, not data" },
};

START_TEST(what_is_thrown_gives_undefined_where_that_is_wanted)
{
	json_t *request = box_expressions(lenient[_i].script, ONE), *answer;

	json_object_set_new(request, "lenient", json_true());
	check_example(&lenient[_i], cell_of(request));
	ck_assert_ok(box_ask(request, 5000, &answer));
	ck_assert_int_eq(ty_json_int(ty_json_obj(answer, "swallowed"), "count", 0),
			 lenient[_i].value != NULL);
}
END_TEST

/* What n8n gives of other nodes. */
static const struct example of_nodes[] = {
	{ NULL, "$node['A'].json.x", "20", NULL },
	{ NULL, "$node.A.json.x", "20", NULL },
	{ NULL, "$node['A'].data.x + $node['A'].runIndex", "23", NULL },
	{ NULL, "$node['A'].parameter.url", "\"https://x.test/\"", NULL },
	{ NULL, "$node['A'].parameter.body", NULL, "is an expression itself" },
	{ NULL, "$node['A'].context", "{\"currentRunIndex\":3}", NULL },
	{ NULL, "$node['B'].json", NULL, "\"B\" has 0 items" },
	{ NULL, "$items('A').length", "3", NULL },
	{ NULL, "$items('A', 1)[0].json.x", "30", NULL },
	{ NULL, "$items('A', 5)", "[]", NULL },
	{ NULL, "$items('A', 0, 1)", NULL, "only its last run, 3, is kept" },
	{ NULL, "$item(0).$node['A'].json.x", "20", NULL },
	{ NULL, "$('A').all(1).map(i => i.json.x)", "[30]", NULL },
	{ NULL, "$('A').first(1).json.x + $('A').last(0).json.x", "50", NULL },
	{ NULL, "$('A').all(0, 3).length", "2", NULL },
	{ NULL, "$('A').params.url", "\"https://x.test/\"", NULL },
	{ NULL, "$('A').context.currentRunIndex", "3", NULL },
	{ NULL, "$('A').pairedItem().json.x", "20", NULL },
	{ NULL, "$('A').pairedItem(0).json.x", "20", NULL },
	{ NULL, "$('A').itemMatching(0).json.x", "20", NULL },
	{ NULL, "$('A').isExecuted", "true", NULL },
	{ NULL, "$('Zed').isExecuted", "false", NULL },
	{ NULL, "$('Zed').first()", NULL, "there is no data of a node \"Zed\"" },
	{ NULL, "$('Zed')?.first()", NULL, "there is no data of a node \"Zed\"" },
	{ NULL, "$if($('Zed').isExecuted, $('Zed').first(), 'no')", "\"no\"", NULL },
	{ NULL, "$input.params.url", "\"https://x.test/\"", NULL },
	{ NULL, "$input.context", "{}", NULL },
	{ NULL, "$prevNode", "{\"name\":\"A\",\"outputIndex\":1,\"runIndex\":0}", NULL },
	{ NULL, "$parameter.name + $nodeId + $nodeVersion", "\"nid2\"", NULL },
	{ NULL, "$parameter.list[0]", "5", NULL },
	{ NULL, "$rawParameter.text", "\"={{ 1 }}\"", NULL },
	{ NULL, "$mode", "\"manual\"", NULL },
	{ NULL, "$workflow.active", "true", NULL },
	{ NULL, "$execution.customData.get('x')", "undefined", NULL },
	{ NULL, "$execution.customData.getAll()", "{}", NULL },
	{ NULL, "$execution.customData.set('x', 1)", NULL, "keeps nothing here" },
	{ NULL, "$execution", "{\"mode\":\"manual\"}", NULL },
};

START_TEST(other_nodes_and_the_step_are_there)
{
	static const char about[] =
		"{`nodes`:{`A`:{`items`:[{`json`:{`x`:10}},{`json`:{`x`:20}},{`json`:{`x`:30}}],`"
		"pair`:[1],"
		"`ports`:[2,1],`run`:3,`params`:{`url`:`https://x.test/`,`body`:`={{ 1 }}`},"
		"`context`:{`currentRunIndex`:3}},`B`:{`items`:[],`pair`:[null]}},"
		"`node`:{`id`:`id`,`version`:2,`params`:{`name`:`n`,`text`:`={{ 1 }}`,`list`:[5]}},"
		"`sources`:[{`name`:`A`,`output`:1,`params`:{`url`:`https://x.test/"
		"`}}],`source`:[0],"
		"`execution`:{`mode`:`manual`},`workflow`:{`active`:true}}";
	json_t *request = box_expressions(of_nodes[_i].script, ONE), *more;
	char *text = ty_arena_strdup(fx.arena, about);

	for (char *at = text; *at != '\0'; at++)
		*at = *at == '`' ? '"' : *at;
	ck_assert_ok(ty_json_parse(fx.arena, text, strlen(text), &more, &fx.err));
	json_object_update(request, more);
	check_example(&of_nodes[_i], cell_of(request));
}
END_TEST

static const struct {
	const char *script;
	int line, column;
} places[] = {
	{ "[1, 2].sum() + nope", 1, 16 },
	{ "'a'.length() +\n [1].first() + nope", 2, 16 },
	{ "$json.x?.sum() + nope", 1, 18 },
	{ "$if(true, nope)", 1, 11 },
	{ "[1].sum( +", 1, 11 },
};

START_TEST(an_error_has_its_place_in_the_users_text)
{
	json_t *cell = cell_of(box_expressions(places[_i].script, ONE));
	const json_t *thrown = json_object_get(cell, "e");

	ck_assert_msg(ty_json_int(thrown, "line", 0) == places[_i].line &&
			      ty_json_int(thrown, "column", 0) == places[_i].column,
		      "%s: %s", places[_i].script, box_text(cell));
}
END_TEST

START_TEST(chance_of_a_list_is_the_runs)
{
	const char *script = "numberList(1, 1000).randomItem()";
	json_t *request = box_expressions(script, ONE);
	const char *first = text_of(cell_of(request));

	ck_assert_str_eq(text_of(cell_of(request)), first);
	json_object_set_new(request, "seed", json_string("another"));
	ck_assert_str_ne(text_of(cell_of(request)), first);
}
END_TEST

/* What one request leaves must not be seen by the next. */
START_TEST(data_is_shown_to_each_item_as_it_came)
{
	json_t *request = box_request("expressions",
				      "[{\"json\":{\"l\":[2,1]}},{\"json\":{\"l\":[4,3]}}]"),
	       *answer;

	json_object_set_new(request, "scripts",
			    json_pack("[s, s]", "$json.l.append(0).sort()", "$json.l.first()"));
	ck_assert_ok(box_ask(request, 5000, &answer));
	ck_assert_str_eq(box_text(json_object_get(answer, "values")),
			 "[[{\"v\":[0,1,2]},{\"v\":[0,3,4]}],[{\"v\":2},{\"v\":4}]]");
}
END_TEST

BOX_TEST_MAIN("sandbox.helpers", {
	TEST_BATCHES(each_example_of_the_table_holds, examples);
	TEST_BATCHES(each_example_holds_in_a_realm_of_its_own, examples);
	TEST_BATCHES(each_rule_of_calls_holds, rules);
	TEST_LOOP(dates_are_read_in_the_workflows_zone, new_york);
	TEST_LOOP(a_run_of_before_has_the_dialect_of_before, before);
	TEST_LOOP(a_run_of_version_8_has_the_dialect_of_then, of_version_8);
	TEST_LOOP(what_is_thrown_gives_undefined_where_that_is_wanted, lenient);
	TEST_LOOP(other_nodes_and_the_step_are_there, of_nodes);
	TEST_LOOP(an_error_has_its_place_in_the_users_text, places);
	TEST(chance_of_a_list_is_the_runs);
	TEST(data_is_shown_to_each_item_as_it_came);
})

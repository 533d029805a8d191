/*
 * test_parse.c -- from a document to a graph: what is read, what is refused and where, and in
 * which order nodes run.
 */
#include "unit/graph/doc.h"

#include "base/limits.h"

/* One over TY_LIMIT_NODE_TIMEOUT_MAX_MS and TY_LIMIT_RUN_TIMEOUT_MAX_MS is among them. */
static const struct {
	const char *doc;
	enum ty_code rc;
	const char *path;
} refused[] = {
	{ "7", TY_E_INVALID, "" },
	{ "[]", TY_E_INVALID, "" },
	{ "null", TY_E_INVALID, "" },
	{ "{}", TY_E_INVALID, "nodes" },
	{ "{`nodes`:{}}", TY_E_INVALID, "nodes" },
	{ "{`nodes`:[],`edges`:7}", TY_E_INVALID, "edges" },
	{ "{`nodes`:[7]}", TY_E_INVALID, "nodes[0]" },
	{ "{`nodes`:[{`type`:`core.noop`}]}", TY_E_INVALID, "nodes[0].id" },
	{ "{`nodes`:[{`id`:``,`type`:`core.noop`}]}", TY_E_INVALID, "nodes[0].id" },
	{ "{`nodes`:[{`id`:`a/b`,`type`:`core.noop`}]}", TY_E_INVALID, "nodes[0].id" },
	{ "{`nodes`:[{`id`:`a`}]}", TY_E_INVALID, "nodes[0].type" },
	{ "{`nodes`:[{`id`:`a`,`type`:7}]}", TY_E_INVALID, "nodes[0].type" },
	{ DOC(NODE("a", "") "," NODE("a", ""), ""), TY_E_INVALID, "nodes[1].id" },
	{ DOC(NODE("a", ",`name`:``"), ""), TY_E_INVALID, "nodes[0].name" },
	{ DOC(NODE("a", ",`name`:`a\\u0007`"), ""), TY_E_INVALID, "nodes[0].name" },
	{ DOC(NODE("a", ",`version`:0"), ""), TY_E_INVALID, "nodes[0].version" },
	{ DOC(NODE("a", ",`version`:`1`"), ""), TY_E_INVALID, "nodes[0].version" },
	{ DOC(NODE("a", ",`params`:[]"), ""), TY_E_INVALID, "nodes[0].params" },
	{ DOC(NODE("a", ",`disabled`:1"), ""), TY_E_INVALID, "nodes[0].disabled" },
	{ DOC(NODE("a", ",`on_error`:`maybe`"), ""), TY_E_INVALID, "nodes[0].on_error" },
	{ DOC(NODE("a", ",`timeout_ms`:0"), ""), TY_E_INVALID, "nodes[0].timeout_ms" },
	{ DOC(NODE("a", ",`timeout_ms`:3600001"), ""), TY_E_INVALID, "nodes[0].timeout_ms" },
	{ DOC(NODE("a", ",`retry`:3"), ""), TY_E_INVALID, "nodes[0].retry" },
	{ DOC(NODE("a", ",`retry`:{`tries`:21}"), ""), TY_E_INVALID, "nodes[0].retry.tries" },
	{ DOC(NODE("a", ",`retry`:{`base_ms`:86400001}"), ""), TY_E_INVALID,
	  "nodes[0].retry.base_ms" },
	{ DOC(NODE("a", ",`retry`:{`max_ms`:86400001}"), ""), TY_E_INVALID,
	  "nodes[0].retry.max_ms" },
	{ DOC(NODE("a", ",`retry`:{`on`:[]}"), ""), TY_E_INVALID, "nodes[0].retry.on" },
	{ DOC(NODE("a", ",`retry`:{`on`:`upstream`}"), ""), TY_E_INVALID, "nodes[0].retry.on" },
	{ DOC(NODE("a", ",`retry`:{`on`:[`upstream`,`upsteam`]}"), ""), TY_E_INVALID,
	  "nodes[0].retry.on[1]" },
	{ DOC(NODE("a", ",`retry`:{`on`:[`canceled`]}"), ""), TY_E_INVALID,
	  "nodes[0].retry.on[0]" },
	{ DOC(NODE("a", ",`retry`:{`on`:[500]}"), ""), TY_E_INVALID, "nodes[0].retry.on[0]" },
	{ DOC(NODE("a", ",`retry`:{`new_key`:1}"), ""), TY_E_INVALID, "nodes[0].retry.new_key" },
	{ DOC(NODE("a", ",`on_open_breaker`:`stop`"), ""), TY_E_INVALID,
	  "nodes[0].on_open_breaker" },
	{ DOC(NODE("a", ",`retry`:{`backoff`:`never`}"), ""), TY_E_INVALID,
	  "nodes[0].retry.backoff" },
	{ DOC(NODE("a", ",`retry`:{`base_ms`:500,`max_ms`:499}"), ""), TY_E_INVALID,
	  "nodes[0].retry.max_ms" },
	{ DOC(T, "7"), TY_E_INVALID, "edges[0]" },
	{ DOC(T, "{`to`:`t`}"), TY_E_INVALID, "edges[0].from" },
	{ DOC(T, EDGE("t", "x")), TY_E_INVALID, "edges[0].to" },
	{ DOC(T "," NODE("a", ""), "{`from`:`t`,`to`:`a`,`output`:7}"), TY_E_INVALID,
	  "edges[0].output" },
	{ DOC(T "," NODE("a", ""), "{`from`:`t`,`to`:`a`,`output`:`x`}"), TY_E_INVALID,
	  "edges[0].output" },
	{ DOC(T "," NODE("a", ""), "{`from`:`t`,`to`:`a`,`input`:`x`}"), TY_E_INVALID,
	  "edges[0].input" },
	{ DOC(T "," NODE("a", ""), EDGE("a", "t")), TY_E_INVALID, "edges[0].input" },
	{ "{`nodes`:[],`settings`:7}", TY_E_INVALID, "settings" },
	{ "{`nodes`:[],`settings`:{`timeout_ms`:86400001}}", TY_E_INVALID, "settings.timeout_ms" },
	{ "{`nodes`:[],`settings`:{`save`:`some`}}", TY_E_INVALID, "settings.save" },
	{ "{`nodes`:[],`settings`:{`timezone`:`a b`}}", TY_E_INVALID, "settings.timezone" },
};

START_TEST(what_is_no_graph_is_refused_with_its_path)
{
	const struct ty_graph *graph = NULL;

	ck_assert_code(ty_graph_parse(fx.arena, doc_registry(), doc_json(refused[_i].doc), &graph,
				      &fx.err),
		       refused[_i].rc);
	ck_assert_str_eq(fx.err.path, refused[_i].path);
	ck_assert_str_ne(fx.err.msg, "");
	ck_assert_str_ne(fx.err.hint, "");
	ck_assert_ptr_null(graph);
}
END_TEST

/* ---- limits ---- */

static const struct {
	size_t nodes, edges;
	enum ty_code rc;
	const char *path;
} sizes[] = {
	{ TY_LIMIT_GRAPH_NODES, TY_LIMIT_GRAPH_EDGES, TY_OK, "" },
	{ TY_LIMIT_GRAPH_NODES + 1, 1, TY_E_LIMIT, "nodes" },
	{ TY_LIMIT_GRAPH_NODES, TY_LIMIT_GRAPH_EDGES + 1, TY_E_LIMIT, "edges" },
};

START_TEST(a_graph_has_so_many_nodes_and_edges_and_no_more)
{
	const struct ty_graph *graph;

	ck_assert_code(ty_graph_parse(fx.arena, doc_registry(),
				      doc_large(sizes[_i].nodes, sizes[_i].edges), &graph, &fx.err),
		       sizes[_i].rc);
	ck_assert_str_eq(fx.err.path, sizes[_i].path);
}
END_TEST

static json_t *
doc_deep(size_t depth)
{
	json_t *value = json_integer(1);

	/* The document, its list, the node and its params are four, the number one. */
	for (size_t i = 5; i < depth; i++)
		value = json_pack("{s:o}", "d", value);
	return ty_json_own(fx.arena,
			   json_pack("{s:[{s:s, s:s, s:o}]}", "nodes", "id", "a", "type",
				     "core.noop", "params", json_pack("{s:o}", "p", value)));
}

START_TEST(a_document_may_be_so_deep_and_no_deeper)
{
	const struct ty_graph *graph;

	ck_assert_ok(ty_graph_parse(fx.arena, doc_registry(), doc_deep(TY_LIMIT_JSON_DEPTH), &graph,
				    &fx.err));
	ck_assert_code(ty_graph_parse(fx.arena, doc_registry(), doc_deep(TY_LIMIT_JSON_DEPTH + 1),
				      &graph, &fx.err),
		       TY_E_LIMIT);
}
END_TEST

START_TEST(a_document_may_be_so_large_and_no_larger)
{
	const struct ty_graph *graph;
	char *text = ty_arena_alloc(fx.arena, TY_LIMIT_GRAPH_BYTES + 1);
	json_t *doc = doc_json(DOC(T, ""));

	memset(text, 'x', TY_LIMIT_GRAPH_BYTES);
	json_object_set_new(doc, "notes", json_string(text));
	ck_assert_code(ty_graph_parse(fx.arena, doc_registry(), doc, &graph, &fx.err), TY_E_LIMIT);
}
END_TEST

/* ---- what is read ---- */

static const struct ty_graph *
parse(const char *text)
{
	const struct ty_graph *graph;

	ck_assert_ok(ty_graph_parse(fx.arena, doc_registry(), doc_json(text), &graph, &fx.err));
	return graph;
}

START_TEST(members_take_their_defaults)
{
	const struct ty_graph *graph = parse(DOC(T, ""));
	const struct ty_graph_node *node = ty_graph_node_at(graph, 0);

	ck_assert_str_eq(node->name, "t");
	ck_assert_int_eq(node->version, 1);
	ck_assert(!node->disabled);
	ck_assert_int_eq(node->timeout_ms, TY_LIMIT_NODE_TIMEOUT_MS);
	ck_assert_int_eq(node->on_error, TY_ON_ERROR_STOP);
	ck_assert_int_eq(node->retry.tries, 1);
	ck_assert(json_is_object(node->params));
	ck_assert_int_eq(ty_graph_timeout_ms(graph), TY_LIMIT_RUN_TIMEOUT_MS);
	ck_assert_str_eq(ty_graph_timezone(graph), "UTC");
	ck_assert_str_eq(ty_graph_save(graph), "all");
}
END_TEST

START_TEST(members_are_read)
{
	const struct ty_graph *graph = parse("{`nodes`:[" T "," NODE(
		"a",
		",`name`:`Å b`,`disabled`:true,`timeout_ms`:5,"
		"`on_error`:`continue`,`retry`:{`tries`:4,`backoff`:`fixed`,`base_ms`:7,`max_ms`:9,"
		"`on`:[`upstream`,`limit`],`new_key`:true},`on_open_breaker`:`wait`"
		","
		"`position`:[1,2],`notes`:`n`") "],`edges`:[" EDGE("t",
								   "a") "],`settings`:{"
									"`timeout_ms`:9,`timezone`:"
									"`Europe/"
									"Berlin`,`save`:`errors`,`"
									"error_workflow`:null}}");
	const struct ty_graph_node *node = ty_graph_node_find_name(graph, "Å b");
	const struct ty_graph_edge *edge = ty_graph_edge_at(graph, 0);

	ck_assert_ptr_eq(node, ty_graph_node_find(graph, "a"));
	ck_assert(node->disabled);
	ck_assert_int_eq(node->timeout_ms, 5);
	ck_assert_int_eq(node->on_error, TY_ON_ERROR_CONTINUE);
	ck_assert_int_eq(node->retry.tries, 4);
	ck_assert_int_eq(node->retry.backoff, TY_BACKOFF_FIXED);
	ck_assert_uint_eq(node->retry.on, 1ULL << TY_E_UPSTREAM | 1ULL << TY_E_LIMIT);
	ck_assert(node->retry.new_key);
	ck_assert_int_eq(node->on_open, TY_ON_OPEN_WAIT);
	ck_assert_int_eq(node->retry.base_ms, 7);
	ck_assert_int_eq(node->retry.max_ms, 9);
	ck_assert_uint_eq(ty_graph_edge_count(graph), 1);
	ck_assert_ptr_eq(edge->to, node);
	ck_assert_int_eq(ty_graph_timeout_ms(graph), 9);
	ck_assert_str_eq(ty_graph_timezone(graph), "Europe/Berlin");
	ck_assert_str_eq(ty_graph_save(graph), "errors");
	ck_assert_ptr_null(ty_graph_node_find(graph, "zz"));
	ck_assert_ptr_null(ty_graph_node_find_name(graph, "zz"));
}
END_TEST

START_TEST(an_error_output_is_a_port_of_its_own)
{
	const struct ty_graph *graph =
		parse(DOC(T "," NODE("a", ",`on_error`:`error_output`") "," NODE("b", ""),
			  EDGE("t", "a") ",{`from`:`a`,`output`:`error`,`to`:`b`}"));
	const struct ty_graph_node *a = ty_graph_node_find(graph, "a");

	ck_assert_uint_eq(a->output_count, 2);
	ck_assert_str_eq(a->outputs[1].name, "error");
	ck_assert_ptr_null(a->outputs[2].name);
	ck_assert_uint_eq(ty_graph_edge_at(graph, 1)->output, 1);
}
END_TEST

START_TEST(ports_may_come_from_parameters)
{
	const struct ty_graph *graph =
		parse(DOC(T ",{`id`:`s`,`type`:`core.switch`,`params`:{`fallback`:`extra`,`rules`:["
			    "{`output`:`x`,`condition`:true},{`condition`:true}]}}," NODE("b", ""),
			  EDGE("t", "s") ",{`from`:`s`,`output`:`fallback`,`to`:`b`}"));

	ck_assert_uint_eq(ty_graph_node_find(graph, "s")->output_count, 3);
	ck_assert_uint_eq(ty_graph_edge_at(graph, 1)->output, 2);
}
END_TEST

START_TEST(a_missing_node_gets_the_ports_its_edges_name)
{
	const struct ty_graph *graph = parse(
		DOC(T ",{`id`:`m`,`type`:`no.such`,`on_error`:`error_output`}," NODE("b", ""),
		    "{`from`:`t`,`to`:`m`,`input`:`left`},{`from`:`m`,`output`:`odd`,`to`:`b`}"));
	const struct ty_graph_node *m = ty_graph_node_find(graph, "m");

	ck_assert_int_eq(m->match, TY_REGISTRY_MISSING);
	ck_assert_ptr_null(m->def);
	ck_assert_uint_eq(m->input_count, 1);
	ck_assert_uint_eq(m->output_count, 2);
	ck_assert_str_eq(m->outputs[0].name, "odd");
	ck_assert_str_eq(m->outputs[1].name, "error");
}
END_TEST

/* ---- order ---- */

static const struct {
	const char *edges, *order;
} orders[] = {
	{ "", "tcba" },
	{ EDGE("t", "a") "," EDGE("a", "b") "," EDGE("b", "c"), "tabc" },
	{ EDGE("a", "c"), "tbac" },
	{ EDGE("t", "a") "," EDGE("t", "b") "," EDGE("a", "c") "," EDGE("b", "c"), "tbac" },
	{ EDGE("a", "b") "," EDGE("b", "a"), NULL },
	{ EDGE("a", "a"), NULL },
};

START_TEST(the_order_is_topological_and_else_the_documents)
{
	const struct ty_graph *graph = parse(ty_arena_printf(
		fx.arena, DOC(T "," NODE("c", "") "," NODE("b", "") "," NODE("a", ""), "%s"),
		orders[_i].edges));
	const struct ty_graph_node *const *order = ty_graph_order(graph, NULL);

	ck_assert_int_eq(order == NULL, orders[_i].order == NULL);
	for (size_t i = 0; order != NULL && i < 4; i++)
		ck_assert_int_eq(order[i]->id[0], orders[_i].order[i]);
}
END_TEST

#define OUT(from, output, to) "{`from`:`" from "`,`output`:`" output "`,`to`:`" to "`}"
#define LOOP(id)	      "{`id`:`" id "`,`type`:`core.loop`}"

START_TEST(a_body_comes_right_behind_its_loop)
{
	const struct ty_graph *graph = parse(DOC(
		T "," NODE("c", "") "," LOOP("L") "," NODE("b", "") "," LOOP("M") "," NODE(
			"a", "") "," NODE("d", ""),
		EDGE("t", "L") "," OUT("L", "done", "c") "," OUT("L", "loop", "a") "," EDGE(
			"a", "M") "," OUT("M", "loop",
					  "b") "," EDGE("b", "M") "," OUT("M", "done",
									  "L") "," EDGE("t", "d")));
	const struct ty_graph_node *const *order = ty_graph_order(graph, NULL);
	static const char expected[] = "tLaMbcd";

	ck_assert_ptr_nonnull(order);
	for (size_t i = 0; expected[i] != '\0'; i++)
		ck_assert_int_eq(order[i]->id[0], expected[i]);
	ck_assert_ptr_eq(ty_graph_node_find(graph, "b")->loop, ty_graph_node_find(graph, "M"));
	ck_assert_ptr_eq(ty_graph_node_find(graph, "M")->loop, ty_graph_node_find(graph, "L"));
	ck_assert_ptr_null(ty_graph_node_find(graph, "c")->loop);
}
END_TEST

START_TEST(outputs_that_parameters_make_are_told_by_node)
{
	const json_t *doc = doc_json(
		DOC(T ",{`id`:`s`,`type`:`core.switch`,`params`:{`rules`:[{`output`:`big`},{}],"
		      "`fallback`:`extra`}},{`id`:`w`,`type`:`core.wait`}",
		    ""));
	json_t *made = ty_json_own(fx.arena, ty_graph_made_outputs(fx.arena, doc_registry(), doc));
	const json_t *ports = json_object_get(made, "s");

	ck_assert_uint_eq(json_object_size(made), 2);
	ck_assert_uint_eq(json_array_size(ports), 3);
	ck_assert_str_eq(ty_json_str(json_array_get(ports, 0), "name", ""), "big");
	ck_assert_str_eq(ty_json_str(json_array_get(ports, 1), "name", ""), "1");
	ck_assert_str_eq(ty_json_str(json_array_get(ports, 2), "label", ""), "Fallback");
	ck_assert_uint_eq(json_array_size(json_object_get(made, "w")), 1);
}
END_TEST

START_TEST(what_is_no_graph_has_no_outputs)
{
	json_t *made = ty_json_own(fx.arena,
				   ty_graph_made_outputs(fx.arena, doc_registry(), doc_json("7")));

	ck_assert_uint_eq(json_object_size(made), 0);
}
END_TEST

TEST_MAIN("graph.parse", {
	TEST_LOOP(what_is_no_graph_is_refused_with_its_path, refused);
	TEST_LOOP(a_graph_has_so_many_nodes_and_edges_and_no_more, sizes);
	TEST(a_document_may_be_so_deep_and_no_deeper);
	TEST(a_document_may_be_so_large_and_no_larger);
	TEST(members_take_their_defaults);
	TEST(members_are_read);
	TEST(an_error_output_is_a_port_of_its_own);
	TEST(ports_may_come_from_parameters);
	TEST(outputs_that_parameters_make_are_told_by_node);
	TEST(what_is_no_graph_has_no_outputs);
	TEST(a_missing_node_gets_the_ports_its_edges_name);
	TEST_LOOP(the_order_is_topological_and_else_the_documents, orders);
	TEST(a_body_comes_right_behind_its_loop);
})

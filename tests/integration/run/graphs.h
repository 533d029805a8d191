/*
 * graphs.h -- graphs as literals.
 */
#ifndef TY_TESTS_GRAPHS_H
#define TY_TESTS_GRAPHS_H

#define NODE(id, type, params)                                                                     \
	"{\"id\":\"" id "\",\"name\":\"" id "\",\"type\":\"" type                                  \
	"\",\"version\":1,\"params\":{" params "}}"
#define EDGE(from, output, to)                                                                     \
	"{\"from\":\"" from "\",\"output\":\"" output "\",\"to\":\"" to "\",\"input\":\"main\"}"
#define GRAPH(nodes, edges, settings)                                                              \
	"{\"nodes\":[" nodes "],\"edges\":[" edges "],\"settings\":{" settings "}}"

#define TRIGGER NODE("t", "core.manual", "")

#endif

/*
 * order.h -- when two values are the same, and which of them comes first, for nodes that sort, group and
 * compare.
 *
 * Values of any types have an order: numbers, texts, yes or no, lists, objects; null and what is not
 * there come last.  Texts go by their small letters, then as they are; lists and objects by their
 * JSON.  Nothing is converted: 1 and "1" are two values.
 */
#ifndef TY_NODES_ORDER_H
#define TY_NODES_ORDER_H

#include "base/defs.h"
#include "expr/lower.h"
#include "json/json.h"

enum node_rank {
	NODE_RANK_NUMBER,
	NODE_RANK_TEXT,
	NODE_RANK_BOOLEAN,
	NODE_RANK_LIST,
	NODE_RANK_OBJECT,
	NODE_RANK_NOTHING,
	NODE_RANK__COUNT
};

/* A value made ready to be compared many times. */
struct node_order {
	enum node_rank rank;
	const json_t *value; /* borrowed; NULL where there is none */
	double number;
	const char *text; /* small letters of a text, JSON of a list or object */
	size_t len;
};

/* 'value' may be NULL. */
enum node_rank node_rank_of(const json_t *value);
/* 'value' may be NULL.  Texts are owned by 'arena'; 'lower' as ty_lower_new() gives it. */
struct node_order node_order_of(struct ty_arena *arena, const struct ty_lower *lower,
				const json_t *value);
/* Below, at or above 0; texts that differ only in large letters are not equal. */
int node_order_compare(const struct node_order *a, const struct node_order *b);

/*
 * Text that is the same for equal values alone (7, 7.0 and 7e0 are one; members in any order); NULL for
 * NULL. Owned by 'arena'.
 */
const char *node_key(struct ty_arena *arena, const json_t *value);

/* Add a value to the key of several: no two lists of values have one text.  NULL is none. */
void node_key_add(struct ty_buf *buf, const json_t *value);

/* "number and text": the kinds whose bits are set (1 << rank), nothing left out; NULL where it is one. */
const char *node_ranks_mixed(struct ty_arena *arena, unsigned ranks);

#endif

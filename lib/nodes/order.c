/*
 * order.c -- see order.h.
 */
#include "nodes/order.h"

#include "base/arena.h"
#include "base/buf.h"

#include <string.h>

enum node_rank
node_rank_of(const json_t *value)
{
	if (json_is_number(value))
		return NODE_RANK_NUMBER;
	if (json_is_string(value))
		return NODE_RANK_TEXT;
	if (json_is_boolean(value))
		return NODE_RANK_BOOLEAN;
	if (json_is_array(value))
		return NODE_RANK_LIST;
	return json_is_object(value) ? NODE_RANK_OBJECT : NODE_RANK_NOTHING;
}

struct node_order
node_order_of(struct ty_arena *arena, const struct ty_lower *lower, const json_t *value)
{
	struct node_order order = { .rank = node_rank_of(value), .value = value };

	switch (order.rank) {
	case NODE_RANK_NUMBER:
		order.number = json_number_value(value);
		break;
	case NODE_RANK_BOOLEAN:
		order.number = json_is_true(value);
		break;
	case NODE_RANK_TEXT:
		order.text = ty_lower_text(lower, arena, json_string_value(value),
					   json_string_length(value), &order.len);
		break;
	case NODE_RANK_LIST:
	case NODE_RANK_OBJECT:
		order.text = ty_json_dump_canonical(arena, value, &order.len);
		break;
	default:
		break;
	}
	return order;
}

static int
bytes_compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

/* Two that round to the same double are compared by their digits. */
static int
digits_compare(const json_t *a, const json_t *b)
{
	char a_out[TY_JSON_NUMBER_SIZE], b_out[TY_JSON_NUMBER_SIZE];
	size_t a_len, b_len;
	const char *a_text = ty_json_number_text(a, a_out, &a_len);
	const char *b_text = ty_json_number_text(b, b_out, &b_len);

	return ty_json_number_compare(a_text, a_len, b_text, b_len);
}

int
node_order_compare(const struct node_order *a, const struct node_order *b)
{
	int order = (a->rank > b->rank) - (a->rank < b->rank);

	if (order != 0 || a->rank == NODE_RANK_NOTHING)
		return order;
	if (a->text == NULL) {
		order = (a->number > b->number) - (a->number < b->number);
		return order != 0 || a->rank != NODE_RANK_NUMBER
			       ? order
			       : digits_compare(a->value, b->value);
	}
	order = bytes_compare(a->text, a->len, b->text, b->len);
	if (order != 0 || a->rank != NODE_RANK_TEXT)
		return order;
	return bytes_compare(json_string_value(a->value), json_string_length(a->value),
			     json_string_value(b->value), json_string_length(b->value));
}

const char *
node_key(struct ty_arena *arena, const json_t *value)
{
	char out[TY_JSON_NUMBER_SIZE], *key;
	const char *text;
	size_t len;

	if (!json_is_number(value))
		return value != NULL ? ty_json_dump_canonical(arena, value, NULL) : NULL;
	/* 7, 7.0 and 7e0 are one key, however many digits they have. */
	text = ty_json_number_text(value, out, &len);
	key = ty_arena_alloc(arena, len + 24);
	ty_json_number_normal(text, len, key);
	return key;
}

void
node_key_add(struct ty_buf *buf, const json_t *value)
{
	const char *key = node_key(buf->arena, value);

	if (key != NULL)
		ty_buf_printf(buf, "%zu:%s", strlen(key), key);
	ty_buf_add_char(buf, ',');
}

const char *
node_ranks_mixed(struct ty_arena *arena, unsigned ranks)
{
	static const char *const words[NODE_RANK__COUNT] = { "number", "text",	 "yes or no",
							     "list",   "object", "nothing" };
	struct ty_buf buf;

	if ((ranks & (ranks - 1)) == 0)
		return NULL;
	ty_buf_init(&buf, arena, 48);
	for (unsigned rank = 0; rank < NODE_RANK__COUNT; rank++)
		if ((ranks & 1U << rank) != 0)
			ty_buf_printf(&buf, "%s%s", buf.len > 0 ? ", " : "", words[rank]);
	return buf.data;
}

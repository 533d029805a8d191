/*
 * data.encode -- a text in another writing, and back: Base64, hexadecimal digits, percent-encoding.
 *
 * Invariants:
 *   (1) Decoding is strict: what is no writing of the kind is that item's error and no guess.
 *   (2) What is decoded is a text; other bytes are an error, because a field holds texts.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "crypto/crypto.h"
#include "nodes/into.h"
#include "nodes/nodes.h"

#include <string.h>

enum { WAY_ENCODE, WAY_DECODE };
enum { KIND_BASE64, KIND_BASE64URL, KIND_HEX, KIND_URL };

struct encode_params {
	int action, format;
	const json_t *value;
	const char *into;
};

static const struct ty_choice encode_ways[] = {
	[WAY_ENCODE] = { "encode", "Encode" },
	[WAY_DECODE] = { "decode", "Decode" },
	{ NULL, NULL },
};

static const struct ty_choice encode_formats[] = {
	[KIND_BASE64] = { "base64", "Base64" },
	[KIND_BASE64URL] = { "base64url", "Base64 for addresses, without padding" },
	[KIND_HEX] = { "hex", "Hexadecimal digits" },
	[KIND_URL] = { "url", "Percent-encoding of addresses" },
	{ NULL, NULL },
};

static enum ty_code encode_each(struct ty_step *step, size_t i, struct ty_err *err);

const struct ty_node_def ty_node_data_encode = {
	TY_NODE_HEAD,
	.type = "data.encode",
	.version = 1,
	.category = TY_CATEGORY_DATA,
	.title = "Encode",
	.summary = "Write a text in Base64, hex or percent-encoding, and back",
	.icon = "binary",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(
		TY_ROW_ENUM(struct encode_params, action, encode_ways, "Do", .def = "encode"),
		TY_ROW_ENUM(struct encode_params, format, encode_formats, "As", .def = "base64"),
		TY_ROW_JSON(struct encode_params, value, "Text", .flags = TY_PARAM_EXPR,
			    .placeholder = "={{ $json.text }}",
			    .help = "Decoding takes Base64 of both alphabets, padded or not."),
		NODE_INTO_ROW(struct encode_params, "result")),
	.params_size = sizeof(struct encode_params),
	.flags = TY_NODE_PURE,
	.check = node_into_check,
	.advise = node_into_advise,
	.each = encode_each,
};

static const char *
encoded(struct ty_arena *arena, int format, const char *text, size_t len)
{
	char *out;

	switch (format) {
	case KIND_HEX:
		out = ty_arena_alloc(arena, 2 * len + 1);
		ty_str_hex(text, len, out);
		return out;
	case KIND_URL:
		return ty_str_url_encode(arena, text, len);
	case KIND_BASE64URL:
		return ty_base64url_encode(arena, text, len);
	default:
		return ty_base64_encode(arena, text, len);
	}
}

/* NULL where the text is none of that format. */
static const void *
decoded(struct ty_arena *arena, int format, const char *text, size_t len, size_t *ret_len)
{
	uint8_t *out;

	switch (format) {
	case KIND_HEX:
		out = ty_arena_alloc(arena, len / 2 + 1);
		*ret_len = len / 2;
		return ty_str_unhex(text, len, out) ? out : NULL;
	case KIND_URL:
		return ty_str_url_decode(arena, text, len, false, ret_len);
	default:
		return ty_base64_decode(arena, text, len, ret_len);
	}
}

static enum ty_code
encode_each(struct ty_step *step, size_t i, struct ty_err *err)
{
	const struct encode_params *p = ty_step_params(step, i);
	struct ty_arena *arena = ty_step_arena(step);
	const char *text;
	const void *bytes;
	json_t *value = NULL;
	size_t len;

	if (node_into_text(arena, p->value, "value", &text, &len, err) != TY_OK)
		return err->code;
	if (p->action == WAY_ENCODE)
		return node_into_emit(step, i, p->into,
				      json_string(encoded(arena, p->format, text, len)), err);
	bytes = decoded(arena, p->format, text, len, &len);
	if (bytes == NULL) {
		ty_err_set(err, TY_E_INVALID, "the text is no %s", encode_formats[p->format].value);
		ty_err_hint(err, "Check that nothing stands before or behind it, and that it is "
				 "whole.");
		return ty_err_at(err, "value");
	}
	if (node_into_string(bytes, len, &value, err) != TY_OK)
		return ty_err_at(err, "value");
	return node_into_emit(step, i, p->into, value, err);
}

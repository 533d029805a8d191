/*
 * sign_params.c -- see sign_params.h.
 */
#include "service/sign_params.h"

#include "base/arena.h"
#include "base/pair.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

static const char *
encode_again(struct ty_arena *arena, const char *text, size_t len)
{
	size_t decoded_len = len;
	const char *decoded = ty_str_url_decode(arena, text, len, true, &decoded_len);

	return ty_str_url_encode(arena, decoded != NULL ? decoded : text, decoded_len);
}

static void
push(struct ty_arena *arena, struct sign_params *params, const char *name, const char *value)
{
	params->list = ty_arena_grow(arena, params->list, params->count, &params->cap,
				     sizeof(*params->list));
	params->list[params->count++] = (struct sign_param){ name, value };
}

void
sign_params_add(struct ty_arena *arena, struct sign_params *params, const char *text, size_t len)
{
	const char *end = text + len;
	struct ty_pair pair;

	while (ty_pair_next(&text, end, &pair))
		push(arena, params, encode_again(arena, pair.name, pair.name_len),
		     encode_again(arena, pair.value, pair.value_len));
}

void
sign_params_put(struct ty_arena *arena, struct sign_params *params, const char *name,
		const char *value)
{
	push(arena, params, ty_str_url_encode(arena, name, strlen(name)),
	     ty_str_url_encode(arena, value, strlen(value)));
}

static int
compare(const void *a, const void *b)
{
	const struct sign_param *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order != 0 ? order : strcmp(x->value, y->value);
}

void
sign_params_sort(struct sign_params *params)
{
	if (params->count > 1)
		qsort(params->list, params->count, sizeof(*params->list), compare);
}

char *
sign_params_join(struct ty_arena *arena, const struct sign_params *params)
{
	struct ty_buf buf;

	ty_buf_init(&buf, arena, 256);
	for (size_t i = 0; i < params->count; i++)
		ty_buf_printf(&buf, "%s%s=%s", i > 0 ? "&" : "", params->list[i].name,
			      params->list[i].value);
	return buf.data != NULL ? buf.data : "";
}

void
sign_url_split(struct ty_arena *arena, const char *url, struct sign_url *ret_url)
{
	size_t scheme = strcspn(url, ":");
	const char *host = url + scheme + 3, *path = host + strcspn(host, "/?#");
	const char *query = path + strcspn(path, "?#");

	ret_url->scheme = ty_arena_strndup(arena, url, scheme);
	ret_url->host = ty_arena_strndup(arena, host, (size_t)(path - host));
	ret_url->path = *path == '/' ? ty_arena_strndup(arena, path, (size_t)(query - path)) : "/";
	ret_url->query =
		*query == '?' ? ty_arena_strndup(arena, query + 1, strcspn(query + 1, "#")) : "";
}

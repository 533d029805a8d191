/*
 * id.c -- what makes two deliveries the same.
 */
#include "hook/verify.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "json/json.h"

#include <string.h>

/* Owned by 'arena'; "" where there is none. */
static const char *
member_of_body(struct ty_arena *arena, const struct ty_hook_delivery *d,
	       const struct ty_hook_scheme *s)
{
	const struct ty_body_in in = { .data = d->body,
				       .len = d->body_len,
				       .header = d->header,
				       .ctx = d->ctx,
				       .bytes_max = TY_LIMIT_BODY_BYTES,
				       .values_max = TY_LIMIT_JSON_VALUES,
				       .only = s->dedupe_inner == NULL ? s->dedupe_member : NULL };
	struct ty_body body;
	const json_t *id;
	struct ty_err err;

	/* However the workflow reads it: a sender's id is where the sender puts it. */
	if (ty_body_read(arena, &in, &body, &err) != TY_OK)
		return ""; /* intake says what is wrong with it */
	id = json_object_get(body.json, s->dedupe_member);
	if (s->dedupe_inner != NULL)
		id = json_object_get(id, s->dedupe_inner);
	if (s->dedupe_is_number && json_is_integer(id))
		return ty_arena_printf(arena, "%lld", (long long)json_integer_value(id));
	return json_is_string(id) ? json_string_value(id) : "";
}

/* Memory for the body is given back before intake reads it again. */
static const char *
id_from_body(struct ty_arena *arena, const struct ty_hook_delivery *d,
	     const struct ty_hook_scheme *s)
{
	struct ty_arena *scratch = ty_arena_new(NULL, "hook id", 0);
	const char *id = ty_arena_strdup(arena, member_of_body(scratch, d, s));

	ty_arena_free(scratch);
	return id;
}

const char *
ty_hook_delivery_id(const struct ty_hook_rule *rule, struct ty_arena *arena,
		    const struct ty_hook_delivery *delivery)
{
	const char *const headers[] = { rule->scheme.dedupe_header, "idempotency-key",
					"webhook-id" };
	const char *id = NULL;
	uint8_t digest[TY_SHA256_SIZE];
	char *hex;

	for (size_t i = 0; i < TY_ARRAY_COUNT(headers) && ty_str_is_blank(id); i++) {
		if (i == 1 && rule->scheme.dedupe_member != NULL)
			id = id_from_body(arena, delivery, &rule->scheme);
		if (ty_str_is_blank(id) && headers[i] != NULL)
			id = delivery->header(delivery->ctx, headers[i]);
	}
	if (ty_str_is_blank(id))
		return "";
	if (strlen(id) <= TY_LIMIT_IDEMPOTENCY_KEY_BYTES && ty_str_is_utf8(id, strlen(id)))
		return ty_arena_strdup(arena, id);
	ty_sha256(id, strlen(id), digest);
	hex = ty_arena_alloc(arena, 2 * TY_SHA256_SIZE + 1);
	ty_str_hex(digest, sizeof(digest), hex);
	return hex;
}

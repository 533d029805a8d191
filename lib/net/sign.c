/*
 * sign.c -- a request is signed before each hop: method, URL and body may have changed since the last.
 */
#include "net/internal.h"

#include "base/str.h"
#include "crypto/crypto.h"

#include <string.h>

static void
signature_drop(struct net_request *request)
{
	size_t kept = 0;

	for (size_t i = 0; i < request->header_count; i++)
		if (!request->headers[i].is_signature)
			request->headers[kept++] = request->headers[i];
	request->header_count = kept;
}

static bool
body_is_form(const struct net_request *request)
{
	static const char form[] = "application/x-www-form-urlencoded";

	for (size_t i = 0; i < request->header_count; i++)
		if (ty_str_ieq(request->headers[i].name, "Content-Type"))
			return strncasecmp(request->headers[i].value, form, sizeof(form) - 1) == 0;
	return false;
}

static void
signable_fill(struct ty_arena *arena, const struct net_request *request,
	      struct ty_net_signable *ret)
{
	struct ty_net_field *fields =
		ty_arena_alloc_array(arena, request->header_count + 1, sizeof(*fields));
	const struct net_piece *piece = request->pieces;

	for (size_t i = 0; i < request->header_count; i++)
		fields[i] = (struct ty_net_field){ request->headers[i].name,
						   request->headers[i].value };
	*ret = (struct ty_net_signable){ .method = request->method,
					 .url = request->url,
					 .headers = fields,
					 .header_count = request->header_count,
					 .has_body = request->has_body,
					 .is_form = request->has_body && body_is_form(request) };
	if (piece == NULL) {
		ret->body = request->body != NULL ? request->body : "";
		ret->body_len = request->body_len;
	} else if (request->piece_count == 1) {
		ret->body_hash = piece->hash;
	}
}

/* The caller's own header of that name gives way: two would be one too many. */
static void
header_put(struct net_request *request, const struct ty_net_field *field)
{
	struct net_header *header = request->headers, *end = header + request->header_count;

	while (header < end && !ty_str_ieq(header->name, field->name))
		header++;
	if (header == end)
		request->header_count++;
	*header = (struct net_header){
		.name = field->name, .value = field->value, .for_origin = true, .is_signature = true
	};
}

static void
signature_add(struct ty_arena *arena, struct net_request *request,
	      const struct ty_net_signature *signature)
{
	struct net_header *headers = ty_arena_alloc_array(
		arena, request->header_count + TY_NET_SIGNATURE_FIELDS, sizeof(*headers));

	memcpy(headers, request->headers, request->header_count * sizeof(*headers));
	request->headers = headers;
	for (size_t i = 0; i < signature->count; i++)
		header_put(request, &signature->fields[i]);
	if (signature->url != NULL)
		request->url = signature->url;
}

enum ty_code
net_request_sign(struct ty_arena *arena, struct net_request *request, struct ty_err *err)
{
	const struct ty_net_auth *auth = request->auth;
	struct ty_net_signature signature = { .url = NULL };
	struct ty_net_signable signable;

	if (auth == NULL || auth->sign == NULL)
		return TY_OK;
	signature_drop(request);
	signable_fill(arena, request, &signable);
	if (auth->sign(auth->sign_ctx, arena, &signable, &signature, err) != TY_OK)
		return err->code;
	signature_add(arena, request, &signature);
	return TY_OK;
}

const struct ty_net_auth *
net_auth_copy(struct ty_arena *arena, const struct ty_net_auth *auth)
{
	struct ty_net_auth *copy = ty_arena_memdup(arena, auth, sizeof(*auth));

	if (auth->sign_ctx_size > 0)
		copy->sign_ctx = ty_arena_memdup(arena, auth->sign_ctx, auth->sign_ctx_size);
	return copy;
}

/*
 * sign_params.h -- the parameters of a query or a form, decoded, encoded as RFC 3986 has it and sorted:
 * what AWS and OAuth 1.0 sign alike.
 */
#ifndef TY_SERVICE_SIGN_PARAMS_H
#define TY_SERVICE_SIGN_PARAMS_H

#include "base/buf.h"

struct sign_param {
	const char *name, *value; /* encoded */
};

struct sign_params {
	struct sign_param *list;
	size_t count, cap;
};

/* Add the parameters of "a=1&b": '+' is a space; a broken escape stays as it is, its '%' encoded. */
void sign_params_add(struct ty_arena *arena, struct sign_params *params, const char *text,
		     size_t len);
/* Add a parameter that is not encoded yet. */
void sign_params_put(struct ty_arena *arena, struct sign_params *params, const char *name,
		     const char *value);
/* By name, then by value, as bytes. */
void sign_params_sort(struct sign_params *params);
/* "a=1&b=" */
char *sign_params_join(struct ty_arena *arena, const struct sign_params *params);

/* The parts of an absolute URL, as they are: "https", "host:8443", "/path", "a=1" or "". */
struct sign_url {
	const char *scheme, *host, *path, *query;
};
void sign_url_split(struct ty_arena *arena, const char *url, struct sign_url *ret_url);

#endif

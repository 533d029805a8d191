/*
 * pair.c -- the pairs of a query or a form.
 */
#include "base/pair.h"

#include <string.h>

bool
ty_pair_next(const char **at, const char *end, struct ty_pair *ret_pair)
{
	const char *s = *at, *stop, *equals;

	while (s < end && *s == '&')
		s++;
	stop = s < end ? memchr(s, '&', (size_t)(end - s)) : NULL;
	if (stop == NULL)
		stop = end;
	*at = stop;
	if (s == stop)
		return false;
	equals = memchr(s, '=', (size_t)(stop - s));
	*ret_pair = (struct ty_pair){ .name = s, .name_len = (size_t)(stop - s), .value = "" };
	if (equals != NULL) {
		ret_pair->name_len = (size_t)(equals - s);
		ret_pair->value = equals + 1;
		ret_pair->value_len = (size_t)(stop - equals - 1);
	}
	return true;
}

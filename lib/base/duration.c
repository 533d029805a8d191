/*
 * duration.c -- see duration.h.
 */
#include "base/duration.h"

#include "base/str.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	int64_t ms;
} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 } };

bool
ty_duration_parse(const char *text, int64_t max_ms, int64_t *ret_ms)
{
	size_t digits = strspn(text, "0123456789");
	char number[16];
	int64_t n;

	if (digits == 0 || digits >= sizeof(number))
		return false;
	memcpy(number, text, digits);
	number[digits] = '\0';
	for (size_t i = 0; i < TY_ARRAY_COUNT(units); i++) {
		if (strcmp(text + digits, units[i].name) != 0)
			continue;
		if (!ty_str_parse_i64(number, 0, max_ms / units[i].ms, &n))
			return false;
		*ret_ms = n * units[i].ms;
		return true;
	}
	return false;
}

/*
 * keys.c -- see keys.h.
 */
#include "hook/keys.h"

#include "base/str.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define HTTPS "https://"

/* ---- the address ---- */

static bool
is_printable(const char *url)
{
	for (; *url != '\0'; url++)
		if (!isgraph((unsigned char)*url) || strchr("\"\\<>^`{|}", *url) != NULL)
			return false;
	return true;
}

const char *
ty_hook_keys_url_fault(const char *url, const char **ret_hint)
{
	const char *host = url + strlen(HTTPS);

	*ret_hint = "Write it as https://issuer.example.org/.well-known/jwks.json.";
	if (strncasecmp(url, HTTPS, strlen(HTTPS)) != 0)
		return "is no https address";
	if (strlen(url) > TY_HOOK_KEYS_URL_BYTES_MAX || !is_printable(url))
		return "is no address";
	if (strcspn(host, "/?#") == 0 || memchr(host, '@', strcspn(host, "/?#")) != NULL)
		return "has no host, or a user before it";
	return strchr(url, '#') != NULL ? "has a fragment" : NULL;
}

/* ---- how long an answer counts ---- */

/* Find the directive "name" or "name=value" in a list; *ret_value is "" where it has none. */
static bool
directive_find(const char *list, const char *name, char *ret_value, size_t size)
{
	struct ty_str_word word;
	size_t len = strlen(name);

	ret_value[0] = '\0';
	while (ty_str_list_next(&list, &word)) {
		const char *value = word.s + len;
		size_t left = word.len > len ? word.len - len : 0;

		if (word.len < len || strncasecmp(word.s, name, len) != 0 ||
		    (left > 0 && *value != '='))
			continue;
		if (left > 1 && left - 1 < size) {
			memcpy(ret_value, value + 1, left - 1);
			ret_value[left - 1] = '\0';
		}
		return true;
	}
	return false;
}

static int64_t
clamp(int64_t seconds)
{
	if (seconds < TY_HOOK_KEYS_LIFETIME_MIN_S)
		return TY_HOOK_KEYS_LIFETIME_MIN_S;
	return seconds < TY_HOOK_KEYS_LIFETIME_MAX_S ? seconds : TY_HOOK_KEYS_LIFETIME_MAX_S;
}

int64_t
ty_hook_keys_lifetime_s(const char *cache_control, const char *age)
{
	char value[24];
	int64_t max_age_s, age_s = 0;

	if (cache_control == NULL)
		return TY_HOOK_KEYS_LIFETIME_S;
	if (directive_find(cache_control, "no-store", value, sizeof(value)) ||
	    directive_find(cache_control, "no-cache", value, sizeof(value)))
		return TY_HOOK_KEYS_LIFETIME_MIN_S;
	if (!directive_find(cache_control, "max-age", value, sizeof(value)) ||
	    !ty_str_parse_i64(value, 0, INT64_MAX / 2, &max_age_s))
		return TY_HOOK_KEYS_LIFETIME_S;
	if (age == NULL || !ty_str_parse_i64(age, 0, INT64_MAX / 2, &age_s))
		age_s = 0;
	return clamp(max_age_s - age_s);
}

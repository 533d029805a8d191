/*
 * zone.c -- see zone.h.
 */
#include "base/zone.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NAME_BYTES_MAX 64

_Static_assert(TY_ZONE_PATH_SIZE >= sizeof(TY_ZONE_DIR) + NAME_BYTES_MAX + 2, "a path fits");

bool
ty_zone_is_fixed(const char *name, int32_t *ret_offset_s)
{
	unsigned int hours, minutes = 0;
	int used = 0, sign;

	if (strncmp(name, "UTC", 3) != 0)
		return false;
	name += 3;
	*ret_offset_s = 0;
	if (*name == '\0')
		return true;
	if (*name != '+' && *name != '-')
		return false;
	sign = *name++ == '-' ? -1 : 1;
	if (strspn(name, "0123456789:") != strlen(name))
		return false;
	if (sscanf(name, "%2u%n", &hours, &used) != 1)
		return false;
	if (name[used] == ':') {
		int more = 0;

		if (sscanf(name + used, ":%2u%n", &minutes, &more) != 1 || more != 3)
			return false;
		used += more;
	}
	if (name[used] != '\0' || hours > 14 || minutes >= 60)
		return false;
	*ret_offset_s = sign * (int32_t)(hours * 3600 + minutes * 60);
	return true;
}

/* A name that leads nowhere else, and not to the copies of the zones beside them. */
static bool
is_plain(const char *name)
{
	static const char *const others[] = { "posix/", "right/", "posixrules", "localtime",
					      "Factory" };
	size_t len = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				  "0123456789_+-/");

	if (name[len] != '\0' || len == 0 || len > NAME_BYTES_MAX || name[0] == '/')
		return false;
	for (size_t i = 0; i < TY_ARRAY_COUNT(others); i++) {
		if (strncmp(name, others[i], strlen(others[i])) == 0)
			return false;
	}
	return true;
}

bool
ty_zone_path(const char *name, char out[TY_ZONE_PATH_SIZE])
{
	if (!is_plain(name))
		return false;
	snprintf(out, TY_ZONE_PATH_SIZE, TY_ZONE_DIR "/%s", name);
	return true;
}

bool
ty_zone_is_known(const char *name)
{
	char path[TY_ZONE_PATH_SIZE], magic[4];
	int32_t offset_s;
	bool is_zone;
	FILE *f;

	if (ty_zone_is_fixed(name, &offset_s))
		return true;
	if (!ty_zone_path(name, path))
		return false;
	if (access(TY_ZONE_DIR, R_OK) != 0)
		return true;
	f = fopen(path, "re");
	if (f == NULL)
		return false;
	is_zone = fread(magic, 1, sizeof(magic), f) == sizeof(magic) &&
		  memcmp(magic, "TZif", sizeof(magic)) == 0;
	fclose(f);
	return is_zone;
}

void
ty_zone_version(char out[TY_ZONE_VERSION_SIZE])
{
	FILE *f = fopen(TY_ZONE_DIR "/tzdata.zi", "re");

	if (f == NULL || fscanf(f, "# version %31s", out) != 1)
		snprintf(out, TY_ZONE_VERSION_SIZE, "unknown");
	if (f != NULL)
		fclose(f);
}

/*
 * id.c -- UUID version 7: 48 bits of milliseconds, 12 bits below the millisecond,
 * 62 random bits (RFC 9562, section 6.2, method 3).
 */
#include "base/id.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static void
id_random(uint8_t *out, size_t len)
{
	while (len > 0) {
		ssize_t n = getrandom(out, len, 0);

		if (n < 0) {
			TY_ASSERT(errno == EINTR);
			continue;
		}
		out += n;
		len -= (size_t)n;
	}
}

static struct ty_id
id_make(int64_t ms, unsigned sub)
{
	static const char hex[] = "0123456789abcdef";
	struct ty_id id;
	uint8_t b[16];
	char *p = id.s;

	id_random(b + 8, 8);
	for (int i = 0; i < 6; i++)
		b[i] = (uint8_t)((uint64_t)ms >> (40 - 8 * i));
	b[6] = (uint8_t)(0x70 | (sub >> 8 & 0x0F));
	b[7] = (uint8_t)sub;
	b[8] = (b[8] & 0x3F) | 0x80;
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		*p++ = hex[b[i] >> 4];
		*p++ = hex[b[i] & 15];
	}
	*p = '\0';
	return id;
}

struct ty_id
ty_id_new(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return id_make((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000,
		       (unsigned)((uint64_t)(ts.tv_nsec % 1000000) * 4096 / 1000000));
}

struct ty_id
ty_id_new_at(int64_t ms)
{
	uint8_t sub[2];

	id_random(sub, sizeof(sub));
	return id_make(ms, (unsigned)(sub[0] << 8 | sub[1]) & 0xFFF);
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool
ty_id_parse(const char *s, struct ty_id *ret_id)
{
	for (int i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s[i] != '-' : !is_hex(s[i]))
			return false; /* stops at an early NUL, too */
	}
	if (s[36] != '\0')
		return false;
	memcpy(ret_id->s, s, 37);
	return true;
}

int64_t
ty_id_time_ms(const struct ty_id *id)
{
	char hex[13];

	memcpy(hex, id->s, 8);
	memcpy(hex + 8, id->s + 9, 4);
	hex[12] = '\0';
	return (int64_t)strtoull(hex, NULL, 16);
}

bool
ty_id_is_set(const struct ty_id *id)
{
	return id->s[0] != '\0';
}

bool
ty_id_eq(const struct ty_id *a, const struct ty_id *b)
{
	return strcmp(a->s, b->s) == 0;
}

/*
 * fuzz_oauth2 -- an answer of a token endpoint: what is taken from it can stand in a header, and what is
 * told of it is one printable line.
 */
#include "base/arena.h"
#include "base/err.h"
#include "service/oauth2.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_printable(const char *text, unsigned char least)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < least || (unsigned char)*text > 0x7e)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int statuses[] = { 200, 400, 500, 503, 302 };
	struct ty_arena *arena = ty_arena_new(NULL, "fuzz", 0);
	struct ty_oauth2_token token = { .access_token = NULL };
	struct ty_err err = { TY_OK };

	if (size > 0) {
		const struct ty_oauth2_answer answer = { .status = statuses[data[0] % 5],
							 .text = (const char *)data + 1,
							 .len = size - 1 };

		if (ty_oauth2_answer(arena, &answer, &token, &err) == TY_OAUTH2_TOKEN) {
			if (err.code != TY_OK || token.access_token[0] == '\0' ||
			    token.lifetime_s < 0 || token.lifetime_s > TY_OAUTH2_LIFETIME_S_MAX ||
			    ty_oauth2_renew_s(token.lifetime_s) > token.lifetime_s)
				abort();
			check_printable(token.access_token, 0x21);
			if (token.refresh_token != NULL)
				check_printable(token.refresh_token, 0x21);
		} else if (err.code == TY_OK) {
			abort();
		}
		check_printable(err.msg, 0x20);
	}
	ty_arena_free(arena);
	return 0;
}

/*
 * fuzz_receipt -- a receipt as Redis keeps it, and the job that is made from it.
 *
 * What can be read can be written and read again to the same; the job of it is JSON within the
 * limits or an error, and always the same one.
 */
#include "base/arena.h"
#include "base/err.h"
#include "intake/job.h"
#include "json/json.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_job(struct ty_arena *arena, const struct ty_receipt *receipt)
{
	const char *payload = NULL, *again = NULL, *notices = NULL;
	size_t len = 0, again_len = 0;
	struct ty_err err;
	enum ty_code code = ty_job_payload(arena, receipt, &payload, &len, &notices, &err);
	json_t *json;

	TY_ASSERT(ty_job_payload(arena, receipt, &again, &again_len, &notices, &err) == code);
	if (code != TY_OK)
		return;
	TY_ASSERT(len == again_len && memcmp(payload, again, len) == 0);
	TY_ASSERT(ty_json_parse(arena, payload, len, &json, &err) == TY_OK);
	TY_ASSERT(json_is_array(json_object_get(json, "items")));
	if (notices[0] != '\0')
		TY_ASSERT(ty_json_parse(arena, notices, strlen(notices), &json, &err) == TY_OK);
}

static void
check(struct ty_arena *arena, const char *text, size_t size)
{
	struct ty_receipt *receipt = NULL, *second = NULL;
	struct ty_err err;
	const char *first_text, *second_text;

	if (ty_receipt_parse(arena, text, size, &receipt, &err) != TY_OK)
		return;
	first_text = ty_receipt_format(arena, receipt);
	TY_ASSERT(ty_receipt_parse(arena, first_text, strlen(first_text), &second, &err) == TY_OK);
	second_text = ty_receipt_format(arena, second);
	TY_ASSERT(strcmp(first_text, second_text) == 0);
	TY_ASSERT(receipt->body_len == second->body_len &&
		  (receipt->body_len == 0 ||
		   memcmp(receipt->body, second->body, receipt->body_len) == 0));
	check_job(arena, receipt);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ty_arena *arena = ty_arena_new(NULL, "fuzz", 0);

	check(arena, (const char *)data, size);
	ty_arena_free(arena);
	return 0;
}

/*
 * fuzz_json -- our reader of JSON beside jansson's: the same tree where both accept, nothing
 * accepted that only jansson refuses but numbers beyond it, and texts that read back the same.
 */
#include "base/arena.h"
#include "base/err.h"
#include "json/json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
holds_exact(json_t *json)
{
	const char *key;
	json_t *value;
	size_t i;

	json_object_foreach(json, key, value) if (holds_exact(value)) return true;
	json_array_foreach(json, i, value) if (holds_exact(value)) return true;
	return ty_json_is_exact(json);
}

/* jansson's numbers are the nearest; ours are that too, or keep every digit. */
static bool
same(json_t *ours, json_t *theirs)
{
	const char *key;
	json_t *value;
	size_t i;

	if (json_is_number(theirs))
		return json_is_number(ours) && json_number_value(ours) == json_number_value(theirs);
	if (json_is_object(theirs)) {
		if (!json_is_object(ours) || json_object_size(ours) != json_object_size(theirs))
			return false;
		json_object_foreach(theirs, key, value) if (!same(json_object_get(ours, key),
								  value)) return false;
		return true;
	}
	if (json_is_array(theirs)) {
		if (json_array_size(ours) != json_array_size(theirs))
			return false;
		json_array_foreach(theirs, i,
				   value) if (!same(json_array_get(ours, i), value)) return false;
		return json_is_array(ours);
	}
	return json_equal(ours, theirs) == 1;
}

static void
check_dump(struct ty_arena *arena, json_t *json)
{
	struct ty_err err;
	size_t len, again_len;
	char *text = ty_json_dump(arena, json, &len), *again_text;
	json_t *again;

	TY_ASSERT(len == ty_json_size_bytes(json));
	TY_ASSERT(ty_json_parse(arena, text, len, &again, &err) == TY_OK);
	again_text = ty_json_dump(arena, again, &again_len);
	TY_ASSERT(again_len == len && memcmp(text, again_text, len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ty_arena *arena = ty_arena_new(NULL, "fuzz", 0);
	const char *text = (const char *)data;
	struct ty_json_read how = { .foreign = true }, few = { .foreign = true, .values_max = 3 };
	struct ty_json_read check = { .foreign = true, .check = true };
	struct ty_err err;
	json_error_t error;
	json_t *strict = NULL, *foreign = NULL, *bounded = NULL, *theirs;
	bool ours_ok, foreign_ok;

	/* jansson takes a NUL between tokens for the end of the text, whatever follows. */
	theirs = memchr(text, '\0', size) != NULL
			 ? NULL
			 : json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	ours_ok = ty_json_parse(arena, text, size, &strict, &err) == TY_OK;
	foreign_ok = ty_json_read(arena, text, size, &how, &foreign, &err) == TY_OK;
	if (theirs != NULL && ty_json_depth(theirs) <= 64)
		TY_ASSERT(ours_ok && same(strict, theirs));
	if (ours_ok && theirs == NULL)
		TY_ASSERT(holds_exact(strict));
	if (ours_ok)
		TY_ASSERT(foreign_ok && how.mended == 0 && json_equal(strict, foreign));
	TY_ASSERT((ty_json_read(arena, text, size, &check, NULL, &err) == TY_OK) == foreign_ok);
	TY_ASSERT(check.mended == how.mended && check.values == how.values);
	TY_ASSERT(!ours_ok || ty_json_count(text, size) == how.values);
	if (foreign_ok) {
		TY_ASSERT((how.mended == 0) == ours_ok);
		check_dump(arena, foreign);
		TY_ASSERT((ty_json_read(arena, text, size, &few, &bounded, &err) == TY_OK) ==
			  (how.values <= 3));
	}
	json_decref(theirs);
	ty_arena_free(arena);
	return 0;
}

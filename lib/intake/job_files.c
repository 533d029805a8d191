/*
 * job_files.c -- see job_files.h.
 */
#include "job_files.h"

#include "base/arena.h"
#include "base/str.h"
#include "blob/blob.h"
#include "body/body.h"
#include "body/part.h"
#include "body/type.h"
#include "crypto/crypto.h"
#include "json/json.h"

#include <string.h>

#define WHOLE_BODY "data"

const json_t *
job_files(struct ty_arena *arena, const char *blobs)
{
	struct ty_err unused;
	json_t *files;

	if (ty_str_is_blank(blobs) ||
	    ty_json_parse(arena, blobs, strlen(blobs), &files, &unused) != TY_OK)
		return NULL;
	return json_array_size(files) > 0 ? files : NULL;
}

static const char *
field_of(const json_t *file)
{
	return ty_json_str(file, "field", "");
}

bool
job_body_is_file(const json_t *files)
{
	return json_array_size(files) == 1 && *field_of(json_array_get(files, 0)) == '\0';
}

/* Count the field's files that have bytes, because a form sends an empty field as a file without name
 * and bytes. */
static size_t
files_named(const json_t *files, const char *field)
{
	size_t count = 0;

	for (size_t i = 0; i < json_array_size(files); i++) {
		const json_t *file = json_array_get(files, i);

		count += json_object_get(file, "blob") != NULL && ty_str_eq(field_of(file), field);
	}
	return count;
}

/* "f", or "f0", "f1" where there are several; a number more where another has that name. */
static const char *
name_of(struct ty_arena *arena, const json_t *files, const json_t *binary, const char *field)
{
	const char *name = *field != '\0' ? field : WHOLE_BODY;
	const char *numbered = name;

	for (size_t n = 0;
	     json_object_get(binary, numbered) != NULL || (n == 0 && files_named(files, field) > 1);
	     n++)
		numbered = ty_arena_printf(arena, "%s%zu", name, n);
	return numbered;
}

json_t *
job_binary(struct ty_arena *arena, const json_t *files)
{
	json_t *binary = ty_json_own(arena, json_object());
	struct ty_blob_meta meta;

	for (size_t i = 0; i < json_array_size(files); i++) {
		const json_t *file = json_array_get(files, i);

		if (ty_blob_meta_parse(file, &meta))
			json_object_set_new(binary, name_of(arena, files, binary, field_of(file)),
					    ty_blob_meta_json(&meta));
	}
	return binary;
}

json_t *
job_body_handle(struct ty_arena *arena, const struct ty_body *body, const json_t *headers)
{
	char name[TY_FORM_NAME_BYTES_MAX], hash[TY_BLOB_HASH_SIZE];
	uint8_t sum[TY_SHA256_SIZE];
	struct ty_body_type type;
	struct ty_blob_meta meta = { .hash = hash, .name = name, .bytes = (int64_t)body->raw_len };
	json_t *handle;

	ty_body_type_parse(ty_json_str(headers, "content-type", ""), &type);
	ty_body_file_name(ty_json_str(headers, "content-disposition", NULL), name, sizeof(name));
	ty_sha256(body->raw, body->raw_len, sum);
	ty_str_hex(sum, sizeof(sum), hash);
	meta.mime = type.name;
	handle = ty_blob_meta_json(&meta);
	TY_ASSERT(handle != NULL); /* the headers are JSON, so UTF-8 */
	return ty_json_own(arena, handle);
}

json_t *
job_body_binary(struct ty_arena *arena, json_t *handle)
{
	json_t *binary = ty_json_own(arena, json_object());

	json_object_set(binary, WHOLE_BODY, handle);
	return binary;
}

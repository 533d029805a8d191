/*
 * blob.c -- the handle, in memory and in an item.
 */
#include "blob/blob.h"

#include "json/json.h"

#include <stdlib.h>
#include <string.h>

#define MIME_DEFAULT "application/octet-stream"

struct ty_blob *
ty_blob_ref(struct ty_blob *blob)
{
	blob->refs++;
	return blob;
}

void
ty_blob_unref(struct ty_blob *blob)
{
	if (blob == NULL || --blob->refs > 0)
		return;
	free(blob->data);
	free(blob);
}

static bool
is_hash(const char *s)
{
	return s != NULL && strlen(s) == TY_BLOB_HASH_SIZE - 1 &&
	       strspn(s, "0123456789abcdef") == TY_BLOB_HASH_SIZE - 1;
}

bool
ty_blob_meta_parse(const json_t *json, struct ty_blob_meta *ret_meta)
{
	struct ty_blob_meta meta = { .hash = ty_json_str(json, "blob", NULL),
				     .mime = ty_json_str(json, "mime", MIME_DEFAULT),
				     .name = ty_json_str(json, "name", ""),
				     .bytes = ty_json_int(json, "bytes", -1) };

	if (!is_hash(meta.hash) || meta.bytes < 0)
		return false;
	*ret_meta = meta;
	return true;
}

json_t *
ty_blob_meta_json(const struct ty_blob_meta *meta)
{
	return json_pack("{s:s, s:s, s:s, s:I}", "blob", meta->hash, "mime",
			 meta->mime != NULL && meta->mime[0] != '\0' ? meta->mime : MIME_DEFAULT,
			 "name", meta->name != NULL ? meta->name : "", "bytes",
			 (json_int_t)meta->bytes);
}

/*
 * read.h -- what the files of the reader share: read.c has the document and its containers,
 * read_string.c texts and keys, read_number.c numbers.  Of no use to others.
 */
#ifndef TY_JSON_READ_H
#define TY_JSON_READ_H

#include "json/json.h"

/* A set of keys of many objects, by hashes of 64 bits; see read_keys.c. */
struct json_keys {
	uint64_t *slots;
	size_t count, cap;
	uint64_t objects; /* so many were begun: the number of the last one */
};

struct json_reader {
	const char *data, *at, *end;
	struct ty_json_read *how;
	const char *only; /* the member that alone is wanted; NULL = all is */
	struct ty_err *err;
	size_t depth;
	bool is_blind;	       /* no value is made now: 'true' stands for each */
	json_t *found;	       /* the member that alone is wanted; a reference of ours */
	struct json_keys keys; /* where no tree is made, which would know a key that stands twice */
	char *scratch;	       /* a stack: the decoded keys that are open, the string under way */
	size_t scratch_len, scratch_cap;
};

/* A string of the text: in the text itself, or in the scratch where it had to be decoded. */
struct json_text {
	const char *raw; /* NULL: in the scratch, because that may move */
	size_t offset;	 /* in the scratch */
	size_t len;
};

/* Fill 'err' with line, column and what stands at 'at'.  Both give NULL. */
void *json_reader_fail(struct json_reader *r, const char *at, const char *what);
void *json_reader_fail_hint(struct json_reader *r, const char *at, const char *what,
			    const char *hint);

/*
 * At the opening quote.  What is put into the scratch begins at ret_text->offset and stays
 * there until the caller sets scratch_len back to that.
 */
bool json_read_text(struct json_reader *r, struct json_text *ret_text) TY_MUST_CHECK;
json_t *json_read_string(struct json_reader *r); /* new reference; NULL with 'err' */
json_t *json_read_number(struct json_reader *r); /* new reference; NULL with 'err' */

/* Add a key of object number 'object'; false where it is there already. */
bool json_keys_add(struct json_keys *keys, uint64_t object, const char *key, size_t len);

static inline const char *
json_text_bytes(const struct json_reader *r, const struct json_text *text)
{
	return text->raw != NULL ? text->raw : r->scratch + text->offset;
}

#endif

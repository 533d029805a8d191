/*
 * body.h -- bytes and headers as a value: the one place where a foreign body is read, a webhook's
 * delivery and the answer to http.request alike.
 *
 *	bytes --Content-Encoding--> inflated --charset--> text --kind--> value
 *	         encoding.h                    charset.h          type.h, form.h, lib/json
 *
 * The kind is what the Content-Type says (type.h), what the sender is known to mean by it (body.c,
 * "senders"), or what the workflow's author chose.  Senders send once, so a body is refused only for
 * what cannot be read at all; whatever was mended on the way is told as notices.
 *
 * Knows no HTTP: headers come through a callback.  Values are owned by the arena.
 */
#ifndef TY_BODY_BODY_H
#define TY_BODY_BODY_H

#include "base/defs.h"

#include <jansson.h>

enum ty_body_as {
	TY_BODY_AS_AUTO,
	TY_BODY_AS_JSON,
	TY_BODY_AS_FORM,
	TY_BODY_AS_MULTIPART,
	TY_BODY_AS_TEXT,
	TY_BODY_AS_BYTES,
	TY_BODY_AS_AUTO_FILE, /* as AUTO, but what is no text is a file and not base64 */
	TY_BODY_AS__COUNT
};

/* "auto", "json", ...; parse takes NULL and "" as "auto", and gives false for a word that is none. */
const char *ty_body_as_name(enum ty_body_as as);
bool ty_body_as_parse(const char *name, enum ty_body_as *ret_as);

struct ty_body_in {
	const char *data;
	size_t len;
	const char *(*header)(void *ctx, const char *name); /* lower-case name; NULL = absent */
	void *ctx;
	enum ty_body_as as;
	const json_t *files; /* of a multipart body, where they are blobs: struct ty_form_body's */
	size_t bytes_max;    /* inflated */
	size_t values_max;   /* 0 = no limit */
	/*
	 * The caller wants 'text' and no tree, and is one of many threads: JSON makes a tree only where it
	 * has to be mended, and any tree waits for the process's budget of values (json/budget.h).
	 */
	bool copies;
	/*
	 * The member that alone is wanted of JSON (json/member.h), by one of many threads: JSON makes
	 * no tree, and a form's waits for the budget.
	 */
	const char *only;
	/*
	 * Take it as it comes: what says JSON and is none is text, an encoding that nobody knows is
	 * none, both with a notice.  For an answer, which no sender can mend.
	 */
	bool lenient;
};

struct ty_body {
	json_t *json; /* the value; NULL where the caller copies 'text' */
	/* The value as JSON text: the sender's own where nothing was mended; NULL where it has to be made. */
	const char *text;
	size_t text_len;
	/* Bytes that the value was made of, inflated. */
	const char *raw;
	size_t raw_len;
	bool is_file;	      /* 'raw' is a file, and the value {}: AUTO_FILE alone says so */
	bool is_changed;      /* the value's text is not what was sent: 'raw' has more */
	unsigned mended;      /* body.c's own bits */
	unsigned json_mended; /* struct ty_json_read's */
	const char *unknown;  /* the charset or encoding that 'mended' tells of */
	size_t values;
};

/*
 * Errors: TY_E_MALFORMED (no JSON, damaged), TY_E_UNSUPPORTED (an encoding that is not known),
 * TY_E_TOO_LARGE (over bytes_max once inflated), TY_E_LIMIT (over values_max; ret_body->values is their
 * number, and nothing else of it is written), TY_E_UNAVAILABLE (no budget came in time).
 */
enum ty_code ty_body_read(struct ty_arena *arena, const struct ty_body_in *in,
			  struct ty_body *ret_body, struct ty_err *err) TY_MUST_CHECK;

/* [ { "code", "text" } ] of what was mended, owned by 'arena'; NULL where nothing was. */
json_t *ty_body_notices(struct ty_arena *arena, const struct ty_body *body);

#endif

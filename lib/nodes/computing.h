/*
 * computing.h -- nodes that compute with the key of a credential (service "crypto"), all items in one call.
 */
#ifndef TY_NODES_COMPUTING_H
#define TY_NODES_COMPUTING_H

#include "node/node.h"

/* Question to the service; its JSON is stolen. */
struct node_compute {
	const char *way; /* "hmac" */
	const char *credential;
	json_t *texts; /* one for each input item, in order */
	json_t *more;  /* further members of the request; NULL = none */
};
/* Ask; nothing is asked, and the step ends, where there are no items. */
enum ty_code node_compute_call(struct ty_step *step, const struct node_compute *ask,
			       struct ty_err *err) TY_MUST_CHECK;
/* The answer's values, one for each input item; NULL with 'err' filled.  Borrowed. */
const json_t *node_compute_values(struct ty_step *step, const struct ty_answer *answer,
				  struct ty_err *err);

/* The text at the path 'field' of item i: a string, or a number as it is written.  Errors: TY_E_INVALID, item blamed. */
enum ty_code node_compute_text(struct ty_step *step, size_t i, const char *field, json_t **ret_text,
			       struct ty_err *err) TY_MUST_CHECK;
/* All of them; *ret_texts is a new reference.  Errors: the same. */
enum ty_code node_compute_texts(struct ty_step *step, const char *field, json_t **ret_texts,
				struct ty_err *err) TY_MUST_CHECK;

#endif

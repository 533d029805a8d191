/*
 * job_files.h -- a receipt's files as its item has them; private to lib/intake.
 */
#ifndef TY_INTAKE_JOB_FILES_H
#define TY_INTAKE_JOB_FILES_H

#include "base/defs.h"

#include <jansson.h>

struct ty_body; /* body/body.h */

/* struct ty_receipt's 'blobs' as a list owned by 'arena'; NULL where there are none. */
const json_t *job_files(struct ty_arena *arena, const char *blobs);
/* Is the body one file, as a whole? */
bool job_body_is_file(const json_t *files);
/* The item's "binary": { name: handle }, owned by 'arena'. */
json_t *job_binary(struct ty_arena *arena, const json_t *files);

/*
 * The handle of a body that is a file and no blob yet ({ "blob", "mime", "name", "bytes" }), owned by
 * 'arena'; type and name are those that the headers say.
 */
json_t *job_body_handle(struct ty_arena *arena, const struct ty_body *body, const json_t *headers);
/* { "data": handle }, owned by 'arena'. */
json_t *job_body_binary(struct ty_arena *arena, json_t *handle);

#endif

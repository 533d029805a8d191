/*
 * stream.h -- a delivery is verified while its body comes in pieces.
 */
#ifndef TY_HOOK_STREAM_H
#define TY_HOOK_STREAM_H

#include "hook/verify.h"

/*
 * ty_hook_verify() for a body that comes in pieces, with a rule that streams.  *ret_now is a refusal that
 * needs no body, or TY_HOOK_OK where the bytes decide or nothing is checked.  'rule', 'secrets' and the
 * pointers of 'delivery' are borrowed until end; delivery->body is not read.
 */
struct ty_hook_stream;
struct ty_hook_stream *ty_hook_stream_new(const struct ty_hook_rule *rule,
					  const struct ty_secret *const *secrets,
					  size_t secret_count,
					  const struct ty_hook_delivery *delivery,
					  enum ty_hook_result *ret_now);
void ty_hook_stream_add(struct ty_hook_stream *stream, const void *data, size_t len);
/* All bytes are there: the verdict. */
enum ty_hook_result ty_hook_stream_end(struct ty_hook_stream *stream);
void ty_hook_stream_free(struct ty_hook_stream *stream); /* takes NULL */

#endif

/*
 * source.c -- answers that the effects of another run got, for a run that repeats it.
 *
 * Invariants:
 *   (1) An answer is taken only by a call of the same node, iteration and number that asks the same: its
 *       request and its credential are compared by digest, because either run may have had other data.
 *   (2) Only an answer that ended well is taken, by the node's own judgement too (is_failure: a status 503 is an
 *       answer).  What failed is what the run is repeated for.
 *   (3) A taken answer is journaled before it is used, as any other: a worker that takes the run over needs
 *       the other run no more.
 *
 * The attempt is no part of a call's name here, because the other run may have needed more of them.
 *
 * Memory: the index is the run's, digests are the step's.
 */
#include "engine/private.h"
#include "crypto/crypto.h"

#include <string.h>

#define DIGEST_BYTES 16

void
source_index(struct ty_run *run)
{
	json_t *entry;
	size_t i;

	if (json_array_size(run->spec.source) == 0)
		return;
	run->source = ty_map_new(run->arena);
	json_array_foreach((json_t *)run->spec.source, i, entry)
	{
		if (json_object_get(json_object_get(entry, "answer"), "value") != NULL)
			ty_map_set(run->source,
				   journal_call_name(run->arena, ty_json_str(entry, "key", "")),
				   entry);
	}
}

/* Free the text before the call is made, because it may be as large as a body. */
const char *
source_digest(struct request *request)
{
	const struct ty_call *call = &request->call;
	struct ty_arena *scratch;
	uint8_t sum[TY_SHA256_SIZE];
	const char *text;
	json_t *asked;
	size_t len;
	char *hex;

	if (request->kind != REQUEST_CALL)
		return NULL;
	scratch = ty_arena_new(request->step->arena, "digest", 0);
	asked = ty_json_own(scratch,
			    json_pack("{s:s, s:s, s:O}", "service", call->service, "credential",
				      call->credential != NULL ? call->credential : "", "request",
				      call->request));
	text = ty_json_dump_canonical(scratch, asked, &len);
	ty_sha256(text, len, sum);
	ty_arena_free(scratch);
	hex = ty_arena_alloc(request->step->arena, 2 * DIGEST_BYTES + 1);
	ty_str_hex(sum, DIGEST_BYTES, hex);
	return hex;
}

static bool
is_failure(struct request *request, const json_t *answer)
{
	const struct ty_node_def *def = request->step->plan->node->def;

	return def->is_failure != NULL &&
	       def->is_failure(request->step, request->item, json_object_get(answer, "value"));
}

json_t *
source_answer(struct request *request)
{
	struct ty_run *run = request->step->run;
	const json_t *entry;
	json_t *answer;

	if (run->source == NULL || request->digest == NULL)
		return NULL;
	entry = ty_map_find(run->source, journal_call_name(request->step->arena, request->key));
	if (entry == NULL || !ty_str_eq(ty_json_str(entry, "request_digest", ""), request->digest))
		return NULL;
	answer = ty_json_obj(entry, "answer");
	return is_failure(request, answer) ? NULL : answer;
}

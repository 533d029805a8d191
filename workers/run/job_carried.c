/*
 * job_carried.c -- the files that a job brings along are blobs before its run begins.
 *
 * A small body that is a file was accepted with one store alone, so its bytes are in the job
 * (intake/job.h).  Its item names it by its hash: whoever keeps it, and however often, makes the same
 * blob, and a worker that takes the run over may do it again.
 */
#include "job.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "blob/writer.h"
#include "crypto/crypto.h"

#include <string.h>

static void carry_next(struct job *job);

static const json_t *
carry_file(const struct job *job)
{
	return json_array_get(job->said.carried, job->carry.at);
}

/* The file under way is done with. */
static void
carry_clear(struct job *job)
{
	struct job_carry *carry = &job->carry;

	ty_blob_writer_free(carry->writer);
	ty_arena_free(carry->arena);
	*carry = (struct job_carry){ .at = carry->at };
}

void
job_carry_stop(struct job *job)
{
	carry_clear(job);
}

/* A file more than the workspace may keep, or one that is not what the item says. */
static void
carry_failed(struct job *job, const struct ty_err *err)
{
	struct ty_err why = *err;

	carry_clear(job);
	job->carry.at = 0;
	if (why.code != TY_E_UNAVAILABLE) {
		(void)ty_err_wrap(&why, "The file that came in was not kept");
		if (why.hint[0] == '\0')
			(void)ty_err_hint(&why, "Mend that, then replay the delivery.");
	}
	job_not_begun(job, &why);
}

static void
carry_done(void *ctx, struct ty_blob *blob, const struct ty_err *err)
{
	struct job *job = ctx;
	struct ty_err other = { 0 };

	if (err == NULL && !ty_str_eq(blob->hash, ty_json_str(carry_file(job), "blob", ""))) {
		ty_err_set(&other, TY_E_MALFORMED, "its bytes are others than its item names");
		err = &other;
	}
	ty_blob_unref(blob);
	if (err != NULL) {
		carry_failed(job, err);
		return;
	}
	carry_clear(job);
	job->carry.at++;
	carry_next(job);
}

/* Hand bytes over until the writer takes no more for now. */
static void
carry_feed(void *ctx)
{
	struct job *job = ctx;
	struct job_carry *carry = &job->carry;

	carry->taken += ty_blob_writer_add(carry->writer, carry->bytes + carry->taken,
					   carry->len - carry->taken);
	if (carry->taken == carry->len || ty_blob_writer_failure(carry->writer) != NULL)
		ty_blob_writer_end(carry->writer);
}

static void
carry_begin(struct job *job)
{
	const struct ty_blob_scope scope = { .workspace_id = job->hold.workspace_id,
					     .owner_id = job->hold.run_id,
					     .is_verified = true };
	const struct ty_blob_writer_events events = { .ready = carry_feed,
						      .done = carry_done,
						      .ctx = job };
	const char *base64 = ty_json_str(carry_file(job), "base64", "");
	struct job_carry *carry = &job->carry;
	struct ty_err err = { 0 };

	carry->arena = ty_arena_new(job->arena, "carried", 0);
	carry->bytes = ty_base64_decode(carry->arena, base64, strlen(base64), &carry->len);
	if (carry->bytes == NULL) {
		ty_err_set(&err, TY_E_MALFORMED, "its bytes are no base64");
		carry_failed(job, &err);
		return;
	}
	carry->writer = ty_blob_writer_new(job->jobs->blobs, job->jobs->blobs_ctx, &scope,
					   INT64_MAX / 2, &events);
	carry_feed(job);
}

static void
carry_next(struct job *job)
{
	if (job->carry.at < json_array_size(job->said.carried)) {
		carry_begin(job);
		return;
	}
	json_array_clear(
		(json_t *)job->said.carried); /* the run needs no more of it than its name */
	job->said.carried = NULL;
	job_ready(job);
}

void
job_carry(struct job *job)
{
	job->carry.at = 0;
	carry_next(job);
}

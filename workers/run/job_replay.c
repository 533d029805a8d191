/*
 * job_replay.c -- a job that runs another run again from its journal (engine/replay.c).
 *
 * The job has a lease, a record and pieces of its own; the engine is told that it is the other run, because
 * seeds, keys and addresses are made of that run's id, so that the digest can be the same.
 */
#include "job.h"

#include "base/err.h"
#include "base/run_mode.h"
#include "base/str.h"
#include "engine/digest.h"

bool
job_is_replay(const struct job *job)
{
	return ty_str_eq(job->said.mode, ty_run_mode_name(TY_RUN_MODE_PROOF)) ||
	       ty_str_eq(job->said.mode, ty_run_mode_name(TY_RUN_MODE_WHAT_IF));
}

enum ty_code
job_replay(struct job *job, struct ty_run_spec *spec, struct ty_err *err)
{
	const json_t *said = job->said.source;
	const struct ty_run_mode *mode = ty_run_mode_find(ty_json_str(said, "mode", NULL));

	if (mode == NULL || !ty_id_parse(ty_json_str(said, "run_id", ""), &spec->run_id))
		return ty_err_set(err, TY_E_MALFORMED, "The job does not say which run it replays");
	spec->mode = mode->name;
	spec->accepted_at_ms = ty_json_int(said, "accepted_at_ms", spec->accepted_at_ms);
	spec->journal = job->source;
	spec->source = NULL;
	spec->replay = ty_str_eq(job->said.mode, ty_run_mode_name(TY_RUN_MODE_PROOF))
			       ? TY_REPLAY_PROOF
			       : TY_REPLAY_WHAT_IF;
	spec->digest_version = ty_digest_version(ty_json_str(said, "digest", ""));
	spec->ended = spec->replay == TY_REPLAY_PROOF ? ty_json_obj(said, "ended") : NULL;
	spec->ended_at_ms = ty_json_int(said, "ended_at_ms", 0);
	job->ops.run_id = spec->run_id;
	return TY_OK;
}

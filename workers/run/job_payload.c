/*
 * job_payload.c -- what a job says.
 *
 * A payload is read as if a stranger had sent it: Redis may hold what an older, a newer
 * or a broken program wrote, and no job may stop a worker.
 */
#include "job_payload.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/run_mode.h"
#include "base/str.h"
#include "base/time.h"
#include "json/json.h"

#include <string.h>

/* 2: of a run that was put down, without items; 3: with the bytes of its file; 4: that another run
 * began; 5: that stands on an earlier one (intake/job.h). */
#define VERSION_KNOWN	5
#define VERSION_PARKED	2
#define VERSION_CARRIES 3

/* Defaults that the record of even a broken job needs. */
static void
payload_defaults(struct job_payload *said, const struct ty_hold *hold)
{
	*said = (struct job_payload){ .mode = ty_run_mode_name(TY_RUN_MODE_WEBHOOK),
				      .accepted_at_ms = ty_id_time_ms(&hold->run_id) };
	memcpy(said->version_id.s, "00000000-0000-0000-0000-000000000000",
	       sizeof(said->version_id.s));
}

static enum ty_code
payload_ids(struct job_payload *said, const struct ty_hold *hold, const json_t *payload,
	    struct ty_err *err)
{
	const char *version = ty_json_str(payload, "version_id", "");

	if (!ty_str_eq(ty_json_str(payload, "run_id", ""), hold->run_id.s) ||
	    !ty_str_eq(ty_json_str(payload, "workspace_id", ""), hold->workspace_id.s) ||
	    !ty_str_eq(ty_json_str(payload, "workflow_id", ""), hold->workflow_id.s))
		return ty_err_set(err, TY_E_MALFORMED, "The job names another run than its queue");
	if (!ty_id_parse(version, &said->version_id))
		return ty_err_set(err, TY_E_MALFORMED, "The job names no version of its workflow");
	return TY_OK;
}

static enum ty_code
payload_fields(struct job_payload *said, const struct ty_hold *hold, const json_t *payload,
	       struct ty_err *err)
{
	const struct ty_run_mode *mode = ty_run_mode_find(ty_json_str(payload, "mode", NULL));
	const char *start = ty_json_str(payload, "start_node", "");
	int64_t now_ms = ty_time_now_ms();

	if (payload_ids(said, hold, payload, err) != TY_OK)
		return err->code;
	if (mode == NULL)
		return ty_err_set(err, TY_E_MALFORMED, "The job does not say how it was started");
	said->mode = mode->name;
	said->start_node = *start != '\0' ? start : NULL;
	said->accepted_at_ms = ty_json_int(payload, "accepted_at_ms", said->accepted_at_ms);
	if (said->accepted_at_ms < 0 || said->accepted_at_ms > now_ms + INT64_C(86400000))
		return ty_err_set(err, TY_E_MALFORMED, "The job was accepted at no sensible time");
	if (json_object_get(payload, "values") != NULL) {
		ty_err_set(err, TY_E_LIMIT,
			   "What came in holds %lld JSON values; a run may begin with %d",
			   (long long)ty_json_int(payload, "values", 0), TY_LIMIT_JSON_VALUES);
		return ty_err_hint(
			err, "Send it in parts, or read it as text; then replay the delivery.");
	}
	said->items = ty_json_arr(payload, "items");
	if (said->items == NULL)
		return ty_err_set(err, TY_E_MALFORMED, "The job holds no items");
	return TY_OK;
}

static bool
carried_is_file(const json_t *file)
{
	return ty_json_str(file, "blob", NULL) != NULL && ty_json_str(file, "base64", NULL) != NULL;
}

static enum ty_code
payload_carried(struct job_payload *said, const json_t *payload, struct ty_err *err)
{
	size_t i, count;
	json_t *file;

	said->carried = ty_json_arr(payload, "carried");
	count = json_array_size(said->carried);
	if (count == 0 || count > TY_LIMIT_BLOB_FILES_COUNT)
		return ty_err_set(err, TY_E_MALFORMED,
				  "The job does not say which files it brings");
	json_array_foreach(said->carried, i, file)
	{
		if (!carried_is_file(file))
			return ty_err_set(err, TY_E_MALFORMED,
					  "A file that the job brings has no bytes or no name");
	}
	return TY_OK;
}

enum job_payload_status
job_payload_read(struct ty_arena *arena, const struct ty_hold *hold,
		 struct job_payload *ret_payload, struct ty_err *err)
{
	json_t *payload;
	int64_t version;

	payload_defaults(ret_payload, hold);
	if (ty_json_parse_stored(arena, hold->payload, hold->payload_len, &payload, err) != TY_OK) {
		ty_err_wrap(err, "The job cannot be read");
		return JOB_PAYLOAD_BROKEN;
	}
	version = ty_json_int(payload, "v", 0);
	if (version > VERSION_KNOWN) {
		ty_err_set(err, TY_E_UNAVAILABLE,
			   "The job is of version %lld; this worker knows %d", (long long)version,
			   VERSION_KNOWN);
		return JOB_PAYLOAD_UNKNOWN;
	}
	if (version < 1) {
		ty_err_set(err, TY_E_MALFORMED, "The job has no version");
		return JOB_PAYLOAD_BROKEN;
	}
	ret_payload->is_parked = version == VERSION_PARKED;
	/* A later version may bring files, too. */
	if ((version == VERSION_CARRIES || json_object_get(payload, "carried") != NULL) &&
	    payload_carried(ret_payload, payload, err) != TY_OK)
		return JOB_PAYLOAD_BROKEN;
	ret_payload->source = ty_json_obj(payload, "source");
	ret_payload->taken = ty_json_arr(payload, "taken");
	return payload_fields(ret_payload, hold, payload, err) == TY_OK ? JOB_PAYLOAD_OK
									: JOB_PAYLOAD_BROKEN;
}

/*
 * fuzz_job_payload -- what Redis may hold as a job: an older, a newer or a broken program's.
 *
 * Whatever it is, there is an answer, the record of even a broken job has what it needs, and
 * a job that is read names the run, workspace and workflow that the queue has it under.
 */
#include "base/arena.h"
#include "base/err.h"
#include "json/json.h"
#include "run/job_payload.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RUN  "01920000-0000-7000-8000-000000000001"
#define WS   "01920000-0000-7000-8000-000000000002"
#define FLOW "01920000-0000-7000-8000-000000000003"

static void
check(struct ty_arena *arena, const char *text, size_t size)
{
	struct ty_hold hold = {
		.run_id = { RUN },
		.workspace_id = { WS },
		.workflow_id = { FLOW },
		.payload = text,
		.payload_len = size,
	};
	struct job_payload said;
	struct ty_id version;
	struct ty_err err = { .code = TY_OK };
	enum job_payload_status status = job_payload_read(arena, &hold, &said, &err);

	TY_ASSERT(said.mode != NULL && said.accepted_at_ms >= 0);
	TY_ASSERT(status == JOB_PAYLOAD_OK ? err.code == TY_OK : err.code != TY_OK);
	if (status != JOB_PAYLOAD_OK)
		return;
	TY_ASSERT(json_is_array(said.items));
	TY_ASSERT(said.carried == NULL || (json_array_size(said.carried) > 0 && !said.is_parked));
	TY_ASSERT(ty_id_parse(said.version_id.s, &version));
	TY_ASSERT(memmem(text, size, RUN, sizeof(RUN) - 1) != NULL ||
		  memchr(text, '\\', size) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ty_arena *arena = ty_arena_new(NULL, "fuzz", 0);

	check(arena, (const char *)data, size);
	ty_arena_free(arena);
	return 0;
}

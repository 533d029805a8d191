/*
 * lane.c -- see lane.h.
 */
#include "lane.h"
#include "support/places.h"

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
	char dir[64];
} server;

static void
services(const char *command, const char *what)
{
	char line[256];

	snprintf(line, sizeof(line), "sh '%s/tests/support/services.sh' %s '%s' %s", TY_SOURCE_DIR,
		 command, server.dir, what);
	ck_assert_msg(system(line) == 0, "%s", line);
}

void
lane_server_start(void)
{
	snprintf(server.dir, sizeof(server.dir), "/tmp/tyq.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(server.dir));
	services("start", "redis");
}

void
lane_server_stop(void)
{
	services("stop", "");
}

void
lane_server_kill(void)
{
	services("kill9", "redis");
}

void
lane_server_boot(void)
{
	services("boot", "redis");
}

const char *
lane_server_dir(void)
{
	return server.dir;
}

static void
lane_on_state(void *ctx, const char *away)
{
	((struct lane *)ctx)->up = away == NULL;
}

static void
lane_on_wake(void *ctx)
{
	((struct lane *)ctx)->wakes++;
}

void
lane_await_up(struct lane *lane)
{
	while (!ty_queue_is_up(lane->queue))
		uv_run(&lane->loop, UV_RUN_ONCE);
}

void
lane_open(struct lane *lane, int64_t lease_ms)
{
	char path[96];

	memset(lane, 0, sizeof(*lane));
	snprintf(path, sizeof(path), "%s/redis.sock", server.dir);
	snprintf(lane->url, sizeof(lane->url), "unix:%s", path);
	lane->arena = ty_arena_new(NULL, "lane", 0);
	lane->redis = redisConnectUnix(path);
	ck_assert(lane->redis != NULL && lane->redis->err == 0);
	lane_command(lane, "FLUSHALL");
	uv_loop_init(&lane->loop);
	lane->queue = ty_queue_new(&lane->loop, lane->url, "t", lease_ms, lane_on_state,
				   lane_on_wake, lane);
	lane->sync = ty_queue_sync_new(lane->url, "t");
	lane_await_up(lane);
}

void
lane_close(struct lane *lane)
{
	ty_queue_free(lane->queue);
	ty_queue_sync_free(lane->sync);
	uv_run(&lane->loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&lane->loop), 0);
	redisFree(lane->redis);
	ty_arena_free(lane->arena);
}

void
lane_end(struct lane *lane)
{
	char why[512];

	ck_assert_msg(lane_is_consistent(lane, why, sizeof(why)), "%s", why);
	lane_close(lane);
}

static redisReply *
lane_vcommand(struct lane *lane, const char *fmt, va_list ap)
{
	redisReply *reply = redisvCommand(lane->redis, fmt, ap);

	if (reply == NULL && redisReconnect(lane->redis) == REDIS_OK)
		reply = redisvCommand(lane->redis, fmt, ap);
	ck_assert_msg(reply != NULL, "%s: %s", fmt, lane->redis->errstr);
	ck_assert_msg(reply->type != REDIS_REPLY_ERROR, "%s: %s", fmt, reply->str);
	return reply;
}

void
lane_command(struct lane *lane, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	freeReplyObject(lane_vcommand(lane, fmt, ap));
	va_end(ap);
}

int64_t
lane_command_int(struct lane *lane, const char *fmt, ...)
{
	redisReply *reply;
	int64_t n;
	va_list ap;

	va_start(ap, fmt);
	reply = lane_vcommand(lane, fmt, ap);
	va_end(ap);
	n = reply->type == REDIS_REPLY_STRING ? strtoll(reply->str, NULL, 10) : reply->integer;
	freeReplyObject(reply);
	return n;
}

/* ---- calls ---- */

static void
lane_begin(struct lane *lane)
{
	lane->answered = false;
	lane->count = 0;
	ty_err_clear(&lane->err);
}

static void
lane_answer(struct lane *lane, const struct ty_err *err)
{
	if (err != NULL)
		lane->err = *err;
	lane->answered = true;
}

static enum ty_code
lane_await(struct lane *lane)
{
	ck_assert_msg(!lane->answered, "the callback came from within the call");
	while (!lane->answered)
		uv_run(&lane->loop, UV_RUN_ONCE);
	return lane->err.code;
}

static void
lane_on_admitted(void *ctx, const struct ty_admission *admissions, size_t count,
		 const struct ty_err *err)
{
	struct lane *lane = ctx;

	lane_answer(lane, err);
	lane->count = count;
	for (size_t i = 0; i < count; i++)
		lane->admissions[i] = admissions[i];
}

void
lane_admit(struct lane *lane, const struct ty_job *jobs, size_t count)
{
	lane_begin(lane);
	ty_queue_admit(lane->queue, jobs, count, lane_on_admitted, lane);
	ck_assert_msg(lane_await(lane) == TY_OK, "%s", lane->err.msg);
}

enum ty_verdict
lane_admit_one(struct lane *lane, const struct ty_job *job)
{
	lane_admit(lane, job, 1);
	return lane->admissions[0].verdict;
}

static void
lane_on_leased(void *ctx, const struct ty_lease *leases, size_t count, const struct ty_err *err)
{
	struct lane *lane = ctx;

	lane_answer(lane, err);
	lane->count = count;
	for (size_t i = 0; i < count; i++) {
		lane->leases[i] = leases[i];
		lane->leases[i].payload =
			ty_arena_strndup(lane->arena, leases[i].payload, leases[i].payload_len);
	}
}

size_t
lane_lease(struct lane *lane, size_t max)
{
	lane_begin(lane);
	ty_queue_lease(lane->queue, max, lane_on_leased, lane);
	ck_assert_msg(lane_await(lane) == TY_OK, "%s", lane->err.msg);
	return lane->count;
}

static void
lane_on_extended(void *ctx, const bool *lost, size_t count, const struct ty_err *err)
{
	struct lane *lane = ctx;

	lane_answer(lane, err);
	lane->count = count;
	for (size_t i = 0; i < count; i++)
		lane->lost[i] = lost[i];
}

enum ty_code
lane_extend(struct lane *lane, const struct ty_hold *holds, size_t count)
{
	lane_begin(lane);
	ty_queue_extend(lane->queue, holds, count, lane_on_extended, lane);
	return lane_await(lane);
}

enum ty_code
lane_canceled(struct lane *lane, const struct ty_hold *holds, size_t count)
{
	lane_begin(lane);
	ty_queue_canceled(lane->queue, holds, count, lane_on_extended, lane);
	return lane_await(lane);
}

static void
lane_on_done(void *ctx, const struct ty_err *err)
{
	lane_answer(ctx, err);
}

enum ty_code
lane_release(struct lane *lane, const struct ty_hold *holds, size_t count)
{
	lane_begin(lane);
	ty_queue_release(lane->queue, holds, count, lane_on_done, lane);
	return lane_await(lane);
}

enum ty_code
lane_retry(struct lane *lane, const struct ty_hold *hold, int64_t delay_ms, bool uncounted)
{
	lane_begin(lane);
	ty_queue_retry(lane->queue, hold, delay_ms, uncounted, lane_on_done, lane);
	return lane_await(lane);
}

enum ty_code
lane_wait(struct lane *lane, const struct ty_hold *hold, int64_t at_ms)
{
	lane_begin(lane);
	ty_queue_wait(lane->queue, hold, at_ms, lane_on_done, lane);
	return lane_await(lane);
}

enum ty_code
lane_bury(struct lane *lane, const struct ty_hold *hold, const char *reason)
{
	lane_begin(lane);
	ty_queue_bury(lane->queue, hold, reason, lane_on_done, lane);
	return lane_await(lane);
}

struct ty_queue_reaped
lane_reap(struct lane *lane, int64_t deliveries_max)
{
	struct ty_queue_reaped reaped;

	ck_assert_msg(ty_queue_sync_reap(lane->sync, deliveries_max, 1000, &reaped, &lane->err) ==
			      TY_OK,
		      "%s", lane->err.msg);
	return reaped;
}

/* ---- jobs ---- */

struct ty_id
lane_id(int n)
{
	struct ty_id id;

	snprintf(id.s, sizeof(id.s), "00000000-0000-7000-8000-%012x", (unsigned)n);
	return id;
}

struct ty_job
lane_job(int workspace, int workflow)
{
	return (struct ty_job){ .run_id = ty_id_new(),
				.workspace_id = lane_id(workspace),
				.workflow_id = lane_id(workflow),
				.delivery_key = "",
				.payload = "{\"v\":1}",
				.payload_len = 7 };
}

struct ty_hold
lane_hold(const struct ty_lease *lease)
{
	return (struct ty_hold){ .run_id = lease->run_id,
				 .workspace_id = lease->workspace_id,
				 .workflow_id = lease->workflow_id,
				 .token = lease->token,
				 .payload = lease->payload,
				 .payload_len = lease->payload_len,
				 .deliveries = lease->deliveries };
}

/*
 * The check is a script too, so that it sees one moment.  It knows the keys only from
 * docs/ARCHITECTURE.md and the invariants of lua/common.lua, not the scripts' code.
 */
static const char consistency_script[] =
	"local P, bad = '{t}:', {}\n"
	"local active, wf_active, ready_wf, where = {}, {}, {}, {}\n"
	"local function add(t, k) t[k] = (t[k] or 0) + 1 end\n"
	"local function say(s) bad[#bad + 1] = s end\n"
	"for _, key in ipairs(redis.call('KEYS', P .. 'job:*')) do\n"
	"  local id = string.sub(key, #P + 5)\n"
	"  local j = redis.call('HMGET', key, 's', 'ws', 'wf')\n"
	"  local n = 0\n"
	"  for _, z in ipairs({ 'leased', 'delayed', 'waiting', 'dead' }) do\n"
	"    local is_in = redis.call('ZSCORE', P .. z, id)\n"
	"    if is_in then n = n + 1 end\n"
	"    if (is_in and true or false) ~= (j[1] == z) then say(id .. ' is ' .. j[1] .. ', not "
	"as ' .. z .. ' says') end\n"
	"  end\n"
	"  local r = redis.call('LPOS', P .. 'ready:' .. j[2], id)\n"
	"  local h = redis.call('LPOS', P .. 'hold:' .. j[2] .. ':' .. j[3], id)\n"
	"  if r then n = n + 1; ready_wf[j[2] .. ':' .. j[3]] = true end\n"
	"  if h then n = n + 1 end\n"
	"  if (r or h) and j[1] ~= 'ready' then say(id .. ' is listed but ' .. j[1]) end\n"
	"  if n ~= 1 then say(id .. ' is in ' .. n .. ' places') end\n"
	"  if j[1] == 'leased' then add(active, j[2]); add(wf_active, j[2] .. ':' .. j[3]) end\n"
	"end\n"
	"local function total(t) local n = 0; for _, v in pairs(t) do n = n + v end; return n end\n"
	"local counted = 0\n"
	"for _, key in ipairs(redis.call('KEYS', P .. 'active:*')) do\n"
	"  local name, n = string.sub(key, #P + 8), tonumber(redis.call('GET', key))\n"
	"  counted = counted + n\n"
	"  local want = (#name > 36 and wf_active or active)[name]\n"
	"  if want ~= n then say(key .. ' is ' .. n .. ', not ' .. tostring(want)) end\n"
	"end\n"
	"if counted ~= total(active) + total(wf_active) then say('active counters are missing') "
	"end\n"
	"local held = {}\n"
	"for _, key in ipairs(redis.call('KEYS', P .. 'hold:*')) do\n"
	"  local name = string.sub(key, #P + 6)\n"
	"  local ws = string.sub(name, 1, 36)\n"
	"  held[ws] = (held[ws] or 0) + redis.call('LLEN', key)\n"
	"  local paused = redis.call('SISMEMBER', P .. 'paused', name) == 1\n"
	"  if not wf_active[name] and not ready_wf[name] and not paused then say(key .. ' is "
	"stuck') end\n"
	"end\n"
	"local h = redis.call('HGETALL', P .. 'held')\n"
	"for i = 1, #h, 2 do\n"
	"  if held[h[i]] ~= tonumber(h[i + 1]) then say('held ' .. h[i] .. ' is wrong') end\n"
	"  held[h[i]] = nil\n"
	"end\n"
	"if next(held) then say('held lacks a workspace') end\n"
	"local ring = {}\n"
	"for _, ws in ipairs(redis.call('LRANGE', P .. 'ring', 0, -1)) do add(ring, ws) end\n"
	"for _, ws in ipairs(redis.call('SMEMBERS', P .. 'full')) do\n"
	"  add(ring, ws)\n"
	"  if not active[ws] and redis.call('SISMEMBER', P .. 'paused', ws) == 0 then say(ws .. ' "
	"is full with nothing active') end\n"
	"end\n"
	"for _, key in ipairs(redis.call('KEYS', P .. 'ready:*')) do\n"
	"  local ws = string.sub(key, #P + 7)\n"
	"  if ring[ws] ~= 1 then say(ws .. ' is in the ring ' .. tostring(ring[ws]) .. ' times') "
	"end\n"
	"  ring[ws] = nil\n"
	"end\n"
	"if next(ring) then say('the ring has a workspace with nothing ready') end\n"
	"return table.concat(bad, '; ')\n";

bool
lane_is_consistent(struct lane *lane, char *why, size_t why_size)
{
	redisReply *reply = redisCommand(lane->redis, "EVAL %s 0", consistency_script);
	bool ok = reply != NULL && reply->type == REDIS_REPLY_STRING && reply->len == 0;

	snprintf(why, why_size, "%s",
		 reply != NULL && reply->str != NULL ? reply->str : "no answer");
	freeReplyObject(reply);
	return ok;
}

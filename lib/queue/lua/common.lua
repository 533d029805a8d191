-- common.lua -- put before every script of the lane: keys, time, and the moves they share.
--
-- KEYS[1] is the lane's prefix "{lane}:"; every key is made from it, so all are in one slot.
-- The last argument is the contract's version: what a program and its scripts mean by arguments and answers.  Each
-- program sends scripts of its own, so two releases side by side each keep theirs; what they share are the keys.
-- To change
--   arguments or answers of a script    change both sides, raise TY_QUEUE_CONTRACT (lib/queue/script.h)
--   a workspace's limit                 lib/base/limits.def; it comes with admit's limits by its name
--   what is in a job's hash             see LAYOUT
--
-- A job is the hash job:<id>: s state, ws, wf, p payload, t token, d counted leases, again,
-- wm and fm (concurrent limits of workspace and workflow), cancel, reason, lay (its layout).
--
-- Lists and sets that jobs are in, by state:
--   ready    in ready:<ws>, or in hold:<ws>:<wf> while its workflow is at its limit or paused ('held'
--            counts those per workspace).  A workspace with a non-empty ready list is in
--            'ring' once, or in 'full' while it is at its own limit or paused.
--   leased   in 'leased' by deadline; active:<ws> and active:<ws>:<wf> count them
--   delayed, waiting, dead   in the zset of that name
--   finished in done:<n>, a set per five minutes, for at least that long
--
-- A job is read by fields() and judged before anything is moved, because a script that ends in
-- the middle leaves half of its moves behind.  One that cannot be read is dropped by damaged():
-- its receipt makes it again.
local CONTRACT = '@CONTRACT@'
if ARGV[#ARGV] ~= CONTRACT then
	return redis.error_reply('CONTRACT this script is of version ' .. CONTRACT .. ' of the lane\'s scripts; its arguments are not')
end
ARGV[#ARGV] = nil

local P = KEYS[1]
local call = redis.call
local time = call('TIME')
local now_us = time[1] * 1000000 + time[2]
local now = math.floor(now_us / 1000)

-- Tokens of waiting workers; more than there are likely to be idle workers are of no use.
local WAKE_MAX = 8
local DONE_S = 300
local to_wake = 0

local function int(n)
	return string.format('%.0f', n)
end

-- When this memory began, in microseconds.  Every token given since is greater, so a lease
-- with a smaller one is from before Redis lost its memory.
local function epoch()
	local e = call('GET', P .. 'epoch')
	if not e then
		e = int(math.max(now_us, tonumber(call('GET', P .. 'token') or 0) + 1))
		call('SET', P .. 'epoch', e)
		call('SET', P .. 'token', e)
	end
	return tonumber(e)
end

-- Only the length of an id is checked, because the callers of these scripts see the rest.
local function is_id(text)
	return text and #text == 36
end

-- Damaged jobs that are listed, more than anybody reads; the count goes on.
local DAMAGED_MAX = 1000

-- Count and tell (damaged.lua); without memory for that, do without.
local function tell_damage(id, what)
	redis.pcall('INCR', P .. 'damaged')
	redis.pcall('RPUSH', P .. 'damaged_new', is_id(id) and id or '', what)
	redis.pcall('LTRIM', P .. 'damaged_new', -2 * DAMAGED_MAX, -1)
end

-- The layout of a job's hash, which outlives programs: none said = 1.  The release before reads what this one
-- writes, and the other way, as long as fields are only added.  Where that cannot be, write lay = 2 from the release
-- after the one that reads both; a script that meets a layout it does not know leaves the job to workers that do.
local LAYOUT = 1
local LAYOUT_WAIT_MS = 5000

local function is_later_layout(lay)
	return lay and (tonumber(lay) or 0) > LAYOUT
end

-- Forget a job that cannot be read.  It may have been leased, so places are counted anew (check.lua).
local function damaged(id, what)
	call('UNLINK', P .. 'job:' .. id)
	redis.pcall('SET', P .. 'recount', '1')
	tell_damage(id, what)
end

-- HMGET of a job; nothing where its key is of another type.
local function fields(id, ...)
	local j = redis.pcall('HMGET', P .. 'job:' .. id, ...)
	return j.err and {} or j
end

local function wake_flush()
	if to_wake > 0 then
		local room = WAKE_MAX - call('LLEN', P .. 'wake')
		for _ = 1, math.min(to_wake, room) do
			call('RPUSH', P .. 'wake', '1')
		end
	end
end

local function done_key(back)
	return P .. 'done:' .. int(math.floor(now / 1000 / DONE_S) - back)
end
local done_now, done_before = done_key(0), done_key(1)

local function is_done(id)
	return call('SISMEMBER', done_now, id) == 1 or call('SISMEMBER', done_before, id) == 1
end

local function remember(ids)
	for i = 1, #ids, 500 do
		call('SADD', done_now, unpack(ids, i, math.min(i + 499, #ids)))
	end
	if #ids > 0 then
		call('EXPIRE', done_now, 2 * DONE_S)
	end
end

-- Into the workspace's list; its first job puts the workspace into the ring.
local function make_ready(id, ws, front)
	if call(front and 'LPUSH' or 'RPUSH', P .. 'ready:' .. ws, id) == 1 then
		call('RPUSH', P .. 'ring', ws)
	end
	to_wake = to_wake + 1
end

-- Looked up once a call, because nearly always nothing is.
local paused_any

local function is_paused(member)
	if paused_any == nil then
		paused_any = call('EXISTS', P .. 'paused') == 1
	end
	return paused_any and call('SISMEMBER', P .. 'paused', member) == 1
end

-- The first that its workflow held back may be looked at again.
local function unhold(ws, wf)
	if is_paused(ws .. ':' .. wf) then
		return false
	end
	local id = call('LPOP', P .. 'hold:' .. ws .. ':' .. wf)
	if id then
		if call('HINCRBY', P .. 'held', ws, -1) <= 0 then
			call('HDEL', P .. 'held', ws)
		end
		make_ready(id, ws, true)
	end
	return id
end

local function count_down(key)
	if call('DECR', key) <= 0 then
		call('DEL', key)
	end
end

-- Count one leased run less, so that jobs which waited for its place may go on.
local function freed(ws, wf)
	count_down(P .. 'active:' .. ws)
	count_down(P .. 'active:' .. ws .. ':' .. wf)
	unhold(ws, wf)
	if not is_paused(ws) and call('SREM', P .. 'full', ws) == 1 then
		call('RPUSH', P .. 'ring', ws)
		to_wake = to_wake + 1
	end
end

-- Workspace and workflow of a job that is leased under this token; nil where it is not.
local function holding(id, token)
	local j = fields(id, 's', 't', 'ws', 'wf')
	if j[1] == 'leased' and j[2] == token and is_id(j[3]) and is_id(j[4]) then
		return j[3], j[4]
	end
	return nil
end

local function unlease(id, ws, wf)
	call('ZREM', P .. 'leased', id)
	freed(ws, wf)
end

-- State of a lease: 'held', 'lost' (it is another's, or over), or 'unknown': Redis has no trace of the job
-- and the lease is older than this memory, so that memory was lost.
local function lease_state(id, token)
	local j = fields(id, 's', 't')
	if j[1] then
		return (j[1] == 'leased' and j[2] == token) and 'held' or 'lost'
	end
	if tonumber(token) < epoch() and not is_done(id) then
		return 'unknown'
	end
	return 'lost'
end

local function bury(id, reason)
	call('HSET', P .. 'job:' .. id, 's', 'dead', 'reason', reason)
	call('ZADD', P .. 'dead', now, id)
	call('ZADD', P .. 'dead_new', now, id)
end

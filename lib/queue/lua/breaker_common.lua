-- breaker_common.lua -- put before every script of the circuit breakers, behind common.lua.
--
-- A breaker is a field of the hash breakers:<scope>: "<node type> <host>", or "<node type> *" for all hosts.  Its scope is a
-- workspace, or "*" for the operator.  Its value is JSON, which outlives programs; what a program does not know it leaves alone:
--   s   'closed' (with failures: else there is no field), 'open', 'probing'
--   f   failures in a row; of the operator's: of each workspace two at most, so that five are of three workspaces
--   n   of the operator's: { workspace: failures in a row }, eight of them at most
--   w   why: the last failure, or what was said by hand       by  who opened or closed it by hand ('' = nobody)
--   at  when it came to this state      d  delay before the next probe (ms)
--   p   when the next probe is due (0 = not by itself)         u  until when the probe under way has time
--   x   when it is forgotten (ms; 0 = never)
--
--   closed --[report: the fifth failure in a row]--> open --[probe, once it is due]--> probing
--     ^                                               ^                                 |  |
--     +------------[report: an answer]----------------|---------------------------------+  |
--     +--[set: close, reset]--- any        any ---[set: open]   +---[report: a failure; the delay doubles]
--
-- Each change is published on 'breaker' for the workers, and each transition kept in 'breaker_new' until tyboo-reap has recorded it.
local FAILURES_MAX = 5
local EACH_MAX = 2			-- failures of one workspace that count toward the operator's breaker
local WORKSPACES_MAX = 8
local DELAY_MS, DELAY_MAX_MS = 30000, 3600000
local FAILED_MS = 3600000		-- failures that nothing followed are forgotten
local OPEN_MS = 86400000		-- a breaker that nobody probes is forgotten, too
local FIELDS_MAX = 200			-- breakers of a scope, so that a workflow over a list of failing addresses fills no more
local NEWS_MAX = 10000			-- transitions that tyboo-reap has not come to

local function breakers_of(scope)
	return P .. 'breakers:' .. scope
end

local function breaker_decode(text)
	local ok, e = pcall(cjson.decode, text or '')
	return ok and type(e) == 'table' and e.s and e or nil
end

local function breaker_load(scope, what)
	local e = breaker_decode(call('HGET', breakers_of(scope), what))
	if e and e.x ~= 0 and e.x <= now then
		return nil
	end
	return e
end

local function breaker_tell(scope, what, e)
	redis.pcall('PUBLISH', P .. 'breaker', cjson.encode({ scope = scope, what = what, entry = e or cjson.null, now = now }))
end

-- Make room: what is forgotten goes, then what is closed, the oldest first.
local function breaker_room(key)
	local all, oldest, first = call('HGETALL', key), nil, nil
	for i = 1, #all, 2 do
		local e = breaker_decode(all[i + 1])
		if not e or (e.x ~= 0 and e.x <= now) then
			call('HDEL', key, all[i])
		elseif e.s == 'closed' and (not oldest or e.at < oldest) then
			oldest, first = e.at, all[i]
		end
	end
	if call('HLEN', key) >= FIELDS_MAX and first then
		call('HDEL', key, first)
	end
	return call('HLEN', key) < FIELDS_MAX
end

-- A key goes by itself when all in it is forgotten; one that was set by hand stays.
local function breaker_expire(scope, e)
	local key = breakers_of(scope)
	if e.x == 0 then
		call('PERSIST', key)
		call('ZADD', P .. 'breakers', '+inf', scope)
		return
	end
	local until_ms = tonumber(call('ZSCORE', P .. 'breakers', scope) or 0)
	if until_ms ~= math.huge and until_ms < e.x then
		call('PEXPIREAT', key, int(e.x))
		call('ZADD', P .. 'breakers', int(e.x), scope)
	end
end

local function breaker_save(scope, what, e)
	local key = breakers_of(scope)
	if call('HEXISTS', key, what) == 0 and not breaker_room(key) then
		return false
	end
	call('HSET', key, what, cjson.encode(e))
	breaker_expire(scope, e)
	breaker_tell(scope, what, e)
	return true
end

local function breaker_drop(scope, what)
	if call('HDEL', breakers_of(scope), what) == 1 then
		if call('EXISTS', breakers_of(scope)) == 0 then
			call('ZREM', P .. 'breakers', scope)
		end
		breaker_tell(scope, what, nil)
	end
end

-- To be recorded; the time is in microseconds, as text, because a number of Lua's would lose digits.
local function breaker_news(scope, what, from, to, e)
	call('RPUSH', P .. 'breaker_new', cjson.encode({ scope = scope, what = what, from = from, to = to, failures = e.f or 0,
		why = e.w or '', by = e.by or '', probe_ms = e.p or 0, at_us = int(now_us) }))
	call('LTRIM', P .. 'breaker_new', -NEWS_MAX, -1)
end

local function breaker_open(scope, what, e, delay_ms)
	local from = e.s
	e.s, e.at, e.d, e.p, e.u, e.x = 'open', now, delay_ms, now + delay_ms, 0, now + delay_ms + OPEN_MS
	if breaker_save(scope, what, e) then
		breaker_news(scope, what, from, 'open', e)
	end
end

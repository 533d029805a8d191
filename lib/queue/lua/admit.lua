-- admit: jobs in order; each is judged alone.
-- ARGV: dedupe_s, how many workspaces; per workspace its id and limits (JSON, lib/base/limits.def); then per job
-- run, which workspace (1 = the first), wf, fm, key, pushed (0, 1 = again, 2 = called), payload, owed, replaces.
-- payload '' = only a receipt to keep; owed '' = none; replaces = a failed run whose key is this one's now, or ''.
-- Gives verdict, run id, retry ms each.
local ADMITTED, DUPLICATE, RATE, QUOTA, DEPTH = 0, 1, 2, 3, 4
local WIDTH = 9
local dedupe_s, workspaces, jobs_at = ARGV[1], {}, 3 + 2 * tonumber(ARGV[2])
local out = {}

for i = 3, jobs_at - 1, 2 do
	workspaces[#workspaces + 1] = { id = ARGV[i], limits = cjson.decode(ARGV[i + 1]) }
end

-- Days since 1970 to year and month (Howard Hinnant's civil_from_days).
local function month_of(days)
	local z = days + 719468
	local era = math.floor(z / 146097)
	local doe = z - era * 146097
	local yoe = math.floor((doe - math.floor(doe / 1460) + math.floor(doe / 36524)
		- math.floor(doe / 146096)) / 365)
	local doy = doe - (365 * yoe + math.floor(yoe / 4) - math.floor(yoe / 100))
	local mp = math.floor((5 * doy + 2) / 153)
	local m = mp < 10 and mp + 3 or mp - 9
	return yoe + era * 400 + (m <= 2 and 1 or 0), m
end

local function quota_key(ws)
	local y, m = month_of(math.floor(now / 86400000))
	return P .. 'quota:' .. ws .. ':' .. string.format('%04d%02d', y, m)
end

local function until_next_month()
	local day = math.floor(now / 86400000)
	local _, m = month_of(day)
	local next_day = day + 1
	while select(2, month_of(next_day)) == m do
		next_day = next_day + 1
	end
	return next_day * 86400000 - now
end

-- A token bucket of one second's worth, kept as the time at which it is full again (GCRA).
-- Gives the milliseconds to wait, or nil having taken a token.
local function rate_take(ws, rate)
	local key = P .. 'rate:' .. ws
	local step = 1000000 / rate
	local full_at = math.max(now_us, tonumber(call('GET', key) or 0) or 0)
	local over = full_at - now_us - (1000000 - step)
	if over > 0.5 then
		return math.ceil(over / 1000)
	end
	call('SET', key, int(full_at + step), 'PX', 2000)
	return nil
end

local function count(ws, quota)
	if quota > 0 then
		call('INCR', quota_key(ws))
		call('EXPIRE', quota_key(ws), 40 * 86400)
	end
end

local function refuse(ws, limits)
	local quota, rate = limits.quota_month, limits.rate_per_s
	if call('LLEN', P .. 'ready:' .. ws) + (tonumber(call('HGET', P .. 'held', ws) or 0) or 0) >= limits.depth_max then
		return DEPTH, 1000
	end
	if quota > 0 and (tonumber(call('GET', quota_key(ws)) or 0) or 0) >= quota then
		return QUOTA, until_next_month()
	end
	if rate > 0 then
		local wait = rate_take(ws, rate)
		if wait then
			return RATE, wait
		end
	end
	count(ws, quota)
	return nil
end

local function put(id, workspace, wf, fm, payload, again, front)
	local ws = workspace.id
	if again then
		call('UNLINK', P .. 'job:' .. id)	-- fields that a damaged job left
	end
	-- A job that is pushed again counts as delivered before, because its first delivery may have begun
	-- it.
	call('HSET', P .. 'job:' .. id, 's', 'ready', 'ws', ws, 'wf', wf, 'p', payload,
		'd', again and 1 or 0, 'again', again and 1 or 0, 'wm', workspace.limits.concurrent_max, 'fm', fm)
	make_ready(id, ws, front)
end

local function admit(i)
	local id, number, wf, fm, key, pushed, payload, owed, replaces = unpack(ARGV, i, i + WIDTH - 1)
	local workspace = workspaces[tonumber(number)]
	local ws, again, called = workspace.id, pushed == '1', pushed == '2'
	local seen = P .. 'seen:' .. ws .. ':' .. key

	if payload == '' then	-- a receipt to keep, no job
		call('XADD', P .. 'owed', '*', 'r', owed)
		return ADMITTED, id, 0
	end
	local there
	if again then
		there = fields(id, 's')[1]	-- a job without a state is damaged and does not count
	else
		there = call('EXISTS', P .. 'job:' .. id) == 1
	end
	if there or is_done(id) then
		return ADMITTED, id, 0
	end
	if called then	-- a called run goes first, because it is part of a run that was admitted
		count(ws, workspace.limits.quota_month)
	elseif not again then
		local first = key ~= '' and call('GET', seen)
		first = is_id(first) and first
		if first and first == replaces then
			call('DEL', seen)
			first = nil
		end
		if first and first ~= id then
			if owed ~= '' then
				call('XADD', P .. 'owed', '*', 'r', owed)
			end
			return DUPLICATE, first, 0
		end
		if first then
			return ADMITTED, id, 0
		end
		local verdict, wait = refuse(ws, workspace.limits)
		if verdict then
			return verdict, id, wait
		end
	end
	if key ~= '' then
		call('SET', seen, id, 'EX', dedupe_s, 'NX')
	end
	if owed ~= '' then
		call('XADD', P .. 'owed', '*', 'r', owed)
	end
	put(id, workspace, wf, fm, payload, again, called)
	return ADMITTED, id, 0
end

epoch()
for i = jobs_at, #ARGV, WIDTH do
	local verdict, id, wait = admit(i)
	out[#out + 1] = verdict
	out[#out + 1] = id
	out[#out + 1] = wait
end
wake_flush()
return out

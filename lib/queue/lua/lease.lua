-- lease: up to 'max' jobs, workspaces in turn.
-- ARGV: max, lease_ms.  Gives run, ws, wf, token, deliveries, again, payload each.
--
-- A turn is up to TURN_MAX jobs of a workspace, so that what a worker has made ready for it (a jailed
-- process, the versions of its workflows) serves more than one.  Its place is then at the ring's end.
--
-- A workspace at its limit leaves the ring for 'full', a job whose workflow is at its limit
-- leaves its list for 'hold'; freed() brings them back.  So does what is paused, until unpause.  So
-- each is looked at once for each run that ends, and nothing in front of a queue keeps what is behind it from running.
local SCAN_MAX = 1000		-- jobs looked at beyond 'max' in one call
local TURN_MAX = 8
local BYTES_MAX = 8388608	-- payload bytes of one answer, unless one job is larger
local max, lease_ms = tonumber(ARGV[1]), ARGV[2]
local deadline = int(now + tonumber(lease_ms))
local budget, bytes, out, count, failed = max + SCAN_MAX, 0, {}, 0, {}

-- A job that was damaged, and pushed again from its receipt, is in the list twice: only one of the two is its place.
local elsewhere = { leased = true, delayed = true, waiting = true, dead = true }

epoch()
local token = math.max(now_us, tonumber(call('GET', P .. 'token')) + 1)

-- False where the job cannot be read.
local function take(id, ws, wf)
	local j = fields(id, 'd', 'again', 'p')
	local d, again = tonumber(j[1]), tonumber(j[2])

	if not d or not again or not j[3] then
		return false
	end
	d = d + 1
	call('LPOP', P .. 'ready:' .. ws)
	call('HSET', P .. 'job:' .. id, 's', 'leased', 't', int(token), 'd', d)
	call('ZADD', P .. 'leased', deadline, id)
	call('INCR', P .. 'active:' .. ws)
	call('INCR', P .. 'active:' .. ws .. ':' .. wf)
	local n = count * 7
	out[n + 1], out[n + 2], out[n + 3], out[n + 4] = id, ws, wf, int(token)
	out[n + 5], out[n + 6], out[n + 7] = d, again, j[3]
	count = count + 1
	bytes = bytes + #j[3]
	token = token + 1
	return true
end

local function at_limit(key, limit)
	return (tonumber(call('GET', key) or 0) or 0) >= limit
end

local function drop(ready, id)
	call('LPOP', ready)
	damaged(id, 'was ready and cannot be read')
end

-- Give this workspace its turn; false where it is at its limit or paused.
local function serve(ws)
	local ready = P .. 'ready:' .. ws
	local turn_end = math.min(count + TURN_MAX, max)
	if is_paused(ws) then
		return false
	end
	while budget > 0 and count < turn_end and bytes < BYTES_MAX do
		budget = budget - 1
		local id = call('LINDEX', ready, 0)
		if not id then
			return true
		end
		local j = fields(id, 'ws', 'wf', 'wm', 'fm', 'lay', 's')
		local wf, wm, fm = j[2], tonumber(j[3]), tonumber(j[4])
		if is_later_layout(j[5]) then
			call('LPOP', ready)
			call('HSET', P .. 'job:' .. id, 's', 'delayed')
			call('ZADD', P .. 'delayed', int(now + LAYOUT_WAIT_MS), id)
		elseif not (is_id(id) and j[1] == ws and is_id(wf) and wm and fm) then
			drop(ready, id)
		elseif elsewhere[j[6]] then
			call('LPOP', ready)
		elseif at_limit(P .. 'active:' .. ws, wm) then
			return false
		elseif is_paused(ws .. ':' .. wf) or (fm ~= 0 and at_limit(P .. 'active:' .. ws .. ':' .. wf, fm)) then
			call('LPOP', ready)
			call('RPUSH', P .. 'hold:' .. ws .. ':' .. wf, id)
			call('HINCRBY', P .. 'held', ws, 1)
		elseif not take(id, ws, wf) then
			drop(ready, id)
		end
	end
	return true
end

while count < max and budget > 0 and bytes < BYTES_MAX do
	local ws = call('LPOP', P .. 'ring')
	if not ws then
		break
	end
	local ok, fits = pcall(serve, ws)	-- keeps one workspace's fault from the others
	if not ok then
		tell_damage('', 'the lists of workspace ' .. ws .. ' cannot be read')
		failed[#failed + 1] = ws
	elseif not fits then
		call('SADD', P .. 'full', ws)
	elseif call('EXISTS', P .. 'ready:' .. ws) == 1 then
		call('RPUSH', P .. 'ring', ws)
	end
end
for _, ws in ipairs(failed) do
	call('RPUSH', P .. 'ring', ws)
end
if count > 0 then
	call('SET', P .. 'token', int(token - 1))
end
if call('EXISTS', P .. 'ring') == 1 then
	to_wake = 1
end
wake_flush()
return out

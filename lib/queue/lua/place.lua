-- place: where one run is and what keeps it there.  Changes nothing.  ARGV: run.
-- Gives state, held by ('', 'pause', 'workspace', 'workflow'), that limit (0 of a pause), deliveries, until_ms, reason;
-- numbers that mean nothing are 0.  State 'done' = lately finished, 'none' = not known here.
local id = ARGV[1]
local j = fields(id, 's', 'ws', 'wf', 'd', 'wm', 'fm', 'reason')
local state, ws, wf, wm, fm = j[1], j[2], j[3], tonumber(j[5]), tonumber(j[6])
local deliveries = tonumber(j[4]) or 0

-- Checks in the order of lease: the workspace's limit first.
local function held_by()
	if is_paused(ws) or is_paused(ws .. ':' .. wf) then
		return 'pause', 0
	end
	local active = P .. 'active:' .. ws
	if (tonumber(call('GET', active) or 0) or 0) >= wm then
		return 'workspace', wm
	end
	if fm ~= 0 and (tonumber(call('GET', active .. ':' .. wf) or 0) or 0) >= fm then
		return 'workflow', fm
	end
	return '', 0
end

local function until_ms()
	local score = redis.pcall('ZSCORE', P .. state, id)
	return (type(score) == 'string' and score ~= 'inf') and int(tonumber(score)) or 0
end

if not state then
	return { is_done(id) and 'done' or 'none', '', 0, 0, 0, '' }
end
if state == 'ready' and ws and wf and wm and fm then	-- other fields mean damage: lease or check drops the job
	local by, limit = held_by()
	return { state, by, limit, deliveries, 0, '' }
end
return { state, '', 0, deliveries, until_ms(), j[7] or '' }

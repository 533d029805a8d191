-- cancel: take a run out, or mark a leased one and tell its worker (cancels.h).  ARGV: run.  Gives 1 = taken out, 2 = marked, 0 = unknown here.
local id = ARGV[1]
local job = P .. 'job:' .. id
local j = fields(id, 's', 'ws', 'wf')
local state, ws, wf = j[1], j[2], j[3]

local function leave_ready()
	local ready = P .. 'ready:' .. ws
	if call('LREM', ready, 1, id) == 1 then
		if call('EXISTS', ready) == 0 then
			call('LREM', P .. 'ring', 1, ws)
			call('SREM', P .. 'full', ws)
		end
		unhold(ws, wf)	-- the place this job was brought back for
	elseif call('LREM', P .. 'hold:' .. ws .. ':' .. wf, 1, id) == 1 then
		if call('HINCRBY', P .. 'held', ws, -1) <= 0 then
			call('HDEL', P .. 'held', ws)
		end
	end
end

if not state or state == 'dead' then
	return 0
end
if not is_id(ws) or not is_id(wf) then
	damaged(id, 'names no workspace or workflow')
	return 0
end
if state == 'leased' then
	call('HSET', job, 'cancel', '1')
	-- The mark is what counts; a user who may not publish only makes it be heard later.
	redis.pcall('PUBLISH', P .. 'cancel', id)
	return 2
end
if state == 'ready' then
	leave_ready()
else
	call('ZREM', P .. state, id)
end
call('DEL', job)
remember({ id })
wake_flush()
return 1

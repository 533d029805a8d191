-- reap: what is due.  ARGV: deliveries_max, max.
-- Gives returned, due, buried, and the age of this memory in milliseconds.
local deliveries_max, max = tonumber(ARGV[1]), ARGV[2]
local returned, due, buried = 0, 0, 0
local began = epoch()

local function ready_or_dead(id, ws, d)
	if d >= deliveries_max then
		bury(id, 'poison: given to ' .. d .. ' workers, none finished it')
		buried = buried + 1
		return false
	end
	call('HSET', P .. 'job:' .. id, 's', 'ready')
	make_ready(id, ws, true)
	return true
end

local function each_due(zset, fn)
	for _, id in ipairs(call('ZRANGEBYSCORE', P .. zset, '-inf', int(now), 'LIMIT', 0, max)) do
		local j = fields(id, 'ws', 'wf', 'd')
		call('ZREM', P .. zset, id)
		if is_id(id) and is_id(j[1]) and is_id(j[2]) and tonumber(j[3]) then
			fn(id, j[1], j[2], tonumber(j[3]))
		else
			damaged(id, 'was ' .. zset .. ' and cannot be read')
		end
	end
end

each_due('leased', function(id, ws, wf, d)
	freed(ws, wf)
	if ready_or_dead(id, ws, d) then
		returned = returned + 1
	end
end)
each_due('delayed', function(id, ws, wf, d)
	if ready_or_dead(id, ws, d) then
		due = due + 1
	end
end)
each_due('waiting', function(id, ws, wf, d)
	call('HSET', P .. 'job:' .. id, 's', 'ready')
	make_ready(id, ws, true)
	due = due + 1
end)
wake_flush()
return { returned, due, buried, math.max(0, math.floor((now_us - began) / 1000)) }

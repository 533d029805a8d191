-- restore: put back leases that Redis has forgotten, as their holders say they were.
-- ARGV: lease_ms, wm, then run, token, ws, wf, deliveries, payload each.  Gives 0 held, 1 lost.
local deadline = int(now + tonumber(ARGV[1]))
local out = {}

for i = 3, #ARGV, 6 do
	local id, token, ws, wf = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
	local state = lease_state(id, token)
	if state == 'unknown' then
		call('HSET', P .. 'job:' .. id, 's', 'leased', 't', token, 'ws', ws, 'wf', wf,
			'd', ARGV[i + 4], 'p', ARGV[i + 5], 'again', 1, 'wm', ARGV[2], 'fm', 0)
		call('INCR', P .. 'active:' .. ws)
		call('INCR', P .. 'active:' .. ws .. ':' .. wf)
	end
	if state ~= 'lost' then
		call('ZADD', P .. 'leased', deadline, id)
	end
	out[#out + 1] = state == 'lost' and 1 or 0
end
return out

-- extend: heartbeats.  ARGV: lease_ms, then run, token each.
-- Gives per lease 0 = held, 1 = lost, 2 = Redis lost its memory of it (restore it).
local deadline = int(now + tonumber(ARGV[1]))
local out = {}

for i = 2, #ARGV, 2 do
	local state = lease_state(ARGV[i], ARGV[i + 1])
	if state == 'held' then
		call('ZADD', P .. 'leased', deadline, ARGV[i])
		out[#out + 1] = 0
	else
		out[#out + 1] = state == 'lost' and 1 or 2
	end
end
return out

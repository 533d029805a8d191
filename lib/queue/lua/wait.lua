-- wait: parked until a time, or until woken.  ARGV: run, token, at_ms (0 = until woken).
-- Gives 1, or 0 = lost.  Coming back from a wait is no failed delivery, so it is not counted.
local id = ARGV[1]
local ws, wf = holding(id, ARGV[2])

if not ws then
	return 0
end
unlease(id, ws, wf)
call('HINCRBY', P .. 'job:' .. id, 'd', -1)
call('HSET', P .. 'job:' .. id, 's', 'waiting', 'again', 1)
call('ZADD', P .. 'waiting', ARGV[3] == '0' and '+inf' or ARGV[3], id)
wake_flush()
return 1

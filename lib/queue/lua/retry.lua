-- retry: back after a delay.  ARGV: run, token, delay_ms, uncounted.  Gives 1, or 0 = lost.
-- A counted retry goes through 'delayed' even without delay: there reap looks for poison.
local id, delay, uncounted = ARGV[1], tonumber(ARGV[3]), ARGV[4] == '1'
local ws, wf = holding(id, ARGV[2])

if not ws then
	return 0
end
unlease(id, ws, wf)
if uncounted then
	call('HINCRBY', P .. 'job:' .. id, 'd', -1)
	call('HSET', P .. 'job:' .. id, 'again', 1)	-- the attempt may have left traces
end
if uncounted and delay <= 0 then
	call('HSET', P .. 'job:' .. id, 's', 'ready')
	make_ready(id, ws, true)
else
	call('HSET', P .. 'job:' .. id, 's', 'delayed')
	call('ZADD', P .. 'delayed', int(now + math.max(delay, 0)), id)
end
wake_flush()
return 1

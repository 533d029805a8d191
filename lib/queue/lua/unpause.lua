-- unpause: go on with one.  ARGV: its member, how many jobs to bring back at most.
-- Gives how many jobs its workflow still holds back: call again.
local member, max = ARGV[1], tonumber(ARGV[2])
local ws, wf = string.match(member, '^([^:]+):([^:]+)$')

call('SREM', P .. 'paused', member)
if not wf then
	if call('SREM', P .. 'full', member) == 1 and call('EXISTS', P .. 'ready:' .. member) == 1 then
		call('RPUSH', P .. 'ring', member)
		to_wake = to_wake + 1
	end
	wake_flush()
	return 0
end
-- Begin at the end and put each before the one it came after, because they are older than what is ready by
-- now.
local hold = P .. 'hold:' .. member
local count = math.min(call('LLEN', hold), max)
for _ = 1, count do
	make_ready(call('RPOP', hold), ws, true)
end
if count > 0 and call('HINCRBY', P .. 'held', ws, -count) <= 0 then
	call('HDEL', P .. 'held', ws)
end
wake_flush()
return call('LLEN', hold)

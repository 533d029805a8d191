-- release: done, and told on the run's own channel.  ARGV: run, token each.  Gives how many were no longer the caller's.
local done, lost = {}, 0

for i = 1, #ARGV, 2 do
	local id, token = ARGV[i], ARGV[i + 1]
	local ws, wf = holding(id, token)
	if ws then
		call('DEL', P .. 'job:' .. id)
		unlease(id, ws, wf)
		done[#done + 1] = id
		call('PUBLISH', P .. 'over:' .. id, '')	-- to whoever waits for it
	elseif lease_state(id, token) == 'unknown' then
		done[#done + 1] = id	-- finished while Redis lost its memory: do not run it again
	else
		lost = lost + 1
	end
end
remember(done)
wake_flush()
return lost

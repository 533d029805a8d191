-- park: runs that were put down in Postgres: their leases are given back, and nothing of them stays here.
-- ARGV: run, token each.  Gives 1 each where a cancel came meanwhile: then it is still leased, to be ended by its holder; else 0.
-- A run is not remembered as done, since whoever ends its wait pushes it again.
local out = {}

for i = 1, #ARGV, 2 do
	local id = ARGV[i]
	local ws, wf = holding(id, ARGV[i + 1])
	local canceled = ws and fields(id, 'cancel')[1] == '1'
	if ws and not canceled then
		call('DEL', P .. 'job:' .. id)
		unlease(id, ws, wf)
	end
	out[#out + 1] = canceled and 1 or 0
end
wake_flush()
return out

-- bury: to the dead letters.  ARGV: run, token, reason.  Gives 1, or 0 = lost.
local id = ARGV[1]
local ws, wf = holding(id, ARGV[2])

if not ws then
	return 0
end
unlease(id, ws, wf)
bury(id, ARGV[3])
wake_flush()
return 1

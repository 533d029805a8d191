-- breaker_set: by hand.  ARGV: scope, "<node type> <host>", 'open' | 'close' | 'reset', who, why.  Gives 1 = done, 0 = it was so, -1 = no room.
--   open   holds every call back until it is closed; no probe is made
--   close  lets calls through; the delay that has grown is kept in case that they fail
--   reset  forgets all of it
local scope, what, action, by, why = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local e = breaker_load(scope, what)
local from = e and e.s or 'closed'

if action == 'open' then
	local new = { s = 'open', f = e and e.f or 0, n = e and e.n or nil, w = why, by = by, at = now, d = e and e.d or 0, p = 0, u = 0, x = 0 }
	if from == 'open' and e.x == 0 then
		return 0
	end
	if not breaker_save(scope, what, new) then
		return -1
	end
	breaker_news(scope, what, from, 'open', new)
	return 1
end
if not e or (action == 'close' and from == 'closed') then
	return 0
end
e.f, e.n, e.by, e.w = 0, nil, by, why
if action == 'close' and e.d > 0 then
	e.s, e.at, e.p, e.u, e.x = 'closed', now, 0, 0, now + OPEN_MS
	breaker_save(scope, what, e)
else
	e.p = 0
	breaker_drop(scope, what)
end
if from ~= 'closed' then
	breaker_news(scope, what, from, 'closed', e)
end
return 1

-- breaker_probe: a worker would make the probe of those breakers that hold its call back.  ARGV: time that the call has (ms), scope,
-- "<node type> <host>" each.  Gives 1, or 0 and the scope, "<node type> <host>" and value of the one that holds it back.  All or none are claimed.
local time_ms = tonumber(ARGV[1])
local due = {}

for i = 2, #ARGV, 2 do
	local e = breaker_load(ARGV[i], ARGV[i + 1])
	if e and e.s ~= 'closed' then
		local is_due = e.s == 'open' and e.p > 0 and e.p <= now or e.s == 'probing' and e.u <= now
		if not is_due then
			return { 0, ARGV[i], ARGV[i + 1], cjson.encode(e) }
		end
		due[#due + 1] = { ARGV[i], ARGV[i + 1], e }
	end
end
for _, d in ipairs(due) do
	local e = d[3]
	local from = e.s
	e.s, e.at, e.u, e.x = 'probing', now, now + time_ms, now + time_ms + OPEN_MS
	breaker_save(d[1], d[2], e)
	if from ~= 'probing' then
		breaker_news(d[1], d[2], from, 'probing', e)
	end
end
return { 1 }

-- breaker_list: the breakers of these scopes; of all where none is named.  ARGV: max, scope each.  Gives Redis's time (ms), then scope,
-- "<node type> <host>" and value each; what is forgotten is left out.
local max = tonumber(ARGV[1])
local scopes = {}
local out = { int(now) }

for i = 2, #ARGV do
	scopes[i - 1] = ARGV[i]
end
if #scopes == 0 then
	scopes = call('ZRANGE', P .. 'breakers', 0, -1)
end
for _, scope in ipairs(scopes) do
	local all = call('HGETALL', breakers_of(scope))
	for i = 1, #all, 2 do
		local e = breaker_decode(all[i + 1])
		if e and (e.x == 0 or e.x > now) and #out < 3 * max then
			out[#out + 1], out[#out + 2], out[#out + 3] = scope, all[i], all[i + 1]
		end
	end
end
return out

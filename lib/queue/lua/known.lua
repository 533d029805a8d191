-- known: what is known of these runs.  ARGV: runs.
-- Gives 0 nothing, 1 ready, delayed or waiting, 2 leased, 3 dead, 4 lately finished, each.
local out = {}

for i, id in ipairs(ARGV) do
	local state = fields(id, 's')[1]
	if not state then
		out[i] = is_done(id) and 4 or 0
	elseif state == 'leased' then
		out[i] = 2
	elseif state == 'dead' then
		out[i] = 3
	else
		out[i] = 1
	end
end
return out

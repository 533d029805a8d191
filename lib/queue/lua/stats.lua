-- stats: ready, leased, delayed, waiting, dead, workspaces with something ready, damaged so far.
local ready, count, seen = 0, 0, {}

local function add(ws)
	if not seen[ws] then
		seen[ws] = true
		count = count + 1
	end
end

for _, list in ipairs({ call('LRANGE', P .. 'ring', 0, -1), call('SMEMBERS', P .. 'full') }) do
	for _, ws in ipairs(list) do
		add(ws)
		ready = ready + call('LLEN', P .. 'ready:' .. ws)
	end
end
local held = call('HGETALL', P .. 'held')
for i = 1, #held, 2 do
	add(held[i])
	ready = ready + (tonumber(held[i + 1]) or 0)
end
return { ready, call('ZCARD', P .. 'leased'), call('ZCARD', P .. 'delayed'),
	call('ZCARD', P .. 'waiting'), call('ZCARD', P .. 'dead'), count,
	tonumber(call('GET', P .. 'damaged') or 0) or 0 }

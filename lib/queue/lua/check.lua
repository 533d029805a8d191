-- check: some keys of the lane compared with each other, and put right.
-- ARGV: cursor (0 = from the beginning), how many keys, '1' = put right, else only count.
-- Gives the next cursor (0 = all were seen), what was put right, ready jobs outside of 'ring' and 'full'.
--
-- The scripts keep lists and states in step; what was changed by hand, or by a Redis that lost a part, they
-- cannot know.  This sees it within some passes, so that no job waits for ever.
local cursor, mend = ARGV[1], ARGV[3] == '1'
local mended, stray = 0, 0
local recount = call('GET', P .. 'recount')
local counts

-- Leases by workspace, and by workspace and workflow.
local function count_leases()
	counts = {}
	for _, id in ipairs(call('ZRANGE', P .. 'leased', 0, -1)) do
		local j = fields(id, 'ws', 'wf')
		if is_id(j[1]) and is_id(j[2]) then
			local both = j[1] .. ':' .. j[2]
			counts[j[1]] = (counts[j[1]] or 0) + 1
			counts[both] = (counts[both] or 0) + 1
		end
	end
end

local function into_ring(ws)
	call('SREM', P .. 'full', ws)
	call('RPUSH', P .. 'ring', ws)
	to_wake = to_wake + 1
	mended = mended + 1
end

local function is_of_type(key, wanted)
	return call('TYPE', key).ok == wanted
end

local function drop_key(key)
	call('UNLINK', key)
	tell_damage('', 'the key ' .. key .. ' is of another type')
	mended = mended + 1
end

-- Strictly, where there is time for it: what is of an id's length and none is dropped here.
local H = '%x%x%x%x'
local UUID = '^' .. H .. H .. '%-' .. H .. '%-' .. H .. '%-' .. H .. '%-' .. H .. H .. H .. '$'

local function is_uuid(text)
	return is_id(text) and string.find(text, UUID)
end

local check = {}

function check.ready(key, ws)
	if not is_of_type(key, 'list') then
		if mend then
			drop_key(key)
		end
	elseif not call('LPOS', P .. 'ring', ws) then
		local is_full = call('SISMEMBER', P .. 'full', ws) == 1
		if not is_full then
			stray = stray + call('LLEN', key)
		end
		if mend and (not is_full or (call('EXISTS', P .. 'active:' .. ws) == 0 and not is_paused(ws))) then
			into_ring(ws)
		end
	end
end

-- Held back by a workflow of which nothing runs: nobody's end would free it.
function check.hold(key, rest)
	local ws, wf = string.match(rest, '^([^:]+):([^:]+)$')
	if not mend then
		return
	end
	if not is_of_type(key, 'list') then
		drop_key(key)
	elseif ws and call('EXISTS', P .. 'active:' .. rest) == 0 and unhold(ws, wf) then
		mended = mended + 1
	end
end

-- A count that is not the leases': only after damage, since it costs a look at all of them.
function check.active(key, rest)
	if not mend or recount ~= '2' then
		return
	end
	if not counts then
		count_leases()
	end
	local ws, wf = string.match(rest, '^([^:]+):?(.*)$')
	local is, was = counts[rest] or 0, redis.pcall('GET', key)
	if was == int(is) then
		return
	end
	call('UNLINK', key)
	if is > 0 then
		call('SET', key, is)
	end
	mended = mended + 1
	if wf ~= '' then
		unhold(ws, wf)
	elseif not is_paused(ws) and call('SREM', P .. 'full', ws) == 1 then
		into_ring(ws)
	end
end

-- In no list, as far as a look at short ones tells; long ones are looked at when they are shorter.
local LIST_MAX = 256

local function is_in(key, id)
	return call('LLEN', key) > LIST_MAX or call('LPOS', key, id)
end

local zset_of = { leased = true, delayed = true, waiting = true, dead = true }

function check.job(_, id)
	local j = fields(id, 's', 'ws', 'wf')
	local state, ws, wf = j[1], j[2], j[3]
	if not mend then
		return
	end
	if not (is_uuid(id) and is_uuid(ws) and is_uuid(wf) and (state == 'ready' or zset_of[state])) then
		damaged(id, 'cannot be read')
	elseif state == 'ready' then
		local ready, hold = P .. 'ready:' .. ws, P .. 'hold:' .. ws .. ':' .. wf
		if not (is_of_type(ready, 'list') or is_of_type(ready, 'none')) then
			drop_key(ready)
		end
		if is_in(ready, id) or is_in(hold, id) then
			return
		end
		make_ready(id, ws, false)
	elseif call('ZSCORE', P .. state, id) then
		return
	else
		call('ZADD', P .. state, int(now), id)
		if state == 'dead' then
			call('ZADD', P .. 'dead_new', int(now), id)
		end
	end
	mended = mended + 1
end

if recount and mend and cursor == '0' then
	recount = '2'
	call('SET', P .. 'recount', recount)
end
local found = call('SCAN', cursor, 'MATCH', P .. '*', 'COUNT', ARGV[2])
for _, key in ipairs(found[2]) do
	local kind, rest = string.match(string.sub(key, #P + 1), '^(%l+):(.+)$')
	if check[kind] then
		check[kind](key, rest)
	end
end
if found[1] == '0' and recount == '2' and mend then
	call('DEL', P .. 'recount')
end
wake_flush()
return { found[1], mended, stray }

-- dead: dead letters, oldest first.  ARGV: max, '1' = only those not yet recorded.
-- Gives run, ws, wf, reason, deliveries, buried_at_ms, payload each.
local BYTES_MAX = 33554432
local out, bytes = {}, 0
local zset = P .. (ARGV[2] == '1' and 'dead_new' or 'dead')
local ids = call('ZRANGE', zset, 0, ARGV[1] - 1, 'WITHSCORES')

for i = 1, #ids, 2 do
	local j = fields(ids[i], 'ws', 'wf', 'reason', 'd', 'p')
	if not (is_id(ids[i]) and is_id(j[1]) and is_id(j[2]) and j[3] and tonumber(j[4]) and j[5]) then
		call('ZREM', P .. 'dead', ids[i])
		call('ZREM', P .. 'dead_new', ids[i])
		damaged(ids[i], 'is a dead letter that cannot be read')
	elseif bytes < BYTES_MAX then
		for _, v in ipairs({ ids[i], j[1], j[2], j[3], j[4], ids[i + 1], j[5] }) do
			out[#out + 1] = v
		end
		bytes = bytes + #j[5]
	end
end
return out

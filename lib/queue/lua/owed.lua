-- owed: receipts that Postgres does not have yet, oldest first.  ARGV: max.  Gives id, receipt each.
local BYTES_MAX = 33554432
local out, bytes = {}, 0

for i = 1, tonumber(ARGV[1]) do
	local from = i == 1 and '-' or ('(' .. out[#out - 1])
	local entry = call('XRANGE', P .. 'owed', from, '+', 'COUNT', 1)[1]
	if not entry or bytes >= BYTES_MAX then
		break
	end
	out[#out + 1] = entry[1]
	out[#out + 1] = entry[2][2]
	bytes = bytes + #entry[2][2]
end
return out

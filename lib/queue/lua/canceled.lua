-- canceled: was the cancel mark of a lease set?  ARGV: run, token each.  Gives 0 or 1 each.
local out = {}

for i = 1, #ARGV, 2 do
	local j = fields(ARGV[i], 't', 'cancel')
	out[#out + 1] = (j[1] == ARGV[i + 1] and j[2] == '1') and 1 or 0
end
return out

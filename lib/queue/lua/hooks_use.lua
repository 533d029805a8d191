-- hooks_use: the draft is whole and becomes the mirror.
-- ARGV: draft, how many fields it has, token, as of (ms).  Gives 1, or 0 where it is not whole.
local draft = P .. 'hooks_new:' .. ARGV[1]
if call('HLEN', draft) ~= tonumber(ARGV[2]) then
	return 0
end
call('HSET', draft, 'token', ARGV[3], 'as_of', ARGV[4])
call('PERSIST', draft)
-- Away from here, and not within this call: the old one may be large.
call('UNLINK', P .. 'hooks')
call('RENAME', draft, P .. 'hooks')
return 1

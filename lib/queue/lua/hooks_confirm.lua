-- hooks_confirm: is the mirror of the hooks of this content?  Then it is so as of now.
-- ARGV: token, as of (ms).  Gives 1, or 0 where it is another, or there is none.
if call('HGET', P .. 'hooks', 'token') ~= ARGV[1] then
	return 0
end
call('HSET', P .. 'hooks', 'as_of', ARGV[2])
return 1

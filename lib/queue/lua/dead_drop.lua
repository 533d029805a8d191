-- dead_drop: forget a dead letter.  ARGV: run, '1' = only that it is recorded now.  Gives 0 or 1.
local id = ARGV[1]

if ARGV[2] == '1' then
	return call('ZREM', P .. 'dead_new', id)
end
if call('ZREM', P .. 'dead', id) == 0 then
	return 0
end
call('ZREM', P .. 'dead_new', id)
call('DEL', P .. 'job:' .. id)
remember({ id })
return 1

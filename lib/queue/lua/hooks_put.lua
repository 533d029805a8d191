-- hooks_put: some of a new content of the mirror, into its writer's draft.
-- ARGV: draft; field and value of each.
local draft = P .. 'hooks_new:' .. ARGV[1]
for i = 2, #ARGV, 2 do
	call('HSET', draft, ARGV[i], ARGV[i + 1])
end
-- Expire a draft that nobody ends, because its writer has died by then.
call('EXPIRE', draft, 60)
return 1

-- breaker_recorded: these transitions are in Postgres.  ARGV: transition each.  Gives 1.
for i = 1, #ARGV do
	call('LREM', P .. 'breaker_new', 1, ARGV[i])
end
return 1

-- pause: nothing of these is leased until unpause.  ARGV: members, "<workspace>" or "<workspace>:<workflow>".
-- What is leased goes on.  Postgres is the truth; tyboo-reap makes this set the same (lib/queue/pause.h).
for i = 1, #ARGV do
	call('SADD', P .. 'paused', ARGV[i])
end
return 1

-- breaker_new: transitions that are not recorded yet, oldest first.  ARGV: max.  Also forgets scopes of which nothing is left.
call('ZREMRANGEBYSCORE', P .. 'breakers', '-inf', int(now))
return call('LRANGE', P .. 'breaker_new', 0, ARGV[1] - 1)

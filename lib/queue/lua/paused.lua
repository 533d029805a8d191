-- paused: all members of the set.
return call('SMEMBERS', P .. 'paused')

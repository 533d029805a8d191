-- hooks_find: as_of of the mirror, and these fields of it.  ARGV: fields.
return call('HMGET', P .. 'hooks', 'as_of', unpack(ARGV))

-- damaged: jobs that were dropped because they could not be read, each once.  ARGV: max.
-- Gives run ('' where it was none), what was wrong, each.
local n = 2 * tonumber(ARGV[1])
local out = call('LRANGE', P .. 'damaged_new', 0, n - 1)

if #out > 0 then
	call('LTRIM', P .. 'damaged_new', n, -1)
end
return out

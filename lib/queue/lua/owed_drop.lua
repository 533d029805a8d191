-- owed_drop: those are in Postgres now.  ARGV: ids.
for _, id in ipairs(ARGV) do
	call('XDEL', P .. 'owed', id)
end
return 1

-- breaker_report: a step's calls of a host went wrong, or one was answered.  ARGV: workspace, "<node type> <host>", '1' = a failure,
-- why.  Gives 1.
local ws, what, failed, why = ARGV[1], ARGV[2], ARGV[3] == '1', ARGV[4]

-- Failures in a row, counted anew; true where they are enough.
local function count(scope, e)
	if scope ~= '*' then
		e.f = e.f + 1
		return e.f >= FAILURES_MAX
	end
	local sum, kinds = 0, 0
	e.n = e.n or {}
	for _ in pairs(e.n) do
		kinds = kinds + 1
	end
	if e.n[ws] or kinds < WORKSPACES_MAX then
		e.n[ws] = (e.n[ws] or 0) + 1
	end
	for _, n in pairs(e.n) do
		sum = sum + math.min(n, EACH_MAX)
	end
	e.f = sum
	return sum >= FAILURES_MAX
end

local function failure(scope)
	local e = breaker_load(scope, what) or { s = 'closed', f = 0, at = now, d = 0, p = 0, u = 0, by = '' }
	if e.s == 'open' then
		return	-- a call that had begun before
	end
	e.w = why
	if e.s == 'probing' then
		breaker_open(scope, what, e, math.min(2 * e.d, DELAY_MAX_MS))
	elseif count(scope, e) then
		breaker_open(scope, what, e, e.d > 0 and math.min(2 * e.d, DELAY_MAX_MS) or DELAY_MS)
	else
		e.x = now + (e.d > 0 and OPEN_MS or FAILED_MS)
		breaker_save(scope, what, e)
	end
end

local function answer(scope)
	local e = breaker_load(scope, what)
	if not e or e.s == 'open' then
		return
	end
	if e.s == 'probing' then
		e.w, e.by, e.p = '', '', 0
		breaker_news(scope, what, 'probing', 'closed', e)
	end
	breaker_drop(scope, what)
end

for _, scope in ipairs({ ws, '*' }) do
	if failed then
		failure(scope)
	else
		answer(scope)
	end
end
return 1

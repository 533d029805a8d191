/*
 * console.js -- console of code, as Node has it.  Evaluates to a function, which returns the console: of inspect.js's
 * source and the compiler for it, 'log', which takes a line's text, 'tools' (inspect.js) and 'now', the code's clock in ms.
 */
(function (inspectSource, compile, log, tools, now) {
'use strict';

const { isArray } = Array;
const { freeze, keys } = Object;
const TheError = Error, TheMap = Map, TheSet = Set;
let made = null;
const inspector = () => (made ??= compile(inspectSource, 'tyboo:inspect')(tools));

const counts = new TheMap(), times = new TheMap();
let indent = '';

/* Plain values are their text, which most lines are. */
function textOf(args)
{
	let text = '';

	for (let i = 0; i < args.length; i++) {
		const type = typeof args[i];

		if (type !== 'string' && type !== 'number' && type !== 'boolean' || args[i] === 0 || (i === 0 && type === 'string' && args[0].includes('%')))
			return inspector().format(args);
		text += (i > 0 ? ' ' : '') + args[i];
	}
	return text;
}

function write(text)
{
	log(indent === '' ? text : indent + text.replaceAll('\n', `\n${indent}`));
}

const line = (...args) => write(textOf(args));

/* ---- tables ------------------------------------------------------------------------ */

const INDEX = '(index)', VALUES = 'Values', KEY = 'Key', ITERATION = '(iteration index)';

function drawn(columns, rows)
{
	const { widthOf } = inspector();
	const widths = columns.map((name, i) => Math.max(widthOf(name), ...rows.map((row) => widthOf(row[i]))) + 2);
	const bars = (left, between, right) => left + widths.map((width) => '─'.repeat(width)).join(between) + right;
	const cells = (row) => '│' + row.map((cell, i) => ` ${cell}${' '.repeat(widths[i] - widthOf(cell) - 1)}`).join('│') + '│';

	return [bars('┌', '┬', '┐'), cells(columns), bars('├', '┼', '┤'), ...rows.map(cells), bars('└', '┴', '┘')].join('\n');
}

const cell = (value) => inspector().inspect(value, { depth: typeof value === 'object' && value !== null && keys(value).length > 2 ? -1 : 0 });

/* [place, value] of each row, and for a Map its key. */
function rowsOf(data)
{
	if (data instanceof TheMap)
		return [...data].map(([key, value], i) => ({ place: `${i}`, key, value }));
	if (data instanceof TheSet)
		return [...data].map((value, i) => ({ place: `${i}`, value }));
	return keys(data).map((place) => ({ place, value: data[place] }));
}

function table(data, wanted)
{
	if (typeof data !== 'object' || data === null)
		return line(data);
	const isMap = data instanceof TheMap, rows = rowsOf(data), names = [];
	const isRow = (value) => typeof value === 'object' && value !== null && !isMap;

	for (const { value } of rows) {
		for (const name of isRow(value) ? keys(value) : []) {
			if (!names.includes(name) && (wanted === undefined || wanted.includes(name)))
				names.push(name);
		}
	}
	const shown = wanted === undefined ? names : [...wanted];
	const hasValues = rows.some(({ value }) => !isRow(value));
	const head = [isMap || data instanceof TheSet ? ITERATION : INDEX, ...(isMap ? [KEY] : []), ...shown, ...(hasValues ? [VALUES] : [])];

	return write(drawn(head, rows.map(({ place, key, value }) => [place, ...(isMap ? [cell(key)] : []),
		...shown.map((name) => isRow(value) && Object.hasOwn(value, name) ? cell(value[name]) : ''),
		...(hasValues ? [isRow(value) ? '' : cell(value)] : [])])));
}

/* ---- counts and times --------------------------------------------------------------- */

const labelOf = (label) => label === undefined ? 'default' : `${label}`;

function took(label, rest)
{
	const begun = times.get(label);

	if (begun === undefined)
		return line(`Warning: No such label '${label}' for console.time()`);
	const ms = now() - begun;
	const text = ms >= 60000 ? `${Math.floor(ms / 60000)}:${(ms % 60000 / 1000).toFixed(3).padStart(6, '0')} (m:ss.mmm)`
		: ms >= 1000 ? `${(ms / 1000).toFixed(3)}s` : `${ms}ms`;

	return line(`${label}: ${text}`, ...rest);
}

/* Code's clock stands still but for timers, so most take 0 ms. */
const timing = {
	time(label)
	{
		const name = labelOf(label);

		if (times.has(name))
			line(`Warning: Label '${name}' already exists for console.time()`);
		else
			times.set(name, now());
	},
	timeLog: (label, ...rest) => took(labelOf(label), rest),
	timeEnd(label)
	{
		took(labelOf(label), []);
		times.delete(labelOf(label));
	},
};

const counting = {
	count(label)
	{
		const name = labelOf(label), count = (counts.get(name) ?? 0) + 1;

		counts.set(name, count);
		write(`${name}: ${count}`);
	},
	countReset(label)
	{
		if (!counts.delete(labelOf(label)))
			line(`Warning: Count for '${labelOf(label)}' does not exist`);
	},
};

const grouping = {
	group(...args)
	{
		if (args.length > 0)
			line(...args);
		indent += '  ';
	},
	groupEnd() { indent = indent.slice(0, -2); },
};

function assert(test, ...args)
{
	if (test)
		return;
	line(`Assertion failed${args.length > 0 ? `: ${args[0]}` : ''}`, ...args.slice(1));
}

function trace(...args)
{
	const places = tools.stackOf(new TheError().stack);

	write(`Trace${args.length > 0 ? `: ${textOf(args)}` : ''}${places === '' ? '' : `\n    ${places.replaceAll('\n', '\n    ')}`}`);
}

return freeze({
	log: line, info: line, debug: line, warn: line, error: line, dirxml: line, trace, assert, table: (data, wanted) => table(data, isArray(wanted) ? wanted : undefined),
	dir: (value, options) => write(inspector().inspect(value, options)),
	...timing, ...counting, ...grouping, groupCollapsed: grouping.group, clear: () => undefined,
});
})

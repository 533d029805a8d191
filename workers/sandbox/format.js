/*
 * format.js -- what console.log writes of values that are no plain ones, and of "%s".  Evaluates to
 * a function of Error, which gives one from arguments to text.
 */
(function (TheError) {
'use strict';

const { stringify, parse } = JSON;
const { call, bind } = Function.prototype;
const uncurry = bind.bind(call);
const iso = uncurry(Date.prototype.toISOString), time = uncurry(Date.prototype.getTime);
const TheDate = Date, TheMap = Map, TheSet = Set;

const ENTRIES_MAX = 100;	/* entries of a Map or a Set; the others are counted */

function listed(kind, size, entries, textOf)
{
	let out = '', n = 0;

	for (const entry of entries) {
		if (n === ENTRIES_MAX) {
			out += `, ... ${size - n} more`;
			break;
		}
		out += (n > 0 ? ', ' : '') + textOf(entry);
		n++;
	}
	return `${kind}(${size}) {${out}}`;
}

function quoted(value)
{
	return typeof value === 'string' ? `'${value}'` : textOf(value);
}

/* undefined and functions have no JSON; a Map or a Set within shows as within JSON: as a text. */
function within(key, value)
{
	if (value instanceof TheMap || value instanceof TheSet)
		return textOf(value);
	return typeof value === 'bigint' ? `${value}n` : value;
}

function textOf(value)
{
	if (typeof value !== 'object' || value === null)
		return String(value);
	try {
		if (value instanceof TheError)
			return value.cause === undefined ? String(value) : `${String(value)}; cause: ${textOf(value.cause)}`;
		if (value instanceof TheDate)
			return time(value) === time(value) ? iso(value) : 'Invalid Date';
		if (value instanceof TheMap)
			return listed('Map', value.size, value, ([key, entry]) => `${quoted(key)} => ${quoted(entry)}`);
		if (value instanceof TheSet)
			return listed('Set', value.size, value, quoted);
		const text = stringify(value, within);

		/* Show a value that JSON makes a text of (a DateTime, a URL) as that text. */
		return text === undefined ? '[object]' : text[0] === '"' ? parse(text) : text;
	} catch {
		return '[object]';
	}
}

function filled(sign, value)
{
	if (sign === 's')
		return textOf(value);
	if (sign === 'd')
		return typeof value === 'object' ? 'NaN' : String(Number(value));
	if (sign === 'i')
		return typeof value === 'object' ? 'NaN' : String(parseInt(value, 10));
	if (sign === 'f')
		return String(parseFloat(value));
	if (sign === 'c')
		return '';
	return sign === 'j' || typeof value === 'string' ? String(stringify(value)) : textOf(value);
}

return function (args) {
	let out = '', next = 0;

	if (typeof args[0] === 'string') {
		const pattern = args[0];
		let at = 0;

		next = 1;
		while (at < pattern.length) {
			const sign = pattern[at] === '%' ? pattern[at + 1] : undefined;

			if (sign === '%' && args.length > 1) {
				out += '%';
				at += 2;
			} else if (sign !== undefined && 'sdifjoOc'.includes(sign) && next < args.length) {
				out += filled(sign, args[next++]);
				at += 2;
			} else {
				out += pattern[at++];
			}
		}
	}
	for (; next < args.length; next++)
		out += (next > 0 ? ' ' : '') + textOf(args[next]);
	return out;
};
})

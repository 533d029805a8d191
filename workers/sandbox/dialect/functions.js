/*
 * functions.js -- the functions that expressions have beside JavaScript's own.  Evaluates to a
 * function, which gives them by name.
 */
(function (tools) {
'use strict';

const { refuse, show, isDate, isDateTime } = tools;

const { isArray } = Array;

/* 0, false and NaN are values. */
function isNothing(value)
{
	if (value === null || value === undefined || value === '')
		return true;
	return typeof value === 'object' && !isDate(value) && !isDateTime(value) && Object.keys(value).length === 0;
}

function $ifEmpty(...args)
{
	if (args.length !== 2)
		refuse('$ifEmpty() takes a value and another one for where it is empty: $ifEmpty($json.name, "nobody")');
	return isNothing(args[0]) ? args[1] : args[0];
}

function average(...numbers)
{
	for (const number of numbers) {
		if (typeof number !== 'number')
			refuse(`$average() takes numbers, not ${show(number)}: $average(1, 2, 3)`);
	}
	return numbers.length === 0 ? 0 : numbers.reduce((a, b) => a + b, 0) / numbers.length;
}

const NUMBERS_MAX = 1000000;	/* 16 MB of the 64 that a script may have */
const { MAX_SAFE_INTEGER } = Number;	/* beyond it a number and the next are one, and a list would have no end */

function numberList(from, to)
{
	const out = [];

	if (!Number.isFinite(from) || !Number.isFinite(to))
		refuse(`numberList() takes two numbers, not ${show(from)} and ${show(to)}: numberList(1, 10)`);
	if (Math.abs(to - from) >= NUMBERS_MAX || Math.abs(from) > MAX_SAFE_INTEGER || Math.abs(to) > MAX_SAFE_INTEGER)
		refuse(`numberList() gives ${NUMBERS_MAX} numbers at most, none beyond ${MAX_SAFE_INTEGER}; ` +
		       `from ${from} to ${to} there are more`);
	const step = from <= to ? 1 : -1;

	for (let n = from; step > 0 ? n <= to : n >= to; n += step)
		out.push(n);
	return out;
}

function zip(keys, values)
{
	if (!isArray(keys) || !isArray(values))
		refuse('zip() takes two lists: zip(["a", "b"], [1, 2])');
	if (keys.length !== values.length)
		refuse(`zip() takes values as long as the keys: there are ${keys.length} keys and ${values.length} values`);
	return Object.fromEntries(keys.map((key, i) => [key, values[i]]));
}

const not = (value) => !value;
const { min, max } = Math;

return { __proto__: null, $ifEmpty, $not: not, not, $min: min, min, $max: max, max, $average: average, average, numberList, zip };
})

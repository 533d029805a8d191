/*
 * values.js -- the helpers of numbers, lists, objects and booleans.  None changes its receiver.
 */
(function (env, tools) {
'use strict';

const { refuse, show, isArray, isDate, isDateTime } = tools;

const { keys, values, entries, hasOwn, defineProperty } = Object;
const UNKNOWN = { toInt: () => undefined, toFloat: () => undefined, toBoolean: () => undefined,
		  toDateTime: () => undefined };

function isObject(value)
{
	return typeof value === 'object' && value !== null && !isArray(value);
}

/* Own, whatever its name: "__proto__" too. */
function put(object, key, value)
{
	if (key === '__proto__')
		defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
	else
		object[key] = value;
}

/* ---- what counts as the same ----------------------------------------------------------- */

/* A text that two values share where they are deeply equal. */
function keyOf(value)
{
	if (typeof value === 'string')
		return JSON.stringify(value);
	if (typeof value !== 'object' || value === null)
		return `${typeof value}:${String(value)}`;
	if (isDate(value) || isDateTime(value))
		return `date:${+value}`;
	if (isArray(value))
		return `[${Array.from(value, keyOf).join(',')}]`;
	return `{${keys(value).sort().map((key) => `${JSON.stringify(key)}:${keyOf(value[key])}`).join(',')}}`;
}

function fieldsKey(element, fields)
{
	return isObject(element) ? fields.map((field) => keyOf(element[field])).join(',') : keyOf(element);
}

/* The elements whose key 'keep' takes, each once. */
function distinct(list, key, keep)
{
	const seen = new Set();

	return list.filter((element) => {
		const text = key(element);

		if (seen.has(text) || !keep(text))
			return false;
		seen.add(text);
		return true;
	});
}

function unique(list, ...fields)
{
	const names = fields.flat().filter((field) => typeof field === 'string' && field !== '');

	return distinct(list, names.length > 0 ? (element) => fieldsKey(element, names) : keyOf, () => true);
}

function keysOf(name, other)
{
	if (!isArray(other))
		refuse(`${name}() takes a list, not ${show(other)}: [1, 2].${name}([2, 3])`);
	return new Set(other.map(keyOf));
}

/* ---- numbers --------------------------------------------------------------------------- */

function whole(name, number)
{
	if (!Number.isInteger(number))
		refuse(`${name}() is for whole numbers, not ${number}; round() gives one`);
	return number;
}

const number = {
	__proto__: null,
	ceil: Math.ceil,
	floor: Math.floor,
	abs: Math.abs,
	round: (n, places = 0) => Number(n.toFixed(places)),
	isEven: (n) => whole('isEven', n) % 2 === 0,
	isOdd: (n) => whole('isOdd', n) % 2 !== 0,
	isInteger: Number.isInteger,
	format: (n, locale = 'en-US', options = undefined) => env.formatter(locale, options).format(n),
	toInt: Math.round,
	toFloat: (n) => n,
	toBoolean: (n) => n !== 0,
	toDateTime: (n, unit) => env.momentOf(n, unit),
};

const boolean = {
	__proto__: null,
	toInt: Number, toFloat: Number, toNumber: Number,
	toBoolean: (b) => b,
	toDateTime: () => undefined,
};

/* ---- lists ----------------------------------------------------------------------------- */

function numbers(name, list)
{
	for (let i = 0; i < list.length; i++) {
		if (typeof list[i] !== 'number')
			refuse(`${name}() takes a list of numbers, but element ${i} is ${show(list[i])}; ` +
			       'convert texts before: list.map(x => Number(x))');
	}
	return list;
}

const sum = (list) => numbers('sum', list).reduce((a, b) => a + b, 0);

function isNothing(value)
{
	if (value === null || value === undefined || value === '' || value === 'nil')
		return true;
	return typeof value === 'object' && !isDate(value) && !isDateTime(value) && keys(value).length === 0;
}

/* Objects and lists within, too. */
function compacted(value)
{
	if (isArray(value))
		return value.filter((element) => !isNothing(element)).map(compacted);
	return isObject(value) && !isDate(value) && !isDateTime(value) ? compactObject(value) : value;
}

function compactObject(object)
{
	const out = {};

	for (const [key, value] of entries(object)) {
		if (!isNothing(value))
			put(out, key, compacted(value));
	}
	return out;
}

function pluck(list, ...names)
{
	const fields = names.flat();
	const has = (element, field) => isObject(element) && element[field] !== undefined;

	if (fields.length === 0)
		return list;
	if (fields.length === 1)
		return list.filter((element) => has(element, fields[0])).map((element) => element[fields[0]]);
	return list.map((element) => fields.filter((field) => has(element, field)).map((field) => element[field]))
		.filter((found) => found.length > 0);
}

function chunk(list, size)
{
	const out = [];

	if (typeof size !== 'number' || !(size >= 1))
		refuse(`chunk() takes how many elements a part has, 1 or more, not ${show(size)}: list.chunk(10)`);
	for (let i = 0; i < list.length; i += Math.trunc(size))
		out.push(list.slice(i, i + Math.trunc(size)));
	return out;
}

/* The members of 'over' that 'object' lacks. */
function fill(object, over)
{
	if (isObject(over)) {
		for (const [key, value] of entries(over)) {
			if (!hasOwn(object, key))
				put(object, key, value);
		}
	}
	return object;
}

/* Pairs by place: in a pair the receiver's value stays; a later pair's goes over an earlier one's. */
function mergePairs(list, other)
{
	const out = {};

	for (let i = 0; i < list.length && i < other.length; i++) {
		for (const [key, value] of entries(fill(fill({}, list[i]), other[i])))
			put(out, key, value);
	}
	return out;
}

function merge(list, other)
{
	if (other === undefined)
		return list.reduce(fill, {});
	if (!isArray(other))
		refuse(`merge() takes a list, or nothing, not ${show(other)}`);
	return mergePairs(list, other);
}

function renamed(object, names)
{
	const out = {};

	if (!isObject(object))
		return object;
	for (const [key, value] of entries(object)) {
		let to = key;

		for (let i = 0; i < names.length; i += 2) {
			if (names[i] === to)
				to = String(names[i + 1]);
		}
		put(out, to, value);
	}
	return out;
}

function renameKeys(list, ...names)
{
	if (names.length === 0 || names.length % 2 !== 0)
		refuse('renameKeys() takes pairs of names: list.renameKeys("from", "to", "other", "another")');
	return list.map((element) => renamed(element, names));
}

function smartJoin(list, keyField, valueField)
{
	const out = {};

	if (typeof keyField !== 'string' || typeof valueField !== 'string')
		refuse('smartJoin() takes the names of two fields: list.smartJoin("name", "value")');
	for (const element of list) {
		if (isObject(element) && element[keyField] !== undefined)
			put(out, String(element[keyField]), element[valueField]);
	}
	return out;
}

const list = {
	__proto__: null, ...UNKNOWN,
	first: (l) => l[0],
	last: (l) => l[l.length - 1],
	isEmpty: (l) => l.length === 0,
	isNotEmpty: (l) => l.length > 0,
	randomItem: (l) => l.length === 0 ? undefined : l[Math.floor(env.chance() * l.length)],
	sum,
	average: (l) => numbers('average', l).length === 0 ? 0 : sum(l) / l.length,
	min: (l) => numbers('min', l).reduce((a, b) => Math.min(a, b), Infinity),
	max: (l) => numbers('max', l).reduce((a, b) => Math.max(a, b), -Infinity),
	unique, removeDuplicates: unique,
	compact: compacted,
	pluck, chunk, merge, renameKeys, smartJoin,
	append: (l, ...elements) => [...l, ...elements],
	union: (l, other) => (keysOf('union', other), distinct([...l, ...other], keyOf, () => true)),
	difference: (l, other) => {
		const others = keysOf('difference', other);

		return distinct(l, keyOf, (key) => !others.has(key));
	},
	intersection: (l, other) => {
		const others = keysOf('intersection', other);

		return distinct(l, keyOf, (key) => others.has(key));
	},
	toJsonString: (l) => JSON.stringify(l),
};

/* ---- objects ---------------------------------------------------------------------------- */

function having(object, keep)
{
	const out = {};

	for (const [key, value] of entries(object)) {
		if (keep(key, value))
			put(out, key, value);
	}
	return out;
}

function wanted(name, text)
{
	if (typeof text !== 'string' || text === '')
		refuse(`${name}() takes the text that a field has in it, not ${show(text)}`);
	return text;
}

/* Write a query as URLSearchParams does; members that are undefined or null are texts there, too. */
function urlEncode(object)
{
	const part = (value) => encodeURIComponent(String(value).toWellFormed())
		.replace(/[!'()~]/g, (c) => '%' + c.charCodeAt(0).toString(16).toUpperCase()).replace(/%20/g, '+');

	return entries(object).map(([key, value]) => `${part(key)}=${part(value)}`).join('&');
}

function mergeObject(object, other)
{
	if (typeof other !== 'object' || other === null || isArray(other))
		refuse(`merge() of an object takes another object, not ${show(other)}`);
	return fill(fill({}, object), other);
}

const object = {
	__proto__: null, ...UNKNOWN,
	isEmpty: (o) => keys(o).length === 0,
	isNotEmpty: (o) => keys(o).length > 0,
	keys: (o) => keys(o),
	values: (o) => values(o),
	hasField: (o, name) => hasOwn(o, name),
	removeField: (o, name) => having(o, (key) => key !== name),
	removeFieldsContaining: (o, text) => {
		wanted('removeFieldsContaining', text);
		return having(o, (key, value) => typeof value !== 'string' || !value.includes(text));
	},
	keepFieldsContaining: (o, text) => {
		wanted('keepFieldsContaining', text);
		return having(o, (key, value) => typeof value === 'string' && value.includes(text));
	},
	compact: compacted,
	merge: mergeObject,
	urlEncode,
	toJsonString: (o) => JSON.stringify(o),
};

return { number, boolean, list, object };
})

/*
 * helpers.js -- which helper a call means, and what is one rule for all of them.
 *
 * Evaluates to a function of 'env' (prelude.js, makeDialect), which returns { names, calls, tools }:
 * names = { sum: true }, calls.sum(value, ...arguments).  The helpers of a type are an object of
 * functions by name (text.js, values.js, dates.js); dialect.def says what each does.
 *
 * A call goes by the type of the value at run time: list, date (a time stamp in text is one, too),
 * text, number, object, boolean.  A type's helper goes before a built-in method of the same name,
 * except for objects with methods of their own (a Map, an Interval), which keep them.
 */
(function (env) {
'use strict';

const { isArray } = Array;
const { getPrototypeOf } = Object;
const ObjectPrototype = Object.prototype;
const { call, bind } = Function.prototype;
const tagOf = bind.bind(call)(Object.prototype.toString);

const TYPES = { list: 'lists', date: 'dates', text: 'texts', number: 'numbers', object: 'objects', boolean: 'booleans' };

/* ---- errors -------------------------------------------------------------------------- */

/* Refusal of a helper; the setting that turns failures into undefined does not cover it. */
class HelperError extends Error {
	get name() { return 'HelperError'; }
}

function refuse(message)
{
	throw new HelperError(message);
}

/* A value in a message: short, and of its kind. */
function show(value)
{
	let text;

	try {
		text = value === undefined ? 'undefined' : typeof value === 'number' ? String(value) : JSON.stringify(value);
	} catch {
		text = 'a value';
	}
	if (text === undefined)
		return `a ${typeof value}`;
	return text.length > 60 ? text.slice(0, 60) + '...' : text;
}

/* ---- types --------------------------------------------------------------------------- */

/* "2024-01-31T10:00:00.000Z": what JSON makes of a Date. */
const STAMP = new RegExp('^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$');

function isStamp(text)
{
	return text.length === 24 && text[23] === 'Z' && STAMP.test(text) && !Number.isNaN(env.parseStamp(text));
}

const isDate = (value) => tagOf(value) === '[object Date]';
const isDateTime = (value) => typeof value === 'object' && value !== null && value.isLuxonDateTime === true;

function typeOf(value)
{
	switch (typeof value) {
	case 'string': return 'text';
	case 'number': return 'number';
	case 'boolean': return 'boolean';
	case 'object':
		if (value === null)
			return undefined;
		if (isArray(value))
			return 'list';
		return isDate(value) || isDateTime(value) ? 'date' : 'object';
	}
	return undefined;
}

/* Helpers that runs begun by the rules of before lack. */
const NEW = { __proto__: null, object: { __proto__: null, merge: true } };

function helperOf(type, name)
{
	const isThere = env.isLatest() || NEW[type] === undefined || NEW[type][name] === undefined;

	return isThere ? helpers[type][name] : undefined;
}

/* ---- what is missing ------------------------------------------------------------------- */

const EMPTY = { __proto__: null, isEmpty: true, isNotEmpty: false, isBlank: true, isNotBlank: false };

function nothing(name, value)
{
	if (EMPTY[name] !== undefined)
		return EMPTY[name];
	return refuse(`${name}() was called on ${value}; write ?. before it (value?.${name}()) to go on with undefined there`);
}

function noHelper(name, type, value)
{
	const owners = [];

	for (const other in TYPES) {
		if (helperOf(other, name) !== undefined)
			owners.push(TYPES[other]);
	}
	return refuse(`${name}() is for ${owners.join(' and ')}, but it was called on ` +
		      `${show(value)}${type === undefined ? '' : `, one of the ${TYPES[type]}`}`);
}

/* Anything has these two; of numbers and booleans 0, NaN and false are empty. */
const generic = { __proto__: null, isEmpty: (value) => !value, isNotEmpty: (value) => !!value };

/* ---- the call ---------------------------------------------------------------------------- */

const tools = { refuse, show, isDate, isDateTime, isArray };
const helpers = env.helpers(tools);

function hasOwnMethods(value)
{
	const prototype = getPrototypeOf(value);

	return prototype !== ObjectPrototype && prototype !== null;
}

/* The function, to be called with the value first; undefined where there is none. */
function find(name, value, type)
{
	const method = type === 'object' && hasOwnMethods(value) ? value[name] : undefined;

	if (typeof method === 'function')
		return undefined;
	return type === undefined ? undefined : helperOf(type, name);
}

function otherwise(name, value, type, args)
{
	const method = value[name];

	if (typeof method === 'function')
		return method.apply(value, args);
	if (generic[name] !== undefined)
		return generic[name](value);
	return noHelper(name, type, value);
}

/* A time stamp in text is a date, but where only texts have the helper. */
function ofText(name, value, args)
{
	if (name !== 'toDate' && name !== 'toDateTime' && helpers.date[name] !== undefined && isStamp(value))
		return helpers.date[name](new env.Date(value), ...args);
	const helper = helpers.text[name];

	return helper !== undefined ? helper(value, ...args) : otherwise(name, value, 'text', args);
}

function caller(name)
{
	return (value, ...args) => {
		if (value === undefined || value === null)
			return nothing(name, value);
		if (typeof value === 'string')
			return ofText(name, value, args);
		const type = typeOf(value), helper = find(name, value, type);

		return helper !== undefined ? helper(value, ...args) : otherwise(name, value, type, args);
	};
}

const names = { __proto__: null }, calls = { __proto__: null };

for (const type in TYPES) {
	for (const name in helpers[type])
		names[name] = true;
}
for (const name in names)
	calls[name] = caller(name);

/* value.name?.(...): undefined where the value has no such method. */
calls.$maybe = (name, value, ...args) => {
	if (value === undefined || value === null)
		return nothing(name, value);
	const type = typeOf(value);
	const has = find(name, value, type) !== undefined || typeof value[name] === 'function' ||
		generic[name] !== undefined;

	return has ? calls[name](value, ...args) : undefined;
};
calls.$chain = (value, rest) => value === undefined || value === null ? undefined : rest(value);
/* A call that may have no function: where there is none, the rest of the chain is undefined, too. */
calls.$called = (ask, rest) => {
	let isCalled = false;
	const value = ask((args) => {
		isCalled = true;
		return args;
	});

	return isCalled ? rest(value) : undefined;
};
calls.$if = (...args) => {
	if (args.length < 2)
		refuse('$if() takes a test, a value and another value: $if($json.n > 1, "many", "one")');
	return args[0] ? args[1]() : args.length > 2 ? args[2]() : false;
};

return { names, calls, tools, isHelperError: (thrown) => thrown instanceof HelperError };
})

/*
 * locale.js -- one formatter for all calls that ask for the same.  Evaluated where a script
 * mentions Intl or a toLocale...String method; changes the realm's own.
 *
 * A formatter of ICU takes about 50 KB that the engine's heap does not count, so it is not
 * collected in time: 1,500 calls of toLocaleDateString() took more memory than a script may.
 * Formatters never change, so who asks for the same locale and options is given the same one.
 */
(function () {
'use strict';

const KEPT_MAX = 64;		/* about 3 MB */

const { call, bind } = Function.prototype;
const uncurry = bind.bind(call);
const { defineProperty, getPrototypeOf, keys } = Object;
const { construct } = Reflect;
const { stringify } = JSON;
const { isArray } = Array;
const ObjectPrototype = Object.prototype;
const TheTypeError = TypeError;
const get = uncurry(Map.prototype.get), set = uncurry(Map.prototype.set), clear = uncurry(Map.prototype.clear);
const sizeOf = uncurry(Object.getOwnPropertyDescriptor(Map.prototype, 'size').get);
const kept = new Map();

function isPlain(value)
{
	const type = typeof value;

	return value === undefined || type === 'string' || type === 'boolean' || type === 'number';
}

/* Plain options as text; null where they are of another kind, which might answer differently. */
function optionsText(options)
{
	if (options === undefined)
		return '';
	if (typeof options !== 'object' || options === null || getPrototypeOf(options) !== ObjectPrototype)
		return null;
	const names = keys(options);
	let text = '';

	for (let i = 0; i < names.length; i++) {
		const value = options[names[i]];

		if (!isPlain(value))
			return null;
		text += `${stringify(names[i])}:${typeof value}:${value},`;
	}
	return text;
}

function localesText(locales)
{
	if (locales === undefined || typeof locales === 'string')
		return locales === undefined ? '' : stringify(locales);
	if (!isArray(locales))
		return null;
	let text = '[';

	for (let i = 0; i < locales.length; i++) {
		if (typeof locales[i] !== 'string')
			return null;
		text += stringify(locales[i]) + ',';
	}
	return text;
}

/* The kept formatter, or a new one by 'make'. */
function formatter(kind, locales, options, make)
{
	const where = localesText(locales), how = optionsText(options);

	if (where === null || how === null)
		return make();
	const key = `${kind}|${where}|${how}`;
	let found = get(kept, key);

	if (found !== undefined)
		return found;
	found = make();
	if (sizeOf(kept) >= KEPT_MAX)
		clear(kept);
	set(kept, key, found);
	return found;
}

/* ---- Intl's own ------------------------------------------------------------------- */

const KINDS = ['DateTimeFormat', 'NumberFormat', 'PluralRules', 'RelativeTimeFormat', 'ListFormat', 'Collator',
	       'DisplayNames', 'Segmenter'];
/* Constructors that may be called without 'new'. */
const CALLED = ['DateTimeFormat', 'NumberFormat', 'Collator'];
const real = { __proto__: null };

function share(kind)
{
	const Real = Intl[kind];

	if (typeof Real !== 'function')
		return;
	real[kind] = Real;
	const isCalled = CALLED.indexOf(kind) >= 0;
	const Shared = {
		[kind]: function (locales, options) {
			if (new.target === undefined && !isCalled)
				throw new TheTypeError(`calling ${kind} constructor without new is invalid`);
			/* A class of the script's own gets an object of its own. */
			if (new.target !== undefined && new.target !== Shared)
				return construct(Real, [locales, options], new.target);
			return formatter(kind, locales, options, () => new Real(locales, options));
		},
	}[kind];

	defineProperty(Shared, 'length', { value: 0, configurable: true });
	defineProperty(Shared, 'prototype', { value: Real.prototype, writable: false });
	defineProperty(Shared, 'supportedLocalesOf', { value: Real.supportedLocalesOf, writable: true,
						       configurable: true });
	defineProperty(Real.prototype, 'constructor', { value: Shared, writable: true, configurable: true });
	defineProperty(Intl, kind, { value: Shared, writable: true, configurable: true });
}

for (let i = 0; i < KINDS.length; i++)
	share(KINDS[i]);

/* ---- toLocaleString and its kin ----------------------------------------------------- */

const DAY = ['weekday', 'year', 'month', 'day'];
const TIME = ['dayPeriod', 'hour', 'minute', 'second', 'fractionalSecondDigits'];
const DAY_DEFAULT = { year: 'numeric', month: 'numeric', day: 'numeric' };
const TIME_DEFAULT = { hour: 'numeric', minute: 'numeric', second: 'numeric' };

function hasOne(options, names)
{
	for (let i = 0; i < names.length; i++) {
		if (options[names[i]] !== undefined)
			return true;
	}
	return false;
}

/* Add the defaults that the standard's ToDateTimeOptions adds where none of 'names' is asked for. */
function withDefaults(options, names, more)
{
	if (options === undefined)
		return more;
	const hasStyle = options.dateStyle !== undefined || options.timeStyle !== undefined;

	return hasStyle || hasOne(options, names) ? options : { ...options, ...more };
}

/* 'other': the style that the method cannot honour; then it is the engine's to say so. */
function shareDate(name, names, more, other)
{
	const realMethod = uncurry(Date.prototype[name]);
	const time = uncurry(Date.prototype.getTime);
	const format = uncurry(Object.getOwnPropertyDescriptor(real.DateTimeFormat.prototype, 'format').get);

	defineProperty(Date.prototype, name, {
		value: { [name](locales, options) {
			const ms = time(this);

			if (ms !== ms || localesText(locales) === null || optionsText(options) === null ||
			    (options !== undefined && other !== null && options[other] !== undefined))
				return realMethod(this, locales, options);
			const all = withDefaults(options, names, more);

			return format(formatter('DateTimeFormat', locales, all,
						() => new real.DateTimeFormat(locales, all)))(ms);
		} }[name],
		writable: true, configurable: true,
	});
}

function shareNumber()
{
	const value = uncurry(Number.prototype.valueOf);
	const format = uncurry(Object.getOwnPropertyDescriptor(real.NumberFormat.prototype, 'format').get);

	defineProperty(Number.prototype, 'toLocaleString', {
		value: { toLocaleString(locales, options) {
			const number = value(this);

			return format(formatter('NumberFormat', locales, options,
						() => new real.NumberFormat(locales, options)))(number);
		} }.toLocaleString,
		writable: true, configurable: true,
	});
}

shareDate('toLocaleString', [...DAY, ...TIME], { ...DAY_DEFAULT, ...TIME_DEFAULT }, null);
shareDate('toLocaleDateString', DAY, DAY_DEFAULT, 'timeStyle');
shareDate('toLocaleTimeString', TIME, TIME_DEFAULT, 'dateStyle');
shareNumber();
})

/*
 * condition.js -- $condition(), by which lib/engine/condition.c asks for what only JavaScript knows
 * of a typed condition's sides.  Evaluated where a script names it.
 *
 *	$condition('side', x)              x, with the type that JSON would lose
 *	$condition('date', x)              the same; what can be read as a date is one
 *	$condition('match', x, p, fold)    [x, p, whether p matches x, or why p is no pattern]
 *
 * A value comes out as ['json', x], ['undefined'], ['number', 'NaN'] or
 * ['date', milliseconds, text, has no keys].
 *
 * 'luxon' gives luxon, 'readDate' the milliseconds of a text as Date.parse() has them, 'zoneOffset' the
 * minutes that the workflow's zone is ahead at a moment (undefined: not known), and RealDate is the
 * engine's Date.
 */
(function (luxon, RealDate, readDate, zoneOffset) {
'use strict';

const { call, bind } = Function.prototype;
const uncurry = bind.bind(call);
const toStringOf = uncurry(Object.prototype.toString);
const getTime = uncurry(RealDate.prototype.getTime);
const lower = uncurry(String.prototype.toLocaleLowerCase);
const trim = uncurry(String.prototype.trim);
const exec = uncurry(RegExp.prototype.exec);
const { stringify, parse } = JSON;
const str = String;
const Pattern = RegExp;
const patterns = new Map();

/* Milliseconds of a Date or a luxon DateTime; undefined of anything else. */
function timeOf(value)
{
	if (typeof value !== 'object' || value === null)
		return undefined;
	if (toStringOf(value) === '[object Date]')
		return getTime(value);
	/* Data have no functions. */
	return value.isLuxonDateTime === true && typeof value.toMillis === 'function' ? +value.toMillis() : undefined;
}

/* A date that is none goes the way of its text. */
function tagDate(value, ms)
{
	const isDate = toStringOf(value) === '[object Date]';

	return ['date', ms, parse(stringify(value)), isDate];
}

function tag(value)
{
	const ms = timeOf(value);

	if (ms !== undefined && ms === ms)
		return tagDate(value, ms);
	if (value === undefined)
		return ['undefined'];
	if (typeof value === 'number' && (value !== value || value === 1 / 0 || value === -1 / 0))
		return ['number', str(value)];
	return ['json', ms === undefined ? value : 'Invalid Date'];
}

/*
 * luxon takes 70 us for a text.  The usual forms of ISO 8601 are read here, to the same moment;
 * undefined where it is none of them, or its local time is near one at which the zone's clock is set.
 */
const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?$/;
const { UTC } = RealDate;
const { floor } = Math;
const DAY_MS = 86400000;

function readIso(text)
{
	const parts = exec(ISO, text);

	if (parts === null)
		return undefined;
	const [, year, month, day, hour = 0, minute = 0, second = 0, fraction, offset] = parts;
	const ms = UTC(+year, +month - 1, +day, +hour, +minute, +second, fraction === undefined ? 0 : floor(+`0.${fraction}` * 1000));

	/* A 30th of February would be a day of March, and two digits of a year would be of 1900. */
	if (+year < 100 || +month < 1 || +month > 12 || +day < 1 || +day > new RealDate(UTC(+year, +month, 0)).getUTCDate() ||
	    +hour > 23 || +minute > 59 || +second > 59)
		return undefined;
	if (offset === undefined)
		return readLocal(ms);
	if (offset === 'Z')
		return ms;
	const ahead = (+offset.slice(1, 3)) * 60 + +offset.slice(4);

	return ms - (offset[0] === '-' ? -ahead : ahead) * 60000;
}

/* The moment of a local time where the zone is as far ahead a day before and after. */
function readLocal(ms)
{
	const before = zoneOffset(ms - DAY_MS), after = zoneOffset(ms + DAY_MS);

	return before !== undefined && before === after ? ms - before * 60000 : undefined;
}

/* The formats that a text may have, in the order in which they are tried. */
const FORMATS = ['fromISO', 'fromHTTP', 'fromRFC2822', 'fromSQL'];

/* A text without an offset is a time of the workflow's zone; NaN where it is no date at all. */
function readSlowly(text)
{
	const { DateTime } = luxon();

	for (let n = 0; n < FORMATS.length; n++) {
		const time = DateTime[FORMATS[n]](text, { setZone: true });

		if (time.isValid)
			return time.toMillis();
	}
	return readDate(text);
}

const KEPT_MAX = 1000;		/* moments of texts that are kept; an item may bring its own */
const moments = new Map();

function readText(text)
{
	let ms = moments.get(text);

	if (ms === undefined) {
		ms = readIso(text);
		if (ms === undefined)
			ms = readSlowly(text);
		if (moments.size >= KEPT_MAX)
			moments.clear();
		moments.set(text, ms);
	}
	return ms;
}

function date(value)
{
	if (value === undefined || value === null || timeOf(value) !== undefined)
		return tag(value);
	const text = trim(str(value)), ms = readText(text);

	return ms === ms ? ['date', ms, text, true] : tag(value);
}

/* 'bare' or '/with/flags'. */
function compile(text)
{
	const parts = exec(/^\/(.*?)\/([gimsuy]*)$/s, text);

	return parts === null ? new Pattern(text) : new Pattern(parts[1], parts[2]);
}

function pattern(text)
{
	let made = patterns.get(text);

	if (made === undefined) {
		made = compile(text);
		if (patterns.size >= KEPT_MAX)
			patterns.clear();
		patterns.set(text, made);
	}
	made.lastIndex = 0;
	return made;
}

/* Text of a value, as expr/condition.c makes it. */
function textOf(value)
{
	if (value === undefined || value === null)
		return '';
	return typeof value === 'object' ? stringify(value) : str(value);
}

function matches(left, right, folds)
{
	const text = textOf(left);

	try {
		return exec(pattern(textOf(right)), folds ? lower(text) : text) !== null;
	} catch (thrown) {
		return str(thrown.message);
	}
}

return (kind, value, right, folds) => {
	if (kind === 'match')
		return [tag(value), tag(right), matches(value, right, folds)];
	return kind === 'date' ? date(value) : tag(value);
};
})

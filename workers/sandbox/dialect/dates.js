/*
 * dates.js -- the helpers of dates, and how texts and numbers become DateTimes.
 *
 * A Date gives a Date, a DateTime a DateTime; both are reckoned with in the workflow's zone, a
 * DateTime in its own.
 */
(function (env, tools) {
'use strict';

const { refuse, show, isArray, isDate, isDateTime } = tools;

const lux = () => env.luxon();

/* Any spelling of a unit: luxon's word. */
const UNITS = { __proto__: null, ms: 'milliseconds', millisecond: 'milliseconds', milliseconds: 'milliseconds' };

for (const [unit, ...others] of [['seconds', 'second', 'sec', 'secs', 's'], ['minutes', 'minute', 'min', 'mins'],
				 ['hours', 'hour', 'hr', 'hrs'], ['days', 'day'], ['weeks', 'week'], ['months', 'month'],
				 ['quarters', 'quarter'], ['years', 'year']]) {
	for (const spelling of [unit, ...others])
		UNITS[spelling] = unit;
}

function unitOf(name, unit)
{
	const found = typeof unit === 'string' ? UNITS[unit] ?? UNITS[unit.toLowerCase()] : undefined;

	return found ?? refuse(`${name}(): there is no unit ${show(unit)}; there are ` +
			       'milliseconds, seconds, minutes, hours, days, weeks, months, quarters and years');
}

/* ---- in and out ------------------------------------------------------------------------------ */

const moment = (date) => isDateTime(date) ? date : lux().DateTime.fromMillis(+date);

/* A result of the receiver's own kind. */
const alike = (date, time) => isDateTime(date) ? time : new env.Date(time.toMillis());

function valid(name, time, value)
{
	if (!time.isValid)
		refuse(`${name}(): ${show(value)} cannot be read as a date (${time.invalidExplanation ?? time.invalidReason})`);
	return time;
}

const READERS = ['fromISO', 'fromHTTP', 'fromRFC2822', 'fromSQL'];

/* In the order that n8n's users know; what none of them reads is read as Date.parse does. */
function readText(text)
{
	for (const reader of READERS) {
		const time = lux().DateTime[reader](text, { setZone: true });

		if (time.isValid)
			return time;
	}
	const ms = env.parseDate(text);

	if (Number.isNaN(ms))
		refuse(`toDateTime(): ${show(text)} cannot be read as a date; give its form: text.toDateTime("dd.MM.yyyy")`);
	return lux().DateTime.fromMillis(ms);
}

const DAY_MS = 86400000;
const EXCEL_1970 = 25569;	/* the day of 1 January 1970 */
const EXCEL_LEAP = 60;		/* 29 February 1900, which Excel has and the calendar lacks */

const excelMs = (days) => (days - EXCEL_1970 + (days < EXCEL_LEAP ? 1 : 0)) * DAY_MS;

const NUMBERS = {
	__proto__: null,
	ms: (n) => n,
	s: (n) => n * 1000,
	us: (n) => n / 1000,
	excel: excelMs,
};

function momentOf(number, unit = 'ms')
{
	const toMs = NUMBERS[unit];

	if (toMs === undefined)
		refuse(`toDateTime(): a number is ms, s, us or excel, not ${show(unit)}`);
	return valid('toDateTime', lux().DateTime.fromMillis(Math.trunc(toMs(number))), number);
}

function readDateTime(text, format)
{
	if (format === undefined || format === '')
		return readText(text);
	if (NUMBERS[format] === undefined)
		return valid('toDateTime', lux().DateTime.fromFormat(text, String(format)), text);
	const number = Number(text);

	if (text.trim() === '' || Number.isNaN(number))
		refuse(`toDateTime(): ${show(text)} is not a number of ${format}`);
	return momentOf(number, format);
}

/* The other date of a call, in any form that one may have; undefined where it is none. */
function other(value)
{
	if (isDateTime(value))
		return value.isValid ? value : undefined;
	if (isDate(value))
		return Number.isNaN(+value) ? undefined : moment(value);
	if (typeof value !== 'string')
		return undefined;
	try {
		return readText(value);
	} catch {
		return undefined;
	}
}

/* ---- reckoning -------------------------------------------------------------------------------- */

function mover(name)
{
	return (date, amount, unit) => {
		if (amount === undefined || (typeof amount !== 'object' && Number.isNaN(Number(amount))))
			refuse(`${name}() takes a number and a unit: date.${name}(7, "days")`);
		if (typeof amount === 'object')
			return alike(date, moment(date)[name](amount));
		return alike(date, moment(date)[name]({ [unit === undefined ? 'milliseconds' : unitOf(name, unit)]: Number(amount) }));
	};
}

const PARTS = { __proto__: null, week: 'weekNumber', weeknumber: 'weekNumber', weekday: 'weekday', yeardaynumber: 'ordinal',
		dayofyear: 'ordinal', dayofweek: 'weekday', weekyear: 'weekYear', quarter: 'quarter' };

function extract(date, part = 'week')
{
	const text = String(part), unit = UNITS[text.toLowerCase()];
	const name = PARTS[text.toLowerCase()] ?? (unit === 'weeks' ? 'weekNumber' : unit?.slice(0, -1));

	if (name === undefined)
		refuse(`extract(): there is no part ${show(part)}; there are year, quarter, month, week, day, hour, minute, second, ` +
		       'millisecond, weekday, weekNumber and yearDayNumber');
	return moment(date)[name];
}

function format(date, pattern, options = undefined)
{
	if (typeof pattern !== 'string')
		refuse('format() takes a pattern: date.format("yyyy-MM-dd HH:mm")');
	return moment(date).toFormat(pattern, options);
}

function isBetween(date, ...ends)
{
	if (ends.length !== 2)
		refuse('isBetween() takes two dates: date.isBetween("2026-01-01", "2026-12-31")');
	const [a, b] = ends.map(other);

	if (a === undefined || b === undefined)
		return undefined;
	return (+date > +a && +date < +b) || (+date > +b && +date < +a);
}

function isInLast(date, n = 0, unit = 'minutes')
{
	const now = lux().DateTime.now();

	return +date >= +now.minus({ [unitOf('isInLast', unit)]: Number(n) }) && +date <= +now;
}

function difference(name, date, to, unit)
{
	const units = (isArray(unit) ? unit : [unit]).map((one) => unitOf(name, one));
	const found = moment(date).diff(to, units);

	return isArray(unit) ? found.toObject() : found.as(units[0]);
}

function diffTo(date, to, unit = 'days')
{
	const end = other(to) ?? refuse(`diffTo(): ${show(to)} cannot be read as a date`);

	return difference('diffTo', date, end, unit);
}

const date = {
	__proto__: null,
	plus: mover('plus'),
	minus: mover('minus'),
	beginningOf: (d, unit = 'week') => alike(d, moment(d).startOf(unitOf('beginningOf', unit))),
	endOfMonth: (d) => alike(d, moment(d).endOf('month')),
	extract, format, isBetween, isInLast,
	isDst: (d) => moment(d).isInDST,
	isWeekend: (d) => moment(d).weekday > 5,
	diffTo,
	diffToNow: (d, unit = 'days') => difference('diffToNow', d, lux().DateTime.now(), unit),
	toDateTime: moment,
	toInt: (d) => +d,
	toFloat: (d) => +d,
	toBoolean: () => undefined,
	isEmpty: () => false,
	isNotEmpty: () => true,
};

return { date, readDateTime, momentOf };
})

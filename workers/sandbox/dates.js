/*
 * dates.js -- a Date that reads texts as V8 does.  Evaluates to a function of the engine's Date,
 * which returns the one that scripts get; evaluated where a script first touches Date.
 *
 * JavaScript says how a Date reads one form, "2026-11-28T10:30:00.000Z"; what else it reads is the
 * engine's own.  Scripts are written for V8's way, which takes a text as words, numbers and signs
 * and goes by what stands next to each:
 *   - a number before ':' is of the time, as is one after it; '.' leads to the milliseconds;
 *   - '+' or '-' after a time or after UTC leads to an offset;
 *   - any other number is of the date: month, day, year, or year first where it is no day;
 *   - words are months (by three letters), AM, PM, and zones; before the first number anything is;
 *   - parentheses and other signs are passed over.
 * The process is in UTC, so a time without a zone is UTC (docs/EXPRESSIONS.md).
 */
(function (RealDate) {
'use strict';

const { defineProperty } = Object;
const { construct } = Reflect;
const { call, bind } = Function.prototype;
const uncurry = bind.bind(call);
const charCode = uncurry(String.prototype.charCodeAt);
const slice = uncurry(String.prototype.slice);
const lower = uncurry(String.prototype.toLowerCase);
const test = uncurry(RegExp.prototype.test);
const valueOf = uncurry(RealDate.prototype.getTime);
const realParse = RealDate.parse;
const realUTC = RealDate.UTC;
const stringify = JSON.stringify;
const TheString = String;
const TheRangeError = RangeError;

/* Form that every engine reads alike, but for days that the month lacks. */
const PLAIN = new RegExp('^\\d{4}-\\d\\d-\\d\\d(?:T(?:[01]\\d|2[0-3]):[0-5]\\d(?::[0-5]\\d(?:\\.\\d{1,3})?)?' +
			 '(?:Z|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)?)?$');

const MONTHS = { jan: 1, feb: 2, mar: 3, apr: 4, may: 5, jun: 6, jul: 7, aug: 8, sep: 9, oct: 10, nov: 11,
		 dec: 12, __proto__: null };
const HALVES = { am: 0, pm: 12, __proto__: null };
const ZONES = { utc: 0, ut: 0, z: 0, gmt: 0, est: -5, edt: -4, cst: -6, cdt: -5, mst: -7, mdt: -6, pst: -8,
		pdt: -7, __proto__: null };

const END = 0, NUMBER = 1, WORD = 2, SPACE = 3, SIGN = 4;
const DIGITS_MAX = 9;		/* digits of a number; the others are passed over */

/* ---- tokens ----------------------------------------------------------------------- */

function isSpace(c)
{
	return c === 32 || (c >= 9 && c <= 13) || c === 0xa0 || c === 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
		c === 0x2028 || c === 0x2029 || c === 0x202f || c === 0x205f || c === 0x3000 || c === 0xfeff;
}

function isDigit(c)
{
	return c >= 48 && c <= 57;
}

/* From 'A' on in the character table, as V8 has it. */
function isLetter(c)
{
	return c >= 65;
}

function take(text, at, is)
{
	while (at < text.length && is(charCode(text, at)))
		at++;
	return at;
}

/* { kind, text, value, to } of the token at a place; 'to' is where the next begins. */
function tokenAt(text, at)
{
	if (at >= text.length)
		return { kind: END, text: '', value: 0, to: at };
	const c = charCode(text, at);
	const is = isDigit(c) ? isDigit : isSpace(c) ? isSpace : isLetter(c) ? isLetter : null;
	const kind = is === isDigit ? NUMBER : is === isSpace ? SPACE : is === isLetter ? WORD : SIGN;
	const to = is === null ? at + 1 : take(text, at, is);
	const token = slice(text, at, to);

	return { kind, text: kind === WORD ? lower(token) : token, value: kind === NUMBER ? numberOf(token) : 0,
		 to };
}

function numberOf(digits)
{
	let from = 0;

	while (from < digits.length && digits[from] === '0')
		from++;
	return +slice(digits, from, from + DIGITS_MAX);
}

/* ".5" is 500 ms, and digits beyond the third are cut. */
function milliseconds(digits)
{
	return +slice(digits + '00', 0, 3);
}

/* ---- the standard's form ----------------------------------------------------------- */

const ISO = new RegExp('^(?:(\\d{4})|([+-])(\\d{6}))(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\\d|3[01]))?)?' +
		       '(?:[Tt](\\d\\d):(\\d\\d)(?::(\\d\\d)(?:\\.(\\d+))?)?' +
		       '(?:([Zz])|([+-])(\\d\\d):?(\\d\\d))?)?$');
/* A text that begins so has to go on in that form. */
const ISO_HEAD = /^(?:\d{4}|[+-]\d{6})(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?[Tt](?![A-\uffff])/;
const HEAD = new RegExp('^(\\d{4}|[+-]\\d{6})(?!\\d)(?:-(?:(0[1-9]|1[0-2])(?!\\d)' +
			'(?:-(?:(0[1-9]|[12]\\d|3[01])(?!\\d))?)?)?)?');
const exec = uncurry(RegExp.prototype.exec);

function readIso(text)
{
	const m = exec(ISO, text);

	if (m === null || (m[2] === '-' && +m[3] === 0))
		return undefined;
	const year = m[1] !== undefined ? +m[1] : (m[2] === '-' ? -1 : 1) * m[3];
	const hour = +(m[6] || 0), minute = +(m[7] || 0), second = +(m[8] || 0);
	const ms = m[9] === undefined ? 0 : milliseconds(m[9]);
	const offset = m[11] === undefined ? 0 : (m[11] === '-' ? -1 : 1) * (m[12] * 60 + +m[13]);

	if (hour > 24 || minute > 59 || second > 59 || (hour === 24 && minute + second + ms > 0) ||
	    (m[11] !== undefined && (+m[12] > 23 || +m[13] > 59)))
		return NaN;
	return moment(year, +(m[4] || 1), +(m[5] || 1), [hour, minute, second, ms], offset);
}

/* Day 30 of a February is in March; a year below 100 is itself. */
function moment(year, month, day, time, offset)
{
	const days = realUTC(2000, month - 1, 1);

	if (days !== days)
		return NaN;
	/* 400 years have 146,097 days; UTC() takes years below 100 for those of 1900. */
	const cycles = year >= 0 && year <= 99 ? 1 : 0;
	const ms = realUTC(year + 400 * cycles, month - 1, day, time[0], time[1], time[2], time[3]) -
		cycles * 146097 * 86400000 - offset * 60000;

	return ms >= -8.64e15 && ms <= 8.64e15 ? ms : NaN;
}

/* ---- any other text ---------------------------------------------------------------- */

/* Past ')' of the parenthesis that opens before 'at', or the end. */
function pastParenthesis(text, at)
{
	for (let open = 1; at < text.length && open > 0; at++) {
		if (text[at] === '(')
			open++;
		else if (text[at] === ')')
			open--;
	}
	return at;
}

function readLoose(text)
{
	const date = [], time = [];
	let month = 0, half = -1, isTimeDone = false, hasNumber = false;
	let sign = 0, hours = -1, minutes = -1;		/* the offset; -1 = not told */
	let at = 0;

	const next = () => tokenAt(text, at);
	const isNext = (sign) => at < text.length && text[at] === sign;

	function pass(sign)
	{
		if (!isNext(sign))
			return false;
		at++;
		return true;
	}

	function expectsTime(n)
	{
		return !isTimeDone && (((time.length === 1 || time.length === 2) && n < 60) ||
				       (time.length === 3 && n < 1000));
	}

	function addTime(n)
	{
		if (isTimeDone || time.length === 4)
			return false;
		time[time.length] = n;
		return true;
	}

	/* End the time: only the end, space, Z or a sign may follow. */
	function endTime()
	{
		const { kind, text: word } = next();

		isTimeDone = true;
		return kind === END || kind === SPACE || (kind === WORD && word === 'z') || word === '+' || word === '-';
	}

	function readFraction()
	{
		const token = next();

		if (token.kind !== NUMBER)
			return false;
		at = token.to;
		/* "10:30.05" has a second of 50, as V8 reads it. */
		addTime(milliseconds(token.text));
		isTimeDone = true;
		return true;
	}

	function readNumber(n)
	{
		hasNumber = true;
		if (pass(':')) {
			if (pass(':'))
				return time.length === 0 && addTime(n) && addTime(0);
			if (!addTime(n))
				return false;
			pass('.');
			return true;
		}
		if (isNext('.') && expectsTime(n)) {
			at++;
			return addTime(n) && readFraction();
		}
		if (hours >= 0 && minutes < 0 && n < 60) {
			minutes = n;
			return true;
		}
		if (expectsTime(n))
			return addTime(n) && endTime();
		if (date.length === 3)
			return false;
		date[date.length] = n;
		pass('.');
		pass('-');
		return true;
	}

	function setZone(offset)
	{
		sign = offset < 0 ? -1 : 1;
		hours = offset < 0 ? -offset : offset;
		minutes = 0;
	}

	function readWord(word)
	{
		const short = slice(word, 0, 3);

		if (word.length <= 3 && HALVES[word] !== undefined && time.length > 0) {
			half = HALVES[word];
		} else if (MONTHS[short] !== undefined) {
			month = MONTHS[short];
			pass('-');
		} else if (word.length <= 3 && ZONES[word] !== undefined && hasNumber) {
			setZone(ZONES[word]);
		} else if (hasNumber || next().kind === NUMBER) {
			/* Before the first number any word is allowed, apart from it. */
			return false;
		}
		return true;
	}

	function readOffset(which)
	{
		const token = next();
		const { value, text: digits } = token;
		const length = token.kind === NUMBER ? digits.length : 0;

		sign = which === '-' ? -1 : 1;
		hasNumber = true;
		if (length > 0)
			at = token.to;
		if (isNext(':')) {
			hours = value;
			minutes = -1;
		} else if (length === 1 || length === 2) {
			hours = value;
			minutes = 0;
		} else if (length === 3 || length === 4) {
			hours = (value - value % 100) / 100;
			minutes = value % 100;
		} else {
			return false;
		}
		return true;
	}

	function readSign(which)
	{
		const isUtc = hours === 0 && minutes === 0;

		if (which === '(')
			at = pastParenthesis(text, at);
		else if ((which === '+' || which === '-') && (isUtc || time.length > 0))
			return readOffset(which);
		else if ((which === '+' || which === '-' || which === ')') && hasNumber)
			return false;
		return true;
	}

	function readAll()
	{
		for (let token = next(); token.kind !== END; token = next()) {
			at = token.to;
			if (token.kind === NUMBER ? !readNumber(token.value)
				: token.kind === WORD ? !readWord(token.text)
				: token.kind === SIGN && !readSign(token.text))
				return false;
		}
		return date.length > 0;
	}

	/* { year, month, day }; where the first number can be no day, it is the year. */
	function ordered()
	{
		const first = date[0];
		const isYear = !(first >= 1 && first <= 31);
		const [, second = 1, third = 1] = date;

		if (month === 0)
			return isYear ? { year: first, month: second, day: third }
				: { year: third, month: first, day: second };
		return isYear ? { year: first, month, day: second } : { year: second, month, day: first };
	}

	function inHours()
	{
		const hour = time[0] || 0;

		if (half < 0)
			return hour;
		return hour <= 12 ? hour % 12 + half : 99;
	}

	/* A beginning in the standard's form is of the date, whatever follows it. */
	function readHead()
	{
		const m = exec(HEAD, text);

		if (m === null || m[1] === '-000000')
			return;
		hasNumber = true;
		at = m[0].length;
		date[0] = +m[1];
		if (m[2] !== undefined)
			date[1] = +m[2];
		if (m[3] !== undefined)
			date[2] = +m[3];
	}

	readHead();
	if (!readAll())
		return NaN;
	const { year, month: mon, day } = ordered();
	const full = year >= 50 && year <= 99 ? year + 1900 : year >= 0 && year <= 49 ? year + 2000 : year;
	const hour = inHours(), minute = time[1] || 0, second = time[2] || 0, ms = time[3] || 0;
	const offset = sign === 0 ? 0 : sign * ((hours < 0 ? 0 : hours) * 60 + (minutes < 0 ? 0 : minutes));

	if (mon < 1 || mon > 12 || day < 1 || day > 31 || minute > 59 || second > 59 || ms > 999 ||
	    hour > 24 || (hour === 24 && minute + second + ms > 0))
		return NaN;
	return moment(full, mon, day, [hour, minute, second, ms], offset);
}

function read(text)
{
	if (test(PLAIN, text)) {
		const ms = realParse(text);

		if (ms === ms)
			return ms;
	}
	const ms = readIso(text);

	if (ms !== undefined)
		return ms;
	return test(ISO_HEAD, text) ? NaN : readLoose(text);
}

/* ---- the Date that scripts get ------------------------------------------------------ */

let unread;			/* the last text that was no date */

function noted(text)
{
	const ms = read(text);

	if (ms !== ms)
		unread = text;
	return ms;
}

function complaint(text)
{
	const shown = text.length > 80 ? slice(text, 0, 80) + '...' : text;

	return new TheRangeError(`${stringify(shown)} cannot be read as a date; ` +
				 "use DateTime.fromFormat(text, 'dd.MM.yyyy') for a form of your own");
}

/* An invalid date becomes null in JSON; one that came of a text says which instead. */
function marked(date, text)
{
	defineProperty(date, 'toJSON', { value() { throw complaint(text); }, configurable: true, writable: true });
	return date;
}

function isText(value)
{
	return typeof value === 'string' || value instanceof TheString;
}

function Date(...args)
{
	if (new.target === undefined)
		return RealDate();
	if (args.length !== 1 || !isText(args[0]))
		return construct(RealDate, args, new.target);
	const text = '' + args[0];
	const ms = noted(text);
	const date = construct(RealDate, [ms], new.target);

	return ms === ms ? date : marked(date, text);
}

defineProperty(Date, 'prototype', { value: RealDate.prototype, writable: false });
defineProperty(Date, 'length', { value: 7, configurable: true });
defineProperty(Date, 'parse', { value: { parse(text) { return noted(`${text}`); } }.parse, writable: true,
				configurable: true });
defineProperty(Date, 'now', { value: RealDate.now, writable: true, configurable: true });
defineProperty(Date, 'UTC', { value: realUTC, writable: true, configurable: true });
defineProperty(RealDate.prototype, 'constructor', { value: Date, writable: true, configurable: true });

return {
	Date,
	/* The complaint about the last text that was no date, once; undefined where all were. */
	takeComplaint()
	{
		const text = unread;

		unread = undefined;
		return text === undefined ? undefined : complaint(text);
	},
};
})

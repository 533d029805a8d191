/*
 * prelude.js -- the dialect of scripts, evaluated first in every realm.
 *
 * Evaluates to a function of the natives in natives.c; that returns 'step'.  step(text) takes
 * a request (lib/sandbox/message.h) and returns the answer's text, or undefined where the
 * script's promises have yet to run; the engine runs them when the call returns, and
 * step() then gives the answer.  In the realm that is kept (vm.h) it returns null for a
 * request that it must not serve.
 *
 * User code shares this realm, so: (1) everything needed later is captured here, before
 * any user code runs; (2) answers are built by joining strings, never through arrays or
 * objects whose prototypes user code could change; (3) what user code sees is not
 * writable.  A script can still spoil its own request; it cannot reach another one.
 *
 * The clock is fixed beneath the engine (clock.h), chance here.
 *
 * A realm costs what it is seen to touch: a builtin that is first named here is made then, and
 * a 'delete' of a global makes them all (0.2 ms).  A function declared at the outermost level
 * is made in every realm, so what not every request needs is declared within what needs it.
 */
(function (compile, hasNul, mentions, setClock, seldom, isKept, DEPTH_MAX, TEXT_MAX, luxonSource,
	   datesSource, localeSource, webSource, hintsSource, formatSource, consoleSource, inspectSource, conditionSource, rewriteSource, helpersSource, valuesSource,
	   textHelpersSource, dateHelpersSource, functionsSource, namesSource, bufferSource, cloneSource, cryptoSource, idnaSource, jmespathSource, textSource, urlSource) {
'use strict';

const SYNTAX = 0, DEPTH = 1, IS_HARMLESS = 2, TOUCH = 3, ZONE_OFFSET = 4, ON_REJECTION = 5,
	USED = 6, OUTSIDE = 7, HASH = 8, ASCII = 9; /* natives.c, seldom */
const LOG_MAX = 64 * 1024;	/* characters of console output kept */
const FRAMES_MAX = 10;
const MESSAGE_MAX = 2000;

const { call, bind } = Function.prototype;
const uncurry = bind.bind(call);	/* a bound bind, so that a later call looks nothing up */
const { parse, stringify } = JSON;
const { defineProperty, freeze, create, hasOwn } = Object;
const { isArray } = Array;
const indexOf = uncurry(String.prototype.indexOf);
const slice = uncurry(String.prototype.slice);
const str = String;
const RealPromise = Promise;

/* ---- the world as the request sets it ------------------------------------------- */

let now = 0;
let runIndex = 0;
let items = [];
let nodes = {};
let seed = '';
let facts = {};			/* vars, execution, workflow */
let at = 0;			/* index of the item that is being worked on */
let hasDialect = false;		/* expressions have what dialect/dialect.def says */
let isLenient = false;		/* an expression that throws gives undefined */
let isNew = true;		/* the run was begun since there is a dialect */
let hasTimers = true;		/* and since code has timers and n8n's names */
let isLatest = true;		/* and by the rules of today */
let timers = null;		/* of code that names them (web.js) */
let asked = {};			/* the request: what few scripts look at */

/* Number itself is dear to touch. */
function isInteger(value)
{
	return typeof value === 'number' && value % 1 === 0;
}

function hide(name, value)
{
	defineProperty(globalThis, name, { value, writable: false, enumerable: false, configurable: false });
}

function show(name, get)
{
	defineProperty(globalThis, name, { get, set: undefined, enumerable: true, configurable: false });
}

/* A global that is made at its first touch, and is then as any other; undefined while it is made. */
function define(name, make)
{
	const set = (value) => {
		if (value !== undefined)
			defineProperty(globalThis, name, { value, writable: true, enumerable: false,
							   configurable: true });
		return value;
	};

	defineProperty(globalThis, name, { get: () => set(make()), set, enumerable: false, configurable: true });
}

/* ---- chance ---------------------------------------------------------------------- */

/*
 * Math costs as much to touch as a small script to run, so only for one that names it.  Who
 * comes by it in another way gets the engine's own chance, whose seed is fixed (vm.c).
 */
function makeChance(salt)
{
	const { imul } = Math;
	const charCode = uncurry(String.prototype.charCodeAt);
	let next = null;

	/* Four words of state from the seed's text; sfc32 (C. Doty-Humphrey, public domain). */
	function chance(seed)
	{
		let a = 0x9e3779b9, b = 0x243f6a88, c = 0xb7e15162, n = 1;
		const next = () => {
			const t = (a + b + n) | 0;
			n = (n + 1) | 0;
			a = b ^ (b >>> 9);
			b = (c + (c << 3)) | 0;
			c = ((c << 21) | (c >>> 11)) + t | 0;
			return (t >>> 0) / 4294967296;
		};

		for (let i = 0; i < seed.length; i++) {
			a = imul(a ^ charCode(seed, i), 0x85ebca6b);
			next();
		}
		for (let i = 0; i < 12; i++)
			next();
		return next;
	}

	return () => {
		if (next === null)
			next = chance(seed + salt);
		return next();
	};
}

/* ---- Date, which reads texts as V8 does, made at the first touch only ---------------- */

let realDate = null;		/* the engine's, where 'Date' has another meaning */
let dates = null;

let toJson = stringify;		/* makes the text of a result */

function hideDate()
{
	/* A number that came of a text that is no date is NaN, for which JSON has null. */
	function withoutUnread(value)
	{
		const complaint = dates.takeComplaint();

		return complaint === undefined ? stringify(value) : stringify(value, (key, part) => {
			if (part !== part)
				throw complaint;
			return part;
		});
	}

	realDate = Date;
	define('Date', () => {
		dates = compile(datesSource, 'tyboo:dates')(realDate);
		toJson = withoutUnread;
		return dates.Date;
	});
}

/* ---- luxon, evaluated at the first touch only ------------------------------------ */

let luxon = null;
let zone = 'UTC';
let nowCached;

let zoned = null;		/* zone that luxon was set for */

function lux()
{
	/*
	 * Offsets come of the system's zones directly, which takes a hundredth of what asking a formatter
	 * takes.  Of two moments with one local time (the hour that summer time gives back) the first is
	 * meant: luxon itself takes one or the other, by the season in which it is asked.
	 */
	function settle({ IANAZone, DateTime })
	{
		const { offset } = IANAZone.prototype;
		const { toJSON } = DateTime.prototype;
		const zoneOffset = seldom(ZONE_OFFSET);
		const TheRangeError = RangeError;

		IANAZone.prototype.offset = function (ts) {
			const minutes = zoneOffset(this.name, +ts);

			return minutes === undefined ? call.call(offset, this, ts) : minutes;
		};

		function first(time)
		{
			if (!time.isValid || time.zone.type !== 'iana')
				return time;
			const before = time.zone.offset(time.ts - 86400000);
			const lead = (before - time.o) * 60000;

			return lead > 0 && time.zone.offset(time.ts - lead) === before
				? time.minus({ milliseconds: lead }) : time;
		}

		const { fromObject, local } = DateTime;

		DateTime.fromObject = function (fields, options) {
			const time = call.call(fromObject, this, fields, options);

			return options && options.specificOffset !== undefined ? time : first(time);
		};
		DateTime.local = function (...fields) {
			const time = local.apply(this, fields);

			return typeof fields[0] === 'number' ? first(time) : time;
		};
		/* "plus(1, 'day')" is one day, as in n8n; luxon takes the 1 for a millisecond and the rest for nothing. */
		for (const name of ['plus', 'minus']) {
			const own = DateTime.prototype[name];

			DateTime.prototype[name] = function (amount, unit) {
				return call.call(own, this, unit === undefined ? amount : { [unit]: amount });
			};
		}
		/* JSON has null for it: what could not be read would be lost without a word. */
		DateTime.prototype.toJSON = function () {
			if (this.isValid)
				return call.call(toJSON, this);
			throw new TheRangeError(`an invalid DateTime: ${this.invalidExplanation || this.invalidReason}`);
		};
	}

	if (luxon === null) {
		luxon = luxonSource === '' ? {} : compile(luxonSource, 'tyboo:luxon')(realDate || Date);
		if (luxonSource !== '')
			settle(luxon);
	}
	if (zoned === zone || luxonSource === '')
		return luxon;
	zoned = zone;
	luxon.Settings.defaultZone = zone;
	if (!luxon.DateTime.now().isValid)
		luxon.Settings.defaultZone = 'UTC';
	return luxon;
}

function luxNow()
{
	if (nowCached === undefined && lux().DateTime)
		nowCached = lux().DateTime.now();
	return nowCached;
}

function luxToday()
{
	return luxNow() === undefined ? undefined : luxNow().startOf('day');
}

/* ---- the data, as it came --------------------------------------------------------- */

/*
 * Scripts of one request see the same items and facts.  Those that surely only read are shown
 * them as they are; where a script may change them, each evaluation is shown copies of what it
 * touches, made of the text that the data had before.
 */
let copies = null;		/* { view, renew }, where copies are shown now */

/* Data of an item, or facts, as a script is shown them. */
function view(data)
{
	return copies === null ? data : copies.view(data);
}

const TOUCH_READS = 0, TOUCH_ANY = 2;	/* touch.h */

/* 'early': the text of all data is made now, before a script can change how it is made. */
function makeCopies(early)
{
	const get = uncurry(Map.prototype.get), set = uncurry(Map.prototype.set);
	const clear = uncurry(Map.prototype.clear);
	const texts = new Map(), made = new Map();

	function keepText(data)
	{
		const text = stringify(data);

		set(texts, data, text);
		return text;
	}

	function keepAll()
	{
		for (let i = 0; i < items.length; i++)
			keepText(items[i]);
		for (const name in nodes) {
			const list = nodes[name].items;

			for (let i = 0; i < list.length; i++)
				keepText(list[i]);
		}
		keepText(facts.vars);
		keepText(facts.execution);
		keepText(facts.workflow);
	}

	if (early)
		keepAll();
	return {
		view(data)
		{
			if (data === undefined)
				return data;
			let out = get(made, data);

			if (out === undefined) {
				const text = get(texts, data);

				out = parse(text === undefined ? keepText(data) : text);
				set(made, data, out);
			}
			return out;
		},
		/* The next evaluation begins. */
		renew: () => clear(made),
	};
}

/* ---- items and nodes ------------------------------------------------------------- */

function jsonAt(list, i)
{
	if (i >= list.length)
		return undefined;
	return copies === null ? list[i].json : copies.view(list[i]).json;
}

/* { name: { id, mimeType, fileName, fileExtension, fileSize, bytes } }; their bytes are not here. */
function filesAt(list, i)
{
	const files = i < list.length ? view(list[i]).binary : undefined;

	return files === undefined ? {} : files;
}

/* A copy of the list, so that pushing to it does not change what others see. */
function copy(list)
{
	const out = [];

	for (let i = 0; i < list.length; i++)
		defineProperty(out, i, { value: view(list[i]), writable: true, enumerable: true,
					 configurable: true });
	return out;
}

function makeInput()
{
	return freeze({
		all: () => copy(items),
		first: () => view(items[0]),
		last: () => view(items[items.length - 1]),
		get item() { return view(items[at]); },
		get params() { return isNew ? dialect().world().sourceParams() : noParams(); },
		get context() { return isNew ? freeze({}) : noParams(); },
	});
}

/* n8n has them; nothing in their place would be lost without a word. */
function noParams()
{
	throw new Error('parameters and context of a node are not to be read here; write the value itself, ' +
			'or set it as a field in a node before');
}

function knownNode(name)
{
	if (!hasOwn(nodes, name))
		throw ours(new Error(`there is no data of a node "${name}": it has not run, or does not lead here`));
	return nodes[name];
}

function makeNodes()
{
	const made = create(null);

	/* In the words of lib/engine/lineage.c, which resolves plain paths. */
	function unpaired(name, { broken, several })
	{
		const error = new Error(several !== undefined
			? `several items of "${name}" may be meant, because "${several}" made this one of many`
			: broken === undefined
			? `no item of "${name}" belongs to this item, which did not come by that node`
			: `which item of "${name}" this item comes from is not known, ` +
				`because "${broken}" gave its items without pairedItem`);

		defineProperty(error, 'name', { value: 'PairedItemError' });
		return ours(error);
	}

	function pairedItem(name, node, of)
	{
		const i = node.pair === undefined ? null : node.pair[of];

		if (i === null || i === undefined || node.items[i] === undefined)
			throw unpaired(name, node);
		return view(node.items[i]);
	}

	/* Items of a node: of one output, or of an earlier run, where that is asked for. */
	function listOf(name, output, run)
	{
		return !isNew || (output === undefined && run === undefined) ? nodes[name].items
			: dialect().world().itemsOf(name, output, run);
	}

	/* Asked whether it has run, it answers; asked for data it fails. */
	function makeMissing(name)
	{
		const missing = () => knownNode(name);
		const out = { all: missing, first: missing, last: missing, itemMatching: missing, pairedItem: missing };

		for (const key of ['item', 'json', 'binary', 'params', 'context'])
			defineProperty(out, key, { get: missing, enumerable: true });
		out.isExecuted = false;
		return freeze(out);
	}

	function makeNode(name)
	{
		if (isNew && !hasOwn(nodes, name))
			return makeMissing(name);
		const node = knownNode(name);

		return freeze({
			all: (output, run) => copy(listOf(name, output, run)),
			first: (output, run) => view(listOf(name, output, run)[0]),
			last(output, run)
			{
				const list = listOf(name, output, run);

				return view(list[list.length - 1]);
			},
			itemMatching: (i) => isNew ? pairedItem(name, node, i) : view(node.items[i]),
			pairedItem: (i = at) => pairedItem(name, node, i),
			get item() { return pairedItem(name, node, at); },
			get json() { return pairedItem(name, node, at).json; },
			get binary() { return pairedItem(name, node, at).binary; },
			get params() { return isNew ? dialect().world().readable(node.params || {}) : noParams(); },
			get context() { return isNew ? freeze(node.context || {}) : noParams(); },
			isExecuted: true,
		});
	}

	return (name) => {
		const key = str(name);

		return made[key] === undefined ? (made[key] = makeNode(key)) : made[key];
	};
}

function join(value)
{
	if (value === null || value === undefined)
		return '';
	if (typeof value === 'object') {
		const text = stringify(value);
		/* A Date or a luxon DateTime is its ISO text, without the quotes. */
		return text === undefined ? '' : text[0] === '"' ? parse(text) : text;
	}
	return str(value);
}

/* ---- console --------------------------------------------------------------------- */

let logs = '';			/* texts as JSON, joined by commas */
let logged = 0;

/* A line of ours. */
function logLine(line)
{
	const text = stringify(line);

	if (logged > LOG_MAX)
		return;
	logged += text.length;
	logs += (logs === '' ? '' : ',') + withoutNul(text);
}

/* Keep a text of the console, up to the most that is kept. */
function logText(text)
{
	if (logged > LOG_MAX)
		return;
	logged += text.length;
	if (logged > LOG_MAX)
		text = slice(text, 0, text.length - (logged - LOG_MAX)) + '... (cut: 64 KiB of log is the most)';
	logs += (logs === '' ? '' : ',') + withoutNul(stringify(text));
}

function makeConsole()
{
	return compile(consoleSource, 'tyboo:console')(inspectSource, compile, logText, {
		stackOf: (stack) => faults().placesOf(stack),
		isBuffer: (value) => value._isBuffer === true,
	}, () => now);
}

/* Console of runs that were begun by the rules of before, which writes JSON. */
function makeOldConsole()
{
	const nothing = () => undefined;
	const RealError = Error;
	let format = null;

	/* Plain values are their text; all else is format.js's. */
	function lineText(args)
	{
		let text = '';

		for (let i = 0; i < args.length; i++) {
			const value = args[i];

			if (typeof value === 'object' && value !== null ||
			    (typeof value === 'string' && i === 0 && indexOf(value, '%') >= 0)) {
				if (format === null)
					format = compile(formatSource, 'tyboo:format')(RealError);
				return format(args);
			}
			text += (i > 0 ? ' ' : '') + str(value);
		}
		return text;
	}

	function log(...args)
	{
		if (logged > LOG_MAX)
			return;
		logText(lineText(args));
	}

	return freeze({
		log, info: log, warn: log, error: log, debug: log, dir: log, table: log, trace: log,
		time: nothing, timeEnd: nothing, timeLog: nothing, group: nothing, groupEnd: nothing,
		groupCollapsed: nothing, assert: nothing, count: nothing, clear: nothing,
	});
}

/* ---- values out ------------------------------------------------------------------ */

function withoutNul(text)
{
	return hasNul(text) ? stringify('(text with a NUL character)') : text;
}

/* Name a Set or a Map, because JSON makes {} of it, and its content would be lost without a word. */
function collectionOf(value)
{
	const text = call.call(Object.prototype.toString, value);

	return text === '[object Set]' || text === '[object Map]' ? slice(text, 8, 11) : undefined;
}

let depth = null;

/* The JSON text of what a script gave; undefined where it has none. */
function toText(value)
{
	const type = typeof value;

	if (type === 'bigint')
		throw new TypeError('the result is a BigInt, which JSON lacks; use Number(x) or String(x)');
	if (type === 'function' || type === 'symbol')
		throw new TypeError(`the result is a ${type}, not data`);
	if (type === 'object' && value instanceof RealPromise)
		throw new TypeError('the result is a promise; await it in a Code node');
	const text = toJson(value);

	if (text === '{}' && collectionOf(value) !== undefined)
		throw new TypeError(`the result is a ${collectionOf(value)}, not data; make it an array: [...it]`);
	if (text === undefined || text.length < 6)
		return text;
	if (hasNul(text))
		throw new TypeError('the result has a NUL character (\\u0000) in a text, which cannot be kept');
	/* Skip the look at short texts, because each level takes two characters. */
	if (text.length > 2 * DEPTH_MAX) {
		if (depth === null)
			depth = seldom(DEPTH);
		if (depth(text) > DEPTH_MAX)
			throw new RangeError(`the result is nested more than ${DEPTH_MAX} levels deep`);
	}
	return text;
}

/* ---- errors out ------------------------------------------------------------------ */

const LINES_BEFORE = 1;		/* lines of the wrapper, before the user's first line */
const USER_URL = '@script:';

/* Made at the first fault; it calls nothing that the script could have changed. */
function makeFault()
{
	function offsetOf(text, line, column)
	{
		let start = 0;

		for (let n = 1; n < line; n++)
			start = indexOf(text, '\n', start) + 1;
		return start + column - 1;
	}

	/* Place in the user's own text of a place in the rewritten one. */
	function placeInSource(line, column)
	{
		const { text, places, source } = rewritten;
		const offset = offsetOf(text, line, column);
		let found = 0;

		for (let i = 0; i < places.length && places[i][0] <= offset; i++) {
			const past = offset - places[i][0];

			found = places[i][1] + (past < places[i][2] ? past : places[i][2]);
		}
		const place = { line: 1, column: found + 1 };

		for (let i = indexOf(source, '\n'); i >= 0 && i < found; i = indexOf(source, '\n', i + 1)) {
			place.line++;
			place.column = found - i;
		}
		return place;
	}

	/* "name@script:line:col" -> "at name (line:col)", only the user's own frames. */
	function frames(stack)
	{
		let out = '', line = 0, column = 0, count = 0, from = 0;

		while (from < stack.length && count < FRAMES_MAX) {
			let to = indexOf(stack, '\n', from);
			if (to < 0)
				to = stack.length;
			const frame = slice(stack, from, to);
			let url = -1;
			for (let next = indexOf(frame, USER_URL, 0); next >= 0; next = indexOf(frame, USER_URL, next + 1))
				url = next;
			from = to + 1;
			if (url < 0)
				continue;
			const place = slice(frame, url + USER_URL.length);
			const colon = indexOf(place, ':');
			const l = +slice(place, 0, colon) - LINES_BEFORE;
			const c = +slice(place, colon + 1);
			if (!isInteger(l) || !isInteger(c) || l < 1)
				continue;
			const where = rewritten === null ? { line: l, column: c } : placeInSource(l, c);
			if (line === 0) {
				line = where.line;
				column = where.column;
			}
			count++;
			out += `${out === '' ? '' : '\n'}at ${url > 0 ? slice(frame, 0, url) : 'script'} ` +
				`(${where.line}:${where.column})`;
		}
		return { text: out, line, column };
	}

	function attempt(fn, otherwise)
	{
		try {
			return fn();
		} catch {
			return otherwise;
		}
	}

	function textOf(value, max)
	{
		const text = attempt(() => typeof value === 'object' || typeof value === 'function'
			? stringify(value) : str(value), undefined);

		if (typeof text !== 'string')
			return 'something that has no text was thrown';
		return text.length > max ? slice(text, 0, max) + '...' : text;
	}

	const CAUSES_MAX = 5;

	/* "; cause: TypeError: no" for each error that an error was thrown because of. */
	function causes(thrown)
	{
		let out = '';

		for (let n = 0; n < CAUSES_MAX; n++) {
			const cause = attempt(() => thrown.cause, undefined);

			if (cause === undefined || cause === null)
				break;
			const name = attempt(() => cause.name, undefined);
			const message = attempt(() => cause.message, undefined);

			out += '; cause: ' + (typeof name === 'string' && name !== '' && name !== 'Error' ? `${name}: ` : '') +
				textOf(typeof message === 'string' ? message : cause, 500);
			if (typeof cause !== 'object')
				break;
			thrown = cause;
		}
		return out;
	}

	/* The engine's place is just past a name that it does not find. */
	function unknownName(message)
	{
		const head = "Can't find variable: ";

		return slice(message, 0, head.length) === head ? slice(message, head.length) : '';
	}

	/* Hint for a name that is not there: what to write instead. */
	function hintOf(name, message)
	{
		if (name !== 'ReferenceError' && name !== 'TypeError')
			return undefined;
		return attempt(() => compile(hintsSource, 'tyboo:hints')()(name, message), undefined);
	}

	/* Anything thrown (null, a proxy, an object whose getters throw) as JSON text. */
	function faultText(thrown, item)
	{
		const isObject = typeof thrown === 'object' && thrown !== null;
		let name = isObject ? attempt(() => thrown.name, undefined) : undefined;
		let message = isObject ? attempt(() => thrown.message, undefined) : undefined;
		const stack = isObject ? attempt(() => thrown.stack, undefined) : undefined;
		const own = frames(typeof stack === 'string' ? slice(stack, 0, 20000) : '');
		const place = located !== null && thrown === located.error ? located : own;
		const unknown = name === 'ReferenceError' && typeof message === 'string'
			? unknownName(message) : '';

		if (typeof name !== 'string' || name === '')
			name = 'Error';
		if (typeof message !== 'string')
			message = textOf(thrown, MESSAGE_MAX);
		const hint = hintOf(name, message);

		if (isObject)
			message = textOf(message, MESSAGE_MAX) + causes(thrown);
		return `{"message":${withoutNul(stringify(textOf(message, MESSAGE_MAX)))}` +
			`,"name":${withoutNul(stringify(slice(name, 0, 100)))}` +
			(typeof hint === 'string' ? `,"hint":${stringify(hint)}` : '') +
			(place.line > 0 ? `,"line":${place.line}` : '') +
			(place.column > 0 ? `,"column":${place.column - (place.column > unknown.length ? unknown.length : 0)}` : '') +
			`,"stack":${withoutNul(stringify(own.text))}` +
			(item === undefined ? '}' : `,"item":${item}}`);
	}

	return { faultText, placesOf: (stack) => frames(slice(stack, 0, 20000)).text };
}

let theFault = null;

function faults()
{
	return theFault ??= makeFault();
}

function fault(thrown, item)
{
	return faults().faultText(thrown, item);
}

function failure(thrown, item)
{
	return `{"ok":false,"error":${fault(thrown, item)}}`;
}

/* ---- the web's packages ------------------------------------------------------------ */

function loadWeb(into, isCode)
{
	const clock = !hasTimers || !isCode ? undefined : {
		now: () => now,
		set(ms)
		{
			now = ms;
			nowCached = undefined;
			setClock(ms);
		},
		use: (made) => { timers = made; },
		/* Told once, where code ends before they fire. */
		tell: logLine,
	};
	const chance = makeChance('/crypto');
	const packages = { buffer: bufferSource, clone: cloneSource, crypto: cryptoSource, idna: idnaSource,
			   text: textSource, url: urlSource };

	compile(webSource, 'tyboo:web')(compile, (name) => packages[name], into, chance, lux, clock,
		isLatest && isCode ? asked.libraries || {} : undefined);
}

/* ---- the dialect ------------------------------------------------------------------- */

const DIALECT_CALLS = 1, DIALECT_NAMES = 2, DIALECT_OUTSIDE = 4;	/* dialect.h */

let theDialect = null;
let swallowed = 0, firstSwallowed = '';

/* An error that says what is wrong with the workflow, not with the data. */
function ours(error)
{
	defineProperty(error, 'isOurs', { value: true });
	return error;
}

let itemChance = null;		/* chance of randomItem(), anew for each request */

/* { calls, world, compiled, defineCodeNames }: made where a script uses it. */
function makeDialect()
{
	const FORMATTERS_MAX = 64;
	const OwnDate = realDate || Date, RealProxy = Proxy;
	const formatters = new Map();
	let web = null, reader = null, search = null;

	/* Made by name at the first touch, and not global. */
	function fromWeb(name)
	{
		if (web === null) {
			web = {};
			loadWeb((key, make) => { web[key] = make; });
		}
		return web[name]();
	}

	function jmespath()
	{
		if (jmespathSource === '')
			throw new Error('share/web/jmespath.js is not installed with this sandbox');
		return (search ??= compile(jmespathSource, 'tyboo:jmespath')().search);
	}

	/* Read a text as V8 does; the helper complains of one that cannot be read. */
	function parseDate(text)
	{
		if (reader === null)
			reader = dates !== null ? dates : compile(datesSource, 'tyboo:dates')(OwnDate);
		const ms = reader.Date.parse(text);

		reader.takeComplaint();
		return ms;
	}

	/* A formatter takes 50 KB that the engine does not count (locale.js). */
	function formatter(locale, options)
	{
		const key = stringify([locale, options]);
		let made = formatters.get(key);

		if (made === undefined) {
			if (formatters.size >= FORMATTERS_MAX)
				formatters.clear();
			formatters.set(key, made = new Intl.NumberFormat(locale, options));
		}
		return made;
	}

	const env = {
		Date: OwnDate, parseStamp: OwnDate.parse, parseDate, formatter,
		luxon: lux,
		URL: () => fromWeb('URL'),
		Buffer: () => fromWeb('Buffer'),
		hash: seldom(HASH),
		ascii: seldom(ASCII),
		chance: () => (itemChance ??= makeChance('/randomItem'))(),
		isLatest: () => isLatest,
		helpers(tools)
		{
			const times = compile(dateHelpersSource, 'tyboo:dates of the dialect')(env, tools);

			env.readDateTime = times.readDateTime;
			env.momentOf = times.momentOf;
			return { date: times.date, ...compile(valuesSource, 'tyboo:values')(env, tools),
				 ...compile(textHelpersSource, 'tyboo:texts')(env, tools) };
		},
	};
	const { names, calls, tools, isHelperError } = compile(helpersSource, 'tyboo:helpers')(env);
	let theWorld = null, hasNames = false;

	/* A node by a name that is computed when it is read. */
	function byName(get)
	{
		return new RealProxy(freeze({}), { get: (none, name) => typeof name === 'string' ? get(name) : undefined });
	}

	function world()
	{
		return theWorld ??= compile(namesSource, 'tyboo:names')({
			node: knownNode, view, copy, byName,
			join, items: () => items, at: () => at, json: () => jsonAt(items, at), files: () => filesAt(items, at),
			mode: () => facts.execution.mode, request: (key) => asked[key],
			jmespath, evaluate, isLatest: () => isLatest, pairedItem: (name, i) => makeNodes()(name).pairedItem(i),
		}, tools);
	}

	/* The value of an expression as text, for the item at 'i'. */
	function evaluate(script, i)
	{
		const before = { at, rewritten, hasDialect };

		at = i;
		hasDialect = true;
		try {
			const fn = compiledExpression(script);

			({ rewritten = null } = fn);
			return fn(jsonAt(items, i), i, view(facts.vars), view(facts.execution), view(facts.workflow), join, calls);
		} finally {
			({ at, rewritten, hasDialect } = before);
		}
	}

	const rewrite = compile(rewriteSource, 'tyboo:rewrite')(names);

	/* Code may have some of them in a form of its own already. */
	function hideNew(all)
	{
		for (const name in all) {
			if (!hasOwn(globalThis, name))
				hide(name, all[name]);
		}
	}

	function defineLatest()
	{
		const { $evaluateExpression, $getPairedItem, $fromAI } = world();

		if (hasTimers)
			hideNew({ __proto__: null, $evaluateExpression, $getPairedItem, $fromAI });
	}

	/* Names with a dollar sign, because code takes the others for its own. */
	function defineCodeNames()
	{
		const functions = compile(functionsSource, 'tyboo:functions')(tools);
		const { values, $item, $jmespath } = world();

		for (const name in functions) {
			if (name[0] === '$')
				hideNew({ __proto__: null, [name]: functions[name] });
		}
		hideNew({ __proto__: null, $item, $jmespath, $jmesPath: $jmespath });
		for (const name in values) {
			if (name[0] === '$' && !hasOwn(globalThis, name))
				show(name, values[name]);
		}
		defineLatest();
	}

	function defineNames()
	{
		if (hasNames)
			return;
		hasNames = true;
		const functions = compile(functionsSource, 'tyboo:functions')(tools);
		const { values, $item, $jmespath } = world();

		hideNew(functions);
		hideNew({ __proto__: null, $item, $jmespath, $jmesPath: $jmespath });
		for (const name in values) {
			if (!hasOwn(globalThis, name))
				show(name, values[name]);
		}
		defineLatest();
	}

	/* Give undefined where the setting says so for an error of the script itself; our refusals are
	 * thrown on. */
	function swallow(thrown)
	{
		const isOurs = typeof thrown === 'object' && thrown !== null &&
			(hasOwn(thrown, 'isOurs') || isHelperError(thrown));

		if (!isLenient || isOurs)
			throw thrown;
		if (swallowed++ === 0) {
			const { message } = parse(fault(thrown));

			firstSwallowed = slice(str(message), 0, 200);
		}
		return undefined;
	}

	/* Compile a rewritten expression, or, where that fails, the one as it was written, so that the
	 * error is about that. */
	function compiled(source, used)
	{
		const changed = isLenient || (used & DIALECT_CALLS) !== 0 ? rewrite(source, isLenient, isLatest) : undefined;
		const outside = (used & DIALECT_OUTSIDE) !== 0 ? seldom(OUTSIDE)(source) : '';
		let fn;

		if ((used & DIALECT_NAMES) !== 0)
			defineNames();
		try {
			fn = compile(`${PARAMETERS},$h${outside}){return(\n` + (changed === undefined ? source : changed.text) +
				     TAIL_EXPRESSION, 'script');
		} catch {
			fn = compiledIn(HEAD_EXPRESSION, source, TAIL_EXPRESSION);
			return isLenient ? lenient(fn) : fn;
		}
		if (isLenient)
			fn = lenient(fn);
		if (changed !== undefined)
			fn.rewritten = { ...changed, source };
		return fn;
	}

	function lenient(fn)
	{
		return (...args) => calls.$try(() => fn(...args));
	}

	calls.$try = (part) => {
		try {
			return part();
		} catch (thrown) {
			return swallow(thrown);
		}
	};
	calls.$items = (...args) => world().$items(...args);
	return { calls, world, compiled, defineCodeNames };
}

function dialect()
{
	if (theDialect === null)
		theDialect = makeDialect();
	return theDialect;
}

/* The expression that runs, where it was rewritten: { text, places, source }. */
let rewritten = null;

/* ---- compiling ------------------------------------------------------------------- */

/* Parameters, because an argument is cheaper for an expression than a global. */
const PARAMETERS = '(function($json,$itemIndex,$vars,$execution,$workflow,$str';
const HEAD_EXPRESSION = PARAMETERS + '){return(\n';
const HEAD_CODE = '(function(){\n';
const HEAD_ASYNC = '(async function(){\n';
const TAIL_EXPRESSION = '\n)})';
const TAIL_CODE = '\n})';

/* The last syntax error and its place. */
let located = null;

/* Made where a script does not compile, as most do. */
function makeLocate()
{
	function locatedError(message, script, offset)
	{
		let line = 1, start = 0;

		for (let i = indexOf(script, '\n'); i >= 0 && i < offset; i = indexOf(script, '\n', i + 1)) {
			line++;
			start = i + 1;
		}
		located = { error: new SyntaxError(message), line, column: offset - start + 1 };
		return located.error;
	}

	/* The quoted word of the message with which the script's first 'end' characters end. */
	function quotedBefore(message, script, end)
	{
		let open = indexOf(message, "'");

		while (open >= 0) {
			const close = indexOf(message, "'", open + 1);
			if (close < 0)
				break;
			const token = slice(message, open + 1, close);
			if (token !== '' && slice(script, end - token.length, end) === token)
				return token;
			open = indexOf(message, "'", close + 1);
		}
		return ' ';
	}

	/*
	 * The engine gives a syntax error's line but no column.  The fault lies where the shortest
	 * beginning of the script ends that gives the same message: before it, the only complaint is
	 * that the end came too soon.  No beginning does: the end itself is the fault.
	 */
	const MODULE_WORDS = ['import', 'export'];

	/* Modules' statements are told as an odd call, or an odd word. */
	function moduleWord(script, message)
	{
		for (let n = 0; n < MODULE_WORDS.length; n++) {
			const word = MODULE_WORDS[n];

			if (indexOf(message, word) >= 0 && indexOf(script, word) >= 0)
				return word;
		}
		return undefined;
	}

	return function (head, script, message)
	{
		const word = moduleWord(script, message);

		if (word !== undefined)
			return locatedError(word === 'import'
				? "import is not possible here; use require('luxon'), or 'crypto', 'buffer', 'url', 'util'"
				: 'export is not possible here; return the items', script, indexOf(script, word));
		const syntax = seldom(SYNTAX);
		let low = 1, high = script.length + 1;

		while (low < high) {
			const mid = (low + high) >> 1;
			if (syntax(head + slice(script, 0, mid)) === message)
				high = mid;
			else
				low = mid + 1;
		}
		if (low > script.length)
			return locatedError('Unexpected end of the script', script, script.length);
		const token = quotedBefore(message, script, low);

		return locatedError(message, script, low - token.length);
	};
}

function isTrailing(c)
{
	return c === ';' || c === ' ' || c === '\n' || c === '\t' || c === '\r';
}

/* "a.b;" is what people paste: an expression may end in semicolons. */
function trimmed(script)
{
	let end = script.length;

	while (end > 0 && isTrailing(script[end - 1]))
		end--;
	return slice(script, 0, end);
}

function compiledIn(head, script, tail)
{
	const source = head + script + tail;

	try {
		return compile(source, 'script');
	} catch (thrown) {
		const message = seldom(SYNTAX)(source);

		throw message === undefined ? thrown : makeLocate()(head, script, message);
	}
}

let usedBy = null;

function compiledExpression(script)
{
	const source = trimmed(script);

	if (hasDialect) {
		if (usedBy === null)
			usedBy = seldom(USED);
		const used = usedBy(source);

		if (used !== 0 || isLenient)
			return dialect().compiled(source, used);
	}
	return compiledIn(HEAD_EXPRESSION, source, TAIL_EXPRESSION);
}

/* Async only where it matters: a promise costs as much as a small script. */
function headOf(code)
{
	return mentions(code, 'await') !== 0 ? HEAD_ASYNC : HEAD_CODE;
}

/* ---- the four kinds of request ---------------------------------------------------- */

/*
 * Compiled expressions by their text, where the realm is kept: what is compiled then holds
 * nothing of its request.
 */
const COMPILED_MAX = 256;
const COMPILED_LENGTH_MAX = 1000;
const compiled = isKept ? new Map() : null;

const ARGUMENT = '$json $vars $execution $workflow arguments';
/* Through these a script sees more than its own item. */
const OTHERS = '$input $items $vars $execution $workflow $( $node this eval onstructor Function \\u with';

function expressions(request)
{
	function keptExpression(script)
	{
		let fn = compiled.get(script);

		if (fn !== undefined)
			return fn;
		fn = compiledExpression(script);
		if (script.length > COMPILED_LENGTH_MAX)
			return fn;
		if (compiled.size >= COMPILED_MAX)
			compiled.clear();
		compiled.set(script, fn);
		return fn;
	}

	/* Per script: null where it is shown the data itself, else which ARGUMENT it names. */
	function namedByEach(count)
	{
		const { scripts } = request;
		const what = [];
		let worst = TOUCH_READS;

		const touch = seldom(TOUCH);

		for (let s = 0; s < scripts.length; s++) {
			what[s] = touch(scripts[s]);
			if (what[s] > worst)
				worst = what[s];
		}
		if (worst === TOUCH_READS || (scripts.length === 1 && mentions(scripts[0], OTHERS) === 0))
			return null;
		theCopies = makeCopies(worst === TOUCH_ANY);
		for (let s = 0; s < scripts.length; s++) {
			what[s] = worst === TOUCH_ANY || what[s] !== TOUCH_READS
				? mentions(scripts[s], ARGUMENT) : null;
		}
		return what;
	}

	/* A script is given copies of what it names only. */
	function valueOfCopies(fn, i, named)
	{
		theCopies.renew();
		return fn((named & 1) !== 0 ? jsonAt(items, i) : undefined, i,
			  (named & 2) !== 0 ? view(facts.vars) : undefined,
			  (named & 4) !== 0 ? view(facts.execution) : undefined,
			  (named & 8) !== 0 ? view(facts.workflow) : undefined, join, calls);
	}

	function valueText(fn, i, named)
	{
		at = i;
		try {
			const text = toText(named === null
				? fn(jsonAt(items, i), i, facts.vars, facts.execution, facts.workflow, join, calls)
				: valueOfCopies(fn, i, named));

			return text === undefined ? '{}' : `{"v":${text}}`;
		} catch (thrown) {
			return `{"e":${fault(thrown)}}`;
		}
	}

	function expressionRow(script, indexes, named)
	{
		let fn, bad, row = '';

		copies = named === null ? null : theCopies;
		rewritten = null;

		try {
			fn = (isKept ? keptExpression : compiledExpression)(script);
			if (theDialect !== null) {
				({ calls } = theDialect);
				if (fn.rewritten !== undefined)
					({ rewritten } = fn);
			}
		} catch (thrown) {
			bad = `{"e":${fault(thrown)}}`;
		}
		for (let n = 0; n < count; n++) {
			const text = bad !== undefined ? bad : valueText(fn, indexes === undefined ? n : indexes[n], named);

			row += n > 0 ? ',' + text : text;
		}
		return row;
	}

	const count = request.indexes === undefined ? items.length : request.indexes.length;
	let theCopies = null, calls;
	/* A single value, and an expression of the kept realm, changes nothing that another would see. */
	const named = isKept || (count === 1 && request.scripts.length === 1) ? null : namedByEach(count);
	let out = '';

	for (let s = 0; s < request.scripts.length; s++) {
		out += (s > 0 ? ',[' : '[') +
			expressionRow(request.scripts[s], request.indexes, named === null ? null : named[s]) + ']';
	}
	if (swallowed > 0)
		out += `],"swallowed":{"count":${swallowed},"first":${withoutNul(stringify(firstSwallowed))}}}`;
	return swallowed > 0 ? `{"ok":true,"values":[${out}` : `{"ok":true,"values":[${out}]}`;
}

function check(request)
{
	const syntax = seldom(SYNTAX);

	/*
	 * Compiled to look at it, never run.  The wrapper could be closed from within, as in
	 * "1); f(); (2": then it does not parse alone.
	 */
	function checkOne(script, isBody)
	{
		const head = isBody ? headOf(script) : HEAD_EXPRESSION;
		const text = isBody ? script : trimmed(script);
		const message = syntax(head + text + (isBody ? TAIL_CODE : TAIL_EXPRESSION));

		if (message !== undefined)
			throw makeLocate()(head, text, message);
		if (isBody)
			new (async () => {}).constructor(script);
		else if (syntax(`[(\n${text}\n)]`) !== undefined)
			throw new SyntaxError('an expression is one expression, without ";" within');
	}

	let out = '';

	for (let s = 0; s < request.scripts.length; s++) {
		const isBody = request.bodies !== undefined && request.bodies[s] === true;
		let text = 'null';
		try {
			checkOne(request.scripts[s], isBody);
		} catch (thrown) {
			text = fault(thrown);
		}
		out += (s > 0 ? ',' : '') + text;
	}
	return `{"ok":true,"errors":[${out}]}`;
}

let answer;			/* items as text, once the code has ended; what it logs may still come */
let refusal;			/* the whole answer of code that failed */

/* Objects that code asked for, with their texts as they were. */
let statics = null;

function staticData(scope)
{
	if (scope !== 'global' && scope !== 'node')
		throw ours(new Error("static data is of the workflow, $getWorkflowStaticData('global'), or of this node, $getWorkflowStaticData('node')"));
	if (statics === null)
		statics = { __proto__: null };
	if (statics[scope] === undefined) {
		const value = asked.statics[scope] || {};

		statics[scope] = { __proto__: null, value, text: stringify(value) };
	}
	return statics[scope].value;
}

/* Objects that have changed, as a member of the answer. */
function staticsText()
{
	let out = '';

	function add(scope)
	{
		const one = statics[scope];
		const text = one === undefined ? undefined : stringify(one.value);

		if (one !== undefined && text !== one.text)
			out += (out === '' ? '"' : ',"') + scope + '":' + withoutNul(text);
	}

	add('global');
	add('node');
	return out === '' ? '' : ',"statics":{' + out + '}';
}

function codeAnswer(text)
{
	if (timers !== null)
		timers.end();
	const kept = statics === null ? '' : staticsText();

	return `{"ok":true,"items":[${text}],"logs":[${logs}]${kept}}`;
}

/* The answer, or undefined where promises have yet to run. */
function runCode(code, isEach, goesOn)
{
	const RETURN_ALL = 'return an array of objects, or of { json: {...} }';
	const RETURN_EACH = 'return one object, { json: {...} }, or null to drop the item';

	function isObject(value)
	{
		return typeof value === 'object' && value !== null && !isArray(value);
	}

	function indexOfInput(from)
	{
		if (isObject(from))
			from = from.item;
		return isInteger(from) && from >= 0 && from < items.length ? from : undefined;
	}

	/* An index, { item: index }, or a list of either: as JSON text; undefined where it is none. */
	function pairOf(element)
	{
		const from = element.from !== undefined ? element.from : element.pairedItem;
		let out = '';

		if (!isArray(from))
			return indexOfInput(from);
		for (let i = 0; i < from.length && i < items.length; i++) {
			const index = indexOfInput(from[i]);

			if (index !== undefined)
				out += (out === '' ? '' : ',') + index;
		}
		return out === '' ? undefined : `[${out}]`;
	}

	/* Is this { json: {...} }, or data itself?  One that says json must mean it. */
	function isWrapped(element, how)
	{
		if (!hasOwn(element, 'json'))
			return false;
		if (!isObject(element.json))
			throw new TypeError(`"json" of a returned item is not an object; ${how}`);
		return true;
	}

	function itemText(element, from, how)
	{
		if (!isObject(element))
			throw new TypeError(`the code returned ${kindOf(element)} where an object belongs; ${how}`);
		const wrapped = isWrapped(element, how);
		const text = toText(wrapped ? element.json : element);
		const pair = from === undefined && wrapped ? pairOf(element) : from;

		if (text === undefined || text[0] !== '{')
			throw new TypeError(`a returned item does not become a JSON object; ${how}`);
		/* Files that the code hands on; the engine knows them by their ids. */
		const files = wrapped && isObject(element.binary) ? toText(element.binary) : undefined;

		return `{"json":${text}${pair === undefined ? '' : `,"from":${pair}`}` +
			`${files === undefined ? '' : `,"binary":${files}`}}`;
	}

	function kindOf(value)
	{
		if (value === null)
			return 'null';
		if (isArray(value))
			return 'an array';
		if (collectionOf(value) !== undefined)
			return `a ${collectionOf(value)} (make it an array: [...it])`;
		return value === undefined ? 'undefined' : `a ${typeof value}`;
	}

	/*
	 * An input item handed on unchanged keeps its lineage: from which index, if any.  Many are
	 * asked of a map, which is made before the code runs.
	 */
	const ORIGIN_SEARCH_MAX = 16;
	let origins = null, originOf = null;

	function prepareOrigins()
	{
		if (items.length <= ORIGIN_SEARCH_MAX)
			return;
		origins = new Map();
		for (let i = 0; i < items.length; i++)
			origins.set(items[i], i);
		originOf = uncurry(Map.prototype.get);
	}

	function origin(element)
	{
		if (origins !== null)
			return originOf(origins, element);
		for (let i = 0; i < items.length; i++) {
			if (items[i] === element)
				return i;
		}
		return undefined;
	}

	function itemsText(result)
	{
		if (result === null || result === undefined)
			return '';
		if (!isArray(result)) {
			if (!isObject(result) || collectionOf(result) !== undefined)
				throw new TypeError(`the code returned ${kindOf(result)}; ${RETURN_ALL}`);
			result = [result];
		}
		let out = '', wrapped;

		for (let i = 0; i < result.length; i++) {
			at = i;
			const element = result[i];
			const has = isObject(element) && hasOwn(element, 'json');
			if (wrapped !== undefined && wrapped !== has)
				throw new TypeError('some returned items have "json" and some have not; ' + RETURN_ALL);
			wrapped = has;
			out += (i > 0 ? ',' : '') + itemText(element, origin(element), RETURN_ALL);
		}
		return out;
	}

	/* Does 'await' wait for the value: a promise, or an object with a then()? */
	function isPromise(value)
	{
		return typeof value === 'object' && value !== null && typeof value.then === 'function';
	}

	async function awaitAll(promise)
	{
		try {
			answer = itemsText(await promise);
		} catch (thrown) {
			refusal = failure(thrown);
		}
	}

	/* Code that may leave a promise behind is answered when its promises have run. */
	const mayReject = mentions(code, 'async Promise then') !== 0;

	if (mayReject)
		watchRejections();

	/* A rejection that nobody awaits fails nothing, so the log has it. */
	function watchRejections()
	{
		function reasonText(reason)
		{
			try {
				const text = typeof reason === 'object' && reason !== null && typeof reason.message === 'string'
					? `${reason.name}: ${reason.message}` : str(reason);

				return text.length > MESSAGE_MAX ? slice(text, 0, MESSAGE_MAX) + '...' : text;
			} catch {
				return 'something that has no text';
			}
		}

		seldom(ON_REJECTION)((promise, reason) => {
			logLine(`a promise was rejected and nobody awaited it: ${reasonText(reason)}`);
		});
	}

	function codeAll(fn)
	{
		const result = fn();

		if (isPromise(result))
			awaitAll(result);
		else if (mayReject)
			answer = itemsText(result);
		else
			return codeAnswer(itemsText(result));
		return undefined;
	}

	function eachText(out, result, i)
	{
		if (result === null || result === undefined)
			return out;
		return (out === '' ? '' : out + ',') + itemText(result, i, RETURN_EACH);
	}

	/* Add the error of one item, where the others go on. */
	function eachFault(out, thrown, i)
	{
		return `${out === '' ? '' : out + ','}{"e":${fault(thrown, i)},"from":${i}}`;
	}

	/* The items from 'at' on, one after the other, the first being 'promise' already. */
	async function awaitEach(fn, out, promise)
	{
		for (; at < items.length; at++, promise = undefined) {
			try {
				out = eachText(out, await (promise === undefined ? turn(fn) : promise), at);
			} catch (thrown) {
				if (!goesOn) {
					refusal = failure(thrown, at);
					return;
				}
				out = eachFault(out, thrown, at);
			}
		}
		answer = out;
	}

	/* Run one item's turn with copies of its own, because the next must not see what it changes. */
	function turn(fn)
	{
		if (copies !== null)
			copies.renew();
		return fn();
	}

	function codeEach(fn)
	{
		let out = '';

		if (items.length > 1 && mentions(code, OTHERS) !== 0 && seldom(TOUCH)(code) !== TOUCH_READS)
			copies = makeCopies(true);
		for (at = 0; at < items.length; at++) {
			try {
				const result = turn(fn);

				if (isPromise(result)) {
					awaitEach(fn, out, result);
					return undefined;
				}
				out = eachText(out, result, at);
			} catch (thrown) {
				if (!goesOn)
					return failure(thrown, at);
				out = eachFault(out, thrown, at);
			}
		}
		if (!mayReject)
			return codeAnswer(out);
		answer = out;
		return undefined;
	}

	prepareOrigins();
	const fn = compiledIn(headOf(code), code, TAIL_CODE);

	return isEach ? codeEach(fn) : codeAll(fn);
}

/* ---- the step ---------------------------------------------------------------------- */

const LUXON_NAMES = ['DateTime', 'Duration', 'Interval', 'Settings'];

/*
 * Defining a global costs more than a small script, so only those are defined whose name the
 * scripts contain.  One who makes names up at run time has to reach the global object or the
 * compiler, and cannot without one of the first six words: then there is all of it.
 */
const WORDS = 'this eval onstructor Function \\u with console $( $json $itemIndex $items $now $today ' +
	'$input $vars $execution $workflow $str luxon DateTime Duration Interval Settings Math =Date toLocale Intl';
const DYNAMIC = 0x3f;

/* 'seen' has a bit for each of WORDS, from the lowest on. */
function setGlobals(seen, source)
{
	const has = (nth) => (seen & DYNAMIC) !== 0 || (seen >> nth & 1) !== 0;

	if (has(6))
		globalThis.console = isLatest ? makeConsole() : makeOldConsole();
	if (has(7))
		hide('$', makeNodes());
	if (has(8))
		show('$json', () => jsonAt(items, at));
	if (has(9))
		show('$itemIndex', () => at);
	if (has(10))
		showItems(source);
	if (has(11))
		show('$now', luxNow);
	if (has(12))
		show('$today', luxToday);
	if (has(13))
		hide('$input', makeInput());
	if (has(14))
		show('$vars', () => freeze(view(facts.vars)));
	if (has(15))
		show('$execution', () => freeze(view(facts.execution)));
	if (has(16))
		show('$workflow', () => freeze(view(facts.workflow)));
	if (has(17))
		hide('$str', join);
	if (has(18))
		show('luxon', lux);
	if (has(23))
		Math.random = makeChance('');
	if (has(24))
		hideDate();
	if ((seen >> 25 & 3) !== 0)
		compile(localeSource, 'tyboo:locale')();
	for (let n = 0; n < LUXON_NAMES.length; n++) {
		if (has(19 + n))
			show(LUXON_NAMES[n], () => lux()[LUXON_NAMES[n]]);
	}
}

/*
 * The web's, which web.js brings, and then n8n's that mean here what they mean there.  The words of
 * DYNAMIC do not bring the latter: who makes up code writes for this product.
 */
const MORE = '=Buffer =atob =btoa =structuredClone =TextEncoder =TextDecoder =URL =URLSearchParams =crypto ' +
	'=queueMicrotask =require =items =item =$runIndex =$if =$ifEmpty =$min =$max =$binary ' +
	'=$condition =$value =customData =setTimeout =setInterval =setImmediate';
const MORE_WEB = 0x1c007ff;
/* Names of n8n that code has as expressions do, and what it calls helpers of its own. */
const CODE_NAMES = '$node $items( $item( $prevNode $jmes $parameter $rawParameter $nodeVersion $nodeId $webhookId $mode ' +
	'$data $position $thisItem $thisRunIndex $env $secrets $evaluateExpression $getPairedItem $fromAI $not $average';
/* From $runIndex on: expressions have them of dialect/functions.js and names.js. */
const MORE_DIALECT = 0x7e000;

function setMore(seen, isDynamic, isCode)
{
	function isNothing(value)
	{
		if (value === null || value === undefined || value === '')
			return true;
		return typeof value === 'object' && (isArray(value) ? value.length === 0 : Object.keys(value).length === 0);
	}

	/* n8n's notes on a run: there are none here, and writing one would be lost without a word. */
	function customData()
	{
		const refuse = () => {
			throw ours(new Error('$execution.customData keeps nothing here; set the value as a field of the items'));
		};

		return freeze({ get: () => undefined, getAll: () => ({}), set: refuse, setAll: refuse });
	}

	if (isDynamic || (seen & MORE_WEB) !== 0)
		loadWeb(define, isCode);
	if ((seen >> 11 & 1) !== 0 && isCode)
		define('items', () => copy(items));
	if ((seen >> 12 & 1) !== 0 && isCode)
		show('item', () => view(items[at]));
	if ((seen >> 13 & 1) !== 0)
		hide('$runIndex', runIndex);
	if ((seen >> 14 & 1) !== 0)
		hide('$if', (test, yes, no = false) => test ? yes : no);
	if ((seen >> 15 & 1) !== 0)
		hide('$ifEmpty', (value, other) => isNothing(value) ? other : value);
	if ((seen >> 16 & 1) !== 0)
		hide('$min', Math.min);
	if ((seen >> 17 & 1) !== 0)
		hide('$max', Math.max);
	if ((seen >> 18 & 1) !== 0)
		show('$binary', () => filesAt(items, at));
	if ((seen >> 21 & 1) !== 0 && isNew)
		defineProperty(facts.execution, 'customData', { value: customData() });
	/* $condition() is not for people: lib/engine/condition.c writes it round the sides of a condition. */
	if ((seen >> 19 & 1) !== 0) {
		const zoneOffset = seldom(ZONE_OFFSET);

		hide('$condition', compile(conditionSource, 'tyboo:condition')(lux, realDate || Date, (text) => {
			if (realDate === null)
				hideDate();
			return Date.parse(text);
		}, (ts) => zoneOffset(zone, ts)));
	}
	if ((seen >> 20 & 1) !== 0)
		hide('$value', (value) => value);
}

/* In code $items is a list of the input's, and where it is called n8n's function. */
function showItems(source)
{
	if (hasTimers && !hasDialect && mentions(source, '$items(') !== 0)
		hide('$items', dialect().world().$items);
	else
		show('$items', () => copy(items));
}

/* Functions that n8n's code calls by this.helpers; one that cannot be says what to use. */
function makeCodeHelpers()
{
	const refuse = (what) => () => {
		throw ours(new Error(what));
	};
	const network = (name) => refuse(`this.helpers.${name}() is not possible: code has no network. Put a node of type ` +
		'http.request before this one and read its answer in $json; it takes a credential, too');
	const files = (name) => refuse(`this.helpers.${name}() is not possible: the bytes of a file are not here. Hand the file ` +
		'on with its item, { json, binary: $input.item.binary }');
	const out = { __proto__: null };

	for (const name of ['httpRequest', 'httpRequestWithAuthentication', 'request', 'requestWithAuthentication',
			    'requestOAuth1', 'requestOAuth2', 'requestWithAuthenticationPaginated'])
		out[name] = network(name);
	for (const name of ['getBinaryDataBuffer', 'prepareBinaryData', 'assertBinaryData', 'setBinaryDataBuffer',
			    'getBinaryStream', 'binaryToBuffer'])
		out[name] = files(name);
	out.returnJsonArray = (list) => (isArray(list) ? list : [list]).map((one) =>
		typeof one === 'object' && one !== null && hasOwn(one, 'json') ? one : { json: one });
	return freeze(out);
}

function setCode(source)
{
	if (asked.statics !== undefined) {
		hide('$getWorkflowStaticData', staticData);
		hide('getWorkflowStaticData', staticData);
	}
	if (mentions(source, '=helpers') !== 0)
		define('helpers', makeCodeHelpers);
	if (mentions(source, CODE_NAMES) !== 0)
		dialect().defineCodeNames();
}

/* Texts of the libraries that code asks for: what they name has to be there, too. */
function librariesOf({ libraries })
{
	let source = '';

	for (const name in libraries || {}) {
		if (libraries[name] !== null)
			source += '\n' + libraries[name];
	}
	return source;
}

function sourceOf(request)
{
	let source = '';

	if (request.kind !== 'expressions')
		return str(request.code) + librariesOf(request);
	for (let i = 0; i < request.scripts.length; i++)
		source += request.scripts[i] + '\n';
	return source;
}

/* Arguments of an expression, which it needs as globals only where it makes up code. */
const ARGUMENTS = 0x20300;		/* $json, $itemIndex, $str */

/* Dialects of runs that were begun by the rules of a release without helpers, and of one whose console wrote JSON. */
const DIALECT_BEFORE = 1, DIALECT_TIMERS = 3;

function take(request)
{
	now = request.now_ms;
	nowCached = undefined;
	seed = str(request.seed);
	zone = request.timezone || 'UTC';
	runIndex = request.run_index || 0;
	items = request.items || [];
	nodes = request.nodes || {};
	facts = {
		vars: request.vars || {},
		execution: request.execution || {},
		workflow: request.workflow || {},
	};
	itemChance = null;
	asked = request;
	isNew = request.dialect !== DIALECT_BEFORE;
	isLatest = request.dialect === undefined;
	hasTimers = isLatest || request.dialect === DIALECT_TIMERS;
	hasDialect = isNew && request.kind === 'expressions';
	isLenient = hasDialect && request.lenient === true;
	swallowed = 0;
}

function run(request)
{
	if (request.kind === 'check')
		return check(request);
	const source = sourceOf(request);
	const seen = mentions(source, WORDS), isDynamic = (seen & DYNAMIC) !== 0;
	const more = mentions(source, MORE);

	take(request);
	setClock(now);
	if (more !== 0 || isDynamic)
		setMore(hasDialect ? more & ~MORE_DIALECT : more, isDynamic, request.kind !== 'expressions');
	if (hasTimers && request.kind !== 'expressions')
		setCode(source);
	const globals = request.kind === 'expressions' && !isDynamic ? seen & ~ARGUMENTS : seen;

	/* A function costs a realm its size at its first call. */
	if (globals !== 0)
		setGlobals(globals, source);
	if (request.kind === 'expressions')
		return expressions(request);
	if (request.kind !== 'code_each' && request.kind !== 'code_all')
		throw new TypeError('the request is of no known kind');
	return runCode(request.code, request.kind === 'code_each', request.go_on === true);
}

let isHarmless = null;

/* In the realm that is kept: only what can leave nothing behind. */
function runKept(request)
{
	if (request.kind === 'check')
		return check(request);
	if (request.kind !== 'expressions' || request.dialect !== undefined || request.lenient === true)
		return null;
	if (isHarmless === null)
		isHarmless = seldom(IS_HARMLESS);
	for (let i = 0; i < request.scripts.length; i++) {
		if (!isHarmless(trimmed(request.scripts[i])))
			return null;
	}
	take(request);
	setClock(now);
	try {
		return expressions(request);
	} finally {
		take({});
	}
}

/* An error of a timer is the code's, because nobody can catch it. */
function fireTimer()
{
	try {
		timers.fire();
	} catch (thrown) {
		refusal = failure(thrown);
	}
	return undefined;
}

function finish()
{
	if (refusal !== undefined)
		return refusal;
	if (answer !== undefined)
		return codeAnswer(answer);
	if (timers !== null && timers.has())
		return fireTimer();
	return failure(new Error('the code waits for a promise that is never settled ' + (hasTimers
		? '(there is no network here, and no timer is left)' : '(there are no timers and no network here)')));
}

function step(text)
{
	let out;

	try {
		out = text === undefined ? finish() : (isKept ? runKept : run)(parse(text));
	} catch (thrown) {
		out = failure(thrown);
	}
	if (typeof out === 'string' && out.length > TEXT_MAX)
		return failure(new RangeError('the result is larger than 40 MiB'));
	return out;
}

/* Hide globals that would let a script see time pass, or memory come and go; vm.c turns off WebAssembly. */
if (isKept) {
	show('$now', luxNow);
	show('$today', luxToday);
}
globalThis.console = globalThis.Atomics = globalThis.WeakRef = globalThis.FinalizationRegistry = undefined;
return step;
})

/*
 * inspect.js -- values as Node's console writes them.  Evaluates to a function of 'tools', which gives
 * { inspect, format }.
 *
 * tools.stackOf(error) is the places of an error in the script's own text, a line each.  What is written
 * here is for people: a value that throws when it is looked at is written as far as it goes.
 *
 * An object is written in two steps: its parts, each a text, and then how they are laid out (layOut): on one
 * line while they fit and hold no more than three levels, else a line each.  Numbers and short texts of a list
 * stand in columns.
 */
(function (tools) {
'use strict';

const { getOwnPropertyDescriptor, getPrototypeOf, getOwnPropertyNames, getOwnPropertySymbols, is } = Object;
const { isArray } = Array;
const { max, min, round, sqrt, floor } = Math;
const ObjectPrototype = Object.prototype;
const { call, bind } = Function.prototype;
const uncurry = bind.bind(call);
const tagOf = uncurry(Object.prototype.toString), sourceOf = uncurry(Function.prototype.toString);
const timeOf = uncurry(Date.prototype.getTime), isoOf = uncurry(Date.prototype.toISOString);
const patternOf = uncurry(RegExp.prototype.toString), symbolText = uncurry(Symbol.prototype.toString);
const CUSTOM = Symbol.for('nodejs.util.inspect.custom');
const TheMap = Map, TheSet = Set, ThePromise = Promise, TheError = Error;
const TypedArray = getPrototypeOf(Uint8Array);

const DEPTH_MAX = 100;		/* of { depth: null }, because each level indents all below it */
const DEPTH = 2, WIDTH = 80, LEVELS_ON_A_LINE = 3;
const ELEMENTS_MAX = 100, TEXT_MAX = 10000, BYTES_MAX = 50;
const COLUMNS_MAX = 15, COLUMNS_FROM = 7;

/* ---- words ------------------------------------------------------------------------- */

const ESCAPES = { __proto__: null, '\b': '\\b', '\t': '\\t', '\n': '\\n', '\f': '\\f', '\r': '\\r', '\\': '\\\\' };

function quoted(text)
{
	const mark = !text.includes("'") ? "'" : !text.includes('"') ? '"' : !text.includes('`') && !text.includes('${') ? '`' : "'";
	const inner = text.replace(/[\x00-\x1f\x7f-\x9f\\']/g, (c) => c === "'" ? (mark === "'" ? "\\'" : c)
		: ESCAPES[c] || '\\x' + c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0'));

	return mark + inner + mark;
}

function plain(value)
{
	switch (typeof value) {
	case 'number': return is(value, -0) ? '-0' : `${value}`;
	case 'bigint': return `${value}n`;
	case 'symbol': return symbolText(value);
	default: return `${value}`;
	}
}

const isName = (key) => /^[a-zA-Z_][a-zA-Z_0-9]*$/.test(key);
const keyText = (key) => typeof key === 'symbol' ? `[${symbolText(key)}]` : isName(key) ? key : quoted(key);

/* Columns that a text takes: wide letters take two. */
function widthOf(text)
{
	let width = 0;

	for (const c of text) {
		const code = c.codePointAt(0);

		width += code >= 0x300 && code <= 0x36f ? 0
			: (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) || (code >= 0xac00 && code <= 0xd7a3) ||
			  (code >= 0xf900 && code <= 0xfaff) || (code >= 0xff00 && code <= 0xff60) || code >= 0x1f300 ? 2 : 1;
	}
	return width;
}

/* ---- kinds ------------------------------------------------------------------------- */

/* Name of the class of an object; null for one without a prototype. */
function className(value)
{
	for (let at = value; at !== null; at = getPrototypeOf(at)) {
		const own = getOwnPropertyDescriptor(at, 'constructor');

		if (own !== undefined && typeof own.value === 'function' && own.value.name !== '')
			return own.value.name;
	}
	return null;
}

function prefix(name, kind, size)
{
	return name === null ? `[${kind}(${size}): null prototype]` : `${name}(${size})`;
}

/* "Map(1)", "Foo(1) [Map]" of a class of its own. */
function sizedHead(value, name, kind)
{
	return prefix(name, kind, value.size) + (name === null || name === kind ? '' : ` [${kind}]`);
}

function functionText(fn)
{
	const source = sourceOf(fn);

	if (/^class\b/.test(source)) {
		const parent = getPrototypeOf(fn);
		const from = typeof parent === 'function' && parent.name !== '' ? ` extends ${parent.name}` : '';

		return `[class ${fn.name === '' ? '(anonymous)' : fn.name}${from}]`;
	}
	const kind = tagOf(fn).slice(8, -1);

	return `[${kind}${fn.name === '' ? ' (anonymous)' : `: ${fn.name}`}]`;
}

const BOXED = { __proto__: null, '[object Number]': 'Number', '[object String]': 'String', '[object Boolean]': 'Boolean', '[object BigInt]': 'BigInt',
	'[object Symbol]': 'Symbol' };

/* ---- layout ------------------------------------------------------------------------ */

/* Numbers and short texts in columns as wide as their widest, as many as look well. */
function inColumns(ctx, parts, list, more)
{
	const count = parts.length - more, widths = [], GAP = 2;
	let total = 0, widest = 0;

	for (let i = 0; i < count; i++) {
		widths[i] = widthOf(parts[i]);
		total += widths[i] + GAP;
		widest = max(widest, widths[i]);
	}
	const cell = widest + GAP;

	if (cell * 3 + ctx.indent >= WIDTH || !(total / cell > 5 || widest <= 6))
		return parts;
	const usual = max(cell - 3 - sqrt(cell - total / parts.length), 1);
	const columns = min(round(sqrt(2.5 * usual * count) / usual), floor((WIDTH - ctx.indent) / cell), LEVELS_ON_A_LINE * 4, COLUMNS_MAX);

	if (columns <= 1)
		return parts;
	const isNumbers = list.every((value) => typeof value === 'number' || typeof value === 'bigint');
	const wide = [], lines = [];

	for (let column = 0; column < columns; column++) {
		wide[column] = GAP;
		for (let i = column; i < count; i += columns)
			wide[column] = max(wide[column], widths[i] + GAP);
	}
	for (let from = 0; from < count; from += columns) {
		const to = min(from + columns, count);
		let line = '';

		for (let i = from; i < to; i++) {
			const isLast = i === to - 1, text = isLast ? parts[i] : `${parts[i]}, `;
			const blanks = ' '.repeat(max(wide[i - from] - (isLast ? GAP : 0) - widths[i] - (isLast ? 0 : GAP), 0));

			line += isNumbers ? blanks + text : isLast ? text : text + blanks;
		}
		lines.push(line);
	}
	if (more > 0)
		lines.push(parts[count]);
	return lines;
}

/* Parts between their braces: on one line, or a line each. */
function layOut(ctx, level, parts, { head, open, close, list, more })
{
	const begin = head === '' ? open : `${head} ${open}`;
	const lines = list !== undefined && parts.length >= COLUMNS_FROM ? inColumns(ctx, parts, list, more) : parts;

	if (ctx.deepest - level < LEVELS_ON_A_LINE && lines.length === parts.length) {
		const room = parts.length + ctx.indent + open.length + head.length + 10;
		const length = parts.reduce((sum, part) => sum + part.length, parts.length + room);

		if (length <= WIDTH && !head.includes('\n')) {
			const joined = parts.join(', ');

			if (!joined.includes('\n'))
				return `${begin} ${joined} ${close}`;
		}
	}
	const indent = `\n${' '.repeat(ctx.indent)}`;

	return `${begin}${indent}  ${lines.join(`,${indent}  `)}${indent}${close}`;
}

/* ---- parts ------------------------------------------------------------------------- */

function deeper(ctx, by, fn)
{
	ctx.indent += by;
	const out = fn();

	ctx.indent -= by;
	return out;
}

function propertyText(ctx, object, key, level)
{
	const own = getOwnPropertyDescriptor(object, key);

	if (own === undefined)
		return 'undefined';
	if (own.get !== undefined)
		return own.set !== undefined ? '[Getter/Setter]' : '[Getter]';
	if (own.set !== undefined)
		return '[Setter]';
	return deeper(ctx, 2, () => text(ctx, own.value, level + 1));
}

function* ownKeys(object, showsHidden)
{
	for (const key of getOwnPropertyNames(object)) {
		if (showsHidden || getOwnPropertyDescriptor(object, key).enumerable)
			yield key;
	}
	for (const key of getOwnPropertySymbols(object)) {
		if (showsHidden || getOwnPropertyDescriptor(object, key).enumerable)
			yield key;
	}
}

const isIndex = (key) => typeof key === 'string' && /^(?:0|[1-9]\d{0,9})$/.test(key);

/* "key: value" of all properties but those that 'skips' names. */
function properties(ctx, object, level, skips = () => false)
{
	const parts = [];

	for (const key of ownKeys(object, ctx.showsHidden)) {
		if (skips(key))
			continue;
		const isHidden = !getOwnPropertyDescriptor(object, key).enumerable;
		const name = typeof key === 'string' && isHidden ? `[${key}]` : keyText(key);

		parts.push(`${name}: ${propertyText(ctx, object, key, level)}`);
	}
	return parts;
}

function moreText(count)
{
	return `... ${count} more item${count > 1 ? 's' : ''}`;
}

function elements(ctx, list, level)
{
	const parts = [], shown = min(list.length, ELEMENTS_MAX);
	let i = 0;

	for (; i < list.length && parts.length < shown; i++) {
		if (i in list) {
			parts.push(propertyText(ctx, list, `${i}`, level));
			continue;
		}
		const from = i;

		while (i + 1 < list.length && !(i + 1 in list))
			i++;
		parts.push(`<${i + 1 - from} empty item${i > from ? 's' : ''}>`);
	}
	if (list.length > i)
		parts.push(moreText(list.length - i));
	return parts;
}

function listParts(ctx, list, level)
{
	const parts = elements(ctx, list, level), more = list.length > ELEMENTS_MAX && /^\.\.\. /.test(parts[parts.length - 1]) ? 1 : 0;

	parts.push(...properties(ctx, list, level, isIndex));
	return { parts, more };
}

function entriesOf(ctx, values, size, one)
{
	const parts = [];

	for (const value of values) {
		if (parts.length === ELEMENTS_MAX) {
			parts.push(moreText(size - parts.length));
			break;
		}
		parts.push(deeper(ctx, 2, () => one(value)));
	}
	return parts;
}

/* ---- objects ----------------------------------------------------------------------- */

function errorHead(ctx, error)
{
	const { stack } = error;
	const name = typeof error.name === 'string' ? error.name : 'Error';
	const message = error.message === undefined ? '' : `${error.message}`;
	const title = message === '' ? name : `${name}: ${message}`;
	const places = typeof stack === 'string' ? tools.stackOf(stack) : '';

	if (places === '')
		return `[${title}]`;
	const indent = ' '.repeat(ctx.indent);

	return title + places.split('\n').map((line) => `\n${indent}    ${line}`).join('');
}

/* Own members of the engine's that Node has not, or shows in the head. */
const ERROR_OWN = { __proto__: null, name: true, message: true, stack: true, line: true, column: true, sourceURL: true };

function ofError(ctx, error, level)
{
	const parts = properties(ctx, error, level, (key) => ERROR_OWN[key] === true || key === 'cause' || key === 'errors');

	if (getOwnPropertyDescriptor(error, 'cause') !== undefined)
		parts.push(`[cause]: ${propertyText(ctx, error, 'cause', level)}`);
	if (getOwnPropertyDescriptor(error, 'errors') !== undefined)
		parts.push(`[errors]: ${propertyText(ctx, error, 'errors', level)}`);
	const head = errorHead(ctx, error);

	return parts.length === 0 ? head : { parts, head, open: '{', close: '}' };
}

const URL_PARTS = ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'searchParams', 'hash'];

/* Text of an object, or { parts, head, open, close } for layOut(). */
function described(ctx, value, level)
{
	const name = className(value), tag = tagOf(value);

	if (isArray(value)) {
		const { parts, more } = listParts(ctx, value, level);
		const head = name === 'Array' ? '' : prefix(name, 'Array', value.length);

		return { parts, more, head, open: '[', close: ']', list: value };
	}
	if (value instanceof TheMap)
		return { parts: [...entriesOf(ctx, value, value.size, ([key, entry]) => `${text(ctx, key, level + 1)} => ${text(ctx, entry, level + 1)}`),
				 ...properties(ctx, value, level)], head: sizedHead(value, name, 'Map'), open: '{', close: '}' };
	if (value instanceof TheSet)
		return { parts: [...entriesOf(ctx, value, value.size, (entry) => text(ctx, entry, level + 1)), ...properties(ctx, value, level)],
			 head: sizedHead(value, name, 'Set'), open: '{', close: '}' };
	if (value instanceof TypedArray)
		return ofBytes(ctx, value, name, level);
	if (value instanceof TheError || tag === '[object Error]')
		return ofError(ctx, value, level);
	if (tag === '[object Date]')
		return withParts(ctx, value, level, timeOf(value) === timeOf(value) ? isoOf(value) : 'Invalid Date');
	if (tag === '[object RegExp]')
		return withParts(ctx, value, level, patternOf(value));
	if (BOXED[tag] !== undefined && typeof value.valueOf() !== 'object')
		return withParts(ctx, value, level, `[${BOXED[tag]}: ${typeof value.valueOf() === 'string' ? quoted(value.valueOf()) : plain(value.valueOf())}]`,
				 BOXED[tag] === 'String' ? isIndex : undefined);
	if (value instanceof ThePromise)
		return { parts: properties(ctx, value, level), head: 'Promise', open: '{', close: '}' };
	if (tag === '[object WeakMap]' || tag === '[object WeakSet]')
		return { parts: ['<items unknown>'], head: tag.slice(8, -1), open: '{', close: '}' };
	if (tag === '[object ArrayBuffer]')
		return { parts: [`[Uint8Contents]: <${hex(new Uint8Array(value))}>`, `byteLength: ${value.byteLength}`], head: 'ArrayBuffer', open: '{', close: '}' };
	if (tag === '[object Arguments]')
		return { parts: listParts(ctx, value, level).parts, head: '[Arguments]', open: '[', close: ']' };
	if (tag === '[object URL]')
		return { parts: URL_PARTS.map((key) => `${key}: ${deeper(ctx, 2, () => text(ctx, value[key], level + 1))}`), head: 'URL', open: '{', close: '}' };
	if (tag === '[object URLSearchParams]')
		return { parts: [...value].map(([key, entry]) => `${quoted(key)} => ${quoted(entry)}`), head: 'URLSearchParams', open: '{', close: '}' };
	return { parts: properties(ctx, value, level), head: objectHead(value, name, tag), open: '{', close: '}' };
}

/* "Foo [tag]", nothing for a plain object. */
function objectHead(value, name, tag)
{
	const own = tag.slice(8, -1), isTagged = own !== 'Object' && own !== name;

	if (name === null)
		return isTagged ? `[${own}: null prototype]` : '[Object: null prototype]';
	return isTagged ? `${name} [${own}]` : name === 'Object' ? '' : name;
}

function hex(bytes)
{
	const shown = [...bytes.slice(0, BYTES_MAX)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');

	return bytes.length > BYTES_MAX ? `${shown} ... ${bytes.length - BYTES_MAX} more byte${bytes.length > BYTES_MAX + 1 ? 's' : ''}` : shown;
}

function ofBytes(ctx, value, name, level)
{
	if (tools.isBuffer(value))
		return `<Buffer${value.length > 0 ? ` ${hex(value)}` : ''}>`;
	const { parts, more } = listParts(ctx, value, level);

	return { parts, more, head: `${name}(${value.length})`, open: '[', close: ']', list: [...value.slice(0, ELEMENTS_MAX)] };
}

/* A value whose text is all, and what else is set in it. */
function withParts(ctx, value, level, head, skips = (key) => key === 'lastIndex')
{
	const parts = properties(ctx, value, level, skips);

	return parts.length === 0 ? head : { parts, head, open: '{', close: '}' };
}

function shortName(value)
{
	const name = className(value);

	return isArray(value) ? '[Array]' : `[${name === null ? 'Object: null prototype' : name}]`;
}

/* A text that the object gives of itself, as Node asks for it. */
function custom(ctx, value, level)
{
	const method = value[CUSTOM];

	if (typeof method !== 'function')
		return undefined;
	const given = call.call(method, value, ctx.depth - level, {}, inspect);

	if (given === value)
		return undefined;
	return typeof given === 'string' ? given.replaceAll('\n', `\n${' '.repeat(ctx.indent)}`) : text(ctx, given, level);
}

function objectText(ctx, value, level)
{
	if (ctx.open.includes(value)) {
		ctx.circular ??= new TheMap();
		if (!ctx.circular.has(value))
			ctx.circular.set(value, ctx.circular.size + 1);
		return `[Circular *${ctx.circular.get(value)}]`;
	}
	const own = custom(ctx, value, level);

	if (own !== undefined)
		return own;
	if (level > ctx.depth)
		return value instanceof TheError ? errorHead(ctx, value) : shortName(value);
	const before = ctx.deepest;

	ctx.open.push(value);
	ctx.deepest = level;
	const what = described(ctx, value, level);

	ctx.open.pop();
	/* One without parts is no level. */
	if (typeof what === 'string' || what.parts.length === 0)
		ctx.deepest = before;
	if (typeof what === 'string')
		return what;
	if (ctx.circular !== undefined && ctx.circular.has(value))
		what.head = `<ref *${ctx.circular.get(value)}>${what.head === '' ? '' : ` ${what.head}`}`;
	if (what.parts.length === 0)
		return what.head === '' ? what.open + what.close : `${what.head} ${what.open}${what.close}`;
	return layOut(ctx, level, what.parts, what);
}

function functionObject(ctx, fn, level)
{
	const head = functionText(fn), skips = { __proto__: null, length: true, name: true, prototype: true, arguments: true, caller: true };
	const parts = level > ctx.depth ? [] : properties(ctx, fn, level, (key) => skips[key] === true);

	return parts.length === 0 ? head : layOut(ctx, level, parts, { head, open: '{', close: '}' });
}

function longText(value)
{
	return value.length > TEXT_MAX ? `${quoted(value.slice(0, TEXT_MAX))}... ${value.length - TEXT_MAX} more character${value.length > TEXT_MAX + 1 ? 's' : ''}`
		: quoted(value);
}

/* A text of several lines within an object is a line each, joined by "+". */
function textWithin(ctx, value, level)
{
	if (level === 0 || value.length <= 16 || value.length <= WIDTH - ctx.indent - 4 || !value.includes('\n'))
		return longText(value);
	return value.match(/[^\n]*\n|[^\n]+/g).map(quoted).join(` +\n${' '.repeat(ctx.indent + 2)}`);
}

function text(ctx, value, level)
{
	try {
		if (typeof value === 'string')
			return textWithin(ctx, value, level);
		if (typeof value === 'function')
			return functionObject(ctx, value, level);
		return typeof value === 'object' && value !== null ? objectText(ctx, value, level) : plain(value);
	} catch (thrown) {
		return thrown instanceof RangeError ? '[...]' : '[object]';
	}
}

function inspect(value, options)
{
	const { depth = DEPTH, showHidden = false } = typeof options === 'object' && options !== null ? options : {};

	return text({ depth: depth === null ? DEPTH_MAX : min(+depth, DEPTH_MAX), showsHidden: showHidden === true, indent: 0, deepest: 0, open: [], circular: undefined }, value, 0);
}

/* ---- format ------------------------------------------------------------------------ */

/* Has an object a toString() that somebody wrote? */
function speaks(value)
{
	const method = value.toString;

	if (typeof method !== 'function' || method === ObjectPrototype.toString)
		return false;
	return value instanceof TheError || tagOf(value) === '[object Date]' ? true : !/\[native code\]\s*\}$/.test(sourceOf(method));
}

const SIGNS = {
	__proto__: null,
	s: (value) => typeof value === 'string' ? value : typeof value === 'object' && value !== null
		? (speaks(value) ? String(value) : inspect(value, { depth: 0 })) : plain(value),
	d: (value) => typeof value === 'bigint' ? `${value}n` : typeof value === 'symbol' ? 'NaN' : plain(Number(value)),
	i: (value) => typeof value === 'bigint' ? `${value}n` : typeof value === 'symbol' ? 'NaN' : plain(parseInt(value, 10)),
	f: (value) => typeof value === 'symbol' ? 'NaN' : plain(parseFloat(value)),
	j: (value) => {
		try {
			return String(JSON.stringify(value));
		} catch (thrown) {
			return /cyclic|circular/i.test(thrown.message) ? '[Circular]' : '[object]';
		}
	},
	o: (value) => inspect(value, { showHidden: true, depth: 4 }),
	O: (value) => inspect(value),
	c: () => '',
};

function filled(pattern, args)
{
	let out = '', next = 1;

	for (let at = 0; at < pattern.length; at++) {
		const sign = pattern[at] === '%' ? pattern[at + 1] : undefined;

		if (sign === '%') {
			out += '%';
			at++;
		} else if (sign !== undefined && SIGNS[sign] !== undefined && next < args.length) {
			out += SIGNS[sign](args[next++]);
			at++;
		} else {
			out += pattern[at];
		}
	}
	return { out, next };
}

function format(args)
{
	const { out, next } = typeof args[0] === 'string' && args.length > 1 ? filled(args[0], args) : { out: '', next: 0 };
	const rest = args.slice(next).map((value) => typeof value === 'string' ? value : inspect(value));

	return next === 0 ? rest.join(' ') : [out, ...rest].join(' ');
}

return { inspect, format, widthOf };
})

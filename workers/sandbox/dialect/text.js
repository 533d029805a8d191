/*
 * text.js -- the helpers of texts.
 */
(function (env, tools) {
'use strict';

const { refuse, show } = tools;

/* ---- conversions ------------------------------------------------------------------------- */

const CURRENCY = new RegExp('\\p{Sc}', 'gu');
const FALSE = { __proto__: null, '': true, 0: true, no: true, false: true };

const plain = (text) => text.replace(CURRENCY, '').trim();

function toNumber(text)
{
	const number = Number(plain(text));

	if (Number.isNaN(number))
		refuse(`toNumber(): ${show(text)} is not a number; toFloat() reads the number that a text begins with`);
	return number;
}

function toFloat(text)
{
	const number = text.includes(',') ? NaN : parseFloat(plain(text));

	if (Number.isNaN(number))
		refuse(`toFloat(): ${show(text)} does not begin with a number; the decimal sign is a point`);
	return number;
}

function toInt(text, radix)
{
	const number = parseInt(plain(text), radix);

	if (Number.isNaN(number))
		refuse(`toInt(): ${show(text)} does not begin with a whole number`);
	return number;
}

function toDate(text)
{
	const ms = env.parseDate(text);

	if (Number.isNaN(ms))
		refuse(`toDate(): ${show(text)} cannot be read as a date; toDateTime(format) reads a form of your own`);
	const date = new env.Date(ms);

	if (!text.includes(':'))
		date.setUTCHours(0, 0, 0, 0);
	return date;
}

/* ---- letters ------------------------------------------------------------------------------ */

const SMALL_WORDS = new Set(('a an and as at because but by en for if in neither nor of on only or over per so some than that the ' +
	'to up upon v v. versus via vs vs. when with without yet').split(' '));
const LETTER = new RegExp('[\\p{L}\\p{N}]', 'u');
const INNER_CAPITAL = new RegExp('.\\p{Lu}|.\\..', 'u');
const WORD = new RegExp('[^\\s:\\u2013\\u2014-]+', 'gu');

/* A word with a capital or a point in its midst has its own spelling: iPhone, example.com, HELLO. */
function toTitleCase(text)
{
	return text.replace(WORD, (word, at) => {
		const isEnd = at === 0 || at + word.length === text.length;

		if (INNER_CAPITAL.test(word) || (!isEnd && SMALL_WORDS.has(word.toLowerCase())))
			return word;
		return word.replace(LETTER, (letter) => letter.toUpperCase());
	});
}

/*
 * Text between two words, as a whole, and the letter behind it: a pattern that began at each of its signs
 * would go to its end from each.
 */
const BETWEEN = new RegExp('(^|(?<![^\\p{L}\\p{N}])[^\\p{L}\\p{N}]+)(\\p{L})', 'gu');
const SENTENCE_END = /[.!?]\s/;

function toSentenceCase(text)
{
	return text.toLowerCase().replace(BETWEEN, (all, between, letter, at) =>
		at === 0 || SENTENCE_END.test(between) ? between + letter.toUpperCase() : all);
}

const PUNCTUATION = new RegExp('[^\\p{L}\\p{N}\\p{M}_]', 'gu');

function toSnakeCase(text)
{
	return text.toLowerCase().replace(/[\s-]/g, '_').replace(PUNCTUATION, '');
}

function quote(text, mark = '"')
{
	return mark + text.replaceAll('\\', '\\\\').replaceAll(mark, '\\' + mark) + mark;
}

/* ---- marks -------------------------------------------------------------------------------- */

const TAG = /<[!/?a-z][^>]*>/gi;

/* Marks of Markdown, in this order: the longer one before the one that it begins with; what is kept of each; letters that
 * end it, where one that does not end would be looked for to the end. */
const MARKS = [
	[/^[ \t]*(?:```|~~~)[^\n]*\n?/gm, ''],			/* fences */
	[/^[ \t]*(?:[-*_][ \t]*){3,}$/gm, ''],			/* rules */
	[/^[ \t]{0,3}#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$/gm, '$1'],	/* headings */
	[/^(?:=+|-+)[ \t]*$\n?/gm, ''],
	[/^[ \t]*(?:>[ \t]?)+/gm, ''],				/* quotations */
	[/^([ \t]*)(?:[-*+]|\d+[.)])[ \t]+/gm, '$1'],		/* lists */
	[/!\[([^\][]*)\](?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\]]*\])/g, '$1', ')]'],	/* images */
	[/\[([^\][]*)\](?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\]]*\])/g, '$1', ')]'],	/* links */
	[/^[ \t]{0,3}\[[^\]]+\]:[^\n]*\n?/gm, ''],
	[/(?<!`)(`+)(?!`)([^`]+)\1(?!`)/g, '$2'],
	[/(\*\*\*|\*\*|\*)(?=\S)([^*]*\S)\1/g, '$2'],
	[/(?<![\w])(___|__|_)(?=\S)([^_]*\S)\1(?![\w])/g, '$2'],
	[/~~(?=\S)([^~]*\S)~~/g, '$1'],
	[/\\([\\`*_{}[\]()#+.!>~-])/g, '$1'],
];

/* Behind the last of 'ends' no mark ends, and each that begins there would be looked for to the end. */
function replaceMarks(text, mark, kept, ends)
{
	const end = Math.max(...Array.from(ends, (c) => text.lastIndexOf(c))) + 1;

	return text.slice(0, end).replace(mark, kept) + text.slice(end);
}

const removeTags = (text) => replaceMarks(text, TAG, '', '>');

const removeMarkdown = (text) => MARKS.reduce((out, [mark, kept, ends]) => (ends === undefined ? out.replace(mark, kept) : replaceMarks(out, mark, kept, ends)), removeTags(text));

/* ---- addresses ---------------------------------------------------------------------------- */

const LABEL = '[\\p{L}\\p{N}_](?:[\\p{L}\\p{N}_-]*[\\p{L}\\p{N}_])?';
const NAME = `(?:${LABEL}\\.)+(?:xn--[a-z0-9-]+|\\p{L}{2,})`;
const HOST = `(?:\\d{1,3}(?:\\.\\d{1,3}){3}|localhost|${NAME})(?![\\p{L}\\p{N}_-])`;
const PORT = '(?::\\d{1,5})?';
const ATOM = '[^\\s<>()[\\]\\\\.,;:@"]';
/* Begun at the beginning of its words alone: begun within them it would end at the same place. */
const MAIL = `(?<!${ATOM}|${ATOM}\\.)${ATOM}+(?:\\.${ATOM}+)*` +
	`@(?:\\[\\d{1,3}(?:\\.\\d{1,3}){3}\\]|${NAME})(?![\\p{L}\\p{N}_-])`;

const DOMAIN = new RegExp(`^${HOST}${PORT}$`, 'iu');
const ADDRESS = new RegExp(`^(?:https?|ftp)://${HOST}${PORT}(?:[/?#]\\S*)?$`, 'iu');
const ADDRESS_IN = new RegExp(`(?:https?|ftp)://${HOST}\\S*`, 'iu');
const MAIL_IN = new RegExp(MAIL, 'iu');
const HOST_IN = new RegExp(`^(?:[a-z][a-z\\d+.-]*:)?(?://)?(?:[^\\s@/?#]*@)?(${HOST})${PORT}(?:[/?#]\\S*)?$`, 'iu');

const found = (pattern, text, group = 0) => {
	const match = pattern.exec(text);

	return match === null ? undefined : match[group];
};

function extractUrlPath(text)
{
	try {
		return new (env.URL())(text).pathname;
	} catch (thrown) {
		if (thrown instanceof TypeError)
			return undefined;
		throw thrown;
	}
}

/* ---- codes -------------------------------------------------------------------------------- */

const ALGORITHMS = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'sha3'];

const bytes = (text, encoding) => env.Buffer().from(text, encoding);
const base64Encode = (text) => bytes(text, 'utf8').toString('base64');

function hash(text, algorithm = 'md5')
{
	const name = String(algorithm).toLowerCase();

	if (name === 'base64')
		return base64Encode(text);
	if (!ALGORITHMS.includes(name))
		refuse(`hash(): there is no algorithm ${show(algorithm)}; there are ${ALGORITHMS.join(', ')} and base64`);
	return env.hash(name, text);
}

function parseJson(text)
{
	try {
		return JSON.parse(text);
	} catch (thrown) {
		const hint = text.includes("'") ? '; JSON has names and texts in double quotes, not in single ones' : '';

		return refuse(`parseJson(): ${show(text)} is not JSON${hint} (${thrown.message})`);
	}
}

const text = {
	__proto__: null,
	hash, quote, parseJson,
	removeTags, removeMarkdown,
	toDate,
	toDateTime: (t, format) => env.readDateTime(t, format),
	toBoolean: (t) => FALSE[t.toLowerCase()] === undefined,
	toNumber,
	toFloat, toDecimalNumber: toFloat,
	toInt, toWholeNumber: toInt,
	toSentenceCase, toSnakeCase, toTitleCase,
	urlEncode: (t, isWhole = false) => isWhole ? encodeURI(t) : encodeURIComponent(t),
	urlDecode: (t, isWhole = false) => isWhole ? decodeURI(t) : decodeURIComponent(t),
	replaceSpecialChars: (t) => env.ascii(t),
	length: (t) => t.length,
	isEmpty: (t) => t === '',
	isNotEmpty: (t) => t !== '',
	isBlank: (t) => t.trim() === '',
	isNotBlank: (t) => t.trim() !== '',
	isNumeric: (t) => t !== '' && !/\s/.test(t) && !Number.isNaN(Number(t)),
	isEmail: (t) => !/\s/.test(t) && MAIL_IN.test(t),
	isDomain: (t) => DOMAIN.test(t),
	isUrl: (t) => ADDRESS.test(t),
	extractEmail: (t) => found(MAIL_IN, t),
	extractUrl: (t) => found(ADDRESS_IN, t),
	extractDomain: (t) => found(HOST_IN, t.trim(), 1),
	extractUrlPath,
	toJsonString: (t) => JSON.stringify(t),
	base64Encode,
	base64Decode: (t) => bytes(t, 'base64').toString('utf8'),
};

return { text };
})

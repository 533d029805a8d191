/*
 * hints.js -- what to write instead of what is not there.  Evaluates to a function of an error's
 * name and message, which gives a hint or undefined; evaluated at the first fault of a kind that
 * may have one.
 */
(function () {
'use strict';

const NETWORK = 'Code has no network: put a node of type http.request before this one and read its answer in $json.';
const TIMERS = 'Expressions have no timers; code has, and for a longer wait there is core.wait.';
const BROWSER = 'There is no browser here; globalThis is the global object.';
const FILES = 'Code has neither files nor modules of its own; require() knows buffer, crypto, luxon, url and util.';
const LUXON = "Use luxon: DateTime.fromISO($json.date), $now.plus({ days: 1 }).toFormat('yyyy-MM-dd').";
const PLAIN = 'Use the methods of JavaScript: map, filter, find, reduce, Object.entries, Object.groupBy.';
const OWN_NODE = 'Use $json for the item, $input.all() for all items of the input.';
const VARIABLES = 'Code sees no environment and no secrets; a node before can bring the value as a field.';
const NO_STORE = "Nothing is kept between runs here; the node State keeps values, and code has $getWorkflowStaticData('global').";
const STATICS = "Code has static data, $getWorkflowStaticData('global'); hand on what an expression needs of it as a field.";

/* Names that are not defined. */
const names = {
	__proto__: null,
	fetch: NETWORK, XMLHttpRequest: NETWORK, axios: NETWORK, WebSocket: NETWORK, $http: NETWORK, $request: NETWORK,
	$helpers: NETWORK, Request: NETWORK, Response: NETWORK, Headers: NETWORK, FormData: NETWORK, AbortController: NETWORK,
	AbortSignal: NETWORK, Blob: "Use Buffer.from(text) for bytes; a file of an item is sent by http.request.",
	Worker: 'Code runs in one process of its own, once.',
	setTimeout: TIMERS, setInterval: TIMERS, setImmediate: TIMERS, clearTimeout: TIMERS, clearInterval: TIMERS,
	requestAnimationFrame: TIMERS,
	performance: 'Time stands still while code runs: Date.now() is the time of the run.',
	window: BROWSER, document: BROWSER, self: BROWSER, global: BROWSER, navigator: BROWSER, localStorage: NO_STORE,
	sessionStorage: NO_STORE, alert: 'Use console.log(text): the step shows it.',
	process: VARIABLES, Deno: VARIABLES, Bun: VARIABLES, $env: VARIABLES, $secrets: VARIABLES,
	module: FILES, exports: FILES, __dirname: FILES, __filename: FILES, fs: FILES, path: FILES,
	moment: LUXON, dayjs: LUXON, dateFns: LUXON, _: PLAIN, lodash: PLAIN,
	SharedArrayBuffer: 'There is no shared memory here; use ArrayBuffer.',
	WebAssembly: 'There is no WebAssembly here; write it in JavaScript.',
	$node: "Use $('Name') instead of $node['Name']: $('Name').item.json.field, .first(), .last(), .all().",
	$item: 'Use $input.all()[index].json, or $(\'Name\').all()[index].json.',
	$jmespath: 'Use the methods of JavaScript: $json.list.filter(x => x.n > 1).map(x => x.name).',
	$jmesPath: 'Use the methods of JavaScript: $json.list.filter(x => x.n > 1).map(x => x.name).',
	$prevNode: "Name the node before: $('Name').item.", $parameter: OWN_NODE, $rawParameter: OWN_NODE,
	$data: 'Use $json.', $position: 'Use $itemIndex.', $thisItemIndex: 'Use $itemIndex.', $thisItem: 'Use $input.item.',
	$mode: 'Use $execution.mode.',
	$getWorkflowStaticData: STATICS, getWorkflowStaticData: STATICS,
	$response: OWN_NODE, $pageCount: OWN_NODE, $fromAI: 'Write the value, or read it from $json.',
	$evaluateExpression: 'Write the expression itself, without quotes.', $nodeVersion: OWN_NODE, $nodeId: OWN_NODE,
	$webhookId: OWN_NODE, $self: OWN_NODE, $agentInfo: OWN_NODE, $getPairedItem: "Use $('Name').item.",
	$average: 'Add up and divide: list.reduce((a, b) => a + b, 0) / list.length.', $not: 'Use !value.',
	numberList: 'Use Array.from({ length: n }, (_, i) => i + 1).', zip: 'Use Object.fromEntries(keys.map((k, i) => [k, values[i]])).',
	$: "Put the node's name in parentheses: $('Name').",
};

/* Methods that other dialects give to texts, lists, objects, numbers and dates. */
const methods = {
	__proto__: null,
	$items: "$items is the list of this node's input; for another node's use $('Name').all().",
	isEmpty: 'Use value.length === 0, or Object.keys(value).length === 0.',
	isNotEmpty: 'Use value.length > 0, or Object.keys(value).length > 0.',
	isBlank: "Use text.trim() === ''.", isNotBlank: "Use text.trim() !== ''.",
	toTitleCase: 'Use text.replace(/\\b\\p{L}/gu, c => c.toUpperCase()).',
	toSentenceCase: 'Use text[0].toUpperCase() + text.slice(1).toLowerCase().',
	toSnakeCase: "Use text.toLowerCase().replace(/[\\s-]+/g, '_').",
	toDateTime: 'Use DateTime.fromISO(text), or DateTime.fromMillis(number).', toDate: 'Use new Date(text).',
	toNumber: 'Use Number(text).', toInt: 'Use parseInt(text, 10), or Math.round(number).',
	toFloat: 'Use parseFloat(text).', toBoolean: "Use text === 'true'.", toWholeNumber: 'Use parseInt(text, 10).',
	toDecimalNumber: 'Use parseFloat(text).', toJsonString: 'Use JSON.stringify(value).', parseJson: 'Use JSON.parse(text).',
	urlEncode: 'Use encodeURIComponent(text), or new URLSearchParams(object).toString().',
	urlDecode: 'Use decodeURIComponent(text).', base64Encode: "Use Buffer.from(text).toString('base64').",
	base64Decode: "Use Buffer.from(text, 'base64').toString().",
	hash: "Use require('crypto').createHash('sha256').update(text).digest('hex').",
	removeTags: "Use text.replace(/<[^>]*>/g, '').", extractEmail: 'Use text.match(/[^\\s@]+@[^\\s@]+/)?.[0].',
	extractUrl: 'Use text.match(/https?:\\/\\/\\S+/)?.[0].', extractDomain: 'Use new URL(text).hostname.',
	extractUrlPath: 'Use new URL(text).pathname.', isEmail: 'Use /^[^\\s@]+@[^\\s@]+$/.test(text).',
	isUrl: 'Use URL.canParse(text).', isNumeric: "Use text.trim() !== '' && !isNaN(text).", quote: 'Use JSON.stringify(text).',
	first: 'Use list[0], or list.at(0).', last: 'Use list.at(-1).', sum: 'Use list.reduce((a, b) => a + b, 0).',
	average: 'Use list.reduce((a, b) => a + b, 0) / list.length.', min: 'Use Math.min(...list).', max: 'Use Math.max(...list).',
	unique: 'Use [...new Set(list)].', removeDuplicates: 'Use [...new Set(list)].', compact: 'Use list.filter(x => x != null).',
	pluck: 'Use list.map(x => x.field).', randomItem: 'Use list[Math.floor(Math.random() * list.length)].',
	chunk: 'Use Array.from({ length: Math.ceil(list.length / n) }, (_, i) => list.slice(i * n, i * n + n)).',
	append: 'Use [...list, value].', union: 'Use [...new Set([...a, ...b])].', difference: 'Use a.filter(x => !b.includes(x)).',
	intersection: 'Use a.filter(x => b.includes(x)).', merge: 'Use Object.assign({}, ...list).',
	smartJoin: 'Use Object.fromEntries(list.map(x => [x.key, x.value])).',
	renameKeys: 'Use list.map(({ from, ...rest }) => ({ to: from, ...rest })).',
	hasField: "Use 'field' in object.", removeField: 'Use (({ field, ...rest }) => rest)(object).',
	keys: 'Use Object.keys(object).', values: 'Use Object.values(object).',
	isEven: 'Use n % 2 === 0.', isOdd: 'Use n % 2 !== 0.', round: 'Use Math.round(n), or Number(n.toFixed(2)).',
	ceil: 'Use Math.ceil(n).', floor: 'Use Math.floor(n).', abs: 'Use Math.abs(n).', isInteger: 'Use Number.isInteger(n).',
	toISOString: 'Use date.toISO() of a DateTime, or new Date(text).toISOString().',
	format: "Use date.toFormat('yyyy-MM-dd') of a DateTime, or number.toLocaleString('en').",
	beginningOf: "Use date.startOf('week').", endOfMonth: "Use date.endOf('month').", extract: 'Use date.year, .month, .weekNumber and the like.',
	isBetween: 'Use date > a && date < b.', isInLast: 'Use date > $now.minus({ minutes: n }).', isDst: 'Use date.isInDST.',
	isWeekend: 'Use date.weekday > 5.', diffTo: "Use date.diff(other, 'days').days.", diffToNow: "Use date.diffNow('days').days.",
	plus: 'Use DateTime.fromJSDate(date).plus({ days: 1 }).', minus: 'Use DateTime.fromJSDate(date).minus({ days: 1 }).',
	getWorkflowStaticData: STATICS, httpRequest: NETWORK, itemMatching: "Use $('Name').itemMatching(index).",
};

return function (name, message) {
	let m;

	if (name === 'ReferenceError' && (m = /^Can't find variable: (\S+)$/.exec(message)) !== null)
		return names[m[1]];
	if (name === 'TypeError' && (m = /(?:^|[.\s])([\w$]+) is not a function/.exec(message)) !== null)
		return methods[m[1]];
	return undefined;
};
})

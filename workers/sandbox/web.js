/*
 * web.js -- the globals that the web and Node have and the engine lacks.  Evaluated where a script
 * names one; each package (web/) is evaluated at the first touch of what it brings.
 *
 * 'load' gives a package's source, 'define' makes a global at its first touch, 'chance' numbers
 * from 0 to 1 by the run's seed, 'luxon' luxon; 'clock' is the step's, undefined where there are no timers; 'libraries'
 * are the installation's, { name: source, null = not asked for }, undefined where code cannot have any.
 */
(function (compile, load, define, chance, luxon, clock, libraries) {
'use strict';

const { freeze } = Object;
const TheError = Error, TheTypeError = TypeError;
const resolved = Promise.resolve();
const { call, bind } = Function.prototype;
const then = bind.bind(call)(Promise.prototype.then);
const made = { __proto__: null };

/* A SharedArrayBuffer without memory, because packages look for one, and a real one could tell the time. */
class SharedArrayBuffer {
	get byteLength() { return 0; }
	get growable() { return false; }
}

function make(name)
{
	const source = load(name);

	if (source === '')
		throw new TheError(`share/web/${name}.js is not installed with this sandbox`);
	const text = name === 'url' ? part('text') : {};

	return compile(source, `tyboo:${name}`)(SharedArrayBuffer, text.TextEncoder, text.TextDecoder);
}

/* A package looks whether the globals that it brings are there; meanwhile none is. */
function part(name)
{
	if (made[name] === undefined) {
		made[name] = {};
		made[name] = make(name);
		if (name === 'url')
			made[name].setIdna(() => part('idna'));
	}
	return made[name];
}

let cryptoModule = null;

function crypto()
{
	if (cryptoModule === null)
		cryptoModule = freeze(part('crypto').make(part('buffer').Buffer, chance));
	return cryptoModule;
}

function queueMicrotask(fn)
{
	if (typeof fn !== 'function')
		throw new TheTypeError('queueMicrotask takes a function');
	then(resolved, () => { fn(); });
}

/* ---- timers ------------------------------------------------------------------------ */

const WAIT_MAX_MS = 60000;	/* in all: a longer wait is core.wait's, which holds no process */
const DELAY_MAX_MS = 2147483647;	/* a longer one is 1 ms, as in Node */

/*
 * Timers fire in the order of their times, those of one time in the order in which they were set.  Nothing waits: the code's
 * clock moves on to the time of the timer that fires.
 */
function makeTimers()
{
	const began = clock.now();
	const TheRangeError = RangeError;
	const queue = [];
	let count = 0;

	function add(timer, delay)
	{
		let at = queue.length;

		timer.at = clock.now() + delay;
		timer.nth = count++;
		while (at > 0 && (queue[at - 1].at > timer.at))
			at--;
		queue.splice(at, 0, timer);
		return timer;
	}

	function remove(timer)
	{
		const at = queue.indexOf(timer);

		if (at >= 0)
			queue.splice(at, 1);
	}

	class Timeout {
		constructor(fn, args, delay, repeats)
		{
			this.run = () => fn(...args);
			this.delay = delay;
			this.repeats = repeats;
			/* Thrown where its time is too far off, so that the place is the line that set it. */
			this.tooFar = new TheRangeError('the code waits for more than a minute in all: put a core.wait node ' +
				'between two Code nodes instead');
		}

		ref() { return this; }
		unref() { return this; }
		hasRef() { return true; }
		close() { remove(this); return this; }
		refresh() { remove(this); add(this, this.delay); return this; }
		[Symbol.toPrimitive]() { return this.nth; }
	}

	function set(name, fn, args, delay, repeats)
	{
		if (typeof fn !== 'function')
			throw new TheTypeError(`${name} takes a function`);
		return add(new Timeout(fn, args, delay, repeats), delay);
	}

	function delayOf(ms)
	{
		const delay = Math.trunc(+ms);

		return delay >= 1 && delay <= DELAY_MAX_MS ? delay : 1;
	}

	function clear(timer)
	{
		if (typeof timer === 'object' && timer !== null)
			remove(timer);
		else
			remove(queue.find((one) => one.nth === +timer));
	}

	clock.use({
		has: () => queue.length > 0,
		fire()
		{
			const timer = queue.shift();

			if (timer.at - began > WAIT_MAX_MS)
				throw timer.tooFar;
			if (timer.at > clock.now())
				clock.set(timer.at);
			if (timer.repeats)
				add(timer, timer.delay);
			timer.run();
		},
		end()
		{
			if (queue.length > 0)
				clock.tell(`the code ended before ${queue.length} of its timers fired: await them`);
			queue.length = 0;
		},
	});
	return {
		setTimeout: (fn, ms, ...args) => set('setTimeout', fn, args, delayOf(ms), false),
		setInterval: (fn, ms, ...args) => set('setInterval', fn, args, delayOf(ms), true),
		setImmediate: (fn, ...args) => set('setImmediate', fn, args, 0, false),
		clearTimeout: clear, clearInterval: clear, clearImmediate: clear,
	};
}

let madeTimers = null;
const timers = () => (madeTimers ??= makeTimers());

const ThePromise = Promise;
const promised = {
	setTimeout: (ms, value) => new ThePromise((resolve) => { timers().setTimeout(resolve, ms, value); }),
	setImmediate: (value) => new ThePromise((resolve) => { timers().setImmediate(resolve, value); }),
};

/* Node's promisify: of setTimeout it is a promise of the delay's end. */
function promisify(fn)
{
	if (clock !== undefined && fn === timers().setTimeout)
		return promised.setTimeout;
	if (typeof fn !== 'function')
		throw new TheTypeError('promisify takes a function');
	return (...args) => new ThePromise((resolve, reject) => {
		fn(...args, (error, value) => { error ? reject(error) : resolve(value); });
	});
}

const buffer = () => part('buffer').Buffer;
const { atob, btoa, structuredClone, TextEncoder, TextDecoder, URL, URLSearchParams } = {
	atob: () => part('clone').atob,
	btoa: () => part('clone').btoa,
	structuredClone: () => part('clone').structuredClone,
	TextEncoder: () => part('text').TextEncoder,
	TextDecoder: () => part('text').TextDecoder,
	URL: () => part('url').URL,
	URLSearchParams: () => part('url').URLSearchParams,
};

const modules = {
	__proto__: null,
	buffer: () => ({ Buffer: buffer(), atob: atob(), btoa: btoa() }),
	crypto,
	luxon,
	url: () => ({ URL: URL(), URLSearchParams: URLSearchParams() }),
	util: () => ({ TextEncoder: TextEncoder(), TextDecoder: TextDecoder(), ...(clock !== undefined && { promisify }) }),
	...(clock !== undefined && { timers, 'timers/promises': () => promised }),
};

/* ---- libraries of the installation -------------------------------------------------- */

/* Modules of Node that code has not, and why. */
const ABSENT = { __proto__: null };

for (const [why, names] of [
	['there are no files', 'fs fs/promises path os'],
	['there is no network', 'http https http2 net tls dns dgram axios node-fetch undici'],
	['no other program is run', 'child_process cluster worker_threads vm v8 module repl process'],
	['there are no streams', 'stream stream/promises zlib readline'],
	['nothing of it is here', 'events assert string_decoder querystring perf_hooks async_hooks'],
]) {
	for (const name of names.split(' '))
		ABSENT[name] = why;
}

const known = () => 'buffer, crypto, luxon, ' + (clock !== undefined ? 'timers, url and util' : 'url and util');
const loaded = { __proto__: null };

/* A bundle is CommonJS; it has what code has, and neither files nor network. */
function library(name)
{
	if (loaded[name] !== undefined)
		return loaded[name].exports;
	const module = loaded[name] = { exports: {} };
	const inner = (wanted) => {
		const plain = `${wanted}`.replace(/^node:/, '');

		if (modules[plain] !== undefined)
			return modules[plain]();
		throw new TheError(`the library "${name}" wants the module "${plain}", which code does not have: ` +
				   `${ABSENT[plain] ?? 'it was not bundled'}; there are ${known()}`);
	};
	const surroundings = { env: {}, argv: [], platform: 'linux', version: '', versions: {}, cwd: () => '/', nextTick: (fn, ...args) =>
		queueMicrotask(() => fn(...args)) };

	call.call(compile(`(function(module,exports,require,process,global){${libraries[name]}\n})`, `tyboo:${name}`), globalThis,
		  module, module.exports, inner, surroundings, globalThis);
	return module.exports;
}

function missing(name)
{
	if (libraries === undefined)
		return `there is no module "${name}" here; there are ${known()}`;
	const names = Object.keys(libraries).sort();
	const others = names.length === 0 ? '' : `, and as libraries ${names.join(', ')}`;

	return ABSENT[name] !== undefined ? `there is no module "${name}" here, for code: ${ABSENT[name]}; there are ${known()}${others}`
		: `there is no module "${name}" here; there are ${known()}${others}. The operator can add it: tybooctl code-library add ${name}`;
}

function require(name)
{
	const plain = `${name}`.replace(/^node:/, '');

	if (modules[plain] === undefined && libraries !== undefined && typeof libraries[plain] === 'string')
		return library(plain);

	if (modules[plain] === undefined)
		throw new TheError(missing(plain));
	return modules[plain]();
}

const globals = { Buffer: buffer, atob, btoa, structuredClone, TextEncoder, TextDecoder, URL, URLSearchParams,
		  crypto, queueMicrotask: () => queueMicrotask, require: () => require };

for (const name in globals)
	define(name, globals[name]);
if (clock !== undefined) {
	for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate'])
		define(name, () => timers()[name]);
}
})

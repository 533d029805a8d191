/*
 * web.js -- the globals that the web and Node have and the engine lacks.  Evaluated where a script
 * names one; each package (web/) is evaluated at the first touch of what it brings.
 *
 * 'load' gives a package's source, 'define' makes a global at its first touch, 'chance' numbers
 * from 0 to 1 by the run's seed, 'luxon' luxon.
 */
(function (compile, load, define, chance, luxon) {
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
	util: () => ({ TextEncoder: TextEncoder(), TextDecoder: TextDecoder() }),
};

function require(name)
{
	const plain = `${name}`.replace(/^node:/, '');

	if (modules[plain] === undefined)
		throw new TheError(`there is no module "${plain}" here; there are buffer, crypto, luxon, url and util`);
	return modules[plain]();
}

const globals = { Buffer: buffer, atob, btoa, structuredClone, TextEncoder, TextDecoder, URL, URLSearchParams,
		  crypto, queueMicrotask: () => queueMicrotask, require: () => require };

for (const name in globals)
	define(name, globals[name]);
})

// idna_late.mjs -- stands for tr46 in url.js, whose tables are three times the rest of it.
//
// An ASCII host without punycode is its own lower case; for any other the real one is loaded.
let load;

export function setIdna(fn) {
	load = fn;
}

export function toASCII(domain, options) {
	if (/^[\0-\x7f]*$/.test(domain) && !/(^|\.)xn--/i.test(domain))
		return domain.toLowerCase();
	return load().toASCII(domain, options);
}

export function toUnicode(domain, options) {
	return load().toUnicode(domain, options);
}

export default { toASCII, toUnicode };

// words.mjs -- calls that must not be made, words that must not stay, files that must say what they are.
import { codeOnly, matching, ourCode } from "./tree.mjs";

// Functions that are banned, each with its replacement.
const banned = {
	strcpy: "ty_str_*, memcpy with a length", strcat: "ty_buf_*", sprintf: "snprintf", vsprintf: "vsnprintf",
	gets: "getline", strtok: "strsep or strtok_r", system: "nothing: no shell", popen: "nothing: no shell",
	rand: "ty_crypto_random", srand: "ty_crypto_random", random: "ty_crypto_random", drand48: "ty_crypto_random",
	localtime: "localtime_r", gmtime: "gmtime_r", ctime: "ty_time_*", asctime: "ty_time_*",
	atoi: "ty_str_parse_i64", atol: "ty_str_parse_i64", atof: "ty_str_*", alloca: "an arena",
	tmpnam: "mkostemp", tempnam: "mkostemp", mktemp: "mkostemp", setjmp: "an error code", longjmp: "an error code",
	strerror_l: "strerror_r",
};
const bannedCall = new RegExp(`(?<![\\w.>])(${Object.keys(banned).join("|")})\\s*\\(`);

export function checkBannedCalls(tree) {
	const findings = [];

	for (const [path, text] of matching(tree, ourCode))
		codeOnly(text).split("\n").forEach((line, i) => {
			const name = line.match(bannedCall)?.[1];

			if (name)
				findings.push(`${path}:${i + 1}: ${name}() is banned: use ${banned[name]}`);
		});
	return findings;
}

const source = /\.(c|h|sh|mjs|ts|tsx|sql|lua|cmake|yml|in|md|def|js)$|^tyboo$|CMakeLists\.txt$/;

export function checkUnfinished(tree) {
	const findings = [];

	for (const [path, text] of matching(tree, source)) {
		if (path.startsWith("tests/lint/"))
			continue;
		text.split("\n").forEach((line, i) => {
			if (/\b(TODO|FIXME|XXX|HACK)\b/.test(line))
				findings.push(`${path}:${i + 1}: unfinished work: ${line.trim()}`);
		});
	}
	return findings;
}

// Paths of somebody's machine and private keys have no place in the tree.
export function checkNoMachine(tree) {
	const findings = [];

	for (const [path, text] of matching(tree, source)) {
		if (path.startsWith("tests/lint/"))
			continue;
		text.split("\n").forEach((line, i) => {
			if (/(^|[\s"'=(])\/(work|home\/\w+)\//.test(line) || /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(line))
				findings.push(`${path}:${i + 1}: a path of one machine, or a secret: ${line.trim().slice(0, 100)}`);
		});
	}
	return findings;
}

export function checkOpenings(tree) {
	const findings = [];

	for (const [path, text] of matching(tree, /^(lib|fcgi-app|workers|bench|tests)\/.*\.[ch]$/))
		if (!/^\/\*[^]{20,}?\*\//.test(text))
			findings.push(`${path}:1: does not open with a comment that says what it is`);
	return findings;
}

// A second column by its number is the wrong one as soon as somebody puts one before it.
export function checkColumns(tree) {
	const findings = [];

	for (const [path, text] of matching(tree, /^(lib|fcgi-app|workers)\/.*\.c$/))
		text.split("\n").forEach((line, i) => {
			if (/\bty_rows_(text|int|bool|id|bytes)\(.*, *[1-9]\d* *[,)]/.test(line))
				findings.push(`${path}:${i + 1}: a column is read by its number; store/column.h reads by names`);
		});
	return findings;
}

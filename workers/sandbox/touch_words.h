/*
 * touch_words.h -- the names and signs that touch.c knows.
 */
#ifndef TY_SANDBOX_TOUCH_WORDS_H
#define TY_SANDBOX_TOUCH_WORDS_H

#include <stddef.h>

/* clang-format off */

/* Names that end the trust wherever they stand. */
static const char *const banned[] = {
	"constructor", "prototype", "call", "apply", "bind", "eval", "globalThis", "this",
	"arguments", "caller", "callee", "class", "super", "import", "with", "yield", "await",
	"async", "of", "delete", "debugger", "luxon", "crypto", NULL,
};

/* Methods of Array.prototype that change their receiver. */
static const char *const changers[] = {
	"reverse", "sort", "splice", "push", "pop", "shift", "unshift", "fill", "copyWithin",
	NULL,
};

/* No function of these names, wherever it is, changes an array or a plain object. */
static const char *const methods[] = {
	/* helpers of this product */
	"first", "last", "all", "itemMatching",
	/* String */
	"charAt", "charCodeAt", "codePointAt", "endsWith", "startsWith", "localeCompare", "match",
	"matchAll", "normalize", "padEnd", "padStart", "repeat", "replace", "replaceAll",
	"search", "split", "substring", "substr", "toLowerCase", "toUpperCase",
	"toLocaleLowerCase", "toLocaleUpperCase", "trim", "trimStart", "trimEnd", "fromCharCode",
	"fromCodePoint", "raw",
	/* Array, and those it shares with String */
	"at", "concat", "includes", "indexOf", "lastIndexOf", "slice", "join", "map", "filter",
	"find", "findIndex", "findLast", "findLastIndex", "some", "every", "reduce",
	"reduceRight", "flat", "flatMap", "forEach", "keys", "values", "entries", "toSorted",
	"toReversed", "toSpliced", "isArray", "from",
	/* Object, JSON, Number, RegExp, Map, Set, Intl */
	"fromEntries", "hasOwn", "hasOwnProperty", "toString", "toLocaleString", "valueOf",
	"parse", "stringify", "toFixed", "toPrecision", "toExponential", "isInteger",
	"isSafeInteger", "isFinite", "isNaN", "parseInt", "parseFloat", "test", "exec", "get",
	"has", "format", "formatToParts", "formatRange", "resolvedOptions", "NumberFormat",
	"DateTimeFormat", "PluralRules", "ListFormat", "RelativeTimeFormat", "select", "compare",
	/* Math */
	"abs", "ceil", "floor", "round", "trunc", "sign", "sqrt", "cbrt", "pow", "exp", "log",
	"log2", "log10", "hypot", "min", "max", "random",
	/* Date */
	"now", "UTC", "getTime", "getFullYear", "getMonth", "getDate", "getDay", "getHours",
	"getMinutes", "getSeconds", "getMilliseconds", "getTimezoneOffset", "getUTCFullYear",
	"getUTCMonth", "getUTCDate", "getUTCDay", "getUTCHours", "getUTCMinutes", "getUTCSeconds",
	"getUTCMilliseconds", "toISOString", "toJSON", "toDateString", "toTimeString",
	"toUTCString", "toLocaleDateString", "toLocaleTimeString",
	/* luxon's DateTime, Duration and Interval, which never change */
	"local", "utc", "fromISO", "fromJSDate", "fromMillis", "fromSeconds", "fromObject",
	"fromFormat", "fromSQL", "fromRFC2822", "fromHTTP", "fromDateTimes", "fromISOTime",
	"plus", "minus", "diff", "diffNow", "startOf", "endOf", "setZone", "setLocale", "toUTC",
	"toLocal", "toISO", "toISODate", "toISOTime", "toISOWeekDate", "toFormat", "toMillis",
	"toSeconds", "toUnixInteger", "toSQL", "toSQLDate", "toSQLTime", "toHTTP", "toRFC2822",
	"toJSDate", "toObject", "toRelative", "toRelativeCalendar", "hasSame", "until", "toHuman",
	"as", "shiftTo", "rescale", "negate", "contains", "overlaps", "isBefore", "isAfter",
	"length", "count", "info", "warn", "error", "debug", "after", "before", "splitBy", "divideEqually", NULL,
};

/* Globals that may be called, or be followed by a point. */
static const char *const functions[] = {
	"$", "$str", "$condition", "$value", "$if", "Array", "Boolean", "Date", "Map", "Number", "RegExp", "Set", "String",
	"BigInt", "isFinite", "isNaN", "parseFloat", "parseInt", "escape", "unescape",
	"encodeURI", "decodeURI", "encodeURIComponent", "decodeURIComponent", NULL,
};

/* Globals of which no member changes anything, to be followed by a point. */
static const char *const spaces[] = {
	"JSON", "Math", "console", "Intl", "DateTime", "Duration", "Interval", NULL,
};

/* All that may follow "Object.". */
static const char *const of_object[] = {
	"keys", "values", "entries", "fromEntries", "is", "hasOwn", NULL,
};

static const char *const operators[] = {
	"return", "typeof", "void", "in", "instanceof", "new", "case", "else", "do", "throw",
	"try", "break", "finally", "continue", "default", NULL,
};

static const char *const controls[] = {
	"if", "for", "while", "switch", "catch", NULL,
};

static const char *const declares[] = {
	"const", "let", "var", NULL,
};

static const char *const literals[] = {
	"null", "true", "false", "undefined", "NaN", "Infinity", NULL,
};

/* The longest comes first, as in the engine; those of 'assigns' give primitive values. */
static const char *const signs[] = {
	">>>=", "===", "!==", "**=", "<<=", ">>=", ">>>", "&&=", "||=", "?\?=", "=>", "==", "!=",
	"<=", ">=", "&&", "||", "??", "**", "<<", ">>", "++", "--", "+=", "-=", "*=", "/=", "%=",
	"&=", "|=", "^=", "+", "-", "*", "/", "%", "<", ">", "=", "!", "&", "|", "^", "~", "?",
	":", ",", ";", NULL,
};

static const char *const assigns[] = {
	">>>=", "**=", "<<=", ">>=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", NULL,
};

static const char *const keeps[] = {
	"=", "&&=", "||=", "?\?=", NULL,
};

/* clang-format on */

#endif

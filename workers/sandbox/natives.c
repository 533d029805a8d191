/*
 * natives.c -- see natives.h.  Each copies its text arguments out of the engine and gives the
 * copies back before it returns.
 */
#include "natives.h"

#include "ascii.h"
#include "clock.h"
#include "dialect.h"
#include "harmless.h"
#include "hash.h"
#include "text.h"
#include "touch.h"
#include "zones.h"

#include <stdlib.h>
#include <string.h>

/* compile(source, url): the source's completion value. */
static JSValueRef
native_compile(JSContextRef ctx, JSObjectRef fn, JSObjectRef self, size_t argc,
	       const JSValueRef argv[], JSValueRef *exception)
{
	JSStringRef source, url;
	JSValueRef value;

	if (argc < 2)
		return JSValueMakeUndefined(ctx);
	source = JSValueToStringCopy(ctx, argv[0], exception);
	if (source == NULL)
		return JSValueMakeUndefined(ctx);
	url = JSValueToStringCopy(ctx, argv[1], exception);
	value = url == NULL ? NULL : JSEvaluateScript(ctx, source, NULL, url, 1, exception);
	JSStringRelease(source);
	if (url != NULL)
		JSStringRelease(url);
	return value != NULL ? value : JSValueMakeUndefined(ctx);
}

/* A malloc'd copy in UTF-8, with its length; NULL where the value has no text. */
static char *
utf8_of(JSContextRef ctx, JSValueRef value, size_t *ret_len, JSValueRef *exception)
{
	JSStringRef text = JSValueToStringCopy(ctx, value, exception);
	size_t size;
	char *utf8;

	if (text == NULL)
		return NULL;
	size = JSStringGetMaximumUTF8CStringSize(text);
	utf8 = malloc(size);
	if (utf8 == NULL)
		abort();
	*ret_len = JSStringGetUTF8CString(text, utf8, size) - 1;
	JSStringRelease(text);
	return utf8;
}

static JSValueRef
text_value(JSContextRef ctx, const char *text)
{
	JSStringRef string = JSStringCreateWithUTF8CString(text);
	JSValueRef value = JSValueMakeString(ctx, string);

	JSStringRelease(string);
	return value;
}

/* "SyntaxError: what" -> "what" as a value. */
static JSValueRef
message_of(JSContextRef ctx, JSValueRef error, JSValueRef *exception)
{
	static const char prefix[] = "SyntaxError: ";
	size_t len;
	char *text = utf8_of(ctx, error, &len, exception);
	JSValueRef value;

	if (text == NULL)
		return JSValueMakeUndefined(ctx);
	value = text_value(ctx, strncmp(text, prefix, sizeof(prefix) - 1) == 0
					? text + sizeof(prefix) - 1
					: text);
	free(text);
	return value;
}

/* syntax(source): the parser's complaint, undefined where there is none. */
static JSValueRef
native_syntax(JSContextRef ctx, JSObjectRef fn, JSObjectRef self, size_t argc,
	      const JSValueRef argv[], JSValueRef *exception)
{
	JSValueRef error = NULL;
	JSStringRef source;
	bool ok;

	source = argc < 1 ? NULL : JSValueToStringCopy(ctx, argv[0], exception);
	if (source == NULL)
		return JSValueMakeUndefined(ctx);
	ok = JSCheckScriptSyntax(ctx, source, NULL, 1, &error);
	JSStringRelease(source);
	if (ok || error == NULL)
		return JSValueMakeUndefined(ctx);
	return message_of(ctx, error, exception);
}

/* native_<name>(text): the answer of ask(text); undefined where no text is given. */
#define NATIVE_OF_TEXT(name, make, ask)                                                            \
	static JSValueRef native_##name(JSContextRef ctx, JSObjectRef fn, JSObjectRef self,        \
					size_t argc, const JSValueRef argv[],                      \
					JSValueRef *exception)                                     \
	{                                                                                          \
		JSStringRef text = argc < 1 ? NULL : JSValueToStringCopy(ctx, argv[0], exception); \
		JSValueRef value;                                                                  \
                                                                                                   \
		if (text == NULL)                                                                  \
			return JSValueMakeUndefined(ctx);                                          \
		value = make(ctx, ask(JSStringGetCharactersPtr(text), JSStringGetLength(text)));   \
		JSStringRelease(text);                                                             \
		return value;                                                                      \
	}

/* depth(text): how deep a JSON text nests.  hasNul(text): does it escape a NUL? */
NATIVE_OF_TEXT(depth, JSValueMakeNumber, text_depth)
NATIVE_OF_TEXT(has_nul, JSValueMakeBoolean, text_has_nul)
/* isHarmless(script), touch(script), used(script): see harmless.h, touch.h and dialect.h. */
NATIVE_OF_TEXT(is_harmless, JSValueMakeBoolean, harmless)
NATIVE_OF_TEXT(touch, JSValueMakeNumber, touch)
NATIVE_OF_TEXT(used, JSValueMakeNumber, dialect_used)

/* mentions(text, words): of the words, between single spaces, which occur?  The first is bit 0. */
static JSValueRef
native_mentions(JSContextRef ctx, JSObjectRef fn, JSObjectRef self, size_t argc,
		const JSValueRef argv[], JSValueRef *exception)
{
	JSStringRef text, words;
	unsigned int bits = 0;

	text = argc < 2 ? NULL : JSValueToStringCopy(ctx, argv[0], exception);
	if (text == NULL)
		return JSValueMakeUndefined(ctx);
	words = JSValueToStringCopy(ctx, argv[1], exception);
	if (words != NULL) {
		bits = text_mentions(JSStringGetCharactersPtr(text), JSStringGetLength(text),
				     JSStringGetCharactersPtr(words), JSStringGetLength(words));
		JSStringRelease(words);
	}
	JSStringRelease(text);
	return JSValueMakeNumber(ctx, bits);
}

/* setClock(ms): what it is for the script. */
static JSValueRef
native_set_clock(JSContextRef ctx, JSObjectRef fn, JSObjectRef self, size_t argc,
		 const JSValueRef argv[], JSValueRef *exception)
{
	double ms = argc < 1 ? 0 : JSValueToNumber(ctx, argv[0], exception);

	/* A time that a Date can hold; else (NaN, too) the beginning of time. */
	clock_fix(ms >= -8.64e15 && ms <= 8.64e15 ? (int64_t)ms : 0);
	return JSValueMakeUndefined(ctx);
}

/*
 * The one variable of this file: a function of the engine has no room for a context, and the
 * process has one set of zones.
 */
static const struct zones *the_zones;

void
natives_use_zones(const struct zones *zones)
{
	the_zones = zones;
}

/* zoneOffset(name, ms): minutes from UTC; undefined where the engine has to find out. */
static JSValueRef
native_zone_offset(JSContextRef ctx, JSObjectRef fn, JSObjectRef self, size_t argc,
		   const JSValueRef argv[], JSValueRef *exception)
{
	char name[64]; /* longer than any zone's */
	JSStringRef text;
	int32_t offset_s;
	double ms;

	text = argc < 2 ? NULL : JSValueToStringCopy(ctx, argv[0], exception);
	if (text == NULL)
		return JSValueMakeUndefined(ctx);
	JSStringGetUTF8CString(text, name, sizeof(name));
	JSStringRelease(text);
	ms = JSValueToNumber(ctx, argv[1], exception);
	if (!zones_offset(the_zones, name, ms, &offset_s))
		return JSValueMakeUndefined(ctx);
	return JSValueMakeNumber(ctx, offset_s / 60.0);
}

/* onRejection(fn): what is told of promises that were rejected and that nobody awaits. */
static JSValueRef
native_on_rejection(JSContextRef ctx, JSObjectRef fn, JSObjectRef self, size_t argc,
		    const JSValueRef argv[], JSValueRef *exception)
{
	JSObjectRef told = argc < 1 ? NULL : JSValueToObject(ctx, argv[0], exception);

	if (told != NULL)
		JSGlobalContextSetUnhandledRejectionCallback(JSContextGetGlobalContext(ctx), told,
							     exception);
	return JSValueMakeUndefined(ctx);
}

/* outside(script): see dialect.h. */
static JSValueRef
native_outside(JSContextRef ctx, JSObjectRef fn, JSObjectRef self, size_t argc,
	       const JSValueRef argv[], JSValueRef *exception)
{
	char out[DIALECT_OUTSIDE_SIZE];
	JSStringRef script;

	script = argc < 1 ? NULL : JSValueToStringCopy(ctx, argv[0], exception);
	if (script == NULL)
		return JSValueMakeUndefined(ctx);
	dialect_outside(JSStringGetCharactersPtr(script), JSStringGetLength(script), out);
	JSStringRelease(script);
	return text_value(ctx, out);
}

/* hash(algorithm, text): its digest in hex; undefined where there is no such algorithm. */
static JSValueRef
native_hash(JSContextRef ctx, JSObjectRef fn, JSObjectRef self, size_t argc,
	    const JSValueRef argv[], JSValueRef *exception)
{
	char out[HASH_HEX_SIZE];
	size_t len = 0;
	char *name, *text;
	bool ok;

	name = argc < 2 ? NULL : utf8_of(ctx, argv[0], &len, exception);
	if (name == NULL)
		return JSValueMakeUndefined(ctx);
	text = utf8_of(ctx, argv[1], &len, exception);
	ok = text != NULL && hash_hex(name, text, len, out);
	free(name);
	free(text);
	return ok ? text_value(ctx, out) : JSValueMakeUndefined(ctx);
}

/* ascii(text): see ascii.h. */
static JSValueRef
native_ascii(JSContextRef ctx, JSObjectRef fn, JSObjectRef self, size_t argc,
	     const JSValueRef argv[], JSValueRef *exception)
{
	JSStringRef text = argc < 1 ? NULL : JSValueToStringCopy(ctx, argv[0], exception);
	unsigned short *spelling;
	JSValueRef value;
	size_t len;

	if (text == NULL)
		return JSValueMakeUndefined(ctx);
	spelling = ascii_spelling(JSStringGetCharactersPtr(text), JSStringGetLength(text), &len);
	JSStringRelease(text);
	if (spelling == NULL)
		return JSValueMakeUndefined(ctx);
	text = JSStringCreateWithCharacters(spelling, len);
	value = JSValueMakeString(ctx, text);
	JSStringRelease(text);
	free(spelling);
	return value;
}

/* seldom(nth): one of the functions that few requests need, made when it is asked for. */
static JSValueRef
native_seldom(JSContextRef ctx, JSObjectRef fn, JSObjectRef self, size_t argc,
	      const JSValueRef argv[], JSValueRef *exception)
{
	/* In the order of the prelude's constants. */
	static const JSObjectCallAsFunctionCallback functions[] = {
		native_syntax,	    native_depth,	 native_is_harmless, native_touch,
		native_zone_offset, native_on_rejection, native_used,	     native_outside,
		native_hash,	    native_ascii,
	};
	const size_t count = sizeof(functions) / sizeof(functions[0]);
	double nth = argc < 1 ? -1 : JSValueToNumber(ctx, argv[0], exception);

	if (!(nth >= 0 && nth < (double)count))
		return JSValueMakeUndefined(ctx);
	return JSObjectMakeFunctionWithCallback(ctx, NULL, functions[(size_t)nth]);
}

void
natives_make(JSContextRef ctx, JSValueRef out[NATIVES_COUNT])
{
	static const JSObjectCallAsFunctionCallback functions[NATIVES_COUNT] = {
		native_compile, native_has_nul, native_mentions, native_set_clock, native_seldom,
	};

	for (size_t i = 0; i < NATIVES_COUNT; i++)
		out[i] = JSObjectMakeFunctionWithCallback(ctx, NULL, functions[i]);
}

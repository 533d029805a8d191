/*
 * vm.c -- JavaScriptCore behind vm.h; the only file that knows it.
 *
 * The engine runs in one thread, by these options: no JIT (no executable memory), no helper
 * thread for marking, no concurrent collection, and malloc instead of bmalloc, whose
 * scavenger is a thread and whose cage of 64 GiB makes RLIMIT_DATA meaningless.
 * So the jail can forbid clone() altogether (checked with strace).
 */
#include "vm.h"

#include "jsc_api.h"
#include "text.h"

#include "base/limits.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const char ty_prelude_js[]; /* prelude.js, embedded by CMake */

struct vm {
	JSContextGroupRef group;
	JSGlobalContextRef ctx; /* the realm of the next (or this) request */
	JSObjectRef step;	/* the prelude's function in it; protected */
	JSStringRef prelude, prelude_url;
	JSValueRef
		luxon; /* a string: it belongs to the group, so every realm can be handed the same */
	size_t heap_low;	 /* malloc's bytes in use after the last collection */
	unsigned int since_look; /* requests since the heap was last looked at */
};

/* Asking malloc walks its free lists, which costs as much as a small request. */
#define LOOK_EVERY 32
/* A request of this size is looked at by itself. */
#define LOOK_BYTES (256 * 1024)

/* A realm and its garbage take about 150 KiB; collecting takes about 1 ms. */
#define HEAP_GROWTH_BYTES (8 * 1024 * 1024)

static const char spoiled[] = "{\"ok\":false,\"error\":{\"name\":\"Error\",\"message\":"
			      "\"the script spoiled its own environment or ran out of memory\","
			      "\"stack\":\"\"}}";
static const char too_large[] = "{\"ok\":false,\"error\":{\"name\":\"RangeError\",\"message\":"
				"\"the result is larger than 40 MiB\",\"stack\":\"\"}}";

/* natives ------------------------------------------------------------------------- */

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

/* "SyntaxError: what" -> "what" as a value. */
static JSValueRef
message_of(JSContextRef ctx, JSValueRef error, JSValueRef *exception)
{
	static const char prefix[] = "SyntaxError: ";
	JSStringRef text = JSValueToStringCopy(ctx, error, exception);
	JSValueRef value;
	size_t size;
	char *utf8;

	if (text == NULL)
		return JSValueMakeUndefined(ctx);
	size = JSStringGetMaximumUTF8CStringSize(text);
	utf8 = malloc(size);
	if (utf8 == NULL)
		abort();
	JSStringGetUTF8CString(text, utf8, size);
	JSStringRelease(text);
	text = JSStringCreateWithUTF8CString(
		strncmp(utf8, prefix, sizeof(prefix) - 1) == 0 ? utf8 + sizeof(prefix) - 1 : utf8);
	value = JSValueMakeString(ctx, text);
	JSStringRelease(text);
	free(utf8);
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

/* depth(text): how deep a JSON text nests. */
static JSValueRef
native_depth(JSContextRef ctx, JSObjectRef fn, JSObjectRef self, size_t argc,
	     const JSValueRef argv[], JSValueRef *exception)
{
	JSStringRef text;
	size_t depth;

	text = argc < 1 ? NULL : JSValueToStringCopy(ctx, argv[0], exception);
	if (text == NULL)
		return JSValueMakeUndefined(ctx);
	depth = text_depth(JSStringGetCharactersPtr(text), JSStringGetLength(text));
	JSStringRelease(text);
	return JSValueMakeNumber(ctx, (double)depth);
}

/* realms -------------------------------------------------------------------------- */

static JSValueRef
make_native(JSContextRef ctx, JSObjectCallAsFunctionCallback fn)
{
	return JSObjectMakeFunctionWithCallback(ctx, NULL, fn);
}

/* A new realm with the prelude run in it; false where that fails. */
static bool
open_realm(struct vm *vm)
{
	JSGlobalContextRef ctx = JSGlobalContextCreateInGroup(vm->group, NULL);
	JSValueRef exception = NULL;
	JSValueRef natives[6];
	JSValueRef prelude, step = NULL;

	vm->ctx = ctx;
	vm->step = NULL;
	prelude = JSEvaluateScript(ctx, vm->prelude, NULL, vm->prelude_url, 1, &exception);
	if (prelude == NULL || !JSValueIsObject(ctx, prelude))
		return false;
	natives[0] = make_native(ctx, native_compile);
	natives[1] = make_native(ctx, native_syntax);
	natives[2] = make_native(ctx, native_depth);
	natives[3] = vm->luxon;
	natives[4] = JSValueMakeNumber(ctx, TY_LIMIT_JSON_DEPTH);
	natives[5] = JSValueMakeNumber(ctx, TY_LIMIT_SANDBOX_MESSAGE_BYTES);
	step = JSObjectCallAsFunction(ctx, JSValueToObject(ctx, prelude, &exception), NULL, 6,
				      natives, &exception);
	if (step == NULL || !JSValueIsObject(ctx, step))
		return false;
	vm->step = JSValueToObject(ctx, step, &exception);
	JSValueProtect(ctx, vm->step);
	return true;
}

static void
close_realm(struct vm *vm)
{
	if (vm->step != NULL)
		JSValueUnprotect(vm->ctx, vm->step);
	vm->step = NULL;
	if (vm->ctx != NULL)
		JSGlobalContextRelease(vm->ctx);
	vm->ctx = NULL;
}

static size_t
heap_bytes(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

void
vm_prepare(struct vm *vm)
{
	close_realm(vm);
	if (!open_realm(vm))
		abort(); /* it worked before: memory is gone, and the parent replaces us */
	if (++vm->since_look < LOOK_EVERY)
		return;
	vm->since_look = 0;
	if (heap_bytes() > vm->heap_low + HEAP_GROWTH_BYTES) {
		JSSynchronousGarbageCollectForDebugging(vm->ctx);
		malloc_trim(64 * 1024);
		vm->heap_low = heap_bytes();
	}
}

/* The engine reads its options from the environment, once. */
static void
set_options(void)
{
	static const char *const options[][2] = {
		{ "JSC_useJIT", "0" },
		{ "JSC_useConcurrentGC", "0" },
		{ "JSC_numberOfGCMarkers", "1" },
		/* Sizes the heap's growth; the machine's RAM would be taken else. */
		{ "JSC_forceRAMSize", "67108864" },
		{ "Malloc", "1" },
		{ "TZ", "UTC" },
		{ "LC_ALL", "C.UTF-8" },
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		setenv(options[i][0], options[i][1], 1);
}

/*
 * Touch once what opens files or reads the environment at its first use: the host's time
 * zone and locale, and randomness.
 */
static void
warm_up(struct vm *vm)
{
	JSStringRef script = JSStringCreateWithUTF8CString(
		"new Date(0).getTimezoneOffset() + new Date(0).toString() + [3, 1].sort() +"
		"new Intl.DateTimeFormat().resolvedOptions().timeZone + /a+/.exec('aa')");
	JSValueRef exception = NULL;

	(void)JSEvaluateScript(vm->ctx, script, NULL, NULL, 1, &exception);
	JSStringRelease(script);
}

/*
 * luxon's own file ends in a declaration; as an expression it leaves no global behind.  Made
 * once: a copy of its 80 KB for each realm would cost as much as the realm.
 */
static JSValueRef
wrap_luxon(JSContextGroupRef group, const char *luxon)
{
	JSGlobalContextRef ctx = JSGlobalContextCreateInGroup(group, NULL);
	char *wrapped = NULL;
	JSStringRef source;
	JSValueRef value;

	if (luxon[0] != '\0' && asprintf(&wrapped, "(function(){%s\n;return luxon})()", luxon) < 0)
		abort();
	source = JSStringCreateWithUTF8CString(wrapped != NULL ? wrapped : "");
	value = JSValueMakeString(ctx, source);
	JSValueProtect(ctx, value);
	JSStringRelease(source);
	JSGlobalContextRelease(ctx);
	free(wrapped);
	return value;
}

struct vm *
vm_new(const char *luxon)
{
	struct vm *vm = calloc(1, sizeof(*vm));

	if (vm == NULL)
		return NULL;
	set_options();
	mallopt(M_ARENA_MAX, 1);
	vm->group = JSContextGroupCreate();
	vm->prelude = JSStringCreateWithUTF8CString(ty_prelude_js);
	vm->prelude_url = JSStringCreateWithUTF8CString("tyboo:prelude");
	vm->luxon = wrap_luxon(vm->group, luxon);
	if (!open_realm(vm))
		return NULL;
	warm_up(vm);
	vm_prepare(vm);
	vm->heap_low = heap_bytes();
	return vm;
}

/* answers ------------------------------------------------------------------------- */

static char *
constant_answer(const char *text, size_t head, size_t *ret_len)
{
	size_t len = strlen(text);
	char *out = malloc(head + len + 1);

	if (out == NULL)
		abort();
	memcpy(out + head, text, len + 1);
	*ret_len = len;
	return out;
}

static char *
take_answer(struct vm *vm, JSValueRef value, size_t head, size_t *ret_len)
{
	JSValueRef exception = NULL;
	JSStringRef text = JSValueToStringCopy(vm->ctx, value, &exception);
	size_t size;
	char *out;

	if (text == NULL)
		return constant_answer(spoiled, head, ret_len);
	size = JSStringGetMaximumUTF8CStringSize(text);
	out = malloc(head + size);
	if (out == NULL)
		abort();
	*ret_len = JSStringGetUTF8CString(text, out + head, size) - 1;
	JSStringRelease(text);
	if (*ret_len > LOOK_BYTES)
		vm->since_look = LOOK_EVERY;
	out = text_make_storable(out, head, ret_len);
	if (*ret_len <= TY_LIMIT_SANDBOX_MESSAGE_BYTES)
		return out;
	free(out);
	return constant_answer(too_large, head, ret_len);
}

char *
vm_answer(struct vm *vm, const char *request, size_t head, size_t *ret_len)
{
	JSStringRef source = JSStringCreateWithUTF8CString(request);
	JSValueRef exception = NULL;
	JSValueRef value, argument;

	if (strlen(request) > LOOK_BYTES)
		vm->since_look = LOOK_EVERY;
	if (source == NULL)
		return constant_answer(spoiled, head, ret_len);
	argument = JSValueMakeString(vm->ctx, source);
	JSStringRelease(source);
	/* Promises of the script run when this call returns. */
	value = JSObjectCallAsFunction(vm->ctx, vm->step, NULL, 1, &argument, &exception);
	if (value != NULL && !JSValueIsString(vm->ctx, value))
		value = JSObjectCallAsFunction(vm->ctx, vm->step, NULL, 0, NULL, &exception);
	if (value == NULL || !JSValueIsString(vm->ctx, value))
		return constant_answer(spoiled, head, ret_len);
	return take_answer(vm, value, head, ret_len);
}

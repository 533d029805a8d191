/*
 * vm.c -- JavaScriptCore behind vm.h; with natives.c the only file that knows it.
 *
 * The engine runs in one thread, by these options: no JIT (no executable memory), no helper
 * thread for marking, no concurrent collection, and malloc instead of bmalloc, whose
 * scavenger is a thread and whose cage of 64 GiB makes RLIMIT_DATA meaningless.
 * So the jail can forbid clone() altogether (checked with strace).
 */
#include "vm.h"

#include "jsc_api.h"
#include "natives.h"
#include "text.h"

#include "base/limits.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const char ty_prelude_js[]; /* prelude.js, embedded by CMake; the others likewise */
extern const char ty_dates_js[];
extern const char ty_locale_js[];
extern const char ty_web_js[];
extern const char ty_hints_js[];
extern const char ty_console_js[];
extern const char ty_format_js[];
extern const char ty_inspect_js[];
extern const char ty_condition_js[];
extern const char ty_dialect_rewrite_js[];
extern const char ty_dialect_helpers_js[];
extern const char ty_dialect_values_js[];
extern const char ty_dialect_text_js[];
extern const char ty_dialect_dates_js[];
extern const char ty_dialect_functions_js[];
extern const char ty_dialect_names_js[];

/* Sources that the prelude evaluates where a script needs them, in the order of its arguments. */
enum {
	PART_LUXON,
	PART_DATES,
	PART_LOCALE,
	PART_WEB,
	PART_HINTS,
	PART_FORMAT,
	PART_CONSOLE,
	PART_INSPECT,
	PART_CONDITION,
	PART_REWRITE,
	PART_HELPERS,
	PART_HELPERS_VALUES,
	PART_HELPERS_TEXT,
	PART_HELPERS_DATES,
	PART_FUNCTIONS,
	PART_NAMES,
	PART_PACKAGES,
	PARTS_COUNT = PART_PACKAGES + VM_PACKAGES,
};

struct realm {
	JSGlobalContextRef ctx;
	JSObjectRef step; /* the prelude's function in it; protected */
};

/* Realms of a turn of requests (SANDBOX_TURN of workers/run), less 'fresh'. */
#define SPARE_MAX 7

struct vm {
	JSContextGroupRef group;
	struct realm kept;  /* ran nothing but the prelude and what is harmless */
	struct realm fresh; /* realm of the next (or this) request */
	bool is_used;	    /* 'fresh' is not fresh any more */
	/* Realms that a warm parent has made for its children's first requests, each used once as any other. */
	struct realm spare[SPARE_MAX];
	size_t spare_count;
	JSScriptRef prelude;
	/* Strings that all realms share, because they belong to the group. */
	JSValueRef parts[PARTS_COUNT];
	size_t heap_low;	 /* malloc's bytes in use after the last collection */
	unsigned int since_look; /* requests since the heap was last looked at */
};

/* Asking malloc walks its free lists, which costs as much as a small request. */
#define LOOK_EVERY 32
/* A request of this size is looked at by itself. */
#define LOOK_BYTES (256 * 1024)

/* A larger request is not read twice, to find out that it needs a fresh realm. */
#define KEPT_BYTES_MAX (64 * 1024)

/* A realm and its garbage take about 150 KiB; collecting takes about 1 ms. */
#define HEAP_GROWTH_BYTES (8 * 1024 * 1024)

static const char spoiled[] = "{\"ok\":false,\"error\":{\"name\":\"Error\",\"message\":"
			      "\"the script spoiled its own environment or ran out of memory\","
			      "\"stack\":\"\"}}";
static const char too_large[] = "{\"ok\":false,\"error\":{\"name\":\"RangeError\",\"message\":"
				"\"the result is larger than 40 MiB\",\"stack\":\"\"}}";

/* realms -------------------------------------------------------------------------- */

/* Arguments of the prelude's function: natives, three facts, and parts. */
#define FACTS_AT   NATIVES_COUNT
#define PARTS_AT   (FACTS_AT + 3)
#define ARGS_COUNT (PARTS_AT + PARTS_COUNT)

/* A new realm with the prelude run in it; false where that fails. */
static bool
realm_open(const struct vm *vm, bool is_kept, struct realm *realm)
{
	JSGlobalContextRef ctx = JSGlobalContextCreateInGroup(vm->group, NULL);
	JSValueRef exception = NULL;
	JSValueRef args[ARGS_COUNT];
	JSValueRef prelude, step = NULL;

	realm->ctx = ctx;
	realm->step = NULL;
	prelude = JSScriptEvaluate(ctx, vm->prelude, JSValueMakeUndefined(ctx), &exception);
	if (prelude == NULL || !JSValueIsObject(ctx, prelude))
		return false;
	natives_make(ctx, args);
	memcpy(args + PARTS_AT, vm->parts, sizeof(vm->parts));
	args[FACTS_AT] = JSValueMakeBoolean(ctx, is_kept);
	args[FACTS_AT + 1] = JSValueMakeNumber(ctx, TY_LIMIT_ITEM_DEPTH);
	args[FACTS_AT + 2] = JSValueMakeNumber(ctx, TY_LIMIT_SANDBOX_MESSAGE_BYTES);
	step = JSObjectCallAsFunction(ctx, JSValueToObject(ctx, prelude, &exception), NULL,
				      ARGS_COUNT, args, &exception);
	if (step == NULL || !JSValueIsObject(ctx, step))
		return false;
	realm->step = JSValueToObject(ctx, step, &exception);
	JSValueProtect(ctx, realm->step);
	return true;
}

static void
realm_close(struct realm *realm)
{
	JSValueUnprotect(realm->ctx, realm->step);
	JSGlobalContextRelease(realm->ctx);
	*realm = (struct realm){ NULL, NULL };
}

static size_t
heap_bytes(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

static void
make_fresh(struct vm *vm)
{
	realm_close(&vm->fresh);
	if (vm->spare_count > 0)
		vm->fresh = vm->spare[--vm->spare_count];
	else if (!realm_open(vm, false, &vm->fresh))
		abort(); /* memory is gone, because this worked before; the parent replaces us */
	vm->is_used = false;
}

void
vm_prepare(struct vm *vm)
{
	if (vm->is_used)
		make_fresh(vm);
	if (++vm->since_look < LOOK_EVERY)
		return;
	vm->since_look = 0;
	if (heap_bytes() > vm->heap_low + HEAP_GROWTH_BYTES) {
		JSSynchronousGarbageCollectForDebugging(vm->kept.ctx);
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
		/* Collects every twenty realms; the default, 1 MB, every five. */
		{ "JSC_smallHeapSize", "4194304" },
		/* Fixes the numbers of scripts that reach Math behind the prelude's back, so that a
		 * replay sees the same. */
		{ "JSC_forceWeakRandomSeed", "1" },
		{ "JSC_forcedWeakRandomSeed", "2654435769" },
		/* Turns off WebAssembly, so that nothing makes machine code. */
		{ "JSC_useWasm", "0" },
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
		"new Intl.DateTimeFormat().resolvedOptions().timeZone + /a+/.exec('aa') +"
		/* ICU opens the zones' file at the first one that has rules, and keeps it. */
		"new Intl.DateTimeFormat('en', { timeZone: 'Europe/Berlin' }).format(0)");
	JSValueRef exception = NULL;

	(void)JSEvaluateScript(vm->fresh.ctx, script, NULL, NULL, 1, &exception);
	JSStringRelease(script);
}

/* Made once: a copy of luxon's 80 KB for each realm would cost as much as the realm. */
static JSValueRef
keep_text(JSContextRef ctx, const char *text)
{
	JSStringRef source = JSStringCreateWithUTF8CString(text);
	JSValueRef value = JSValueMakeString(ctx, source);

	JSValueProtect(ctx, value);
	JSStringRelease(source);
	return value;
}

/*
 * A package's file ends in a declaration of 'name'; as a function of the globals that it needs it
 * leaves none behind.
 */
static JSValueRef
keep_package(JSContextRef ctx, const char *source, const char *globals, const char *name)
{
	char *wrapped = NULL;
	JSValueRef value;

	if (source[0] == '\0')
		return keep_text(ctx, "");
	if (asprintf(&wrapped, "(function(%s){%s\n;return %s})", globals, source, name) < 0)
		abort();
	value = keep_text(ctx, wrapped);
	free(wrapped);
	return value;
}

static void
make_parts(struct vm *vm, const struct vm_sources *sources)
{
	JSGlobalContextRef ctx = JSGlobalContextCreateInGroup(vm->group, NULL);

	vm->parts[PART_LUXON] = keep_package(ctx, sources->luxon, "Date", "luxon");
	vm->parts[PART_DATES] = keep_text(ctx, ty_dates_js);
	vm->parts[PART_LOCALE] = keep_text(ctx, ty_locale_js);
	vm->parts[PART_WEB] = keep_text(ctx, ty_web_js);
	vm->parts[PART_HINTS] = keep_text(ctx, ty_hints_js);
	vm->parts[PART_FORMAT] = keep_text(ctx, ty_format_js);
	vm->parts[PART_CONSOLE] = keep_text(ctx, ty_console_js);
	vm->parts[PART_INSPECT] = keep_text(ctx, ty_inspect_js);
	vm->parts[PART_CONDITION] = keep_text(ctx, ty_condition_js);
	vm->parts[PART_REWRITE] = keep_text(ctx, ty_dialect_rewrite_js);
	vm->parts[PART_HELPERS] = keep_text(ctx, ty_dialect_helpers_js);
	vm->parts[PART_HELPERS_VALUES] = keep_text(ctx, ty_dialect_values_js);
	vm->parts[PART_HELPERS_TEXT] = keep_text(ctx, ty_dialect_text_js);
	vm->parts[PART_HELPERS_DATES] = keep_text(ctx, ty_dialect_dates_js);
	vm->parts[PART_FUNCTIONS] = keep_text(ctx, ty_dialect_functions_js);
	vm->parts[PART_NAMES] = keep_text(ctx, ty_dialect_names_js);
	for (size_t i = 0; i < VM_PACKAGES; i++)
		vm->parts[PART_PACKAGES + i] =
			keep_package(ctx, sources->packages[i],
				     "SharedArrayBuffer,TextEncoder,TextDecoder", "out");
	JSGlobalContextRelease(ctx);
}

struct vm *
vm_new(const struct vm_sources *sources, const struct zones *zones)
{
	struct vm *vm = calloc(1, sizeof(*vm));
	JSStringRef prelude, url;

	if (vm == NULL)
		return NULL;
	set_options();
	mallopt(M_ARENA_MAX, 1);
	JSRemoteInspectorSetInspectionEnabledByDefault(
		false); /* inspection costs, and nobody inspects */
	vm->group = JSContextGroupCreate();
	prelude = JSStringCreateWithUTF8CString(ty_prelude_js);
	url = JSStringCreateWithUTF8CString("tyboo:prelude");
	vm->prelude = JSScriptCreateFromString(vm->group, url, 1, prelude, NULL, NULL);
	JSStringRelease(prelude);
	JSStringRelease(url);
	natives_use_zones(zones);
	make_parts(vm, sources);
	if (vm->prelude == NULL || !realm_open(vm, true, &vm->kept) ||
	    !realm_open(vm, false, &vm->fresh))
		return NULL;
	warm_up(vm);
	vm->is_used = true;
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
take_answer(struct vm *vm, JSContextRef ctx, JSValueRef value, size_t head, size_t *ret_len)
{
	JSValueRef exception = NULL;
	JSStringRef text = JSValueToStringCopy(ctx, value, &exception);
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

/* step(request) in a realm; NULL where it fails even to say so. */
static JSValueRef
call_step(const struct realm *realm, JSStringRef request)
{
	JSValueRef exception = NULL;
	JSValueRef argument = JSValueMakeString(realm->ctx, request);

	return JSObjectCallAsFunction(realm->ctx, realm->step, NULL, 1, &argument, &exception);
}

/*
 * The prelude decides; this only spares it what can be no other way.  A request of another
 * layout is answered all the same.
 */
static bool
may_be_kept(const char *request, size_t len)
{
	static const char code[] = "{\"kind\":\"code_";

	return len <= KEPT_BYTES_MAX && strncmp(request, code, sizeof(code) - 1) != 0;
}

static JSValueRef
answer_fresh(struct vm *vm, JSStringRef request)
{
	JSValueRef value, exception = NULL;

	vm->is_used = true;
	/* Promises of the script run when a call returns; each further one fires a timer, or answers. */
	value = call_step(&vm->fresh, request);
	while (value != NULL && JSValueIsUndefined(vm->fresh.ctx, value))
		value = JSObjectCallAsFunction(vm->fresh.ctx, vm->fresh.step, NULL, 0, NULL,
					       &exception);
	return value;
}

char *
vm_answer(struct vm *vm, const char *request, size_t head, size_t *ret_len)
{
	JSStringRef source = JSStringCreateWithUTF8CString(request);
	JSContextRef ctx = vm->kept.ctx;
	JSValueRef value = NULL;
	size_t len = strlen(request);

	if (len > LOOK_BYTES)
		vm->since_look = LOOK_EVERY;
	if (source == NULL)
		return constant_answer(spoiled, head, ret_len);
	if (may_be_kept(request, len))
		value = call_step(&vm->kept, source);
	if (value == NULL || !JSValueIsString(ctx, value)) {
		ctx = vm->fresh.ctx;
		value = answer_fresh(vm, source);
	}
	JSStringRelease(source);
	if (value == NULL || !JSValueIsString(ctx, value))
		return constant_answer(spoiled, head, ret_len);
	return take_answer(vm, ctx, value, head, ret_len);
}

/* Everything beside the kind and the code. */
#define WARM_DATA                                                                                  \
	"\"now_ms\":1,\"seed\":\"5eed\",\"timezone\":\"Europe/Berlin\",\"items\":[{\"json\":{"     \
	"\"n\":1.5,\"s\":\"text\",\"l\":[{\"a\":true},null]}}],\"nodes\":{\"A\":{\"items\":[{"     \
	"\"json\":"                                                                                \
	"{}}],\"pair\":[0]}},\"vars\":{},\"execution\":{\"id\":\"\",\"mode\":\"\"},\"workflow\":{" \
	"\"id\":\"\",\"name\":\"\"}}"

void
vm_warm(struct vm *vm)
{
	static const char *const requests[] = {
		"{\"kind\":\"code_all\",\"code\":\"const out = []; for (const item of "
		"$input.all()) "
		"out.push({ json: { ...item.json, s: item.json.s.toUpperCase(), n: "
		"Math.round(item.json.n * 100) / 100 } }); return out;\"," WARM_DATA,
		"{\"kind\":\"code_each\",\"code\":\"$json.t = JSON.stringify($json.l.map(x => x)); "
		"return $input.item;\"," WARM_DATA,
		"{\"kind\":\"expressions\",\"scripts\":[\"$json.l.length + "
		"$str($json.s.split('e'))\","
		"\"(() => $now.toISO() + new Date(0).toISOString())()\"]," WARM_DATA,
	};

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		size_t len;

		free(vm_answer(vm, requests[i], 0, &len));
		vm_prepare(vm);
	}
	while (vm->spare_count < SPARE_MAX) {
		if (!realm_open(vm, false, &vm->spare[vm->spare_count]))
			abort();
		vm->spare_count++;
	}
	vm->heap_low = heap_bytes();
}

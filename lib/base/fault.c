/*
 * fault.c -- the counters of fault points; see fault.h.
 *
 * The counters are globals, because whoever fails must not know that it is tested: a context would
 * have to be handed through every layer.
 */
#include "base/fault.h"

#include "base/str.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAULT_MAX 1000000000

static atomic_int fault_point;
static atomic_int_fast64_t fault_at, fault_counts[TY_FAULT__COUNT];
static pthread_once_t fault_once = PTHREAD_ONCE_INIT;

static const char *const fault_names[TY_FAULT__COUNT] = {
#define X(name, what) [TY_FAULT_##name] = #name,
#include "base/fault.def"
#undef X
	[TY_FAULT_ANY] = "any",
};

static void
fault_tell(void)
{
	for (int i = 0; i < TY_FAULT__COUNT; i++)
		fprintf(stderr, "fault: passed %s %lld\n", fault_names[i],
			(long long)atomic_load(&fault_counts[i]));
}

/* "store_send:3" */
static void
fault_read(void)
{
	const char *text = getenv("TYBOO_FAULT"), *colon = text != NULL ? strchr(text, ':') : NULL;
	int64_t nth;

	if (colon == NULL || !ty_str_parse_i64(colon + 1, 0, FAULT_MAX, &nth))
		return;
	for (int i = 0; i < TY_FAULT__COUNT; i++)
		if (strlen(fault_names[i]) == (size_t)(colon - text) &&
		    strncmp(fault_names[i], text, (size_t)(colon - text)) == 0)
			atomic_store(&fault_point, i);
	atomic_store(&fault_at, nth);
	atexit(fault_tell);
}

bool
ty_fault_passes(enum ty_fault point)
{
	int64_t number, any;
	int armed;

	pthread_once(&fault_once, fault_read);
	number = atomic_fetch_add(&fault_counts[point], 1) + 1;
	any = atomic_fetch_add(&fault_counts[TY_FAULT_ANY], 1) + 1;
	armed = atomic_load(&fault_point);
	if (armed == TY_FAULT_ANY)
		number = any;
	else if (armed != (int)point)
		return false;
	if (number != atomic_load(&fault_at))
		return false;
	fprintf(stderr, "fault: %s fails, number %lld\n", fault_names[point], (long long)number);
	return true;
}

void
ty_fault_arm(enum ty_fault point, int64_t nth)
{
	pthread_once(&fault_once, fault_read);
	atomic_store(&fault_at, 0);
	atomic_store(&fault_point, point);
	for (int i = 0; i < TY_FAULT__COUNT; i++)
		atomic_store(&fault_counts[i], 0);
	atomic_store(&fault_at, nth);
}

int64_t
ty_fault_passed(enum ty_fault point)
{
	return atomic_load(&fault_counts[point]);
}

bool
ty_fault_has_failed(void)
{
	int64_t at = atomic_load(&fault_at);

	return at > 0 && atomic_load(&fault_counts[atomic_load(&fault_point)]) >= at;
}

/*
 * defs.h -- what every other header may rely on: attributes, the result code
 * and forward declarations, so that headers need to include little.
 */
#ifndef TY_BASE_DEFS_H
#define TY_BASE_DEFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TY_MUST_CHECK	__attribute__((warn_unused_result))
#define TY_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define TY_NORETURN	__attribute__((noreturn))
#define TY_AUTO(fn)	__attribute__((cleanup(fn)))
#define TY_UNUSED	__attribute__((unused))

#define TY_ARRAY_COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Kinds of errors, for machines.  One row each in err.def. */
enum ty_code {
#define X(code, name, http, retry, of_runs, text, hint) code,
#include "base/err.def"
#undef X
	TY_E__COUNT
};

struct json_t;

struct ty_arena;
struct ty_buf;
struct ty_call;
struct ty_conf;
struct ty_engine_ops;
struct ty_journal_entry;
struct ty_err;
struct ty_graph;
struct ty_id;
struct ty_log;
struct ty_map;
struct ty_node_def;
struct ty_param;
struct ty_plan;
struct ty_queue;
struct ty_registry;
struct ty_run;
struct ty_secret;
struct ty_step;
struct ty_store;

/* A release-mode assertion: for our own bugs, never for the world's input. */
#define TY_ASSERT(cond) ((cond) ? (void)0 : ty_assert_failed(#cond, __FILE__, __LINE__, __func__))

void ty_assert_failed(const char *cond, const char *file, int line, const char *func) TY_NORETURN;

#endif

/*
 * log.h -- logfmt lines on stderr: ts=... level=info prog=tyboo-run msg="..." key=value.
 *
 * A struct ty_log is a value that is handed down, never a global.  Lines are
 * written whole with one write(2), so that processes may share a file.  There
 * is deliberately no way to log a json_t or a struct ty_secret.
 */
#ifndef TY_LOG_LOG_H
#define TY_LOG_LOG_H

#include "base/defs.h"

enum ty_log_level { TY_LOG_DEBUG, TY_LOG_INFO, TY_LOG_WARN, TY_LOG_ERROR };

struct ty_log {
	const char *prog; /* static */
	enum ty_log_level level;
	int fd;
	char context[256]; /* logfmt pairs added to each line; "" = none */
};

void ty_log_init(struct ty_log *log, const char *prog, enum ty_log_level level);
bool ty_log_level_parse(const char *s, enum ty_log_level *ret_level);

/* A copy of 'log' whose lines also carry these pairs: "workspace=%s run=%s". */
struct ty_log ty_log_with(const struct ty_log *log, const char *fmt, ...) TY_PRINTF(2, 3);

/*
 * ty_log_info(log, "run finished", "ms=%d status=%s", ms, status);
 * 'msg' is a constant; 'fmt' gives logfmt pairs, values quoted with ty_log_quote
 * where they may hold spaces.
 */
void ty_log_at(const struct ty_log *log, enum ty_log_level level, const char *msg, const char *fmt,
	       ...) TY_PRINTF(4, 5);
#define ty_log_debug(log, msg, ...) ty_log_at((log), TY_LOG_DEBUG, (msg), __VA_ARGS__)
#define ty_log_info(log, msg, ...)  ty_log_at((log), TY_LOG_INFO, (msg), __VA_ARGS__)
#define ty_log_warn(log, msg, ...)  ty_log_at((log), TY_LOG_WARN, (msg), __VA_ARGS__)
#define ty_log_error(log, msg, ...) ty_log_at((log), TY_LOG_ERROR, (msg), __VA_ARGS__)

/* Log an error value with code, message, path and the place that raised it. */
void ty_log_err(const struct ty_log *log, enum ty_log_level level, const char *msg,
		const struct ty_err *err);

/* Something that is tried again and again, and may fail for a long time; zero = it works. */
struct ty_log_fault {
	char said[256]; /* message of the failure that was logged last; "" = it works */
};

/*
 * A failure is worth a line when it begins and when it becomes another (a Redis that was away is back and
 * full), not each time it comes again; its end is worth one too.  True where the line is due.
 */
bool ty_log_fault_is_new(struct ty_log_fault *fault, const struct ty_err *err);
bool ty_log_fault_is_over(struct ty_log_fault *fault);

/* 's' as a quoted logfmt value in 'out'; cut to fit; control bytes escaped. Gives back 'out'. */
const char *ty_log_quote(const char *s, char *out, size_t out_size);

#endif

/*
 * log.c -- one write(2) a line, built on the stack; a line over LINE_SIZE is cut.
 */
#include "log/log.h"
#include "base/err.h"
#include "base/str.h"
#include "base/time.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_SIZE 4096 /* PIPE_BUF on Linux: written whole even to a pipe */

static const char *const level_names[] = {
	[TY_LOG_DEBUG] = "debug",
	[TY_LOG_INFO] = "info",
	[TY_LOG_WARN] = "warn",
	[TY_LOG_ERROR] = "error",
};

void
ty_log_init(struct ty_log *log, const char *prog, enum ty_log_level level)
{
	memset(log, 0, sizeof(*log));
	log->prog = prog;
	log->level = level;
	log->fd = STDERR_FILENO;
}

bool
ty_log_level_parse(const char *s, enum ty_log_level *ret_level)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(level_names); i++) {
		if (strcmp(s, level_names[i]) == 0) {
			*ret_level = (enum ty_log_level)i;
			return true;
		}
	}
	return false;
}

struct ty_log
ty_log_with(const struct ty_log *log, const char *fmt, ...)
{
	struct ty_log copy = *log;
	size_t len = strlen(copy.context);
	va_list ap;

	if (len > 0 && len < sizeof(copy.context) - 1)
		copy.context[len++] = ' ';
	va_start(ap, fmt);
	vsnprintf(copy.context + len, sizeof(copy.context) - len, fmt, ap);
	va_end(ap);
	return copy;
}

const char *
ty_log_quote(const char *s, char *out, size_t out_size)
{
	size_t n = 0;

	TY_ASSERT(out_size >= 3);
	out[n++] = '"';
	for (; s != NULL && *s != '\0' && n + 4 < out_size; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			out[n++] = '\\';
		if (c == '\n') {
			out[n++] = '\\';
			out[n++] = 'n';
		} else {
			out[n++] = c < 0x20 || c == 0x7F ? '?' : (char)c;
		}
	}
	out[n++] = '"';
	out[n] = '\0';
	return out;
}

void
ty_log_at(const struct ty_log *log, enum ty_log_level level, const char *msg, const char *fmt, ...)
{
	char line[LINE_SIZE], ts[TY_TIME_TEXT_SIZE], pairs[2048];
	va_list ap;
	int len;

	if (level < log->level)
		return;
	va_start(ap, fmt);
	vsnprintf(pairs, sizeof(pairs), fmt, ap);
	va_end(ap);
	ty_time_format(ty_time_now_ms(), ts);
	len = snprintf(line, sizeof(line), "ts=%s level=%s prog=%s pid=%d msg=\"%s\"%s%s%s%s\n", ts,
		       level_names[level], log->prog, (int)getpid(), msg,
		       log->context[0] == '\0' ? "" : " ", log->context,
		       pairs[0] == '\0' ? "" : " ", pairs);
	if (len >= (int)sizeof(line)) {
		len = sizeof(line) - 1;
		line[len - 1] = '\n';
	}
	/* A failure to log has nobody to be told to. */
	if (write(log->fd, line, (size_t)len) < 0)
		return;
}

void
ty_log_err(const struct ty_log *log, enum ty_log_level level, const char *msg,
	   const struct ty_err *err)
{
	char text[800], path[300];

	ty_log_at(log, level, msg, "code=%s error=%s%s%s at=%s:%d", ty_code_name(err->code),
		  ty_log_quote(err->msg, text, sizeof(text)), err->path[0] == '\0' ? "" : " path=",
		  err->path[0] == '\0' ? "" : ty_log_quote(err->path, path, sizeof(path)),
		  err->file == NULL ? "?" : err->file, err->line);
}

bool
ty_log_fault_is_new(struct ty_log_fault *fault, const struct ty_err *err)
{
	char said[sizeof(fault->said)];

	snprintf(said, sizeof(said), "%s: %.200s", ty_code_name(err->code), err->msg);
	if (ty_str_eq(fault->said, said))
		return false;
	memcpy(fault->said, said, sizeof(said));
	return true;
}

bool
ty_log_fault_is_over(struct ty_log_fault *fault)
{
	bool was_failing = fault->said[0] != '\0';

	fault->said[0] = '\0';
	return was_failing;
}

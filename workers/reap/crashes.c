/*
 * crashes.c -- reports of programs that died of a signal (base/crash.h): from the home to the runs that they had.
 *
 * A report is read once its process is gone, which its lock says; recorded first and removed then, and one that is
 * recorded again is the same rows.  What it says is also told in the log, because a program that had no run
 * has no other place for it.
 */
#include "reap.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/crash.h"
#include "base/id.h"
#include "base/str.h"
#include "conf/conf.h"
#include "json/json.h"
#include "store/crash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Above the largest that is written: 64 frames, and 256 runs of some 250 bytes. */
#define REPORT_BYTES_MAX 131072
/* Reports of a pass; a folder with more is the sign of another trouble. */
#define REPORTS_MAX 100

/* ---- reading ---- */

static json_t *
run_read(const char *rest, bool was_at)
{
	char run[64], workspace[64], workflow[64], node[200];
	struct ty_id id;

	if (sscanf(rest, "%63s %63s %63s %199s", run, workspace, workflow, node) != 4 ||
	    !ty_id_parse(run, &id) || !ty_id_parse(workspace, &id))
		return NULL;
	return json_pack("{s:s, s:s, s:s?, s:b}", "run", run, "workspace", workspace, "node",
			 strcmp(node, "-") != 0 ? node : NULL, "was_at", (int)was_at);
}

static void
word_read(json_t *report, const char *word, const char *rest)
{
	static const char *const texts[] = { "program", "version", "build", "pid", "address" };
	const char *space = strchr(rest, ' ');
	int64_t at_ms;

	for (size_t i = 0; i < TY_ARRAY_COUNT(texts); i++)
		if (ty_str_eq(word, texts[i]))
			json_object_set_new(report, word, json_string(rest));
	if (ty_str_eq(word, "at_ms") && ty_str_parse_i64(rest, 0, INT64_MAX, &at_ms))
		json_object_set_new(report, word, json_integer(at_ms));
	else if (ty_str_eq(word, "signal"))
		json_object_set_new(report, word, json_string(space != NULL ? space + 1 : rest));
	else if (ty_str_eq(word, "frame"))
		json_array_append_new(json_object_get(report, "frames"), json_string(rest));
	else if (ty_str_eq(word, "at") || ty_str_eq(word, "held"))
		json_array_append_new(json_object_get(report, "runs"),
				      run_read(rest, ty_str_eq(word, "at")));
}

/* NULL where the text tells of no death.  One that was cut short, because the handler died too, counts. */
static json_t *
report_parse(struct ty_arena *arena, char *text)
{
	json_t *report = ty_json_own(arena, json_pack("{s:[], s:[]}", "frames", "runs"));
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		char *space = strchr(line, ' ');

		if (space == NULL)
			continue;
		*space = '\0';
		word_read(report, line, space + 1);
	}
	return ty_json_str(report, "signal", NULL) != NULL && ty_json_int(report, "at_ms", 0) > 0 &&
			       ty_json_str(report, "program", NULL) != NULL
		       ? report
		       : NULL;
}

/* The text of a report whose process is gone; NULL where it is still there, or has left nothing. */
static char *
report_text(struct ty_arena *arena, int fd)
{
	struct ty_buf buf;
	char block[4096];
	ssize_t n;

	ty_buf_init(&buf, arena, sizeof(block));
	while (buf.len < REPORT_BYTES_MAX && (n = read(fd, block, sizeof(block))) > 0)
		ty_buf_add(&buf, block, (size_t)n);
	/* Bytes of a damaged one: no text of ours is other than ASCII, but for a node's id. */
	return ty_str_is_utf8(buf.data, buf.len) ? buf.data : NULL;
}

/* ---- one report ---- */

static void
say(struct reap *reap, const json_t *report)
{
	char frame[300];
	const json_t *frames = json_object_get(report, "frames");

	ty_log_warn(reap->log, "a program died of a signal",
		    "program=%.64s pid=%.20s signal=%.32s build=%.64s runs=%zu frame=%s",
		    ty_json_str(report, "program", ""), ty_json_str(report, "pid", ""),
		    ty_json_str(report, "signal", ""), ty_json_str(report, "build", ""),
		    json_array_size(json_object_get(report, "runs")),
		    ty_log_quote(json_array_size(frames) > 0
					 ? json_string_value(json_array_get(frames, 0))
					 : "",
				 frame, sizeof(frame)));
}

static enum ty_code
record(struct reap *reap, json_t *report, struct ty_err *err)
{
	char host[128] = "";
	struct ty_store_query query;
	struct ty_rows rows;

	(void)gethostname(host, sizeof(host) - 1);
	json_object_set_new(report, "worker",
			    json_sprintf("%s:%s", host, ty_json_str(report, "pid", "")));
	ty_store_crash_record_query(reap->arena, report, &query);
	if (reap_query(reap, &query, &rows, err) != TY_OK)
		return err->code;
	say(reap, report);
	return TY_OK;
}

static enum ty_code
report_take(struct reap *reap, const char *path, struct ty_err *err)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	enum ty_code code = TY_OK;
	json_t *report = NULL;
	char *text;

	if (fd < 0)
		return TY_OK; /* gone meanwhile */
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		text = report_text(reap->arena, fd);
		if (text != NULL)
			report = report_parse(reap->arena, text);
		if (report != NULL)
			code = record(reap, report, err);
		if (code == TY_OK)
			(void)unlink(path);
	}
	close(fd);
	return code;
}

enum ty_code
reap_crashes(struct reap *reap, struct ty_err *err)
{
	char folder[400], path[700];
	enum ty_code code = TY_OK;
	struct dirent *entry;
	size_t count = 0;
	DIR *dir;

	snprintf(folder, sizeof(folder), "%s/" TY_CRASH_FOLDER, reap->conf->home);
	dir = opendir(folder);
	if (dir == NULL)
		return TY_OK; /* no program has begun yet */
	while (code == TY_OK && count++ < REPORTS_MAX && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		code = report_take(reap, path, err);
		ty_arena_clear(reap->arena);
	}
	closedir(dir);
	return code;
}

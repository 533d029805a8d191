/*
 * fixture.h -- the real tyboo-sandbox of this build, and short ways to ask it.
 *
 * Each test starts its own process at the first request; 'box' is killed at the end.
 */
#ifndef TY_TESTS_SANDBOX_FIXTURE_H
#define TY_TESTS_SANDBOX_FIXTURE_H

#include "base/limits.h"
#include "base/time.h"
#include "json/json.h"
#include "sandbox/message.h"
#include "sandbox/zygote.h"
#include "support/common.h"
#include "support/places.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define BOX_NOW_MS 1700000000000 /* 2023-11-14T22:13:20Z */

static struct ty_sandbox_conf box_conf = { .path = TY_BUILD_DIR "/bin/tyboo-sandbox",
					   .share_dir = TY_BUILD_DIR "/share" };
static struct ty_sandbox_process box;
static struct ty_sandbox_process box_zygote; /* of those that want one */

static void
box_setup(void)
{
	fx_setup();
	ck_assert_msg(access(box_conf.path, X_OK) == 0, "%s is not built", box_conf.path);
	ck_assert_msg(access(TY_BUILD_DIR "/share/luxon.min.js", R_OK) == 0,
		      "luxon is missing: run \"npm ci\" in static/ and build again");
	box_conf.user = geteuid() == 0 ? "nobody" : "";
	box = box_zygote = (struct ty_sandbox_process){ .pidfd = -1, .fd = -1 };
}

static void
box_teardown(void)
{
	ty_sandbox_kill(&box);
	ty_sandbox_kill(&box_zygote);
	fx_teardown();
}

/* A request with the usual clock, seed and items (JSON text). */
static TY_UNUSED json_t *
box_request(const char *kind, const char *items)
{
	json_t *list = NULL, *request;

	ck_assert_ok(ty_json_parse(fx.arena, items, strlen(items), &list, &fx.err));
	request = json_pack("{s:s, s:I, s:s, s:s, s:O}", "kind", kind, "now_ms",
			    (json_int_t)BOX_NOW_MS, "seed", "5eed", "timezone", "Europe/Berlin",
			    "items", list);
	ck_assert_ptr_nonnull(request);
	return ty_json_own(fx.arena, request);
}

/* The answer; what went wrong is in fx.err. */
static TY_UNUSED enum ty_code
box_ask(json_t *request, int64_t timeout_ms, json_t **ret_answer)
{
	*ret_answer = NULL;
	return ty_sandbox_request(&box, &box_conf, fx.arena, request, timeout_ms, ret_answer,
				  &fx.err);
}

static TY_UNUSED json_t *
box_expressions(const char *script, const char *items)
{
	json_t *request = box_request("expressions", items);

	json_object_set_new(request, "scripts", json_pack("[s]", script));
	return request;
}

static TY_UNUSED json_t *
box_code(const char *kind, const char *code, const char *items)
{
	json_t *request = box_request(kind, items);

	json_object_set_new(request, "code", json_string(code));
	return request;
}

static TY_UNUSED const char *
box_text(const json_t *json)
{
	size_t len;

	return json == NULL ? "NULL" : ty_json_dump(fx.arena, json, &len);
}

/* The one value of one expression for the first item, as text: 5, or {"e":...}, or {}. */
static TY_UNUSED const char *
box_value(const char *script, const char *items)
{
	json_t *answer, *cell;

	ck_assert_ok(box_ask(box_expressions(script, items), 2000, &answer));
	cell = json_array_get(json_array_get(json_object_get(answer, "values"), 0), 0);
	ck_assert_msg(cell != NULL, "%s: %s", script, box_text(answer));
	return json_object_get(cell, "v") != NULL ? box_text(json_object_get(cell, "v"))
						  : box_text(cell);
}

#define ONE "[{\"json\":{}}]"

static TY_UNUSED void
start_box(void)
{
	ck_assert_str_eq(box_value("1", ONE), "1");
}

/* The same, but as a child of a warm parent. */
static TY_UNUSED void
bear_box(void)
{
	ck_assert_ok(ty_sandbox_zygote_bear(&box_zygote, &box_conf, &box, &fx.err));
	start_box();
}

/* A file of /proc/<pid>; NULL where we may not read it (the sandbox is not dumpable). */
static TY_UNUSED char *
proc_read(pid_t pid, const char *name, size_t *ret_len)
{
	const size_t max = 512 * 1024;
	char *text = ty_arena_alloc(fx.arena, max);
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		ck_assert_int_eq(errno, EACCES);
		ck_assert_uint_ne(geteuid(), 0);
		return NULL;
	}
	*ret_len = 0;
	while ((n = read(fd, text + *ret_len, max - *ret_len - 1)) > 0)
		*ret_len += (size_t)n;
	close(fd);
	return text;
}

/* As TEST_MAIN, with a sandbox around each test. */
#define BOX_TEST_MAIN(name, ...) SUITE_MAIN(name, 60, box_setup, box_teardown, , , __VA_ARGS__)

#endif

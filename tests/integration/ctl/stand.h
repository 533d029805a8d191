/*
 * stand.h -- what the suites of tybooctl share: servers, a workspace and a lane for each test.
 */
#ifndef TY_TESTS_CTL_STAND_H
#define TY_TESTS_CTL_STAND_H

#include "integration/ctl/program.h"
#include "json/json.h"
#include "support/common.h"

#include <stdio.h>
#include <unistd.h>

static struct services svc;

static inline void
setup(void)
{
	char name[32];

	fx_setup();
	snprintf(name, sizeof(name), "t%d", (int)getpid());
	setenv("TYBOO_LANE", name, 1);
	setenv("TYBOO_WORKSPACE", name, 1);
}

static inline json_t *
json_of(const struct said said)
{
	json_t *json;

	ck_assert_msg(said.code == 0, "exit code %d: %s%s", said.code, said.err, said.out);
	ck_assert_msg(ty_json_parse(fx.arena, said.out, strlen(said.out), &json, &fx.err) == TY_OK,
		      "%s: %s", fx.err.msg, said.out);
	return json;
}

static inline const char *
member(const struct said said, const char *name)
{
	return ty_json_str(json_of(said), name, "");
}

/* This test's workspace and its owner. */
static inline void
make_workspace(void)
{
	const char *slug = getenv("TYBOO_WORKSPACE");
	const char *email = ty_arena_printf(fx.arena, "%s@example.org", slug);

	json_of(ctl("correct horse", "--json", "user", "create", "--email", email, "--name", "O",
		    "--password-stdin"));
	json_of(ctl(NULL, "--json", "workspace", "create", "--slug", slug, "--name", "W", "--owner",
		    email));
}

static inline void
open_servers(void)
{
	services_start(&svc, SERVICES_POSTGRES | SERVICES_REDIS | SERVICES_MIGRATED);
	program_home(&svc);
}

#endif

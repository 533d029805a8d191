/*
 * house.h -- one app on real servers per test, requests dispatched by hand.
 *
 * Every answer is held against its schema: a 2xx JSON answer against its route's, anything
 * else against Problem.  Tests fork (Check) and the servers stay, so each makes a workspace of
 * its own: people "owner", "viewer" and so on are members of it.
 */
#ifndef TY_TESTS_API_HOUSE_H
#define TY_TESTS_API_HOUSE_H

#include "app.h"
#include "conf/conf.h"
#include "json/json.h"
#include "request.h"
#include "store/store.h"
#include "support/common.h"
#include "support/services.h"

#define HOUSE_PASSWORD "correct horse"
#define HOUSE_BASE_URL "https://tyboo.test"

/* Whose request it is: cookie and CSRF token of a session, or an API key. All NULL: nobody. */
struct person {
	const char *cookie, *csrf, *key;
};

struct house {
	struct ty_conf conf;
	struct ty_app *app;
	struct ty_store *owner; /* Postgres as the schema's owner: sees everything */
	struct ty_id ws_id;
	const char *ws;	  /* slug */
	struct person me; /* the workspace's owner, signed in */
};

extern struct house house;
extern struct services house_services;
extern char house_password_hash[]; /* of HOUSE_PASSWORD, made once: it is slow by design */

void house_setup(void);
void house_teardown(void);
/* Before the tests fork. */
void house_open(void);
void house_close(void);

/* A new user who is a member with this role, signed in the short way (no argon2). */
struct person house_person(const char *role, const struct ty_id *workspace_id);
/* The user's address; the role may be "". */
const char *house_user(const char *role, const struct ty_id *workspace_id);
struct ty_id house_workspace(const char **ret_slug);

struct reply {
	int status;
	json_t *json; /* NULL = no body, or one of bytes */
	const char *headers;
	const char *bytes; /* of a body that is streamed; NULL = none */
	size_t bytes_len;
};

/* A header line "Name: value"; up to four of them, NULL where there are fewer. */
struct reply ask_as(const struct person *who, const char *method, const char *target,
		    const char *body, const char *const *headers);
/* As the owner, JSON. 'fmt' makes the target; {ws} in it is the workspace. */
struct reply ask(const char *method, const char *target, const char *body);

/* Members of an answer, "" or 0 where absent. */
const char *text_of(const struct reply *reply, const char *member);
#define ck_assert_status(reply, expected)                                                          \
	ck_assert_msg((reply).status == (expected), "%d, not %d: %s", (reply).status, (expected),  \
		      (reply).json != NULL ? ty_json_dump(fx.arena, (reply).json, NULL) : "")

/* A raw body: any bytes, any declared length. */
struct raw {
	const char *method, *target, *body;
	size_t len;
	int64_t declared;	  /* < 0 = 'len' */
	const char *headers[8];	  /* "Name: value" */
	struct ty_budget *bodies; /* NULL = nobody counts */
};
struct reply ask_raw(const struct raw *raw);

/* One cell of a statement as the owner; "" for null and for no row. */
const char *house_sql(const char *fmt, ...) TY_PRINTF(1, 2);

/* Make a workflow of this graph and publish it; its id. */
const char *house_publish(const char *graph);
const char *house_draft(const char *graph);
/* A graph of one webhook and nothing else; 'more' is spliced into its params. */
const char *house_hook_graph(const char *path, const char *more);
const char *house_secret(const char *secret); /* id of a new webhook_secret */

/* As TEST_MAIN, with the servers around it; the test's own fixture is there before the house. */
#define HOUSE_MAIN(name, ...)                                                                      \
	SUITE_MAIN(name, 120, fx_setup, fx_teardown, house_open(), house_close(),                  \
		   tcase_add_checked_fixture(tc, house_setup, house_teardown);                     \
		   __VA_ARGS__)

#endif

/*
 * api.h -- what a handler gets: a request that is authenticated, allowed, and taken apart.
 *
 * The router (router.c) has checked the route's permission, bound query and body to typed
 * structs, opened a transaction and set its workspace.  A handler answers with api_json or
 * api_empty and TY_OK, or returns an error, which becomes a problem.  The router commits
 * after TY_OK and rolls back after anything else.
 */
#ifndef TY_APP_API_H
#define TY_APP_API_H

#include "api_state.h"
#include "app.h"
#include "base/defs.h"
#include "base/err.h"
#include "base/id.h"
#include "forms.h"
#include "json/json.h"
#include "param/param.h"
#include "request.h"
#include "store/api_key.h"
#include "store/session.h"
#include "store/store.h"
#include "store/user.h"

struct ty_route;

struct ty_api_call {
	struct ty_app *app;
	struct ty_arena *arena; /* arena of the request */
	struct ty_http_request *request;
	struct ty_http_response *response;
	const struct ty_route *route;
	/* Captures of the path. */
	const char *workspace_key; /* {ws}: slug or id */
	struct ty_id id;	   /* {id} */
	int64_t number;		   /* {number} */
	const char *hash;	   /* {hash} */
	const char *token;	   /* {token}, whatever was sent */
	const char *rest;	   /* {path...}, in its normal form (hook/address.h) */
	/* The caller: a session or a key, neither on public routes. */
	const struct ty_store_session *session;
	const struct ty_store_api_key *key;
	struct ty_id user_id; /* user of the session, or maker of the key; may be unset */
	struct ty_store_workspace workspace; /* the workspace of a route that has one */
	struct ty_tx *tx;		     /* NULL on public routes */
	/* The request as it was sent. */
	const void *query, *body; /* structs of the route's forms; NULL = none */
	json_t *body_json;	  /* NULL = no body */
	const char *body_raw;
	size_t body_raw_len;
	/* Members of the problem, where one is returned. */
	json_t *findings;
	json_t *workflows;	   /* workflows in the way: [{ "id", "name" }] */
	json_t *problem_more;	   /* further members */
	int problem_status;	   /* 0 = the code's own */
	const char *problem_title; /* NULL = the code's own */
	const char *verdict;	   /* verdict of a delivery that was refused; NULL = none */
	int64_t retry_after_ms;
};

typedef enum ty_code (*ty_api_fn)(struct ty_api_call *call, struct ty_err *err);

enum ty_route_auth {
	TY_AUTH_PUBLIC,	   /* anybody */
	TY_AUTH_SESSION,   /* a person who is signed in */
	TY_AUTH_ANY,	   /* a session or an API key, no workspace */
	TY_AUTH_WORKSPACE, /* a session or an API key, with {ws} */
	TY_AUTH_WORKFLOW,  /* a session or an API key, the workspace found by the workflow's {id} */
};

enum ty_route_body {
	TY_BODY_NONE,	  /* a body that is sent all the same is not read */
	TY_BODY_JSON,	  /* JSON, bound to the route's form where it has one */
	TY_BODY_OPTIONAL, /* JSON, may be absent */
	TY_BODY_RAW,	  /* the handler reads it */
};

struct ty_route {
	const char *name;   /* name of the handler, without "api_": OpenAPI's operationId */
	const char *method; /* "*" = any */
	const char *pattern;
	const char *permission; /* a row of auth/permission.def, "public" or "signed_in" */
	enum ty_route_auth auth;
	size_t body_max_bytes;
	enum ty_route_body body_kind;
	ty_api_fn handler;
	const struct ty_form *query, *body; /* NULL = takes none */
	int status;			    /* status of the ordinary answer */
	const char *schema; /* schema of its body in openapi/schemas.json; NULL = no body */
	const char *summary;
};

/* ---- answering ---- */

/* 'body' is borrowed (own it first: ty_json_own). */
enum ty_code api_json(struct ty_api_call *call, int status, json_t *body);
enum ty_code api_empty(struct ty_api_call *call, int status);
/* { "items", "next_cursor" } */
enum ty_code api_page(struct ty_api_call *call, json_t *items, const char *next);
/* A ty_param_finding_fn whose ctx is a list, call->findings in the end. */
void api_finding_add(void *ctx, const char *path, const char *msg, const char *hint);
/* Time that a handler waits for a connection to Postgres. */
#define API_TX_WAIT_MS 5000
/* Commit now, before something slow or something that must not be undone. */
enum ty_code api_commit(struct ty_api_call *call, struct ty_err *err) TY_MUST_CHECK;

/*
 * A cursor or id in a query: a UUID, or "" and NULL for none.
 * Errors: TY_E_INVALID, naming 'what'.
 */
enum ty_code api_check_id(const char *text, const char *what, struct ty_err *err) TY_MUST_CHECK;

/* A time in a request, as RFC 3339 writes it; NULL = none.  Errors: TY_E_INVALID, naming 'what'. */
enum ty_code api_check_time(const char *text, const char *what, struct ty_err *err) TY_MUST_CHECK;

/* ---- handlers, one prototype a route ---- */

#define X(handler, ...) enum ty_code api_##handler(struct ty_api_call *call, struct ty_err *err);
#include "routes.def"
#undef X

#endif

/*
 * service.h -- what a call (struct ty_call) may be asked of: a table, one row a service.
 *
 * A service does I/O on the worker's loop and knows nothing of runs, steps or the journal: the
 * engine has journaled the intent before a call is begun, and journals the answer.  Adding a
 * service is adding one file with its const row, one line in services.c, and what it needs of
 * the worker as a member of struct ty_service_means.
 */
#ifndef TY_SERVICE_SERVICE_H
#define TY_SERVICE_SERVICE_H

#include "base/defs.h"
#include "base/err.h"
#include "base/id.h"
#include "json/json.h"

struct ty_blob_io;
struct uv_loop_s;
struct ty_call_ask;
struct ty_parcel_bytes;
struct ty_state_ask;

/* Tells the run that the call has begun, or why it began none: one of run_id and err is not NULL. */
typedef void (*ty_call_begun_fn)(void *ctx, const struct ty_id *run_id, const struct ty_err *err);

/* Begins the runs of calls (store/call.h). */
struct ty_call_io {
	/* Begins a run.  'ask' and its pointers are borrowed until 'fn', which is always called, never
	 * from within, unless canceled; a run that began is the same when it is asked for again. */
	void *(*begin)(void *ctx, const struct ty_call_ask *ask, ty_call_begun_fn fn, void *fn_ctx);
	void (*cancel)(void *handle);
};

/*
 * 'answer' is borrowed for the call; one of answer and err is not NULL, or, of a service that can_park,
 * neither: the call is under way for good, and its end journals the answer (ty_run_call_parks).
 */
typedef void (*ty_service_fn)(void *ctx, const json_t *answer, const struct ty_err *err);

/* Has a tool of tyboo-parse or tyboo-pdf read a request and files. */
struct ty_tool_io {
	/* 'request' and 'bytes' (sandbox/parcel.h) are borrowed until 'fn', which is always called, never from
	 * within, unless canceled.  'cpu_ms': 0 = TY_LIMIT_SANDBOX_MS. */
	void *(*begin)(void *ctx, const struct ty_id *workspace_id, const json_t *request,
		       struct ty_parcel_bytes *bytes, int64_t cpu_ms, ty_service_fn fn,
		       void *fn_ctx);
	void (*cancel)(void *handle);
};

/* Asks for kept values (store/state.h). */
struct ty_state_io {
	/* 'ask' and its pointers are borrowed until 'fn', which is always called, never from within,
	 * unless canceled. */
	void *(*ask)(void *ctx, const struct ty_state_ask *ask, ty_service_fn fn, void *fn_ctx);
	void (*cancel)(void *handle);
};

/* The worker's means that services work with; they outlive every call. */
struct ty_service_means {
	struct ty_net *net;
	const struct ty_blob_io *blobs; /* store of files; NULL = none */
	void *blobs_ctx;
	struct uv_loop_s *loop;		/* of the services "crypto", "file" and "parse" */
	const struct ty_call_io *calls; /* of the service "workflow" */
	void *calls_ctx;
	const struct ty_tool_io *tools; /* of the service "parse" */
	void *tools_ctx;
	const struct ty_state_io *states; /* of the service "state" */
	void *states_ctx;
};

/*
 * A call as it is begun.  Borrowed for the call of begin.  A service adds the credential to a copy of
 * the request, and leaves no copy of its own of it behind.
 */
struct ty_service_ask {
	const json_t *request;
	/* Credential that the service adds to the request, opened; NULL = none. */
	const struct ty_credential *credential;
	const char *hosts; /* token sent as Authorization: Bearer; NULL = none */
	const char *token; /* sent as Authorization: Bearer; NULL = none */
	int64_t timeout_ms;
	const struct ty_id *workspace_id,
		*run_id; /* run whose files the service may read, and which owns those that it makes */
	const struct ty_id *workflow_id; /* workflow of the run */
	const char *key;		 /* key of the call in the run's journal; NULL = none */
	int64_t fence;			 /* token of the run's lease */
};

struct ty_service {
	const char *name; /* ty_call's service */
	/* Begin; gives what cancel takes.  'fn' is always called, never from within, unless canceled. */
	void *(*begin)(const struct ty_service_means *means, const struct ty_service_ask *ask,
		       ty_service_fn fn, void *ctx);
	void (*cancel)(void *handle); /* fn is not called */
	/* Server that is asked: "api.example.com" or with ":8443"; NULL = none that could be away.  Of
	 * 'arena'. */
	const char *(*destination)(struct ty_arena *arena, const json_t *request);
	/* Is the destination itself at fault (no connection, no answer in time, 5xx)?  In words that name
	 * nothing of the call, because other workspaces may read them; NULL = no.  One argument is not NULL. */
	const char *(*failure)(const json_t *answer, const struct ty_err *err);
	bool can_park;
	bool takes_secrets; /* credentials, and texts that are sealed in the request, are opened for it */
};

/* Failure of a destination that did not answer within the node's time. */
#define TY_SERVICE_TIMEOUT "no answer in time"

extern const struct ty_service ty_service_crypto;   /* crypto.c */
extern const struct ty_service ty_service_file;	    /* file.c */
extern const struct ty_service ty_service_http;	    /* net/http.h says what goes in and out */
extern const struct ty_service ty_service_parse;    /* parse.c */
extern const struct ty_service ty_service_split;    /* split.c */
extern const struct ty_service ty_service_state;    /* state.c */
extern const struct ty_service ty_service_workflow; /* workflow.c */

const struct ty_service *ty_service_find(const char *name); /* NULL = none */

#endif

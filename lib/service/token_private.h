/*
 * token_private.h -- what token.c (whose turn it is, and what is told) and token_fetch.c (the provider, and
 * keeping what it gave) share: a job.
 */
#ifndef TY_SERVICE_TOKEN_PRIVATE_H
#define TY_SERVICE_TOKEN_PRIVATE_H

#include "base/err.h"
#include "service/token.h"
#include "vault/token.h"

#include <uv.h>

enum token_state {
	TOKEN_ASK,   /* Postgres is asked what to do */
	TOKEN_WAIT,  /* another asks the provider; looked for again */
	TOKEN_FETCH, /* the provider is asked */
	TOKEN_KEEP,  /* Postgres is given the token */
	TOKEN_AGAIN, /* Postgres was away: given again */
	TOKEN_FAIL,  /* Postgres is told why there is none */
};

struct ty_token_job {
	struct ty_token_job *next, *prev;
	struct ty_tokens *tokens;
	const struct ty_vault *vault;
	struct ty_credential_ref *credential;
	struct ty_id workspace_id, credential_id, holder, spoiled;
	const char *hosts;
	const struct ty_token_code *code; /* NULL = no sign-in */
	ty_token_fn fn;			  /* NULL = left */
	void *ctx;
	struct ty_arena *arena;
	enum token_state state;
	bool is_outstanding; /* a statement */
	int64_t until_ms;    /* end of trying again */
	/* From "fetch" on. */
	struct ty_vault_token old; /* refresh_token NULL = none that is sent */
	struct ty_vault_token_place place;
	struct ty_net_call *call;
	bool sent; /* the provider may have the request */
	/* From its answer on. */
	struct ty_token token;
	const char *refresh_token;
	bool rotates;
	int64_t lifetime_s;
	const uint8_t *sealed;
	size_t sealed_len;
	struct ty_err err; /* told once Postgres knows of it */
};

struct ty_tokens {
	struct ty_store_async *store;
	struct ty_net *net;
	void (*idle)(void *ctx);
	void *ctx;
	struct ty_token_job *jobs;
	uv_timer_t timer; /* runs while a job waits */
	bool is_freed;
};

/* token.c */
void token_ask(struct ty_token_job *job);
/* Look at the job again in a while, in that state. */
void token_look_again(struct ty_token_job *job, enum token_state state);
/* Tell and free.  Both NULL: nothing better is to be had. */
void token_told(struct ty_token_job *job, const struct ty_token *token, const struct ty_err *err);
/* The error of a credential that a person has to connect anew. */
enum ty_code token_needs_reconnect(const char *problem, struct ty_err *err);

/* token_fetch.c */
void token_fetch(struct ty_token_job *job);
void token_keep(struct ty_token_job *job);
/* End the hold; job->err is what is told.  'over': for good; 'doubt': nobody knows. */
void token_fail(struct ty_token_job *job, bool over, bool doubt);

#endif

/*
 * provider.h -- a provider of OAuth 2.0 for tests: a token endpoint, and an API that takes its newest token.
 *
 * One for a test program; its answers can be held, and replaced by another.
 */
#ifndef TY_TESTS_STORE_PROVIDER_H
#define TY_TESTS_STORE_PROVIDER_H

#include "base/arena.h"
#include "base/str.h"
#include "crypto/crypto.h"
#include "support/http_server.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct provider {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int tokens;	  /* requests for a token that came */
	int issued;	  /* number of the newest: access-N, refresh-N */
	bool keeps;	  /* a refresh leaves the refresh token as it is */
	int refresh;	  /* number of the refresh token that is good */
	bool is_held;	  /* answers wait */
	bool takes_none;  /* the API refuses every token */
	const char *says; /* answer in place of a token; NULL = a token */
	int status;
	int expires_in; /* 0 = not said */
	char challenge[64], last[2048];
	struct http_server *server;
} provider = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static void
answer_json(int fd, int status, const char *text)
{
	http_server_answer(fd, status, "Content-Type: application/json\r\n", text, strlen(text));
}

/* Does the verifier of this form go with the challenge of the sign-in (RFC 7636, 4.6)? */
static bool
verifier_is_right(struct ty_arena *arena, const char *form)
{
	const char *at = strstr(form, "code_verifier=");
	uint8_t hash[TY_SHA256_SIZE];

	if (at == NULL)
		return false;
	at += strlen("code_verifier=");
	ty_sha256(at, strcspn(at, "&"), hash);
	return strcmp(ty_base64url_encode(arena, hash, sizeof(hash)), provider.challenge) == 0;
}

static bool
grant_is_good(const char *form)
{
	struct ty_arena *arena = ty_arena_new(NULL, "form", 0);
	const char *refresh = strstr(form, "refresh_token=refresh-");
	bool is_good = true;

	if (strstr(form, "grant_type=authorization_code") != NULL)
		is_good = strstr(form, "code=the-code&") != NULL && verifier_is_right(arena, form);
	else if (strstr(form, "grant_type=refresh_token") != NULL)
		is_good = refresh != NULL && atoi(refresh + 22) == provider.refresh;
	ty_arena_free(arena);
	return is_good;
}

static void
give_token(int fd, const char *form)
{
	char text[512], refresh[64] = "", expires[32] = "";
	bool is_code =
		strstr(form, "client_credentials") == NULL && strstr(form, "jwt-bearer") == NULL;
	bool is_refresh = strstr(form, "grant_type=refresh_token") != NULL;

	provider.issued++;
	if (is_code && !(is_refresh && provider.keeps)) {
		provider.refresh = provider.issued;
		snprintf(refresh, sizeof(refresh), ",\"refresh_token\":\"refresh-%d-canary\"",
			 provider.issued);
	}
	if (provider.expires_in > 0)
		snprintf(expires, sizeof(expires), ",\"expires_in\":%d", provider.expires_in);
	snprintf(text, sizeof(text),
		 "{\"access_token\":\"access-%d-canary\",\"token_type\":\"Bearer\"%s%s}",
		 provider.issued, expires, refresh);
	answer_json(fd, 200, text);
}

static bool
serve_token(const struct http_server_request *r)
{
	pthread_mutex_lock(&provider.lock);
	provider.tokens++;
	snprintf(provider.last, sizeof(provider.last), "%s\n\n%.*s", r->head, (int)r->body_len,
		 r->body);
	pthread_cond_broadcast(&provider.changed);
	while (provider.is_held)
		pthread_cond_wait(&provider.changed, &provider.lock);
	if (provider.says != NULL)
		answer_json(r->fd, provider.status, provider.says);
	else if (grant_is_good(r->body))
		give_token(r->fd, r->body);
	else
		answer_json(r->fd, 400,
			    "{\"error\":\"invalid_grant\",\"error_description\":\"used up\"}");
	pthread_mutex_unlock(&provider.lock);
	return true;
}

static bool
serve(void *ctx, const struct http_server_request *r)
{
	char want[64], got[128];
	bool is_good;

	if (strcmp(r->target, "/token") == 0)
		return serve_token(r);
	pthread_mutex_lock(&provider.lock);
	snprintf(want, sizeof(want), "Bearer access-%d-canary", provider.issued);
	is_good = !provider.takes_none &&
		  strcmp(http_server_header(r->head, "Authorization", got, sizeof(got)), want) == 0;
	pthread_mutex_unlock(&provider.lock);
	/* It sends back what it was sent: nobody is to see that. */
	answer_json(r->fd, is_good ? 200 : 401, ty_str_is_blank(got) ? "{}" : got);
	return true;
}

static void
hold(bool is_held)
{
	pthread_mutex_lock(&provider.lock);
	provider.is_held = is_held;
	pthread_cond_broadcast(&provider.changed);
	pthread_mutex_unlock(&provider.lock);
}

static void
await_tokens(int count)
{
	pthread_mutex_lock(&provider.lock);
	while (provider.tokens < count)
		pthread_cond_wait(&provider.changed, &provider.lock);
	pthread_mutex_unlock(&provider.lock);
}

#endif

/*
 * key_fetch.h -- issuers' keys are fetched, and deliveries that waited for them judged and pushed.
 *
 * Any number of workers may do it: whose turn it is, Postgres says (sql/functions/hook_keys.sql).
 */
#ifndef TY_RUN_KEY_FETCH_H
#define TY_RUN_KEY_FETCH_H

#include "log/log.h"
#include "queue/queue.h"
#include "store/async.h"

struct key_fetch;
struct ty_net;
struct ty_secrets;
struct uv_loop_s;

/* All are borrowed. */
struct key_fetch_conf {
	struct uv_loop_s *loop;
	struct ty_store_async *store;
	struct ty_queue *queue;
	struct ty_net *net;
	struct ty_secrets *secrets; /* has the vault that tokens are opened with */
	const struct ty_log *log;
	const char *sns_hosts; /* conf's */
};

struct key_fetch *key_fetch_new(const struct key_fetch_conf *conf); /* 'conf' is copied */
/* Begin nothing more.  An address that is being asked is another worker's once the hold on it is over. */
void key_fetch_stop(struct key_fetch *fetch);
/* After the store and the queue are freed, before the net is.  The memory goes when the loop has closed its
 * handles; takes NULL. */
void key_fetch_free(struct key_fetch *fetch);

#endif

/*
 * message.h -- jobs and leases as script arguments, and script answers as structs.
 *
 * The order of the arguments is the scripts' (lua/); both sides are changed together.
 * An answer of an unexpected shape gives false: it is not ours.
 */
#ifndef TY_QUEUE_MESSAGE_H
#define TY_QUEUE_MESSAGE_H

#include "queue/args.h"
#include "queue/queue.h"

struct redisReply;

void ty_queue_put_jobs(struct ty_queue_args *args, const struct ty_job *jobs, size_t count);
/* Run id and token of each. */
void ty_queue_put_holds(struct ty_queue_args *args, const struct ty_hold *holds, size_t count);
/* Put one whole hold, for restore. */
void ty_queue_put_hold(struct ty_queue_args *args, const struct ty_hold *hold);

bool ty_queue_take_admissions(const struct redisReply *reply, struct ty_admission *ret_admissions,
			      size_t count);
/* Gives the number of leases in the answer; SIZE_MAX where it is not one. */
size_t ty_queue_lease_count(const struct redisReply *reply);
/* Take the i-th lease; its payload points into the reply. */
bool ty_queue_take_lease(const struct redisReply *reply, size_t i, struct ty_lease *ret_lease);
/* An array of 'count' small integers. */
bool ty_queue_take_ints(const struct redisReply *reply, int64_t *ret_ints, size_t count);
/* The i-th element of an array as a number, which a script may have given as text. */
bool ty_queue_take_int(const struct redisReply *reply, size_t i, int64_t *ret_n);
/* The i-th element as text, NULL where it is none. */
const char *ty_queue_take_text(const struct redisReply *reply, size_t i, size_t *ret_len);
/* ty_queue_take_text(), copied into 'arena'. */
const char *ty_queue_take_copy(const struct redisReply *reply, size_t i, struct ty_arena *arena);

/* 'err' where there is one; else, in 'room', that the answer makes no sense; else NULL. */
const struct ty_err *ty_queue_reply_err(const struct ty_err *err, bool ok, struct ty_err *room);

#endif

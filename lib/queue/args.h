/*
 * args.h -- the arguments of one script call, encoded as Redis wants them.
 *
 * Kept encoded from the start, so that a payload is copied once, and a large body in it never (lend);
 * the head (EVALSHA or EVAL, the script, the lane) is made separately because it is made again where
 * Redis does not know the script.  Owns its memory by malloc: calls outlive every arena.
 */
#ifndef TY_QUEUE_ARGS_H
#define TY_QUEUE_ARGS_H

#include "base/defs.h"
#include "queue/script.h"

#define TY_QUEUE_PIECES 3

struct ty_queue_args {
	char *data;
	size_t len, cap;
	size_t count;	  /* arguments */
	const char *lent; /* borrowed, belongs at 'lent_at' of 'data'; NULL: nothing is */
	size_t lent_len, lent_at;
};

struct ty_queue_piece {
	const char *data;
	size_t len;
};

void ty_queue_args_init(struct ty_queue_args *args);
void ty_queue_args_done(struct ty_queue_args *args);
void ty_queue_args_add(struct ty_queue_args *args, const void *data, size_t len);
/*
 * Add one argument: 'data' with 'lent' at its byte 'at'.  'lent' is borrowed until the call is answered,
 * once a call, and copied where the call has borrowed already.  NULL: as add.
 */
void ty_queue_args_lend(struct ty_queue_args *args, const char *data, size_t len, const char *lent,
			size_t lent_len, size_t at);
/* Fill in the pieces to be sent, in order; gives their number. */
size_t ty_queue_args_pieces(const struct ty_queue_args *args,
			    struct ty_queue_piece ret_pieces[TY_QUEUE_PIECES]);
void ty_queue_args_add_str(struct ty_queue_args *args, const char *s); /* NULL is "" */
void ty_queue_args_add_int(struct ty_queue_args *args, int64_t n);

/*
 * Bytes before 'args': with a script, EVALSHA (EVAL with the source where 'whole') and the key prefix;
 * without, only the count, the arguments being a command of their own.  To be freed.
 */
char *ty_queue_args_head(const struct ty_queue_args *args, const struct ty_queue_script *script,
			 const char *prefix, bool whole, size_t *ret_len);

void *ty_queue_alloc(size_t size); /* zeroed; aborts where memory is out */

/*
 * Ignore SIGPIPE from now on unless the program handles it, because neither libuv nor hiredis can be told
 * to write without it, and a server that went away must not end a program.
 */
void ty_queue_ignore_sigpipe(void);

#endif

/*
 * args.c -- see args.h.
 */
#include "queue/args.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "$" + 20 digits + CRLF before the bytes, CRLF after, and the NUL that snprintf writes. */
#define FRAME_MAX 32

void *
ty_queue_alloc(size_t size)
{
	void *p = calloc(1, size);

	TY_ASSERT(p != NULL);
	return p;
}

void
ty_queue_ignore_sigpipe(void)
{
	struct sigaction now;

	if (sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL) {
		now.sa_handler = SIG_IGN;
		sigaction(SIGPIPE, &now, NULL);
	}
}

void
ty_queue_args_init(struct ty_queue_args *args)
{
	*args = (struct ty_queue_args){ .cap = 512 };
	args->data = ty_queue_alloc(args->cap);
}

void
ty_queue_args_done(struct ty_queue_args *args)
{
	free(args->data);
	*args = (struct ty_queue_args){ 0 };
}

static void
args_put(struct ty_queue_args *args, const char *data, size_t len)
{
	if (len > 0)
		memcpy(args->data + args->len, data, len);
	args->len += len;
}

/* An argument of 'len' bytes begins, of which 'own' are copied. */
static void
args_begin(struct ty_queue_args *args, size_t len, size_t own)
{
	if (args->cap - args->len < own + FRAME_MAX) {
		args->cap = (args->cap + own + FRAME_MAX) * 2;
		args->data = realloc(args->data, args->cap);
		TY_ASSERT(args->data != NULL);
	}
	args->len += (size_t)snprintf(args->data + args->len, FRAME_MAX, "$%zu\r\n", len);
	args->count++;
}

void
ty_queue_args_add(struct ty_queue_args *args, const void *data, size_t len)
{
	args_begin(args, len, len);
	args_put(args, data, len);
	args_put(args, "\r\n", 2);
}

void
ty_queue_args_lend(struct ty_queue_args *args, const char *data, size_t len, const char *lent,
		   size_t lent_len, size_t at)
{
	bool borrows = lent != NULL && args->lent == NULL;
	size_t whole = len + (lent != NULL ? lent_len : 0);

	args_begin(args, whole, borrows ? len : whole);
	args_put(args, data, at);
	if (borrows) {
		args->lent = lent;
		args->lent_len = lent_len;
		args->lent_at = args->len;
	} else {
		args_put(args, lent, whole - len);
	}
	args_put(args, data + at, len - at);
	args_put(args, "\r\n", 2);
}

size_t
ty_queue_args_pieces(const struct ty_queue_args *args,
		     struct ty_queue_piece ret_pieces[TY_QUEUE_PIECES])
{
	size_t at = args->lent != NULL ? args->lent_at : args->len;

	ret_pieces[0] = (struct ty_queue_piece){ args->data, at };
	if (args->lent == NULL)
		return 1;
	ret_pieces[1] = (struct ty_queue_piece){ args->lent, args->lent_len };
	ret_pieces[2] = (struct ty_queue_piece){ args->data + at, args->len - at };
	return TY_QUEUE_PIECES;
}

void
ty_queue_args_add_str(struct ty_queue_args *args, const char *s)
{
	ty_queue_args_add(args, s, s != NULL ? strlen(s) : 0);
}

void
ty_queue_args_add_int(struct ty_queue_args *args, int64_t n)
{
	char text[24];

	ty_queue_args_add(args, text, (size_t)snprintf(text, sizeof(text), "%" PRId64, n));
}

char *
ty_queue_args_head(const struct ty_queue_args *args, const struct ty_queue_script *script,
		   const char *prefix, bool whole, size_t *ret_len)
{
	struct ty_queue_args head;
	char *text;
	int len;

	ty_queue_args_init(&head);
	if (script != NULL) {
		ty_queue_args_add_str(&head, whole ? "EVAL" : "EVALSHA");
		ty_queue_args_add(&head, whole ? script->source : script->sha1,
				  whole ? script->len : 40);
		ty_queue_args_add_str(&head, "1");
		ty_queue_args_add_str(&head, prefix);
	}
	text = ty_queue_alloc(head.len + FRAME_MAX);
	len = snprintf(text, FRAME_MAX, "*%zu\r\n", head.count + args->count);
	memcpy(text + len, head.data, head.len);
	*ret_len = (size_t)len + head.len;
	ty_queue_args_done(&head);
	return text;
}

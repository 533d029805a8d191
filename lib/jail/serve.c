/*
 * serve.c -- see serve.h.
 */
#include "jail/serve.h"

#include "base/limits.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/* Kept between requests; larger buffers are given back. */
#define BUFFER_KEEP_BYTES (256 * 1024)
/* Made ready for a next request that does not come, a process that is replaced would have worked for
 * nothing: where workspaces take turns, that happens within this time. */
#define READY_AFTER_MS 100

struct input {
	char *data;
	size_t len, cap;
};

static void
reserve(struct input *in, size_t cap)
{
	char *grown;

	if (cap <= in->cap)
		return;
	grown = realloc(in->data, cap);
	if (grown == NULL)
		abort();
	in->data = grown;
	in->cap = cap;
}

/*
 * 'need' bytes into the buffer and no more: the parent sends the next request ahead of its time,
 * and that one is nobody's business until this one's context is gone.  False: the parent is gone.
 */
static int
fill(struct input *in, size_t need)
{
	while (in->len < need) {
		ssize_t n = read(STDIN_FILENO, in->data + in->len, need - in->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return 0;
		in->len += (size_t)n;
	}
	return 1;
}

static size_t
header_parse(const char *p)
{
	const uint8_t *b = (const uint8_t *)p;

	return (size_t)b[0] | (size_t)b[1] << 8 | (size_t)b[2] << 16 | (size_t)b[3] << 24;
}

static void
header_format(size_t len, char *p)
{
	for (int i = 0; i < JAIL_HEADER_SIZE; i++)
		p[i] = (char)(len >> (8 * i) & 0xff);
}

/* Read one whole frame, NUL-terminated; NULL where the parent hung up. */
static const char *
read_frame(struct input *in, size_t *ret_len)
{
	size_t len;

	in->len = 0;
	if (in->cap > BUFFER_KEEP_BYTES) {
		free(in->data);
		in->data = NULL;
		in->cap = 0;
	}
	reserve(in, BUFFER_KEEP_BYTES);
	if (!fill(in, JAIL_HEADER_SIZE))
		return NULL;
	len = header_parse(in->data);
	if (len > TY_LIMIT_SANDBOX_MESSAGE_BYTES)
		return NULL;
	reserve(in, JAIL_HEADER_SIZE + len + 1);
	if (!fill(in, JAIL_HEADER_SIZE + len))
		return NULL;
	in->data[JAIL_HEADER_SIZE + len] = '\0';
	*ret_len = len;
	return in->data + JAIL_HEADER_SIZE;
}

static int
write_all(const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDIN_FILENO, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return 0;
		data += n;
		len -= (size_t)n;
	}
	return 1;
}

/* Until the next request comes, or none has come for a while. */
static void
await_request(void)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };

	(void)poll(&p, 1, READY_AFTER_MS);
}

void
jail_serve(jail_answer_fn answer, jail_answered_fn answered, void *ctx)
{
	struct input in = { NULL, 0, 0 };
	const char *request;
	size_t request_len;

	while ((request = read_frame(&in, &request_len)) != NULL) {
		size_t len;
		char *text = answer(ctx, request, request_len, &len);
		int written;

		header_format(len, text);
		written = write_all(text, JAIL_HEADER_SIZE + len);
		free(text);
		if (!written)
			break;
		if (answered != NULL) {
			await_request();
			answered(ctx);
		}
	}
}

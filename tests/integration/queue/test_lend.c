/*
 * A job's large body is borrowed until the callback: nothing reads it afterwards, whatever the server does meanwhile.
 *
 * The server here is ours: it says PONG, reads the beginning of the call that borrows, and then does what each row
 * says.  The lender frees its body in the callback, so that ASan sees any later read.
 */
#include "queue/queue.h"
#include "support/common.h"

#include <stdio.h>
#include <unistd.h>
#include <uv.h>

/* More than the buffers of both ends of a socket hold. */
#define BODY_BYTES ((size_t)8 * 1024 * 1024)

enum deed { CLOSES, ANSWERS_EARLY, ANSWERS_EARLY_WITH_AN_ERROR, LENDER_GIVES_UP };

static const enum deed deeds[] = { CLOSES, ANSWERS_EARLY, ANSWERS_EARLY_WITH_AN_ERROR,
				   LENDER_GIVES_UP };

static struct {
	uv_loop_t loop;
	uv_pipe_t listener, peer;
	uv_write_t write;
	enum deed deed;
	bool greeted, done_deed, ended;
	struct ty_queue *queue;
	char *body;
	int answers;
	enum ty_code code;
	char path[64], buf[4096];
} stage;

static void
on_written(uv_write_t *req, int status)
{
}

static void
say(const char *text)
{
	uv_buf_t buf = uv_buf_init((char *)text, (unsigned)strlen(text));

	ck_assert_int_eq(uv_write(&stage.write, (uv_stream_t *)&stage.peer, &buf, 1, on_written),
			 0);
}

static void
do_the_deed(void)
{
	stage.done_deed = true;
	uv_read_stop((uv_stream_t *)&stage.peer); /* the rest of the call stays unread */
	switch (stage.deed) {
	case CLOSES:
		uv_close((uv_handle_t *)&stage.peer, NULL);
		stage.ended = true;
		break;
	case ANSWERS_EARLY:
		say("*3\r\n$8\r\nadmitted\r\n$0\r\n\r\n:0\r\n");
		break;
	case ANSWERS_EARLY_WITH_AN_ERROR:
		say("-ERR Protocol error: invalid bulk length\r\n");
		break;
	case LENDER_GIVES_UP:
		ty_queue_free(stage.queue);
		stage.queue = NULL;
		break;
	}
}

static void
on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	*buf = uv_buf_init(stage.buf, sizeof(stage.buf));
}

static void
on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	if (n < 0) {
		uv_read_stop(stream);
		stage.ended = true;
	} else if (n > 0 && !stage.greeted) {
		stage.greeted = true;
		say("+PONG\r\n");
	} else if (n > 0 && !stage.done_deed) {
		do_the_deed();
	}
}

static void
on_connection(uv_stream_t *listener, int status)
{
	if (stage.greeted)
		return; /* the queue comes again; nobody is at home */
	ck_assert_int_eq(uv_pipe_init(&stage.loop, &stage.peer, 0), 0);
	ck_assert_int_eq(uv_accept(listener, (uv_stream_t *)&stage.peer), 0);
	ck_assert_int_eq(uv_read_start((uv_stream_t *)&stage.peer, on_alloc, on_read), 0);
}

static void
on_admitted(void *ctx, const struct ty_admission *admissions, size_t count,
	    const struct ty_err *err)
{
	stage.answers++;
	stage.code = err != NULL ? err->code : TY_OK;
	free(stage.body);
	stage.body = NULL;
}

static void
close_handle(uv_handle_t *handle, void *ctx)
{
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

START_TEST(nothing_of_a_loan_is_read_once_its_lender_was_told)
{
	struct ty_job job = { .payload = "[]", .payload_len = 2, .body_at = 1 };
	char url[96];

	stage.deed = deeds[_i];
	snprintf(stage.path, sizeof(stage.path), "/tmp/ty-lend-%d.sock", (int)getpid());
	snprintf(url, sizeof(url), "unix://%s", stage.path);
	ck_assert_int_eq(uv_loop_init(&stage.loop), 0);
	ck_assert_int_eq(uv_pipe_init(&stage.loop, &stage.listener, 0), 0);
	ck_assert_int_eq(uv_pipe_bind(&stage.listener, stage.path), 0);
	ck_assert_int_eq(uv_listen((uv_stream_t *)&stage.listener, 1, on_connection), 0);
	stage.queue = ty_queue_new(&stage.loop, url, "t", 60000, NULL, NULL, NULL);
	while (!ty_queue_is_up(stage.queue))
		uv_run(&stage.loop, UV_RUN_ONCE);
	stage.body = calloc(1, BODY_BYTES);
	ck_assert(ty_id_parse("00000000-0000-7000-8000-000000000001", &job.run_id));
	job.workspace_id = job.workflow_id = job.run_id;
	job.delivery_key = "";
	job.body = stage.body;
	job.body_len = BODY_BYTES;
	ty_queue_admit(stage.queue, &job, 1, on_admitted, NULL);
	while (stage.answers == 0)
		uv_run(&stage.loop, UV_RUN_ONCE);
	ck_assert_int_eq(stage.code, TY_E_UNAVAILABLE);
	/* Whatever would still be sent is taken now: there is the end of the connection, and nothing more. */
	if (!stage.ended)
		uv_read_start((uv_stream_t *)&stage.peer, on_alloc, on_read);
	while (!stage.ended)
		uv_run(&stage.loop, UV_RUN_ONCE);
	ty_queue_free(stage.queue);
	uv_walk(&stage.loop, close_handle, NULL);
	while (uv_run(&stage.loop, UV_RUN_DEFAULT) != 0)
		;
	ck_assert_int_eq(stage.answers, 1);
	ck_assert_int_eq(uv_loop_close(&stage.loop), 0);
	unlink(stage.path);
}
END_TEST

TEST_MAIN("queue.lend", { TEST_LOOP(nothing_of_a_loan_is_read_once_its_lender_was_told, deeds); })

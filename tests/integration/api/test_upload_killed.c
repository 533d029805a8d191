/*
 * test_upload_killed.c -- tyboo-api dies after the last byte of a large body is committed and before its sender
 * is answered: nobody heard 2xx, so the sender sends again, and there is one delivery and one file.
 *
 * A gate in the deliveries' table holds the receipt at that instant.
 */
#include "fastcgi.h"
#include "house.h"

#include "base/str.h"
#include "crypto/crypto.h"

#define WS "/api/v1/workspaces/{ws}"
#define WAITS_AT_GATE                                                                              \
	"SELECT 1 WHERE (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = "   \
	"77)"
#define LARGE (TY_LIMIT_BODY_BYTES + 300000)

static char *
noise(size_t len)
{
	char *data = ty_arena_alloc(fx.arena, len + 1);
	uint64_t x = 88172645463325252U;

	for (size_t i = 0; i < len; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		data[i] = (char)x;
	}
	return data;
}

static void
gate_shut(void)
{
	house_sql("CREATE TABLE tyboo.gate (shut int)");
	house_sql("GRANT SELECT ON tyboo.gate TO PUBLIC");
	house_sql("INSERT INTO tyboo.gate VALUES (1)");
	/* Each look is a statement of its own, and so sees what the gate is now; the lock is seen from outside. */
	house_sql("CREATE FUNCTION tyboo.gate_wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
		  "PERFORM pg_advisory_xact_lock(77); "
		  "WHILE EXISTS (SELECT FROM tyboo.gate WHERE shut = 1) LOOP PERFORM "
		  "pg_sleep(0.02); END LOOP; "
		  "IF EXISTS (SELECT FROM tyboo.gate WHERE shut = 2) THEN RAISE 'refused'; END IF; "
		  "RETURN NEW; END $$");
	house_sql("CREATE TRIGGER gate BEFORE INSERT ON tyboo.deliveries FOR EACH ROW EXECUTE "
		  "FUNCTION tyboo.gate_wait()");
}

static void
gate_remove(void)
{
	house_sql("DROP TRIGGER gate ON tyboo.deliveries");
	house_sql("DROP FUNCTION tyboo.gate_wait()");
	house_sql("DROP TABLE tyboo.gate");
}

static void
wait_until_one(const char *query)
{
	int64_t until = ty_time_mono_ms() + test_patience_ms(WAIT_S * 1000);
	const struct timespec look = { .tv_nsec = 5000000 };

	while (strcmp(house_sql("%s", query), "1") != 0) {
		ck_assert_msg(ty_time_mono_ms() < until, "never came: %s", query);
		nanosleep(&look, NULL);
	}
}

static int
send_body(const char *body)
{
	int fd = dial();
	const struct head head = {
		.method = "POST",
		.target = ty_arena_printf(fx.arena, "/hooks/%s/h", house.ws),
		.length = ty_arena_printf(fx.arena, "%d", LARGE),
		.type = "image/png",
		.header = "IDEMPOTENCY_KEY",
		.value = "once",
	};

	put_head_of(fd, &head);
	put_body(fd, body, LARGE);
	return fd;
}

static void
kill_program(void)
{
	kill(api.pid, SIGKILL);
	waitpid(api.pid, NULL, 0);
	close(api.listen_fd);
	api.pid = 0;
}

static int64_t
number_of(const char *query)
{
	return atoll(house_sql("%s '%s'", query, house.ws_id.s));
}

static void
assert_one_delivery_with_its_file(const char *body)
{
	const char *run = house_sql("SELECT id FROM tyboo.deliveries WHERE workspace_id = '%s' AND "
				    "verdict = 'accepted'",
				    house.ws_id.s);
	uint8_t sum[TY_SHA256_SIZE];
	struct reply bytes;
	char hex[65];

	ty_sha256(body, LARGE, sum);
	ty_str_hex(sum, sizeof(sum), hex);
	ck_assert_int_eq(number_of("SELECT count(*) FROM tyboo.deliveries WHERE verdict = "
				   "'accepted' AND workspace_id ="),
			 1);
	bytes = ask("GET", ty_arena_printf(fx.arena, WS "/executions/%s/blobs/%s", run, hex), NULL);
	ck_assert_status(bytes, 200);
	ck_assert_uint_eq(bytes.bytes_len, LARGE);
	ck_assert_mem_eq(bytes.bytes, body, LARGE);
	ck_assert_int_eq(number_of("SELECT coalesce(sum(stored_bytes), 0) FROM "
				   "tyboo.payload_usage WHERE workspace_id ="),
			 LARGE);
	ck_assert_int_eq(number_of("SELECT coalesce(sum(unverified_bytes), 0) FROM "
				   "tyboo.payload_usage WHERE workspace_id ="),
			 0);
	ck_assert_int_eq(number_of("SELECT count(*) FROM tyboo.blob_uploads WHERE workspace_id ="),
			 0);
}

static const struct {
	const char *then;   /* with the receipt that was under way */
	const char *answer; /* to the sender's second try */
} ends[] = {
	{ "UPDATE tyboo.gate SET shut = 2", "Status: 202" }, /* is never written */
	{ "DELETE FROM tyboo.gate", "Status: 200" },	     /* is written all the same */
};

START_TEST(a_program_killed_before_its_answer_leaves_one_delivery)
{
	char *body = noise(LARGE);
	const char *answer;
	int fd;

	svc = house_services;
	house_publish(house_hook_graph("h", "\"verify\":\"none\""));
	start(2);
	gate_shut();
	fd = send_body(body);
	wait_until_one(WAITS_AT_GATE "= 1");
	ck_assert_int_eq(number_of("SELECT coalesce(sum(stored_bytes), 0) FROM "
				   "tyboo.payload_usage WHERE workspace_id ="),
			 LARGE);
	kill_program();
	ck_assert_ptr_null(take_answer(fd));
	close(fd);
	house_sql("%s", ends[_i].then);
	wait_until_one(WAITS_AT_GATE "= 0");
	gate_remove();
	start(2);
	fd = send_body(body);
	answer = take_answer(fd);
	close(fd);
	ck_assert_has(answer, ends[_i].answer);
	assert_one_delivery_with_its_file(body);
	kill_program();
}
END_TEST

HOUSE_MAIN("upload_killed",
	   { TEST_LOOP(a_program_killed_before_its_answer_leaves_one_delivery, ends); })

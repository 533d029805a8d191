/*
 * test_text_files.c -- nodes of files by a real tyboo-run: a text becomes a file in the store, is packed and unpacked
 * in the jail, and is a text again.
 */
#include "graphs.h"
#include "house.h"

#include "crypto/crypto.h"
#include "support/places.h"

#include <stdio.h>
#include <string.h>

/* A seed of the fuzzer, as Base64. */
static const char *
document(const char *name)
{
	char data[8192];
	FILE *f = fopen(
		ty_arena_printf(fx.arena, "%s/tests/fuzz/seeds/pdf/%s.pdf", TY_SOURCE_DIR, name),
		"re");
	size_t len;

	ck_assert_ptr_nonnull(f);
	len = fread(data, 1, sizeof(data), f);
	fclose(f);
	return ty_base64_encode(fx.arena, data, len);
}

static const char there_and_back[] = GRAPH(
	TRIGGER
	"," NODE("w", "data.file",
		 "\"action\":\"write\",\"value\":\"={{ $json.text }}\",\"file\":\"f\","
		 "\"name\":\"a.txt\",\"charset\":\"windows-1252\"") "," NODE("r", "data.file",
									     "\"file\":\"f\","
									     "\"charset\":"
									     "\"windows-1252\","
									     "\"into\":\"again\""),
	EDGE("t", "main", "w") "," EDGE("w", "main", "r"), "");

START_TEST(a_text_becomes_a_file_and_a_text_again)
{
	struct house_flow flow = house_flow(there_and_back);
	struct ty_id run = house_job_items(&flow, "[{\"json\":{\"text\":\"d\xC3\xA9j\xC3\xA0\"}}]");
	pid_t worker = house_worker();

	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "ok");
	ck_assert_msg(strstr(house_steps(&run), "\"again\":\"d\xC3\xA9j\xC3\xA0\"") != NULL, "%s",
		      house_steps(&run));
	/* Four characters, a byte each. */
	ck_assert_int_eq(house_count("SELECT size_bytes FROM tyboo.blobs"), 4);
	house_worker_drain(worker);
}
END_TEST

#define PACK(id, params) NODE(id, "data.compress", params)
#define MAKE(id, file)                                                                             \
	NODE(id, "data.file",                                                                      \
	     "\"action\":\"write\",\"value\":\"={{ $json.text }}\",\"file\":\"" file               \
	     "\",\"name\":\"" file ".txt\"")

static const char packed[] = GRAPH(
	TRIGGER "," MAKE("f", "f") "," MAKE("g", "g") "," PACK(
		"zip",
		"\"action\":\"zip\",\"into\":"
		"\"z\"") "," PACK("gzip",
				  "\"ac"
				  "tion"
				  "\":"
				  "\"gz"
				  "ip\""
				  ",\"f"
				  "ile"
				  "\":"
				  "\"z"
				  "\","
				  "\"in"
				  "to\""
				  ":\"z"
				  "\"") "," PACK("gunzip",
						 "\"file\":\"z\"") "," PACK("unzip",
									    "") "," NODE("read",
											 "data."
											 "file",
											 "\"into\":"
											 "\"again"
											 "\""),
	EDGE("t", "main", "f") "," EDGE("f", "main", "g") "," EDGE("g", "main", "zip") "," EDGE(
		"zip", "main",
		"gzip") "," EDGE("gzip", "main",
				 "gunzip") "," EDGE("gunzip", "main",
						    "unzip") "," EDGE("unzip", "main", "read"),
	"");

START_TEST(files_are_packed_and_unpacked_in_the_jail)
{
	struct house_flow flow = house_flow(packed);
	size_t len = 40000;
	char *text = ty_arena_alloc(fx.arena, len + 1);
	struct ty_id run;
	pid_t worker;
	uint32_t state = 1;

	for (size_t i = 0; i < len; i++) {
		state = state * 1664525 + 1013904223;
		text[i] = (char)('a' + (state >> 24) % 26);
	}
	run = house_job_items(&flow,
			      ty_arena_printf(fx.arena, "[{\"json\":{\"text\":\"%s\"}}]", text));
	worker = house_worker();
	house_await_finished(1);
	ck_assert_msg(strcmp(house_status(&run), "ok") == 0, "%s", house_steps(&run));
	ck_assert_ptr_nonnull(strstr(house_steps(&run), "\"path\":\"g.txt\""));
	ck_assert_ptr_nonnull(strstr(house_steps(&run), "Computed by libzip"));
	/* The text, the zip and what is around it; the entries are the text again. */
	ck_assert_int_eq(house_count("SELECT count(*) FROM tyboo.blobs WHERE size_bytes > 10000"),
			 3);
	ck_assert_int_eq(house_count("SELECT count(*) FROM tyboo.blobs WHERE size_bytes = 40000"),
			 1);
	house_worker_drain(worker);
}
END_TEST

static const char table[] =
	GRAPH(TRIGGER "," NODE("w", "data.xlsx", "\"action\":\"write\",\"as_dates\":true") "," NODE(
		      "r", "data.xlsx", ""),
	      EDGE("t", "main", "w") "," EDGE("w", "main", "r"), "");

START_TEST(items_become_a_workbook_and_items_again)
{
	struct house_flow flow = house_flow(table);
	struct ty_id run = house_job_items(
		&flow, "[{\"json\":{\"day\":\"2026-01-31\",\"n\":1.5}},{\"json\":{\"n\":true}}]");
	pid_t worker = house_worker();

	house_await_finished(1);
	ck_assert_msg(strcmp(house_status(&run), "ok") == 0, "%s", house_steps(&run));
	ck_assert_msg(strstr(house_steps(&run), "{\"n\":1.5,\"day\":\"2026-01-31\"}") != NULL ||
			      strstr(house_steps(&run), "{\"day\":\"2026-01-31\",\"n\":1.5}") !=
				      NULL,
		      "%s", house_steps(&run));
	house_worker_drain(worker);
}
END_TEST

static const char calendar[] =
	GRAPH(TRIGGER "," NODE("w", "data.ical", "\"action\":\"write\"") "," NODE(
		      "r", "data.ical",
		      "\"source\":\"text\",\"value\":\"={{ $json.data "
		      "}}\",\"expand\":true,\"from\":\"2026-03-28\",\"to\":\"2026-03-30\""),
	      EDGE("t", "main", "w") "," EDGE("w", "main", "r"), "");

#define DOCUMENT(more)                                                                             \
	GRAPH(TRIGGER "," NODE("w", "data.file",                                                   \
			       "\"action\":\"write\",\"form\":\"base64\",\"name\":\"a.pdf\","      \
			       "\"value\":\"={{ $json.pdf }}\"") "," NODE("r", "data.pdf", more),  \
	      EDGE("t", "main", "w") "," EDGE("w", "main", "r"), "")

/* In an encoding that poppler reads from a file of its own, which the jail keeps mapped. */
START_TEST(a_document_is_read_in_the_jail)
{
	struct house_flow flow = house_flow(DOCUMENT("\"give\":\"pages\""));
	struct ty_id run =
		house_job_items(&flow, ty_arena_printf(fx.arena, "[{\"json\":{\"pdf\":\"%s\"}}]",
						       document("japanese")));
	pid_t worker = house_worker();

	house_await_finished(1);
	ck_assert_msg(strcmp(house_status(&run), "ok") == 0, "%s", house_steps(&run));
	ck_assert_msg(strstr(house_steps(&run), "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E") != NULL,
		      "%s", house_steps(&run));
	ck_assert_ptr_nonnull(strstr(house_steps(&run), "Computed by poppler"));
	house_worker_drain(worker);
}
END_TEST

START_TEST(a_document_that_is_damaged_fails_its_step)
{
	struct house_flow flow = house_flow(DOCUMENT(""));
	struct ty_id run = house_job_items(&flow, "[{\"json\":{\"pdf\":\"JVBERi0xLjQK\"}}]");
	pid_t worker = house_worker();

	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "error");
	ck_assert_msg(strstr(house_steps(&run), "cut off or damaged") != NULL, "%s",
		      house_steps(&run));
	house_worker_drain(worker);
}
END_TEST

/* Over a change of the clocks, by a zone that the calendar brings along. */
START_TEST(events_become_a_calendar_and_events_again)
{
	struct house_flow flow = house_flow(calendar);
	struct ty_id run = house_job_items(&flow, "[{\"json\":{\"summary\":\"x\",\"start\":\"2026-"
						  "03-27T09:00\",\"timezone\":\"Europe/Vienna\","
						  "\"recurrence\":\"FREQ=DAILY\"}}]");
	pid_t worker = house_worker();

	house_await_finished(1);
	ck_assert_msg(strcmp(house_status(&run), "ok") == 0, "%s", house_steps(&run));
	ck_assert_ptr_nonnull(strstr(house_steps(&run), "2026-03-28T09:00:00+01:00"));
	ck_assert_ptr_nonnull(strstr(house_steps(&run), "2026-03-29T09:00:00+02:00"));
	house_worker_drain(worker);
}
END_TEST

static const char refused[] = GRAPH(TRIGGER "," MAKE("f", "f") "," PACK("unzip", "\"file\":\"f\""),
				    EDGE("t", "main", "f") "," EDGE("f", "main", "unzip"), "");

START_TEST(a_file_that_is_no_archive_fails_its_step)
{
	struct house_flow flow = house_flow(refused);
	struct ty_id run = house_job_items(&flow, "[{\"json\":{\"text\":\"hello\"}}]");
	pid_t worker = house_worker();

	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "error");
	ck_assert_ptr_nonnull(strstr(house_steps(&run), "neither gzip nor zlib nor zip"));
	house_worker_drain(worker);
}
END_TEST

HOUSE_TEST_MAIN("run text files", 60, {
	TEST(a_text_becomes_a_file_and_a_text_again);
	TEST(files_are_packed_and_unpacked_in_the_jail);
	TEST(items_become_a_workbook_and_items_again);
	TEST(events_become_a_calendar_and_events_again);
	TEST(a_document_is_read_in_the_jail);
	TEST(a_document_that_is_damaged_fails_its_step);
	TEST(a_file_that_is_no_archive_fails_its_step);
})

/*
 * test_text_files.c -- data.file by a real tyboo-run: a text becomes a file in the store, and a text again.
 */
#include "graphs.h"
#include "house.h"

#include <string.h>

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

HOUSE_TEST_MAIN("run text files", 60, { TEST(a_text_becomes_a_file_and_a_text_again); })

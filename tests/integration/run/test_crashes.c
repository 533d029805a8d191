/*
 * test_crashes.c -- a worker that dies of a signal leaves a report with its run and node, which the run then shows.
 */
#include "graphs.h"
#include "house.h"

#include "conf/conf.h"
#include "json/json.h"
#include "log/log.h"
#include "reap/reap.h"
#include "store/execution_list.h"

#include <dirent.h>
#include <signal.h>
#include <string.h>

static const char graph[] = GRAPH(TRIGGER "," NODE("ask", "http.request", "\"url\":\"%s/hold\""),
				  EDGE("t", "main", "ask"), "");

static size_t
reports(void)
{
	DIR *dir = opendir(ty_arena_printf(fx.arena, "%s/run/crashes", house.home));
	struct dirent *entry;
	size_t count = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		count += entry->d_name[0] != '.';
	if (dir != NULL)
		closedir(dir);
	return count;
}

/* The duty of tyboo-reap, over this house. */
static void
reap(void)
{
	const struct ty_conf *conf;
	struct ty_log log;
	struct reap *reaper;

	ck_assert_ok(ty_conf_load(fx.arena, house.conf, &conf, &fx.err));
	ty_log_init(&log, "test", TY_LOG_ERROR);
	reaper = reap_new(conf, &log);
	ck_assert_ok(reap_crashes(reaper, &fx.err));
	reap_free(reaper);
}

static json_t *
crashes(const struct ty_id *run)
{
	return ty_json_own(fx.arena,
			   json_loads(house_sql("SELECT tyboo.crashes_of('%s')", run->s), 0, NULL));
}

/* As the API and tybooctl show the run. */
static size_t
shown(const struct ty_id *run)
{
	json_t *execution;
	struct ty_tx *tx;

	ck_assert_ok(ty_tx_begin(house.owner, fx.arena, &house.workspace, 1000, &tx, &fx.err));
	ck_assert_ok(ty_store_execution_get(tx, run, &execution, &fx.err));
	ty_tx_rollback(tx);
	return json_array_size(json_object_get(execution, "crashes"));
}

static const int deaths[] = { SIGSEGV, SIGABRT };

START_TEST(a_worker_that_dies_of_a_signal_is_told_by_its_run)
{
	struct house_flow flow = house_flow(graph);
	struct ty_id run = house_job(&flow, 1);
	pid_t first = house_worker(), second;
	const json_t *crash;

	house_await_hits("/hold", 1);
	ck_assert_uint_eq(reports(), 1); /* ready, and empty */
	reap();
	ck_assert_uint_eq(reports(), 1); /* its process is there */
	house_worker_kill(first, deaths[_i]);
	ck_assert_int_ne(house_worker_wait(first), 0);
	reap();
	ck_assert_uint_eq(reports(), 0);
	ck_assert_uint_eq(json_array_size(crashes(&run)), 1);
	crash = json_array_get(crashes(&run), 0);
	ck_assert_str_eq(ty_json_str(crash, "signal", ""),
			 deaths[_i] == SIGSEGV ? "SIGSEGV" : "SIGABRT");
	ck_assert_str_eq(ty_json_str(crash, "program", ""), "tyboo-run");
	ck_assert_str_eq(ty_json_str(crash, "node", ""), "ask");
	ck_assert(!ty_json_bool(crash, "was_at", true)); /* it waited for the answer */
	ck_assert_uint_gt(json_array_size(json_object_get(crash, "frames")), 1);
	ck_assert(house_log_has("died of a signal"));

	second = house_worker();
	house_reap(1, 8);
	house_sink_open();
	house_await_finished(1);
	ck_assert_str_eq(house_status(&run), "ok");
	ck_assert_uint_eq(shown(&run), 1);
	house_worker_drain(second);
	ck_assert_uint_eq(reports(), 0); /* an ordinary end leaves none */
}
END_TEST

HOUSE_TEST_MAIN("run/crashes", 120,
		tcase_add_loop_test(tc, a_worker_that_dies_of_a_signal_is_told_by_its_run, 0,
				    TY_ARRAY_COUNT(deaths)))

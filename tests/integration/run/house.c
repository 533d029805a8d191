/*
 * house.c -- see house.h.
 */
#include "house.h"

#include "base/buf.h"
#include "base/time.h"
#include "intake/job.h"
#include "json/json.h"
#include "store/park.h"
#include "store/step_list.h"
#include "support/places.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct services house_services;
struct house house;

static void
pause_ms(long ms)
{
	struct timespec left = { .tv_nsec = ms * 1000000 };

	nanosleep(&left, NULL);
}

/* Look at 'cond' until it holds. */
#define AWAIT(cond, ...) AWAIT_MS(HOUSE_WAIT_MS, cond, __VA_ARGS__)

#define AWAIT_MS(ms, cond, ...)                                                                    \
	do {                                                                                       \
		int64_t give_up_ms_ = ty_time_mono_ms() + test_patience_ms(ms);                    \
		while (!(cond)) {                                                                  \
			ck_assert_msg(ty_time_mono_ms() < give_up_ms_, __VA_ARGS__);               \
			pause_ms(5);                                                               \
		}                                                                                  \
	} while (0)

/* ---- the sink ---- */

/* Has its target met its key for the first time?  The lock is held. */
static bool
hit_is_first(const struct house_hit *hit)
{
	for (const struct house_hit *other = house.hits; other < hit; other++)
		if (strcmp(other->target, hit->target) == 0 &&
		    strcmp(other->idempotency_key, hit->idempotency_key) == 0)
			return false;
	return true;
}

static bool
sink_serve(void *ctx, const struct http_server_request *request)
{
	struct house_hit *hit;
	int status = 200;

	pthread_mutex_lock(&house.lock);
	ck_assert_uint_lt(house.hit_count, HOUSE_HITS_MAX);
	hit = &house.hits[house.hit_count++];
	snprintf(hit->target, sizeof(hit->target), "%s", request->target);
	http_server_header(request->head, "Idempotency-Key", hit->idempotency_key,
			   sizeof(hit->idempotency_key));
	http_server_header(request->head, "Authorization", hit->authorization,
			   sizeof(hit->authorization));
	http_server_header(request->head, "X-Api-Key", hit->api_key, sizeof(hit->api_key));
	while (strncmp(request->target, "/hold", 5) == 0 && !house.is_open)
		pthread_cond_wait(&house.opened, &house.lock);
	if ((strncmp(request->target, "/flaky", 6) == 0 && hit_is_first(hit)) ||
	    (strncmp(request->target, "/down", 5) == 0 && !house.is_open))
		status = 503;
	else if (strncmp(request->target, "/busy", 5) == 0 && hit_is_first(hit))
		status = 429;
	pthread_mutex_unlock(&house.lock);
	http_server_answer(request->fd, status, "Content-Type: application/json\r\n",
			   "{\"ok\":true}", 11);
	return true;
}

void
house_sink_open(void)
{
	pthread_mutex_lock(&house.lock);
	house.is_open = true;
	pthread_cond_broadcast(&house.opened);
	pthread_mutex_unlock(&house.lock);
}

const struct house_hit *
house_hit(const char *target, size_t n)
{
	const struct house_hit *found = NULL;

	pthread_mutex_lock(&house.lock);
	for (size_t i = 0; i < house.hit_count && found == NULL; i++)
		if (strcmp(house.hits[i].target, target) == 0 && n-- == 0)
			found = &house.hits[i];
	pthread_mutex_unlock(&house.lock);
	return found;
}

size_t
house_hits(const char *target)
{
	size_t count = 0;

	while (house_hit(target, count) != NULL)
		count++;
	return count;
}

void
house_await_hits(const char *target, size_t count)
{
	AWAIT(house_hits(target) >= count, "%s: %zu hits, not %zu", target, house_hits(target),
	      count);
}

/* ---- looking ---- */

static const char *
house_cell(const char *sql)
{
	struct ty_rows rows = { 0 };
	struct ty_tx *tx;
	const char *text;

	ck_assert_ok(ty_tx_begin(house.owner, fx.arena, NULL, 5000, &tx, &fx.err));
	ck_assert_ok(ty_tx_query(tx, sql, NULL, 0, &rows, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	text = rows.count > 0 && rows.columns > 0 ? ty_rows_text(&rows, 0, 0) : NULL;
	return text != NULL ? text : "";
}

const char *
house_sql(const char *fmt, ...)
{
	const char *sql;
	va_list ap;

	va_start(ap, fmt);
	sql = ty_arena_vprintf(fx.arena, fmt, ap);
	va_end(ap);
	return house_cell(sql);
}

int64_t
house_count(const char *fmt, ...)
{
	const char *sql;
	va_list ap;

	va_start(ap, fmt);
	sql = ty_arena_vprintf(fx.arena, fmt, ap);
	va_end(ap);
	return strtoll(house_cell(sql), NULL, 10);
}

static int64_t
house_finished(void)
{
	return house_count("SELECT count(*) FROM tyboo.executions WHERE workspace_id = '%s'"
			   " AND finished_at IS NOT NULL",
			   house.workspace.s);
}

void
house_await_finished(int64_t count)
{
	house_await_finished_in(HOUSE_WAIT_MS, count);
}

void
house_await_finished_in(int64_t ms, int64_t count)
{
	AWAIT_MS(ms, house_finished() >= count, "%d of %d runs are finished", (int)house_finished(),
		 (int)count);
	ck_assert_int_eq(house_finished(), count);
}

const char *
house_status(const struct ty_id *run)
{
	return house_sql("SELECT status FROM tyboo.executions WHERE id = '%s'", run->s);
}

int64_t
house_pieces(const struct ty_id *run)
{
	return house_count("SELECT count(*) FROM tyboo.execution_pieces WHERE run_id = '%s'",
			   run->s);
}

void
house_await_pieces(const struct ty_id *run, int64_t count)
{
	AWAIT(house_pieces(run) >= count, "%s: %d pieces, not %d", run->s, (int)house_pieces(run),
	      (int)count);
}

void
house_await_status(const struct ty_id *run, const char *status)
{
	AWAIT(strcmp(house_status(run), status) == 0, "%s: is %s, not %s", run->s,
	      house_status(run), status);
}

void
house_refuse(const char *table, const struct ty_id *run)
{
	house_sql("CREATE OR REPLACE FUNCTION tyboo.refuse() RETURNS trigger LANGUAGE plpgsql AS $$"
		  " BEGIN IF NEW.run_id = '%s' THEN RAISE check_violation; END IF; RETURN NEW; END "
		  "$$",
		  run->s);
	house_sql("CREATE TRIGGER refuse BEFORE INSERT ON tyboo.%s FOR EACH ROW EXECUTE FUNCTION "
		  "tyboo.refuse()",
		  table);
}

void
house_refuse_no_more(const char *table)
{
	house_sql("DROP TRIGGER refuse ON tyboo.%s", table);
}

const char *
house_steps(const struct ty_id *run)
{
	const struct ty_store_step_filter filter = { .limit = TY_STORE_STEPS_MAX };
	struct ty_tx *tx;
	json_t *steps;
	int64_t next;

	ck_assert_ok(ty_tx_begin(house.owner, fx.arena, NULL, 5000, &tx, &fx.err));
	ck_assert_ok(ty_store_step_list(tx, run, &filter, &steps, &next, &fx.err));
	ty_tx_rollback(tx);
	ck_assert_int_eq(next, -1);
	return ty_json_dump(fx.arena, steps, NULL);
}

/* ---- workers ---- */

void
house_conf(const char *settings)
{
	FILE *file = fopen(house.conf, "w");

	ck_assert_ptr_nonnull(file);
	fprintf(file,
		"home = %s\ndatabase_url = %s\nredis_url = %s\nlane = %s\n"
		"sandbox_path = %s/bin/tyboo-sandbox\nparse_path = %s/bin/tyboo-parse\n"
		"pdf_path = %s/bin/tyboo-pdf\nshare_dir = %s/share\n"
		"http_allow = 127.0.0.1\nlease_ms = %d\nheartbeat_ms = %d\nlog_level = debug\n%s",
		house.home, house_services.database_url, house_services.redis_url, house.lane,
		TY_BUILD_DIR, TY_BUILD_DIR, TY_BUILD_DIR, TY_BUILD_DIR, (int)house.lease_ms,
		(int)house.lease_ms / 4, settings);
	fclose(file);
}

static const char *
house_log_path(void)
{
	return ty_arena_printf(fx.arena, "%s/log", house.home);
}

pid_t
house_program(const char *name, const char *conf)
{
	const char *log = house_log_path();
	const char *path = ty_arena_printf(fx.arena, "%s/bin/%s", TY_BUILD_DIR, name);
	pid_t parent = getpid(), pid = fork();
	size_t at = 0;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);

		/* It ends with the test, however that ends. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (fd < 0 || dup2(fd, STDERR_FILENO) < 0 || getppid() != parent)
			_exit(127);
		setenv("TYBOO_CONF", conf, 1);
		execl(path, name, (char *)NULL);
		_exit(127);
	}
	while (at < house.worker_count && house.workers[at] != 0)
		at++; /* the place of one that has ended, or a new one */
	ck_assert_uint_lt(at, HOUSE_WORKERS_MAX);
	house.workers[at] = pid;
	if (at == house.worker_count)
		house.worker_count++;
	return pid;
}

pid_t
house_worker(void)
{
	return house_program("tyboo-run", house.conf);
}

int
house_worker_wait(pid_t pid)
{
	int status = 0;

	AWAIT(waitpid(pid, &status, WNOHANG) == pid, "worker %d does not end", (int)pid);
	for (size_t i = 0; i < house.worker_count; i++)
		if (house.workers[i] == pid)
			house.workers[i] = 0;
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

void
house_worker_kill(pid_t pid, int signal)
{
	ck_assert_int_eq(kill(pid, signal), 0);
	if (signal == SIGKILL)
		ck_assert_int_eq(house_worker_wait(pid), -SIGKILL);
}

static const char *
house_log(void)
{
	FILE *file = fopen(house_log_path(), "r");
	char *text = ty_arena_alloc(fx.arena, 1024 * 1024);
	size_t len = 0;

	if (file != NULL) {
		len = fread(text, 1, 1024 * 1024 - 1, file);
		fclose(file);
	}
	text[len] = '\0';
	return text;
}

bool
house_log_has(const char *text)
{
	return strstr(house_log(), text) != NULL;
}

void
house_worker_drain(pid_t pid)
{
	int status;

	house_worker_kill(pid, SIGTERM);
	status = house_worker_wait(pid);
	ck_assert_msg(status == 0, "tyboo-run ended with %d: %s", status, house_log());
}

/* ---- workflows and jobs ---- */

static void
house_run_sql(const char *sql, const char *const *texts, size_t count)
{
	struct ty_sql_param params[8];
	struct ty_tx *tx;

	for (size_t i = 0; i < count; i++)
		params[i] = TY_SQL_TEXT(texts[i]);
	ck_assert_ok(ty_tx_begin(house.owner, fx.arena, NULL, 5000, &tx, &fx.err));
	ck_assert_ok(ty_tx_exec(tx, sql, params, count, &fx.err));
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
}

static const char *
house_graph(const char *graph)
{
	struct ty_buf buf;
	const char *hole;

	ty_buf_init(&buf, fx.arena, 1024);
	while ((hole = strstr(graph, "%s")) != NULL) {
		ty_buf_add(&buf, graph, (size_t)(hole - graph));
		ty_buf_printf(&buf, "http://127.0.0.1:%d", http_server_port(house.sink));
		graph = hole + 2;
	}
	ty_buf_add_str(&buf, graph);
	return buf.data;
}

struct house_flow
house_flow(const char *graph)
{
	struct house_flow flow = { .workflow = ty_id_new(), .version = ty_id_new() };
	const char *workflow[] = { house.workspace.s, flow.workflow.s, flow.version.s };
	const char *version[] = { house.workspace.s, flow.version.s, flow.workflow.s,
				  house_graph(graph) };

	house_run_sql("INSERT INTO tyboo.workflows (workspace_id, id, name, draft_version_id,"
		      " published_version_id) VALUES ($1, $2, 'Flow', $3, $3)",
		      workflow, 3);
	house_run_sql("INSERT INTO tyboo.workflow_versions (workspace_id, id, workflow_id, number,"
		      " graph) VALUES ($1, $2, $3, 1, $4)",
		      version, 4);
	return flow;
}

struct house_flow
house_callable(const char *graph)
{
	struct house_flow flow = house_flow(graph);

	house_sql(
		"UPDATE tyboo.workflow_versions SET called_node = 'c', error_node = 'e' WHERE id = "
		"'%s' RETURNING 1",
		flow.version.s);
	return flow;
}

const char *
house_calling(const char *graph, const struct ty_id *workflow)
{
	const char *at = strstr(graph, "WORKFLOW");

	ck_assert_ptr_nonnull(at);
	return ty_arena_printf(fx.arena, "%.*s%s%s", (int)(at - graph), graph, workflow->s,
			       at + strlen("WORKFLOW"));
}

static void
house_admit(const struct house_flow *flow, const struct ty_id *run, const char *payload)
{
	struct ty_job job = { .run_id = *run,
			      .workspace_id = house.workspace,
			      .workflow_id = flow->workflow,
			      .delivery_key = "",
			      .payload = payload,
			      .payload_len = strlen(payload) };
	struct ty_admission admission;

	ck_assert_ok(ty_queue_sync_admit(house.queue, &job, 1, &admission, &fx.err));
	ck_assert_int_eq(admission.verdict, TY_VERDICT_ADMITTED);
}

struct ty_id
house_job_items(const struct house_flow *flow, const char *items)
{
	struct ty_id run = ty_id_new();

	house_admit(flow, &run,
		    ty_arena_printf(fx.arena,
				    "{\"v\":1,\"run_id\":\"%s\",\"workspace_id\":\"%s\","
				    "\"workflow_id\":\"%s\",\"version_id\":\"%s\","
				    "\"start_node\":\"\",\"mode\":\"api\",\"accepted_at_ms\":%lld,"
				    "\"items\":%s}",
				    run.s, house.workspace.s, flow->workflow.s, flow->version.s,
				    (long long)ty_time_now_ms(), items));
	return run;
}

struct ty_id
house_job(const struct house_flow *flow, int n)
{
	return house_job_items(flow, ty_arena_printf(fx.arena, "[{\"json\":{\"n\":%d}}]", n));
}

struct ty_id
house_job_raw(const struct house_flow *flow, const char *payload)
{
	struct ty_id run = ty_id_new();

	house_admit(flow, &run, payload);
	return run;
}

void
house_job_as(const struct house_flow *flow, const struct ty_id *run, const char *payload)
{
	house_admit(flow, run, payload);
}

void
house_reap(size_t count, int64_t deliveries_max)
{
	struct ty_queue_reaped reaped;
	size_t seen = 0;

	AWAIT((ty_queue_sync_reap(house.queue, deliveries_max, 1000, &reaped, &fx.err) == TY_OK &&
	       (seen += reaped.returned + reaped.buried + reaped.due) >= count),
	      "%zu of %zu leases came back: %s", seen, count, fx.err.msg);
}

size_t
house_push_due(void)
{
	struct ty_store_query query;
	struct ty_rows rows;
	struct ty_due *due;
	struct ty_tx *tx;
	size_t count;

	ck_assert_ok(ty_tx_begin(house.owner, fx.arena, NULL, 5000, &tx, &fx.err));
	ty_store_due_query(fx.arena, NULL, NULL, 0, 100, 1000, &query);
	ck_assert_ok(ty_tx_run(tx, &query, &rows, &fx.err));
	ck_assert_ok(ty_store_due_decode(fx.arena, &rows, &due, &count, &fx.err));
	for (size_t i = 0; i < count; i++) {
		struct ty_admission admission;
		struct ty_job job;

		ty_due_to_job(fx.arena, &due[i], &job);
		ck_assert_ok(ty_queue_sync_admit(house.queue, &job, 1, &admission, &fx.err));
	}
	ck_assert_ok(ty_tx_commit(tx, &fx.err));
	return count;
}

/* ---- open and close ---- */

void
house_open(void)
{
	const char *workspace[2];

	fx_setup();
	memset(&house, 0, sizeof(house));
	pthread_mutex_init(&house.lock, NULL);
	pthread_cond_init(&house.opened, NULL);
	house.workspace = ty_id_new();
	house.lease_ms = 1500;
	snprintf(house.lane, sizeof(house.lane), "l%s", house.workspace.s);
	snprintf(house.home, sizeof(house.home), "%s/%s", house_services.dir, house.workspace.s);
	snprintf(house.conf, sizeof(house.conf), "%s/tyboo.conf", house.home);
	ck_assert_int_eq(mkdir(house.home, 0700), 0);
	house.owner = ty_store_new(house_services.owner_database_url, 2, "test");
	house.queue = ty_queue_sync_new(house_services.redis_url, house.lane);
	house.sink = http_server_new(sink_serve, NULL);
	house_conf("");
	workspace[0] = workspace[1] = house.workspace.s;
	house_run_sql("INSERT INTO tyboo.workspaces (id, slug, name)"
		      " VALUES ($1, 'w-' || right($2, 12), 'House')",
		      workspace, 2);
}

void
house_close(void)
{
	house_sink_open();
	for (size_t i = 0; i < house.worker_count; i++)
		if (house.workers[i] > 0) {
			kill(house.workers[i], SIGKILL);
			waitpid(house.workers[i], NULL, 0);
		}
	http_server_free(house.sink);
	ty_queue_sync_free(house.queue);
	ty_store_free(house.owner);
	pthread_cond_destroy(&house.opened);
	pthread_mutex_destroy(&house.lock);
	fx_teardown();
}

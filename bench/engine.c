/*
 * engine.c -- what the engine itself costs: whole workflows in one process, without stores or network.
 *
 *	bench-engine DIR [COUNT]
 *	bench-engine --each DIR [COUNT]
 *
 * Each row is a process of its own, COUNT items (10,000), as one JSON object: "cpu_ms" and "ms" are the medians of
 * five runs, from the run's input to its result, its records taken by the hundred, written as JSON and packed as a
 * worker does; "mb" is the most memory that the runs took beside their input.  "while" is one item ten thousand
 * times through a body.  "wait" and "retry" wait once in each iteration of a loop, for a clock that goes ahead when
 * nothing else is under way.
 *
 * "bare" is what a program has to do for such items that is no engine: read them from one text, give each a
 * member more, write them once and pack them, by the libraries' own functions.  It says what a ms of this machine
 * is worth.
 *
 * With --each every workflow of the folder is a row, over items that have a field for each kind of node; parsers
 * are asked in this process, outside of their jail.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/time.h"
#include "engine/engine.h"
#include "json/json.h"
#include "nodes/nodes.h"
#include "parse/tool.h"
#include "store/pack.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RUNS 5

/* Workflows, each DIR/<name>.json. */
static const struct row {
	const char *name;
	bool is_one;  /* the input is one item */
	bool is_rich; /* items have a field for each kind of node */
	bool is_bare; /* no workflow */
} rows[] = {
	{ .name = "bare", .is_bare = true },
	{ .name = "loop" },
	{ .name = "while", .is_one = true },
	{ .name = "set" },
	{ .name = "filter" },
	{ .name = "condition" },
	{ .name = "merge" },
	{ .name = "wait" },
	{ .name = "retry" },
};

struct bench {
	struct ty_pack *pack;
	struct ty_run *run;
	bool is_over;
	int64_t ahead_ms; /* time by which the world's clock is ahead */
	int64_t wake_ms;  /* 0: nothing waits */
};

static void
fail(const char *what, const struct ty_err *err)
{
	fprintf(stderr, "bench-engine: %s: %s\n", what, err->msg);
	exit(1);
}

/* ---- the world, which these workflows ask for nothing ---- */

static void
keep(struct bench *b, json_t *steps)
{
	struct ty_arena *arena = ty_arena_new(NULL, "piece", 0);
	const struct ty_payload *payloads;
	size_t len, count;
	const char *text = ty_json_dump(arena, steps, &len);

	ty_pack_bytes(b->pack, arena, text, len, &len);
	json_decref(steps);
	ty_arena_free(arena);
	ty_run_take_payloads(b->run, &payloads, &count);
}

static int64_t
op_now_ms(void *ctx)
{
	const struct bench *b = ctx;

	return ty_time_now_ms() + b->ahead_ms;
}

/* In a journal that is there at once: the drawn delay of a retry is all that is written. */
static void
op_journal(void *ctx, struct ty_run *run, uint64_t token, const struct ty_journal_entry *entry)
{
	ty_run_journal_done(run, token, NULL);
}

static void
op_wake_at(void *ctx, struct ty_run *run, int64_t at_ms)
{
	struct bench *b = ctx;

	b->wake_ms = at_ms;
}

static void
op_steps_ready(void *ctx, struct ty_run *run)
{
	keep(ctx, ty_run_take_steps(run));
}

static void
op_finished(void *ctx, struct ty_run *run)
{
	struct bench *b = ctx;

	b->is_over = true;
}

/* A parser's answer, with what its message costs: its request as text, its answer as text. */
static void
op_eval(void *ctx, struct ty_run *run, uint64_t token, const json_t *request, int64_t timeout_ms)
{
	struct ty_arena *arena = ty_arena_new(NULL, "tool", 0);
	struct ty_err err = { .code = TY_OK };
	const char *text;
	json_t *answer;
	size_t len;

	text = ty_json_dump(arena, request, &len);
	text = ty_json_dump(arena, tool_answer(arena, text, len), &len);
	if (ty_json_parse_stored(arena, text, len, &answer, &err) != TY_OK)
		fail("tool", &err);
	ty_run_eval_done(run, token, answer, NULL);
	ty_arena_free(arena);
}

static const struct ty_engine_ops ops = {
	.eval = op_eval,
	.now_ms = op_now_ms,
	.journal = op_journal,
	.wake_at = op_wake_at,
	.steps_ready = op_steps_ready,
	.finished = op_finished,
};

/* ---- runs ---- */

static json_t *
items_new(struct ty_arena *arena, size_t count)
{
	json_t *items = ty_json_own(arena, json_array());

	for (size_t i = 0; i < count; i++)
		json_array_append_new(items, json_pack("{s:{s:I, s:i, s:i, s:s}}", "json", "id",
						       (json_int_t)i, "price", (int)(i % 1000),
						       "count", (int)(i % 7), "name", "a product"));
	return items;
}

static json_t *
items_rich(struct ty_arena *arena, size_t count)
{
	json_t *items = ty_json_own(arena, json_array());

	for (size_t i = 0; i < count; i++) {
		const char *name = ty_arena_printf(arena, "product %zu", i * 7919 % count);
		json_t *json =
			json_pack("{s:I, s:i, s:i, s:s, s:s, s:s, s:[i]}", "id", (json_int_t)i,
				  "price", (int)(i % 1000), "count", (int)(i % 7), "name", name,
				  "date", "2026-02-09T03:04:05.678+01:00", "words",
				  "a,few,words,of,a,text,but,not,many", "list", (int)i);

		json_object_set_new(json, "json", json_string("{\"a\":[1,2,{\"b\":\"c\"}]}"));
		json_object_set_new(json, "xml",
				    json_string("<a id=\"1\"><b>text</b><b>more</b></a>"));
		json_object_set_new(json, "html",
				    json_string("<h1>A</h1><p>text <a href=\"/b\">more</a></p>"));
		json_object_set_new(json, "markdown", json_string("# A\n\ntext *more*"));
		json_array_append_new(items, json_pack("{s:o}", "json", json));
	}
	return items;
}

static int64_t
clock_us(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Run on, ending each wait at once. */
static void
run_to_end(struct bench *b)
{
	ty_run_start(b->run);
	while (!b->is_over && b->wake_ms != 0) {
		int64_t left_ms = b->wake_ms - op_now_ms(b);

		b->wake_ms = 0;
		b->ahead_ms += left_ms > 0 ? left_ms : 0;
		ty_run_wake(b->run);
	}
}

static void
run_once(struct bench *b, const struct ty_plan *plan, const json_t *items, int64_t *ret_us,
	 int64_t *ret_cpu_us)
{
	struct ty_arena *arena = ty_arena_new(NULL, "bench", 0);
	struct ty_run_spec spec = { .workflow_name = "bench",
				    .plan = plan,
				    .mode = "manual",
				    .accepted_at_ms = ty_time_now_ms(),
				    .input = items };
	int64_t from_us, from_cpu_us;
	struct ty_err err = { .code = TY_OK };

	spec.run_id = ty_id_new();
	from_us = clock_us(CLOCK_MONOTONIC);
	from_cpu_us = clock_us(CLOCK_PROCESS_CPUTIME_ID);
	if (ty_run_new(arena, &ops, b, &spec, &b->run, &err) != TY_OK)
		fail("run", &err);
	run_to_end(b);
	if (!b->is_over || ty_run_result(b->run)->status != TY_STATUS_OK) {
		fputs("bench-engine: a run did not go well\n", stderr);
		exit(1);
	}
	keep(b, ty_run_take_steps(b->run));
	*ret_us = clock_us(CLOCK_MONOTONIC) - from_us;
	*ret_cpu_us = clock_us(CLOCK_PROCESS_CPUTIME_ID) - from_cpu_us;
	b->is_over = false;
	b->ahead_ms = b->wake_ms = 0;
	ty_run_free(b->run);
	ty_arena_free(arena);
}

static int
us_compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double
ms_median(int64_t *us)
{
	int64_t median;

	qsort(us, RUNS, sizeof(us[0]), us_compare);
	median = us[RUNS / 2];
	return (double)median / 1000;
}

static json_t *
workflow_read(struct ty_arena *arena, const char *dir, const char *name)
{
	const char *path = ty_arena_printf(arena, "%s/%s.json", dir, name);
	json_t *doc = json_load_file(path, 0, NULL);

	if (doc == NULL) {
		fprintf(stderr, "bench-engine: %s cannot be read\n", path);
		exit(1);
	}
	return ty_json_own(arena, doc);
}

/* The most memory that this process ever had. */
static long
peak_kb(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

static void
row_print(const char *name, size_t count, int64_t *us, int64_t *cpu_us, long before_kb)
{
	printf("\"%s\":{\"items\":%zu,\"ms\":%.1f,\"cpu_ms\":%.1f,\"mb\":%.1f}", name, count,
	       ms_median(us), ms_median(cpu_us), (double)(peak_kb() - before_kb) / 1024);
	fflush(stdout);
}

static void
row_run(const struct row *row, const char *dir, size_t count)
{
	struct ty_arena *arena = ty_arena_new(NULL, "row", 0);
	struct bench b = { .pack = ty_pack_new() };
	struct ty_err err = { .code = TY_OK };
	struct ty_registry *registry;
	const struct ty_graph *graph;
	const struct ty_plan *plan;
	int64_t us[RUNS], cpu_us[RUNS];
	long before_kb;
	json_t *doc = workflow_read(arena, dir, row->name), *items;

	if (ty_nodes_load(arena, &registry, &err) != TY_OK ||
	    ty_graph_parse(arena, registry, doc, &graph, &err) != TY_OK ||
	    ty_plan_new(arena, graph, &plan, &err) != TY_OK)
		fail(row->name, &err);
	items = row->is_rich ? items_rich(arena, count) : items_new(arena, row->is_one ? 1 : count);
	before_kb = peak_kb();
	for (size_t i = 0; i < RUNS; i++)
		run_once(&b, plan, items, &us[i], &cpu_us[i]);
	row_print(row->name, count, us, cpu_us, before_kb);
}

static void
bare_once(struct ty_pack *pack, const char *text, size_t len, int64_t *ret_us, int64_t *ret_cpu_us)
{
	int64_t from_us = clock_us(CLOCK_MONOTONIC);
	int64_t from_cpu_us = clock_us(CLOCK_PROCESS_CPUTIME_ID);
	struct ty_arena *arena = ty_arena_new(NULL, "bare", 0);
	json_t *items = json_loadb(text, len, 0, NULL), *item;
	char *out;
	size_t i;

	json_array_foreach(items, i, item)
	{
		json_t *json = json_object_get(item, "json");
		json_int_t price = json_integer_value(json_object_get(json, "price"));
		json_int_t count = json_integer_value(json_object_get(json, "count"));

		json_object_set_new(json, "total", json_integer(price * count));
	}
	out = json_dumps(items, JSON_COMPACT);
	ty_pack_bytes(pack, arena, out, strlen(out), &len);
	free(out);
	json_decref(items);
	ty_arena_free(arena);
	*ret_us = clock_us(CLOCK_MONOTONIC) - from_us;
	*ret_cpu_us = clock_us(CLOCK_PROCESS_CPUTIME_ID) - from_cpu_us;
}

static void
bare_run(size_t count)
{
	struct ty_arena *arena = ty_arena_new(NULL, "bare", 0);
	char *text = json_dumps(items_new(arena, count), JSON_COMPACT);
	struct ty_pack *pack = ty_pack_new();
	int64_t us[RUNS], cpu_us[RUNS];
	long before_kb = peak_kb();

	for (size_t i = 0; i < RUNS; i++)
		bare_once(pack, text, strlen(text), &us[i], &cpu_us[i]);
	row_print("bare", count, us, cpu_us, before_kb);
}

/* In a process of its own; false where it did not end well. */
static bool
row_fork(const struct row *row, const char *dir, size_t count, bool is_first)
{
	int status;

	fputs(is_first ? "{" : ",", stdout);
	fflush(stdout);
	if (fork() == 0) {
		if (row->is_bare)
			bare_run(count);
		else
			row_run(row, dir, count);
		_exit(0);
	}
	return wait(&status) >= 0 && status == 0;
}

static int
is_workflow(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot != NULL && strcmp(dot, ".json") == 0;
}

static bool
each_fork(const char *dir, size_t count)
{
	struct dirent **found;
	int n = scandir(dir, &found, is_workflow, alphasort);

	for (int i = 0; i < n; i++) {
		struct row row = { .name = found[i]->d_name, .is_rich = true };

		*strrchr(found[i]->d_name, '.') = '\0';
		if (!row_fork(&row, dir, count, i == 0))
			return false;
	}
	return n > 0;
}

int
main(int argc, char **argv)
{
	bool is_each = argc > 1 && strcmp(argv[1], "--each") == 0;
	const char *dir = argc > 1 + is_each ? argv[1 + is_each] : NULL;
	size_t count =
		argc > 2 + is_each ? strtoul(argv[2 + is_each], NULL, 10) : TY_LIMIT_STEP_ITEMS;

	if (dir == NULL || argc > 3 + is_each || count == 0 || count > TY_LIMIT_STEP_ITEMS) {
		fputs("usage: bench-engine [--each] DIR [COUNT]\n", stderr);
		return 2;
	}
	if (is_each && !each_fork(dir, count))
		return 1;
	for (size_t i = 0; !is_each && i < TY_ARRAY_COUNT(rows); i++)
		if (!row_fork(&rows[i], dir, count, i == 0))
			return 1;
	fputs("}\n", stdout);
	return 0;
}

/*
 * texts.c -- large texts read by our parsers, beside the programs that people read them with.
 *
 *	bench-texts [MIB]
 *
 * One JSON object, a row for each: "ours_ms" and "theirs_ms" are the CPU times of the fastest of five turns, in each of
 * which both read the same text, and "ratio" is theirs to ours: 2 means that ours takes half as long.
 *
 *	jq	the tool "jq" with its message, and jq: the sum of a member of each entry of a list
 *	xml	the tool "xml" with its message, and xmllint --format: a document of elements with attributes
 *	csv	the reader of data.csv with an object for each row, in batches of 10,000, and Python's csv.DictReader
 *	csv_records	the reader alone, and Python's csv.reader
 *
 * The other programs count with their start, some 2 ms (Python: 15), and write to /dev/null.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "json/json.h"
#include "nodes/csv.h"
#include "parse/tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define TURNS	   5
#define BATCH_ROWS 10000

static void
fail(const char *what)
{
	fprintf(stderr, "bench-texts: %s\n", what);
	exit(1);
}

static double
cpu_ms(int who)
{
	struct rusage u;

	getrusage(who, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e3 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e3;
}

/* ---- texts ---- */

static void
json_make(struct ty_buf *out, size_t bytes)
{
	ty_buf_add_char(out, '[');
	for (size_t i = 0; out->len < bytes; i++)
		ty_buf_printf(out,
			      "%s{\"id\":%zu,\"n\":%zu,\"name\":\"Customer No. %zu\",\"text\":\"%s"
			      "\"}",
			      i > 0 ? ",\n" : "", i, i % 1000, i,
			      "Some words that stand for what people write, with \\u00e9 in them.");
	ty_buf_add_char(out, ']');
}

static void
xml_make(struct ty_buf *out, size_t bytes)
{
	ty_buf_add_str(out, "<orders>");
	for (size_t i = 0; out->len < bytes; i++)
		ty_buf_printf(
			out,
			"<order id=\"%zu\"><name>Customer No. %zu</name><text>Some words that "
			"stand for what people write in a form, and &amp; here and there, so "
			"that it is as long as such texts are, which have a sentence or two and "
			"seldom more, but for those of people who like to write.</text>"
			"</order>\n",
			i, i);
	ty_buf_add_str(out, "</orders>");
}

static void
csv_make(struct ty_buf *out, size_t bytes)
{
	ty_buf_add_str(out, "id,n,name,text\n");
	for (size_t i = 0; out->len < bytes; i++)
		ty_buf_printf(out,
			      "%zu,%zu,\"Customer, No. %zu\",Some words that stand for what people "
			      "write\n",
			      i, i % 1000, i);
}

/* ---- ours ---- */

static void
tool_read(const char *tool, const char *options, const char *items, const struct ty_buf *text)
{
	struct ty_arena *arena = ty_arena_new(NULL, "text", 0);
	struct ty_err err = { .code = TY_OK };
	json_t *value = NULL, *request;
	size_t len;
	const char *body;

	if (strcmp(items, "items") == 0) {
		if (ty_json_parse_stored(arena, text->data, text->len, &value, &err) != TY_OK)
			fail(err.msg);
		value = json_pack("[{s:{s:O}}]", "json", "list", value);
	} else {
		value = json_pack("[s%]", text->data, text->len);
	}
	request = ty_json_own(arena,
			      json_pack("{s:s, s:o, s:b, s:o}", "tool", tool, "options",
					json_loads(options, 0, NULL), "each", 1, items, value));
	body = ty_json_dump(arena, request, &len);
	request = tool_answer(arena, body, len);
	if (!ty_json_bool(request, "ok", false))
		fail(ty_json_str(ty_json_obj(request, "error"), "message", tool));
	(void)ty_json_dump(arena, request, &len);
	ty_arena_free(arena);
}

static void
jq_read(const struct ty_buf *text)
{
	tool_read("jq", "{\"filter\":\".list|map(.n)|add\"}", "items", text);
}

static void
xml_read(const struct ty_buf *text)
{
	tool_read("xml", "{\"field\":\"x\"}", "texts", text);
}

/* Records alone, as csv.reader gives lists. */
static void
records_read(const struct ty_buf *text)
{
	struct ty_arena *arena = ty_arena_new(NULL, "records", 0);
	struct node_csv_record record = { 0 };
	struct ty_err err = { .code = TY_OK };
	struct node_csv csv;
	bool more = true;

	node_csv_init(&csv, text->data, text->len, ',', '"');
	while (more)
		if (node_csv_next(&csv, arena, &record, &more, &err) != TY_OK)
			fail(err.msg);
	ty_arena_free(arena);
}

static void
csv_read(const struct ty_buf *text)
{
	struct ty_arena *names = ty_arena_new(NULL, "names", 0), *arena = NULL;
	struct node_csv csv;
	struct node_csv_record head = { 0 }, record = { 0 };
	struct ty_err err = { .code = TY_OK };
	const char *keys[16];
	json_t *rows = NULL;
	bool more = true;

	node_csv_init(&csv, text->data, text->len, ',', '"');
	if (node_csv_next(&csv, names, &head, &more, &err) != TY_OK || head.count > 16)
		fail("the header");
	for (size_t i = 0; i < head.count; i++)
		keys[i] = ty_arena_strndup(names, head.fields[i].text, head.fields[i].len);
	while (more) {
		json_t *row;

		if (arena == NULL) {
			arena = ty_arena_new(NULL, "batch", 0);
			record = (struct node_csv_record){ 0 };
			rows = ty_json_own(arena, json_array());
		}
		if (node_csv_next(&csv, arena, &record, &more, &err) != TY_OK)
			fail(err.msg);
		row = json_object();
		for (size_t i = 0; i < record.count && i < head.count; i++)
			json_object_set_new_nocheck(
				row, keys[i],
				json_stringn_nocheck(record.fields[i].text, record.fields[i].len));
		json_array_append_new(rows, row);
		if (more && json_array_size(rows) < BATCH_ROWS)
			continue;
		ty_arena_free(arena);
		arena = NULL;
	}
	ty_arena_free(names);
}

/* ---- theirs ---- */

static void
program_run(const char *command, const char *path)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, "sh", path, (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		fail(command);
}

static const struct row {
	const char *name, *command;
	void (*make)(struct ty_buf *out, size_t bytes);
	void (*read)(const struct ty_buf *text);
} rows[] = {
	{ "jq", "jq 'map(.n)|add' \"$1\" >/dev/null", json_make, jq_read },
	{ "xml", "xmllint --format \"$1\" >/dev/null", xml_make, xml_read },
	{ "csv",
	  "python3 -c 'import csv,sys\nfor row in csv.DictReader(open(sys.argv[1],newline=\"\")): "
	  "pass' "
	  "\"$1\"",
	  csv_make, csv_read },
	{ "csv_records",
	  "python3 -c 'import csv,sys\nfor row in csv.reader(open(sys.argv[1],newline=\"\")): "
	  "pass' "
	  "\"$1\"",
	  csv_make, records_read },
};

static void
row_print(const struct row *row, size_t bytes)
{
	char path[] = "/tmp/bench-texts.XXXXXX";
	struct ty_arena *arena = ty_arena_new(NULL, "text", 0);
	double ours = 1e9, theirs = 1e9;
	struct ty_buf text;
	int fd = mkstemp(path);

	ty_buf_init(&text, arena, bytes + 4096);
	row->make(&text, bytes);
	if (fd < 0 || write(fd, text.data, text.len) != (ssize_t)text.len)
		fail("a temporary file");
	close(fd);
	for (int i = 0; i < TURNS; i++) {
		double before = cpu_ms(RUSAGE_SELF), took;

		row->read(&text);
		took = cpu_ms(RUSAGE_SELF) - before;
		ours = took < ours ? took : ours;
		before = cpu_ms(RUSAGE_CHILDREN);
		program_run(row->command, path);
		took = cpu_ms(RUSAGE_CHILDREN) - before;
		theirs = took < theirs ? took : theirs;
	}
	(void)unlink(path);
	ty_arena_free(arena);
	printf("%s\"%s\":{\"bytes\":%zu,\"ours_ms\":%.1f,\"theirs_ms\":%.1f,\"ratio\":%.2f}",
	       row == rows ? "{" : ",", row->name, text.len, ours, theirs, theirs / ours);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	size_t bytes = (argc > 1 ? strtoul(argv[1], NULL, 10) : 10) * 1024 * 1024;

	for (size_t i = 0; i < TY_ARRAY_COUNT(rows); i++)
		row_print(&rows[i], bytes);
	puts("}");
	return 0;
}

/*
 * finding.c -- collect what is wrong with a workflow, and write it as JSON.
 */
#include "graph/internal.h"

#include "base/arena.h"
#include "base/str.h"
#include "json/json.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Findings of one document: more than anyone reads, and few enough that a hostile document gives no huge
 * answer. */
#define FINDINGS_MAX	  1000
#define FINDING_TEXT_SIZE 640 /* an error's message and what is put before it */

static const struct {
	const char *name;
	bool is_error;
	const char *hint;
} finding_rows[TY_FINDING__COUNT] = {
#define X(symbol, name, is_error, hint) [symbol] = { name, is_error, hint },
#include "graph/finding.def"
#undef X
};

void
ty_graph_report_init(struct ty_graph_report *report, struct ty_arena *arena)
{
	*report = (struct ty_graph_report){ .arena = arena };
	report->last = &report->first;
}

void
ty_graph_report_add(struct ty_graph_report *report, enum ty_finding kind, const char *node,
		    const char *path, const char *hint, const char *fmt, ...)
{
	struct ty_graph_finding *finding;
	bool is_error = finding_rows[kind].is_error;
	char msg[FINDING_TEXT_SIZE];
	va_list ap;

	report->has_errors = report->has_errors || is_error;
	/* Half the room is kept, so that a thousand odd keys hide no other kind, and no warning an error. */
	if (report->count == FINDINGS_MAX || report->kind_counts[kind] == FINDINGS_MAX / 2 ||
	    (!is_error && report->warning_count == FINDINGS_MAX / 2)) {
		report->cut_count++;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	finding = ty_arena_new_of(report->arena, struct ty_graph_finding);
	finding->kind = kind;
	finding->node = node;
	finding->path = ty_arena_strdup(report->arena, path);
	finding->msg = ty_arena_strdup(report->arena, msg);
	finding->hint = hint != NULL && *hint != '\0' ? ty_arena_strdup(report->arena, hint)
						      : finding_rows[kind].hint;
	*report->last = finding;
	report->last = &finding->next;
	report->count++;
	report->kind_counts[kind]++;
	report->warning_count += !is_error;
}

/* Text that was cut to fit may end, or go on, within a character: '?' for its bytes. */
static json_t *
finding_text(struct ty_arena *arena, const char *s)
{
	size_t len = strlen(s);
	char *copy;

	if (ty_str_is_utf8(s, len))
		return json_stringn(s, len);
	copy = ty_arena_strndup(arena, s, len);
	for (size_t i = 0; i < len;) {
		unsigned char c = (unsigned char)copy[i];
		size_t n = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;

		if (i + n > len || !ty_str_is_utf8(copy + i, n)) {
			copy[i] = '?';
			n = 1;
		}
		i += n;
	}
	return json_stringn(copy, len);
}

static json_t *
finding_json(struct ty_arena *arena, const struct ty_graph_finding *finding)
{
	json_t *out = json_object();
	bool is_error = finding_rows[finding->kind].is_error;

	json_object_set_new(out, "path", finding_text(arena, finding->path));
	if (finding->node != NULL)
		json_object_set_new(out, "node", finding_text(arena, finding->node));
	json_object_set_new(out, "severity", json_string(is_error ? "error" : "warning"));
	json_object_set_new(out, "code", json_string(finding_rows[finding->kind].name));
	json_object_set_new(out, "message", finding_text(arena, finding->msg));
	json_object_set_new(out, "hint", finding_text(arena, finding->hint));
	json_object_set_new(out, "docs",
			    json_string(ty_arena_printf(arena, "WORKFLOWS.md#%s",
							finding_rows[finding->kind].name)));
	return out;
}

void
ty_graph_finding_append(json_t *findings, struct ty_arena *arena, enum ty_finding kind,
			const char *node, const char *path, const char *hint, const char *msg)
{
	const struct ty_graph_finding finding = {
		.kind = kind,
		.node = node,
		.path = path,
		.msg = msg,
		.hint = hint != NULL ? hint : finding_rows[kind].hint,
	};

	json_array_append_new(findings, finding_json(arena, &finding));
}

json_t *
ty_graph_report_json(const struct ty_graph_report *report)
{
	json_t *list = ty_json_own(report->arena, json_array());

	for (const struct ty_graph_finding *f = report->first; f != NULL; f = f->next)
		json_array_append_new(list, finding_json(report->arena, f));
	if (report->cut_count > 0) {
		struct ty_graph_finding more = {
			.kind = TY_FINDING_MORE,
			.path = "",
			.msg = ty_arena_printf(report->arena, "%zu more findings are not listed",
					       report->cut_count),
			.hint = finding_rows[TY_FINDING_MORE].hint,
		};

		json_array_append_new(list, finding_json(report->arena, &more));
	}
	return list;
}

bool
ty_graph_findings_have(const json_t *findings, const char *path)
{
	const json_t *finding;
	size_t i;

	json_array_foreach(findings, i, finding)
	{
		if (ty_str_eq(ty_json_str(finding, "path", ""), path))
			return true;
	}
	return false;
}

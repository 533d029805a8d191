/*
 * nodes_page.c -- see nodes_page.h.  A parameter is a row of a table; one of a list's entries stands below the
 * list, as "list[].name".
 */
#include "catalog/nodes_page.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "node/registry.h"

#include <inttypes.h>
#include <string.h>

static const char head[] =
	"# Nodes\n\n"
	"Every node with its ports and parameters. How they work together, and examples of each: "
	"[WORKFLOWS.md](WORKFLOWS.md).\n\n"
	"This page is printed from the definitions: `tyboo-api --nodes >docs/NODES.md`. A "
	"parameter "
	"marked \"expression\" may be\n"
	"one (`={{ $json.n }}`), made for each item; one that is shown only with others counts "
	"only "
	"then.\n";

/* A text within a cell: what Markdown would take for its own is escaped. */
static void
cell_add(struct ty_buf *out, const char *text)
{
	for (; text != NULL && *text != '\0'; text++) {
		if (*text == '<')
			ty_buf_add_str(out, "&lt;");
		else if (*text == '\n')
			ty_buf_add_char(out, ' ');
		else {
			if (strchr("|*_$~\\", *text) != NULL)
				ty_buf_add_char(out, '\\');
			ty_buf_add_char(out, *text);
		}
	}
}

/* "A sentence" or "A sentence." as one with its end. */
static void
sentence_add(struct ty_buf *out, const char *text)
{
	size_t len = text != NULL ? strlen(text) : 0;

	if (len == 0)
		return;
	ty_buf_add_char(out, ' ');
	cell_add(out, text);
	if (strchr(".?!", text[len - 1]) == NULL)
		ty_buf_add_char(out, '.');
}

static void
choices_add(struct ty_buf *out, const struct ty_choice *choices)
{
	for (const struct ty_choice *c = choices; c != NULL && c->value != NULL; c++) {
		ty_buf_printf(out, "%s `%s` (", c == choices ? "" : ",", c->value);
		cell_add(out, c->label);
		ty_buf_add_char(out, ')');
	}
	if (choices != NULL)
		ty_buf_add_char(out, '.');
}

static void
range_add(struct ty_buf *out, const struct ty_param *row)
{
	if (row->type == TY_PARAM_INT && (row->min != 0 || row->max != 0))
		ty_buf_printf(out, " %" PRId64 " to %" PRId64, row->min, row->max);
	else if (row->type == TY_PARAM_LIST && row->max != 0)
		ty_buf_printf(out, " At most %" PRId64, row->max);
	else if (row->unit == NULL)
		return;
	if (row->unit != NULL)
		ty_buf_printf(out, " %s", row->unit);
	ty_buf_add_char(out, '.');
}

/* "action=add,subtract;unit!=days" as "Where `action` is `add` or `subtract`, and `unit` is not `days`." */
static void
shown_add(struct ty_buf *out, const char *when)
{
	const char *joint = " Where ";

	while (when != NULL && *when != '\0') {
		size_t len = strcspn(when, ";"), name = strcspn(when, "!=");
		bool is_not = when[name] == '!';
		const char *value = when + name + (is_not ? 2 : 1), *end = when + len;

		ty_buf_printf(out, "%s`%.*s` is%s", joint, (int)name, when, is_not ? " not" : "");
		for (const char *glue = " "; value <= end; glue = " or ") {
			size_t size = strcspn(value, ",;");

			ty_buf_printf(out, "%s`%.*s`", glue, (int)size, value);
			value += size + 1;
		}
		joint = ", and ";
		when = *end == ';' ? end + 1 : end;
	}
	if (joint[0] == ',')
		ty_buf_add_char(out, '.');
}

static void
default_add(struct ty_buf *out, const struct ty_param *row)
{
	if (row->flags & TY_PARAM_REQUIRED)
		ty_buf_add_str(out, "required");
	else if (row->def != NULL && row->def[0] != '\0')
		ty_buf_printf(out, "`%s`", row->def);
}

static void
rows_add(struct ty_arena *arena, struct ty_buf *out, const char *owner,
	 const struct ty_param *table)
{
	for (const struct ty_param *row = table; row != NULL && row->name != NULL; row++) {
		ty_buf_printf(out, "| `%s%s` |", owner, row->name);
		sentence_add(out, row->label);
		choices_add(out, row->choices);
		sentence_add(out, row->help);
		range_add(out, row);
		shown_add(out, row->show_when);
		if (row->flags & TY_PARAM_EXPR)
			ty_buf_add_str(out, " Expression.");
		ty_buf_add_str(out, " | ");
		default_add(out, row);
		ty_buf_add_str(out, " |\n");
		if (row->type == TY_PARAM_LIST)
			rows_add(arena, out, ty_arena_printf(arena, "%s%s[].", owner, row->name),
				 row->fields);
	}
}

static void
ports_add(struct ty_buf *out, const char *what, const struct ty_port *ports)
{
	if (ports == NULL || ports->name == NULL)
		return;
	ty_buf_printf(out, " %s:", what);
	for (const struct ty_port *p = ports; p->name != NULL; p++)
		ty_buf_printf(out, "%s `%s`", p == ports ? "" : ",", p->name);
	ty_buf_add_char(out, '.');
}

static void
node_add(struct ty_arena *arena, struct ty_buf *out, const struct ty_node_def *def)
{
	ty_buf_printf(out, "\n### %s\n\n`%s`, version %d.", def->title, def->type, def->version);
	sentence_add(out, def->summary);
	ports_add(out, "Inputs", def->inputs);
	if (def->outputs_for == NULL)
		ports_add(out, "Outputs", def->outputs);
	else
		ty_buf_add_str(out, " Its outputs are as its parameters say.");
	ty_buf_add_str(out, "\n");
	if (def->params == NULL || def->params->name == NULL)
		return;
	ty_buf_add_str(out, "\n| parameter of it | what | default |\n|---|---|---|\n");
	rows_add(arena, out, "", def->params);
}

const char *
ty_nodes_page(struct ty_arena *arena, const struct ty_registry *registry, size_t *ret_len)
{
	struct ty_buf out;

	ty_buf_init(&out, arena, 65536);
	ty_buf_add_str(&out, head);
	for (int category = 0; category < TY_CATEGORY__COUNT; category++) {
		ty_buf_printf(&out, "\n## %s\n", ty_category_label((enum ty_category)category));
		for (size_t i = 0; i < ty_registry_count(registry); i++) {
			const struct ty_node_def *def = ty_registry_at(registry, i);

			if (def->category == (enum ty_category)category)
				node_add(arena, &out, def);
		}
	}
	*ret_len = out.len;
	return out.data;
}

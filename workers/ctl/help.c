/*
 * help.c -- --help and usage lines, printed from the tables.
 */
#include "ctl.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

#define X(name) extern const struct ctl_command ctl_##name##_commands[];
#include "families.def"
#undef X

const struct ctl_command *const ctl_families[] = {
#define X(name) ctl_##name##_commands,
#include "families.def"
#undef X
	NULL,
};

char *
ctl_usage(struct ty_arena *arena, const struct ctl_command *command)
{
	const struct ctl_option *o = command->options;
	struct ty_buf buf;

	ty_buf_init(&buf, arena, 256);
	ty_buf_printf(&buf, "tybooctl %s", command->name);
	for (; o != NULL && o->name != NULL; o++) {
		ty_buf_printf(&buf, o->is_required ? " --%s%s%s" : " [--%s%s%s]", o->name,
			      o->value != NULL ? " " : "", o->value != NULL ? o->value : "");
	}
	if (command->args[0] != '\0')
		ty_buf_printf(&buf, " %s", command->args);
	return buf.data;
}

static void
help_options(const struct ctl *ctl, const struct ctl_option *options)
{
	for (; options != NULL && options->name != NULL; options++) {
		const char *value = options->value != NULL ? options->value : "";

		fprintf(ctl->out, "  %-28s %s\n",
			ty_arena_printf(ctl->arena, "--%s%s%s", options->name,
					value[0] != '\0' ? " " : "", value),
			options->help);
	}
}

static void
help_command(const struct ctl *ctl)
{
	const struct ctl_command *command = ctl->command;

	fprintf(ctl->out, "usage: %s\n\n%s.\n", ctl_usage(ctl->arena, command), command->summary);
	if (command->options != NULL) {
		fputc('\n', ctl->out);
		help_options(ctl, command->options);
	}
	fputs("\nOptions of every command:\n", ctl->out);
	help_options(ctl, ctl_global_options);
}

static void
help_list(const struct ctl *ctl)
{
	fputs("usage: tybooctl [--config FILE] [--workspace SLUG] [--json] COMMAND ...\n\n",
	      ctl->out);
	for (size_t i = 0; ctl_families[i] != NULL; i++) {
		for (const struct ctl_command *c = ctl_families[i]; c->name != NULL; c++) {
			if (ctl->family == NULL || ty_str_has_prefix(c->name, ctl->family))
				fprintf(ctl->out, "  %-38s %s\n",
					ty_arena_printf(ctl->arena, "%s %s", c->name, c->args),
					c->summary);
		}
	}
	fputs("\n'tybooctl COMMAND --help' says more.  Options of every command:\n", ctl->out);
	help_options(ctl, ctl_global_options);
	fputs("\nExit code: 0 done, 1 it failed, 2 it was asked for wrongly: a word or an option's "
	      "value.\n",
	      ctl->out);
}

void
ctl_help(const struct ctl *ctl)
{
	if (ctl->command != NULL)
		help_command(ctl);
	else
		help_list(ctl);
}

/*
 * main.c -- tybooctl: parse, run, say what went wrong and how to mend it.
 */
#include "ctl.h"

#include "base/arena.h"
#include "json/json.h"
#include "conf/program.h"

#include <errno.h>
#include <string.h>

/* On standard error, also with --json: standard output is the answer's alone. */
static void
print_error(const struct ctl *ctl, const struct ty_err *err)
{
	if (ctl->is_json) {
		json_t *json = ty_json_own(ctl->arena, ty_json_from_err(err));

		fprintf(stderr, "%s\n", ty_json_dump(ctl->arena, json, NULL));
		return;
	}
	fprintf(stderr, "tybooctl: %s%s%s%s\n", err->msg, err->path[0] != '\0' ? " (at " : "",
		err->path, err->path[0] != '\0' ? ")" : "");
	if (err->hint[0] != '\0')
		fprintf(stderr, "  what to do: %s\n", err->hint);
}

static enum ctl_exit
run(struct ctl *ctl, int argc, char *const *argv, struct ty_err *err)
{
	if (ctl_parse(ctl, argc, argv, err) != TY_OK)
		return CTL_EXIT_USAGE;
	if (ctl->wants_version) {
		fprintf(ctl->out, "tybooctl %s\n", TY_VERSION);
		return CTL_EXIT_OK;
	}
	/* "conf --help" shows the settings themselves: the command prints them. */
	if (ctl->wants_help && (ctl->command == NULL || strcmp(ctl->command->name, "conf") != 0)) {
		ctl_help(ctl);
		return CTL_EXIT_OK;
	}
	if (ctl->command->run(ctl, err) == TY_OK)
		return CTL_EXIT_OK;
	return ctl->is_misused ? CTL_EXIT_USAGE : CTL_EXIT_FAILED;
}

int
main(int argc, char **argv)
{
	struct ctl ctl = { .arena = ty_arena_new(NULL, "ctl", 0), .out = stdout };
	struct ty_err err;
	enum ctl_exit code;

	ty_err_clear(&err);
	ty_program_leave_no_core();
	code = run(&ctl, argc, argv, &err);
	if (err.code != TY_OK)
		print_error(&ctl, &err);
	if (fflush(stdout) != 0 && code == CTL_EXIT_OK) {
		fprintf(stderr, "tybooctl: cannot write: %s\n", strerror(errno));
		code = CTL_EXIT_FAILED;
	}
	ctl_done(&ctl);
	return (int)code;
}

/*
 * args.c -- from words to a command with its options and arguments, by the tables.
 */
#include "ctl.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"

#include <string.h>

const struct ctl_option ctl_global_options[] = {
	{ "config", "FILE", "the configuration; default $TYBOO_CONF, else <home>/etc/tyboo.conf",
	  false },
	{ "workspace", "SLUG", "the workspace to work in; default $TYBOO_WORKSPACE", false },
	{ "json", NULL, "write JSON, for programs", false },
	{ "help", NULL, "show how a command is used", false },
	{ "version", NULL, "show the version", false },
	{ .name = NULL },
};

static const struct ctl_option *
option_find(const struct ctl_option *options, const char *name, size_t len)
{
	for (; options != NULL && options->name != NULL; options++) {
		if (strlen(options->name) == len && strncmp(options->name, name, len) == 0)
			return options;
	}
	return NULL;
}

/* The command that is called exactly so; *ret_is_family where it begins the name of some. */
static const struct ctl_command *
command_find(const char *name, bool *ret_is_family)
{
	size_t len = strlen(name);

	*ret_is_family = false;
	for (size_t i = 0; ctl_families[i] != NULL; i++) {
		for (const struct ctl_command *c = ctl_families[i]; c->name != NULL; c++) {
			if (strcmp(c->name, name) == 0)
				return c;
			if (strncmp(c->name, name, len) == 0 && c->name[len] == ' ')
				*ret_is_family = true;
		}
	}
	return NULL;
}

static enum ty_code
usage_hint(const struct ctl *ctl, struct ty_err *err)
{
	if (ctl->command != NULL)
		return ty_err_hint(err, "%s", ctl_usage(ctl->arena, ctl->command));
	return ty_err_hint(err, "'tybooctl %s%s--help' lists the commands.",
			   ctl->family != NULL ? ctl->family : "", ctl->family != NULL ? " " : "");
}

static enum ty_code
take_word(struct ctl *ctl, const char *word, struct ty_err *err)
{
	const char *name;
	bool is_family;

	if (ctl->command != NULL) {
		if (ctl->arg_count == CTL_ARGS_MAX) {
			ty_err_set(err, TY_E_INVALID, "there are too many words");
			return usage_hint(ctl, err);
		}
		ctl->args[ctl->arg_count++] = word;
		return TY_OK;
	}
	name = ctl->family != NULL ? ty_arena_printf(ctl->arena, "%s %s", ctl->family, word) : word;
	ctl->command = command_find(name, &is_family);
	if (ctl->command == NULL && is_family) {
		ctl->family = name;
	} else if (ctl->command == NULL) {
		ty_err_set(err, TY_E_INVALID, "there is no command \"%s\"", name);
		return usage_hint(ctl, err);
	}
	return TY_OK;
}

/* The command's own: "replay RUN --version 2" names a version of a workflow, and not tybooctl's. */
static const struct ctl_option *
own_find(const struct ctl *ctl, const char *name, size_t len)
{
	return ctl->command != NULL ? option_find(ctl->command->options, name, len) : NULL;
}

/* argv[*at] is "--name", "--name=value" or "--name" "value". */
static enum ty_code
take_option(struct ctl *ctl, int argc, char *const *argv, int *at, struct ty_err *err)
{
	const char *name = argv[*at] + 2;
	size_t len = strcspn(name, "=");
	const struct ctl_option *option = own_find(ctl, name, len);
	const char *value = name[len] == '=' ? name + len + 1 : NULL;

	if (option == NULL)
		option = option_find(ctl_global_options, name, len);
	if (option == NULL) {
		ty_err_set(err, TY_E_INVALID, "there is no option --%.*s%s", (int)len, name,
			   ctl->command == NULL ? " before the command" : "");
		return usage_hint(ctl, err);
	}
	if (option->value == NULL && value != NULL) {
		ty_err_set(err, TY_E_INVALID, "--%s takes no value", option->name);
		return usage_hint(ctl, err);
	}
	if (option->value != NULL && value == NULL) {
		if (*at + 1 >= argc) {
			ty_err_set(err, TY_E_INVALID, "--%s needs a value", option->name);
			return usage_hint(ctl, err);
		}
		value = argv[++*at];
	}
	ty_map_set(ctl->options, option->name,
		   ty_arena_strdup(ctl->arena, value != NULL ? value : ""));
	return TY_OK;
}

/* Number of words that 'args' ("WORKFLOW [FILE]") asks for, at least and at most. */
static void
args_range(const char *args, size_t *ret_min, size_t *ret_max)
{
	*ret_min = *ret_max = 0;
	for (const char *p = args; *p != '\0'; p += strcspn(p, " ")) {
		p += strspn(p, " ");
		if (*p == '\0')
			break;
		*ret_min += *p != '[';
		*ret_max += 1;
	}
}

static enum ty_code
check_complete(const struct ctl *ctl, struct ty_err *err)
{
	const struct ctl_option *option = ctl->command->options;
	size_t min, max;

	for (; option != NULL && option->name != NULL; option++) {
		if (option->is_required && !ctl_has(ctl, option->name)) {
			ty_err_set(err, TY_E_INVALID, "--%s is missing", option->name);
			return usage_hint(ctl, err);
		}
	}
	args_range(ctl->command->args, &min, &max);
	if (ctl->arg_count < min)
		ty_err_set(err, TY_E_INVALID, "%s needs %s", ctl->command->name,
			   ctl->command->args);
	else if (ctl->arg_count > max)
		ty_err_set(err, TY_E_INVALID, "\"%s\" is one word too many", ctl->args[max]);
	else
		return TY_OK;
	return usage_hint(ctl, err);
}

enum ty_code
ctl_parse(struct ctl *ctl, int argc, char *const *argv, struct ty_err *err)
{
	bool options_end = false;

	ctl->options = ty_map_new(ctl->arena);
	for (int i = 1; i < argc; i++) {
		bool is_option = !options_end && ty_str_has_prefix(argv[i], "--");

		if (is_option && argv[i][2] == '\0')
			options_end = true;
		else if ((is_option ? take_option(ctl, argc, argv, &i, err)
				    : take_word(ctl, argv[i], err)) != TY_OK)
			return err->code;
	}
	ctl->is_json = ctl_has(ctl, "json");
	ctl->wants_help = ctl_has(ctl, "help");
	ctl->wants_version =
		ctl_has(ctl, "version") && own_find(ctl, "version", strlen("version")) == NULL;
	if (ctl->wants_help || ctl->wants_version)
		return TY_OK;
	if (ctl->command == NULL) {
		if (ctl->family != NULL)
			ty_err_set(err, TY_E_INVALID, "%s: name what to do", ctl->family);
		else
			ty_err_set(err, TY_E_INVALID, "name a command");
		return usage_hint(ctl, err);
	}
	return check_complete(ctl, err);
}

const char *
ctl_option(const struct ctl *ctl, const char *name)
{
	return ty_map_find(ctl->options, name);
}

bool
ctl_has(const struct ctl *ctl, const char *name)
{
	return ctl_option(ctl, name) != NULL;
}

const char *
ctl_arg(const struct ctl *ctl, size_t i)
{
	return i < ctl->arg_count ? ctl->args[i] : NULL;
}

enum ty_code
ctl_misused(struct ctl *ctl, const struct ty_err *err)
{
	ctl->is_misused = true;
	return err->code;
}

enum ty_code
ctl_option_int(struct ctl *ctl, const char *name, int64_t def, int64_t min, int64_t max,
	       int64_t *ret_n, struct ty_err *err)
{
	const char *text = ctl_option(ctl, name);

	*ret_n = def;
	if (text == NULL || ty_str_parse_i64(text, min, max, ret_n))
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "--%s is \"%s\"", name, text);
	ty_err_hint(err, "Give a whole number from %lld to %lld.", (long long)min, (long long)max);
	return ctl_misused(ctl, err);
}

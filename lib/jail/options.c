/*
 * options.c -- see options.h.
 */
#include "jail/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* clang-format off */
static const struct option options[] = {
	{ "share", required_argument, NULL, 's' },
	{ "user", required_argument, NULL, 'u' },
	{ "memory", required_argument, NULL, 'm' },
	{ "debug", no_argument, NULL, 'd' },
	{ "zygote", no_argument, NULL, 'z' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'v' },
	{ NULL, 0, NULL, 0 },
};
/* clang-format on */

static int
wrong_usage(const struct jail_program *program)
{
	fputs(program->usage, stderr);
	return JAIL_EXIT_USAGE;
}

int
jail_options(int argc, char **argv, const struct jail_program *program, struct jail_conf *conf,
	     const char **ret_share)
{
	int opt;

	*ret_share = "";
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 's':
			*ret_share = optarg;
			break;
		case 'u':
			conf->user = optarg;
			break;
		case 'm':
			conf->memory_bytes = strtoll(optarg, NULL, 10);
			break;
		case 'd':
			conf->debug = true;
			break;
		case 'z':
			conf->is_zygote = true;
			break;
		case 'h':
			fputs(program->usage, stdout);
			return EXIT_SUCCESS;
		case 'v':
			puts(program->version);
			return EXIT_SUCCESS;
		default:
			return wrong_usage(program);
		}
	}
	return isatty(STDIN_FILENO) || conf->memory_bytes <= 0 ? wrong_usage(program) : -1;
}

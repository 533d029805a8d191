/*
 * program.h -- running the real tybooctl, with what it is given and what it says.
 */
#ifndef TY_TESTS_CTL_PROGRAM_H
#define TY_TESTS_CTL_PROGRAM_H

#include "base/defs.h"
#include "support/places.h"
#include "support/services.h"

#include <sys/types.h>

#define PROGRAM_WORDS_MAX 24

struct said {
	int code;	 /* exit code; 128 + signal where one ended it */
	char *out, *err; /* owned by the arena */
};

/* A home below the services' folder, and the environment that tybooctl finds it by. */
void program_home(const struct services *svc);

/* Run 'path' with words up to NULL; 'input' (NULL = none) on its standard input. */
struct said program_run(struct ty_arena *arena, const char *path, const char *input,
			const char *const *words);
/* The same with tybooctl of this build. */
#define ctl(input, ...)                                                                            \
	program_run(fx.arena, TY_BUILD_DIR "/bin/tybooctl", (input),                               \
		    (const char *const[]){ __VA_ARGS__, NULL })

/* A program that runs until program_stop, and ends with the test at the latest. */
pid_t program_start(const char *path);
/* SIGTERM, wait; gives the exit code. */
int program_stop(pid_t pid);

#endif

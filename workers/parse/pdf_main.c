/*
 * pdf_main.c -- tyboo-pdf: the file tool "pdf" in the jail of tyboo-parse, in a program of its own.
 *
 *	tyboo-pdf [--user NAME] [--memory BYTES] [--debug] [--zygote]
 *	tyboo-pdf --help | --version
 *
 * Of its own, because poppler brings 25 libraries, which every process of tyboo-parse would carry, and because poppler is
 * under the GNU GPL.  Started by tyboo-run when a document is first read, and ended when none was for a minute.
 */
#include "file_tool.h"
#include "pdf_data.h"
#include "pdf_poppler.h"

#include "base/limits.h"
#include "jail/jail.h"
#include "jail/options.h"
#include "jail/serve.h"
#include "jail/zygote.h"

#include <jansson.h>
#include <seccomp.h>
#include <stdlib.h>

/* Locks of C++ wake nobody. */
static const int pdf_calls[] = { SCMP_SYS(futex), -1 };

static const char usage[] =
	"usage: tyboo-pdf [--user NAME] [--memory BYTES] [--debug] [--zygote]\n"
	"Reads PDF documents.  It is started by tyboo-run, with a socket as standard input.\n\n"
	"  --user NAME     become NAME, where started as root\n"
	"  --memory BYTES  of data beyond what the program itself has\n"
	"  --debug         keep standard error\n"
	"  --zygote        make children that serve, one for each socket that is sent\n"
	"  --version\n"
	"  --help\n\n"
	"Exit status: 0 the parent hung up, 2 wrong usage, 3 no jail.\n";

static char *
pdf_answer(void *ctx, const char *request, size_t len, size_t *ret_len)
{
	return file_tool_answer(request, len, JAIL_HEADER_SIZE, ret_len);
}

int
main(int argc, char **argv)
{
	struct jail_conf conf = { .calls = pdf_calls, .memory_bytes = TY_LIMIT_SANDBOX_BYTES };
	const struct jail_program program = { usage, "tyboo-pdf " TY_VERSION };
	const char *unused; /* the program has no files of ours */
	int status = jail_options(argc, argv, &program, &conf, &unused);

	if (status >= 0)
		return status;
	jail_early(&conf);
	json_object_seed(0); /* reads /dev/urandom: before the files are gone */
	pdf_data_map();
	pdf_prepare();
	jail_leave(&conf);
	if (conf.is_zygote)
		jail_zygote(&conf);
	jail_close(&conf);
	jail_serve(pdf_answer, NULL, NULL);
	return EXIT_SUCCESS;
}

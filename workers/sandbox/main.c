/*
 * tyboo-sandbox -- evaluates expressions and user code, and holds nothing worth stealing.
 *
 *	tyboo-sandbox --share DIR [--user NAME] [--memory BYTES] [--debug] [--zygote]
 *	tyboo-sandbox --help | --version
 *
 * Speaks lib/sandbox/message.h on descriptor 0, a socket that its parent made.  Reads
 * DIR/luxon.min.js, DIR/web and the system's time zones, closes the jail, then answers one request after the other until the
 * parent hangs up.  Deadlines are the parent's: a script that goes on is killed with us.
 */
#include "engine_calls.h"
#include "hash.h"
#include "vm.h"
#include "zones.h"

#include "base/limits.h"
#include "jail/jail.h"
#include "jail/options.h"
#include "jail/serve.h"
#include "jail/zygote.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The order is that of vm.h. */
static const char *const packages[VM_PACKAGES] = {
	"web/buffer.js",   "web/clone.js", "web/crypto.js", "web/idna.js",
	"web/jmespath.js", "web/text.js",  "web/url.js",
};

/* The text of a file, "" where there is none; malloc'd. */
static char *
read_file(const char *dir, const char *name)
{
	char path[4096];
	char *text = NULL;
	size_t size = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "re");
	if (f != NULL && getdelim(&text, &size, '\0', f) < 0) {
		free(text);
		text = NULL;
	}
	if (f != NULL)
		fclose(f);
	if (text == NULL)
		text = strdup("");
	if (text == NULL)
		abort();
	return text;
}

static void
read_sources(const char *dir, struct vm_sources *ret)
{
	ret->luxon = read_file(dir, "luxon.min.js");
	for (size_t i = 0; i < VM_PACKAGES; i++)
		ret->packages[i] = read_file(dir, packages[i]);
}

static void
free_sources(const struct vm_sources *sources)
{
	free((char *)sources->luxon);
	for (size_t i = 0; i < VM_PACKAGES; i++)
		free((char *)sources->packages[i]);
}

/*
 * Hand the zones to ICU, which takes them from a file in a folder that the environment names and
 * keeps the file mapped.  Where that fails ICU has its own, older ones.
 */
static struct vm *
start_with_zones(const struct vm_sources *sources, const struct zones *zones)
{
	char dir[] = "/tmp/tyboo-zones.XXXXXX", path[64];
	struct vm *vm;

	if (zones->count == 0 || mkdtemp(dir) == NULL)
		return vm_new(sources, zones);
	snprintf(path, sizeof(path), "%s/zoneinfo64.res", dir);
	if (zones_write(zones, dir))
		setenv("ICU_TIMEZONE_FILES_DIR", dir, 1);
	vm = vm_new(sources, zones);
	(void)unlink(path);
	(void)rmdir(dir);
	return vm;
}

/* The answer, with room for its header in front; then the next context is made ready. */
static char *
sandbox_answer(void *ctx, const char *request, size_t len, size_t *ret_len)
{
	return vm_answer(ctx, request, JAIL_HEADER_SIZE, ret_len);
}

static void
sandbox_answered(void *ctx)
{
	vm_prepare(ctx);
}

static const char usage[] =
	"usage: tyboo-sandbox --share DIR [--user NAME] [--memory BYTES] [--debug] [--zygote]\n"
	"Evaluates expressions and user code.  It is started by tyboo-run and tyboo-api, with a\n"
	"socket as standard input.\n\n"
	"  --share DIR     holds luxon.min.js and web/\n"
	"  --user NAME     become NAME, where started as root\n"
	"  --memory BYTES  of data beyond what the program itself has\n"
	"  --debug         keep standard error\n"
	"  --zygote        make children that serve, one for each socket that is sent\n"
	"  --version\n"
	"  --help\n\n"
	"Exit status: 0 the parent hung up, 1 cannot run, 2 wrong usage, 3 no jail.\n";

int
main(int argc, char **argv)
{
	struct jail_conf conf = { .calls = engine_calls,
				  .memory_bytes = 4 * (int64_t)TY_LIMIT_SANDBOX_BYTES };
	const struct jail_program program = { usage, "tyboo-sandbox " TY_VERSION };
	const char *share;
	int status = jail_options(argc, argv, &program, &conf, &share);
	struct vm_sources sources;
	struct vm *vm;

	if (status >= 0)
		return status;
	jail_early(&conf);
	read_sources(share, &sources);
	vm = start_with_zones(&sources, zones_read(ZONES_DIR));
	if (vm == NULL)
		return EXIT_FAILURE;
	free_sources(&sources);
	hash_warm_up();
	if (conf.is_zygote)
		vm_warm(vm);
	jail_leave(&conf);
	if (conf.is_zygote)
		jail_zygote(&conf);
	jail_close(&conf);
	jail_serve(sandbox_answer, sandbox_answered, vm);
	return EXIT_SUCCESS;
}

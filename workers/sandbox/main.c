/*
 * tyboo-sandbox -- evaluates expressions and user code, and holds nothing worth stealing.
 *
 *	tyboo-sandbox --share DIR [--user NAME] [--memory BYTES] [--debug]
 *	tyboo-sandbox --help | --version
 *
 * Speaks lib/sandbox/message.h on descriptor 0, a socket that its parent made.  Reads
 * DIR/luxon.min.js, DIR/web and the system's time zones, closes the jail, then answers one request after the other until the
 * parent hangs up.  Deadlines are the parent's: a script that goes on is killed with us.
 */
#include "jail.h"
#include "vm.h"
#include "zones.h"

#include "base/limits.h"

#include <errno.h>
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEADER_SIZE 4
/* Kept between requests; larger buffers are given back. */
#define BUFFER_KEEP_BYTES (256 * 1024)

/* The order is that of vm.h. */
static const char *const packages[VM_PACKAGES] = {
	"web/buffer.js", "web/clone.js", "web/crypto.js",
	"web/idna.js",	 "web/text.js",	 "web/url.js",
};

struct input {
	char *data;
	size_t len, cap;
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

static void
reserve(struct input *in, size_t cap)
{
	char *grown;

	if (cap <= in->cap)
		return;
	grown = realloc(in->data, cap);
	if (grown == NULL)
		abort();
	in->data = grown;
	in->cap = cap;
}

/*
 * 'need' bytes into the buffer and no more: the parent sends the next request ahead of its time,
 * and that one is nobody's business until this one's context is gone.  False: the parent is gone.
 */
static int
fill(struct input *in, size_t need)
{
	while (in->len < need) {
		ssize_t n = read(STDIN_FILENO, in->data + in->len, need - in->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return 0;
		in->len += (size_t)n;
	}
	return 1;
}

static size_t
header_parse(const char *p)
{
	const uint8_t *b = (const uint8_t *)p;

	return (size_t)b[0] | (size_t)b[1] << 8 | (size_t)b[2] << 16 | (size_t)b[3] << 24;
}

static void
header_format(size_t len, char *p)
{
	for (int i = 0; i < HEADER_SIZE; i++)
		p[i] = (char)(len >> (8 * i) & 0xff);
}

/* One whole frame, NUL-terminated; NULL where the parent hung up. */
static const char *
read_frame(struct input *in)
{
	size_t len;

	in->len = 0;
	if (in->cap > BUFFER_KEEP_BYTES) {
		free(in->data);
		in->data = NULL;
		in->cap = 0;
	}
	reserve(in, BUFFER_KEEP_BYTES);
	if (!fill(in, HEADER_SIZE))
		return NULL;
	len = header_parse(in->data);
	if (len > TY_LIMIT_SANDBOX_MESSAGE_BYTES)
		return NULL;
	reserve(in, HEADER_SIZE + len + 1);
	if (!fill(in, HEADER_SIZE + len))
		return NULL;
	in->data[HEADER_SIZE + len] = '\0';
	return in->data + HEADER_SIZE;
}

static int
write_all(const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDIN_FILENO, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return 0;
		data += n;
		len -= (size_t)n;
	}
	return 1;
}

static int
serve(struct vm *vm)
{
	struct input in = { NULL, 0, 0 };
	const char *request;

	while ((request = read_frame(&in)) != NULL) {
		size_t len;
		char *answer = vm_answer(vm, request, HEADER_SIZE, &len);
		int written;

		header_format(len, answer);
		written = write_all(answer, HEADER_SIZE + len);
		free(answer);
		if (!written)
			break;
		vm_prepare(vm);
	}
	return 0;
}

static const char usage[] =
	"usage: tyboo-sandbox --share DIR [--user NAME] [--memory BYTES] [--debug]\n"
	"Evaluates expressions and user code.  It is started by tyboo-run and tyboo-api, with a\n"
	"socket as standard input.\n\n"
	"  --share DIR     holds luxon.min.js and web/\n"
	"  --user NAME     become NAME, where started as root\n"
	"  --memory BYTES  of data beyond what the program itself has\n"
	"  --debug         keep standard error\n"
	"  --version\n"
	"  --help\n\n"
	"Exit status: 0 the parent hung up, 1 cannot run, 2 wrong usage, 3 no jail.\n";

enum { EXIT_USAGE = 2 };

struct options {
	const char *share;
	int status; /* to end with at once; -1 = serve */
};

static void
parse_options(int argc, char **argv, struct jail_conf *conf, struct options *ret)
{
	static const struct option options[] = {
		{ "share", required_argument, NULL, 's' },
		{ "user", required_argument, NULL, 'u' },
		{ "memory", required_argument, NULL, 'm' },
		{ "debug", no_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	int opt;

	*ret = (struct options){ .share = "", .status = -1 };
	while (ret->status < 0 && (opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 's':
			ret->share = optarg;
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
		case 'h':
			fputs(usage, stdout);
			ret->status = EXIT_SUCCESS;
			break;
		case 'v':
			puts("tyboo-sandbox " TY_VERSION);
			ret->status = EXIT_SUCCESS;
			break;
		default:
			ret->status = EXIT_USAGE;
		}
	}
	if (ret->status < 0 && (isatty(STDIN_FILENO) || conf->memory_bytes <= 0))
		ret->status = EXIT_USAGE;
	if (ret->status == EXIT_USAGE)
		fputs(usage, stderr);
}

int
main(int argc, char **argv)
{
	struct jail_conf conf = { .memory_bytes = 4 * (int64_t)TY_LIMIT_SANDBOX_BYTES };
	struct options options;
	struct vm_sources sources;
	struct vm *vm;

	parse_options(argc, argv, &conf, &options);
	if (options.status >= 0)
		return options.status;
	jail_early(&conf);
	read_sources(options.share, &sources);
	vm = start_with_zones(&sources, zones_read(ZONES_DIR));
	if (vm == NULL)
		return EXIT_FAILURE;
	free_sources(&sources);
	jail_close(&conf);
	return serve(vm);
}

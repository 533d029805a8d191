/*
 * cmd_code_library.c -- code-library: list, add, remove.
 *
 * A library is one file of CommonJS that the operator bundled of a package; code of all workspaces has it by
 * require('name').  Added as the owner, because it is code that runs for everybody, if in the sandbox.
 */
#include "ctl.h"

#include "base/arena.h"
#include "base/str.h"
#include "json/json.h"
#include "store/code_library.h"

#include <string.h>

#define BUNDLE_HINT                                                                                \
	"Bundle it so: npx esbuild ENTRY --bundle --format=cjs --platform=browser --minify "       \
	"--outfile=NAME.js"

static enum ty_code
library_list(struct ctl *ctl, struct ty_err *err)
{
	static const struct ctl_column columns[] = {
		{ "name", "NAME" },	 { "version", "VERSION" },     { "bytes", "BYTES" },
		{ "digest", "SHA-256" }, { "created_at", "ADDED AT" }, { .member = NULL },
	};
	json_t *items = NULL;
	struct ty_tx *tx;
	enum ty_code code;

	if (ctl_begin(ctl, NULL, &tx, err) != TY_OK)
		return err->code;
	code = ty_store_code_library_list(tx, &items, err);
	if (code == TY_OK)
		items = ty_json_own(ctl->arena, json_deep_copy(items));
	if (ctl_end(tx, code, err) != TY_OK)
		return err->code;
	ctl_print_items(ctl, items, NULL, columns);
	return TY_OK;
}

/* ---- what a bundle may ask for ---- */

static bool
is_there(const char *name, size_t len)
{
	static const char *const names[] = { "buffer", "crypto", "luxon",	   "timers",
					     "url",    "util",	 "timers/promises" };

	if (len > strlen("node:") && strncmp(name, "node:", strlen("node:")) == 0) {
		name += strlen("node:");
		len -= strlen("node:");
	}
	for (size_t i = 0; i < TY_ARRAY_COUNT(names); i++)
		if (strlen(names[i]) == len && strncmp(names[i], name, len) == 0)
			return true;
	return false;
}

/* A module that the bundle asks for and code does not have; NULL = none. */
static const char *
module_missing(struct ctl *ctl, const char *source)
{
	static const char call[] = "require(";

	for (const char *at = source; (at = strstr(at, call)) != NULL;) {
		size_t len;

		at += strlen(call);
		if (*at != '"' && *at != '\'')
			continue;
		len = strcspn(at + 1, "\"'`\\\n");
		if (at[len + 1] == *at && at[len + 2] == ')' && !is_there(at + 1, len))
			return ty_arena_strndup(ctl->arena, at + 1, len);
	}
	return NULL;
}

/* Is a line of it a statement of an ES module? */
static bool
is_module(const char *source)
{
	const char *end = strrchr(source, '}');

	for (const char *at = source; at != NULL; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncmp(at, "import ", 7) == 0 || strncmp(at, "export ", 7) == 0 ||
		    strncmp(at, "export{", 7) == 0 || strncmp(at, "import{", 7) == 0)
			return true;
	}
	/* Minified, the exports are the last statement. */
	while (end != NULL && end > source && *end != '{')
		end--;
	return end != NULL && end - source >= 7 && strncmp(end - 7, ";export", 7) == 0;
}

static enum ty_code
check(struct ctl *ctl, const char *source, struct ty_err *err)
{
	const char *missing = module_missing(ctl, source);

	if (is_module(source)) {
		ty_err_set(err, TY_E_INVALID,
			   "the bundle is an ES module, and code takes CommonJS");
		return ty_err_hint(err, BUNDLE_HINT);
	}
	if (missing == NULL || ctl_has(ctl, "force"))
		return TY_OK;
	ty_err_set(err, TY_E_INVALID,
		   "the bundle asks for the module \"%.60s\", which code does not have: there are "
		   "no files, no network and no other programs in the sandbox",
		   missing);
	return ty_err_hint(err,
			   "Bundle it with --platform=browser, which takes a package's variant "
			   "without Node; --force adds it all the same, for a package that asks "
			   "for it in vain and goes on.");
}

static enum ty_code
library_add(struct ctl *ctl, struct ty_err *err)
{
	const char *name = ctl_arg(ctl, 0), *version = ctl_option(ctl, "version");
	char digest[TY_CODE_LIBRARY_DIGEST_SIZE];
	struct ty_tx *tx;
	char *source;
	size_t len;

	if (ctl_read(ctl, ctl_option(ctl, "file"), (size_t)8 << 20, &source, &len, err) != TY_OK)
		return err->code;
	if (!ty_str_is_utf8(source, len) || strlen(source) != len)
		return ty_err_set(err, TY_E_INVALID, "the bundle is no UTF-8 text");
	if (check(ctl, source, err) != TY_OK || ctl_begin_owner(ctl, &tx, err) != TY_OK ||
	    ctl_end(tx, ty_store_code_library_add(tx, name, version, source, digest, err), err) !=
		    TY_OK)
		return err->code;
	ctl_print_object(ctl, ty_json_own(ctl->arena, json_pack("{s:s, s:s?, s:s, s:I}", "name",
								name, "version", version, "digest",
								digest, "bytes", (json_int_t)len)));
	return TY_OK;
}

static enum ty_code
library_remove(struct ctl *ctl, struct ty_err *err)
{
	const char *name = ctl_arg(ctl, 0);
	struct ty_tx *tx;

	if (ctl_begin_owner(ctl, &tx, err) != TY_OK ||
	    ctl_end(tx, ty_store_code_library_remove(tx, name, err), err) != TY_OK)
		return err->code;
	ctl_print_object(
		ctl, ty_json_own(ctl->arena, json_pack("{s:s, s:b}", "name", name, "removed", 1)));
	return TY_OK;
}

static const struct ctl_option add_options[] = {
	{ "file", "FILE", "the bundle; without it standard input", false },
	{ "version", "TEXT", "the package's version, to be shown", false },
	{ "force", NULL, "also where it asks for modules that code does not have", false },
	{ .name = NULL },
};

const struct ctl_command ctl_code_library_commands[] = {
	{ "code-library list", "", "List the libraries that code has by require()", NULL,
	  library_list },
	{ "code-library add", "NAME",
	  "Add a package that was bundled into one file of CommonJS, or replace it", add_options,
	  library_add },
	{ "code-library remove", "NAME",
	  "Take a library away; runs that began with it go on with it", NULL, library_remove },
	{ .name = NULL },
};

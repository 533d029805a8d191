/*
 * ctl.h -- tybooctl, the operator's command line: one table of commands, one small file a family.
 *
 * A family's file ends in its table of struct ctl_command; families.def lists the families.  The
 * parser, --help and the usage errors are printed from these tables.  A command works on what
 * struct ctl lends it: configuration and connections are made when first asked for, so that
 * --help needs no home and "conf" needs no database.
 *
 * What a command prints is a json_t: --json writes it as it is, else it becomes a text table.
 * Secrets (passwords, hashes, sealed credentials) are never handed to the printer.
 *
 * Everything is owned by ctl->arena, which lives as long as the process.
 *
 * Exit codes: 0 done, 1 it failed, 2 it was asked for wrongly: the words and options themselves are
 * at fault, whatever the stores hold and whatever a file or standard input says (see ctl_misused).
 */
#ifndef TY_CTL_CTL_H
#define TY_CTL_CTL_H

#include "base/defs.h"
#include "base/err.h"
#include "base/id.h"
#include "json/json.h"
#include "store/store.h"
#include <stdio.h>

enum ctl_exit { CTL_EXIT_OK = 0, CTL_EXIT_FAILED = 1, CTL_EXIT_USAGE = 2 };

struct ctl_option {
	const char *name;  /* without "--"; NULL ends the list */
	const char *value; /* value in --help; NULL = a flag */
	const char *help;
	bool is_required;
};

struct ctl;
typedef enum ty_code (*ctl_run_fn)(struct ctl *ctl, struct ty_err *err);

struct ctl_command {
	const char *name; /* "user create"; NULL ends the list */
	const char *args; /* "WORKFLOW"; "" = none.  [X] may be left out */
	const char *summary;
	const struct ctl_option *options;
	ctl_run_fn run;
};

/* NULL ends the list. */
extern const struct ctl_command *const ctl_families[];

/* The options that every command knows; ends with a NULL name. */
extern const struct ctl_option ctl_global_options[];

#define CTL_ARGS_MAX 8

struct ctl {
	struct ty_arena *arena;
	const struct ctl_command *command;
	struct ty_map *options;		/* name -> value; flags have "" */
	const char *args[CTL_ARGS_MAX]; /* words after the command's name */
	size_t arg_count;
	bool is_json, wants_help, wants_version;
	bool is_misused;    /* see ctl_misused */
	const char *family; /* "user" of "user --help", where no command was named */
	FILE *out;
	/* Made when first asked for. */
	const struct ty_conf *conf;
	const char *slug; /* slug of the workspace that was begun; NULL = none was */
	struct ty_store *store, *owner_store;
	struct ty_queue_sync *queue;
	struct ty_registry *registry;
};

/* ---- args.c ---- */

/*
 * Fill ctl's command, options and args.  Errors: TY_E_INVALID (the message says what is wrong,
 * the hint how it is used).
 */
enum ty_code ctl_parse(struct ctl *ctl, int argc, char *const *argv,
		       struct ty_err *err) TY_MUST_CHECK;

const char *ctl_option(const struct ctl *ctl, const char *name); /* NULL = not given */
bool ctl_has(const struct ctl *ctl, const char *name);
const char *ctl_arg(const struct ctl *ctl, size_t i); /* NULL = not given */
/* The error is in the words and options given: CTL_EXIT_USAGE is the end.  Gives the error's code. */
enum ty_code ctl_misused(struct ctl *ctl, const struct ty_err *err);
/* A whole number; 'def' where it was not given.  Errors: TY_E_INVALID, and then ctl_misused. */
enum ty_code ctl_option_int(struct ctl *ctl, const char *name, int64_t def, int64_t min,
			    int64_t max, int64_t *ret_n, struct ty_err *err) TY_MUST_CHECK;

/* ---- help.c ---- */

void ctl_help(const struct ctl *ctl); /* prints it for the command, the family, or everything */
/* "tybooctl user create --email ADDRESS ..." */
char *ctl_usage(struct ty_arena *arena, const struct ctl_command *command);

/* ---- ctl.c ---- */

enum ty_code ctl_conf(struct ctl *ctl, const struct ty_conf **ret_conf,
		      struct ty_err *err) TY_MUST_CHECK;
/* A transaction as the programs' role; 'workspace_id' may be NULL. */
enum ty_code ctl_begin(struct ctl *ctl, const struct ty_id *workspace_id, struct ty_tx **ret_tx,
		       struct ty_err *err) TY_MUST_CHECK;
/* ctl_begin() as the owner, who sees every workspace.  Errors: TY_E_NOT_FOUND (no owner's URL). */
enum ty_code ctl_begin_owner(struct ctl *ctl, struct ty_tx **ret_tx,
			     struct ty_err *err) TY_MUST_CHECK;
/* Commit where 'code' is TY_OK, else roll back and give back 'code'. */
enum ty_code ctl_end(struct ty_tx *tx, enum ty_code code, struct ty_err *err) TY_MUST_CHECK;
/*
 * A transaction in the workspace that --workspace or TYBOO_WORKSPACE names, or in the only one.
 * Errors: TY_E_INVALID (none is named: ctl_misused), TY_E_NOT_FOUND, those of ty_tx_begin.
 */
enum ty_code ctl_begin_workspace(struct ctl *ctl, struct ty_tx **ret_tx,
				 struct ty_id *ret_workspace_id, struct ty_err *err) TY_MUST_CHECK;
enum ty_code ctl_queue(struct ctl *ctl, struct ty_queue_sync **ret_queue,
		       struct ty_err *err) TY_MUST_CHECK;
enum ty_code ctl_registry(struct ctl *ctl, const struct ty_registry **ret_registry,
			  struct ty_err *err) TY_MUST_CHECK;
/* A word that must be a UUID.  Errors: TY_E_INVALID, naming 'what', and then ctl_misused. */
enum ty_code ctl_id(struct ctl *ctl, const char *text, const char *what, struct ty_id *ret_id,
		    struct ty_err *err) TY_MUST_CHECK;
/*
 * A whole file, "-" or NULL = standard input, at most 'size_max' bytes.
 * Errors: TY_E_NOT_FOUND, TY_E_TOO_LARGE.
 */
enum ty_code ctl_read(struct ctl *ctl, const char *path, size_t size_max, char **ret_data,
		      size_t *ret_len, struct ty_err *err) TY_MUST_CHECK;
void ctl_done(struct ctl *ctl);

/* ---- print.c ---- */

struct ctl_column {
	const char *member; /* member of each item; NULL ends the list */
	const char *title;
};

/*
 * An array of objects: a table with these columns, or with --json all of it, in the shape of the API's
 * lists: { "items", "next_cursor" }.  'next': the id for --before; NULL = the list ends here.
 */
void ctl_print_items(const struct ctl *ctl, const json_t *items, const char *next,
		     const struct ctl_column *columns);
/* Print one object: "member  value" lines, nested values as compact JSON. */
void ctl_print_object(const struct ctl *ctl, const json_t *object);
/* Print a sentence for people; nothing with --json. */
void ctl_say(const struct ctl *ctl, const char *fmt, ...) TY_PRINTF(2, 3);

#endif

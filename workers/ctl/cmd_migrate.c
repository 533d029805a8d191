/*
 * cmd_migrate.c -- bring the database to this release's schema (store/migrate.h), as its owner.
 */
#include "ctl.h"

#include "base/arena.h"
#include "conf/conf.h"
#include "json/json.h"
#include "publish/outline.h"
#include "store/migrate.h"

static enum ty_code
find_sql(struct ctl *ctl, const char **ret_conninfo, const char **ret_sql_dir, struct ty_err *err)
{
	const struct ty_conf *conf;

	if (ctl_conf(ctl, &conf, err) != TY_OK)
		return err->code;
	if (conf->owner_database_url[0] == '\0') {
		ty_err_set(err, TY_E_NOT_FOUND, "the owner's database address is not known");
		return ty_err_hint(err, "Set TYBOO_OWNER_DATABASE_URL (./tyboo ctl does).");
	}
	*ret_conninfo = conf->owner_database_url;
	*ret_sql_dir = ctl_option(ctl, "sql");
	if (*ret_sql_dir == NULL)
		*ret_sql_dir = ty_arena_printf(ctl->arena, "%s/sql",
					       conf->share_dir[0] != '\0' ? conf->share_dir : ".");
	return TY_OK;
}

static void
tell(void *ctx, enum ty_migrate_kind kind, const char *file)
{
	static const char *const names[] = {
		[TY_MIGRATE_MIGRATION] = "migration",
		[TY_MIGRATE_FUNCTIONS] = "functions",
		[TY_MIGRATE_VERIFY] = "check",
	};

	ctl_say(ctx, "%-9s  %s", names[kind], file);
}

/* Fill the outlines of drafts here, because the reader of graphs derives them and SQL cannot. */
static enum ty_code
fill_outlines(struct ctl *ctl, size_t *ret_count, struct ty_err *err)
{
	struct ty_arena *arena = ctl->arena;
	const struct ty_registry *registry;
	size_t count = 1;
	enum ty_code code = ctl_registry(ctl, &registry, err);
	struct ty_tx *tx;

	*ret_count = 0;
	while (code == TY_OK && count > 0) {
		ctl->arena = ty_arena_new(arena, "outlines", 0);
		code = ctl_begin_owner(ctl, &tx, err);
		if (code == TY_OK)
			code = ctl_end(tx, ty_publish_outline_fill(tx, registry, &count, err), err);
		ty_arena_free(ctl->arena);
		*ret_count += code == TY_OK ? count : 0;
	}
	ctl->arena = arena;
	return code;
}

static enum ty_code
migrate(struct ctl *ctl, struct ty_err *err)
{
	const char *conninfo, *sql_dir;
	size_t outlines;
	struct ty_migrate_report report;
	json_t *answer;

	if (find_sql(ctl, &conninfo, &sql_dir, err) != TY_OK ||
	    ty_migrate_apply(conninfo, sql_dir, tell, ctl, &report, err) != TY_OK ||
	    fill_outlines(ctl, &outlines, err) != TY_OK)
		return err->code;
	answer = ty_json_own(ctl->arena, json_pack("{s:I, s:I, s:I, s:I}", "migrations",
						   (json_int_t)report.migrations, "functions",
						   (json_int_t)report.functions, "partitions",
						   (json_int_t)report.partitions, "outlines",
						   (json_int_t)outlines));
	ctl_print_object(ctl, answer);
	return TY_OK;
}

static enum ty_code
migrate_status(struct ctl *ctl, struct ty_err *err)
{
	static const char *const states[] = {
		[TY_MIGRATE_PENDING] = "pending",
		[TY_MIGRATE_APPLIED] = "applied",
		[TY_MIGRATE_CHANGED] = "changed",
		[TY_MIGRATE_MISSING] = "missing",
	};
	static const struct ctl_column columns[] = {
		{ "number", "NUMBER" },		{ "name", "NAME" }, { "state", "STATE" },
		{ "applied_at", "APPLIED AT" }, { .member = NULL },
	};
	json_t *items = ty_json_own(ctl->arena, json_array());
	const char *conninfo, *sql_dir;
	struct ty_migrate_row *rows;
	size_t count;

	if (find_sql(ctl, &conninfo, &sql_dir, err) != TY_OK ||
	    ty_migrate_status(ctl->arena, conninfo, sql_dir, &rows, &count, err) != TY_OK)
		return err->code;
	for (size_t i = 0; i < count; i++)
		json_array_append_new(items, json_pack("{s:I, s:s, s:s, s:s?}", "number",
						       (json_int_t)rows[i].number, "name",
						       rows[i].name, "state", states[rows[i].state],
						       "applied_at", rows[i].applied_at));
	ctl_print_items(ctl, items, NULL, columns);
	return TY_OK;
}

static const struct ctl_option options[] = {
	{ "sql", "FOLDER",
	  "the folder with migrations/, functions/, verify/; default <share_dir>/sql", false },
	{ .name = NULL },
};

const struct ctl_command ctl_migrate_commands[] = {
	{ "migrate", "", "Bring the database to this release's schema", options, migrate },
	{ "migrations", "", "List the migrations and which are applied", options, migrate_status },
	{ .name = NULL },
};

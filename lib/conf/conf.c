/*
 * conf.c -- the table of settings, and reading them from a file and the environment.
 */
#include "conf/conf.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "param/row.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The rows of lib/param, so that the compiler holds each against its member of struct ty_conf. */
#define STRING(key, default_, text)                                                                \
	TY_ROW_STRING(struct ty_conf, key, 0, #key, .def = default_, .unit = "", .help = text)
#define INT(key, default_, least, greatest, unit_, text)                                           \
	TY_ROW_INT(struct ty_conf, key, least, greatest, #key, .def = default_, .unit = unit_,     \
		   .help = text)

/* A limit of base/limits.h as a default's text. */
#define TEXT_OF_(n) #n
#define TEXT_OF(n)  TEXT_OF_(n)

static const struct ty_param settings[] = {
	STRING(home, "",
	       "folder that holds everything that runs; default: where the file was found"),
	STRING(database_url, "", "libpq connection string of the program role"),
	STRING(owner_database_url, "",
	       "libpq connection string of the owner role (tybooctl migrate)"),
	STRING(redis_url, "", "redis://host:port or unix:/path"),
	STRING(base_url, "https://localhost", "address users see, without a trailing slash"),
	STRING(master_key_file, "",
	       "file of the master keys, a line of 64 hex digits each, the newest first; mode "
	       "0600"),
	STRING(sandbox_path, "tyboo-sandbox", "the sandbox program"),
	STRING(parse_path, "tyboo-parse", "the program that runs parsers"),
	STRING(pdf_path, "tyboo-pdf", "the program that reads PDF documents"),
	STRING(sandbox_user, "", "user all three run as where we are root"),
	STRING(share_dir, "", "folder with sql/, luxon.min.js and web/"),
	STRING(blob_folder, "",
	       "folder for the bytes of files, the same for every program; empty: in Postgres"),
	STRING(lane, "main", "queue shard this process works on"),
	STRING(http_allow, "",
	       "private addresses workflows may call: CIDR, address or address:port"),
	STRING(sns_hosts, "",
	       "hosts of services that speak as Amazon SNS does: host or host:port; SNS's own need "
	       "none"),
	STRING(http_ca_file, "",
	       "PEM file of CAs that workflows' https calls trust besides the system's"),
	STRING(http_proxy, "",
	       "proxy that workflows' calls go through: http://user:password@host:port or https; "
	       "it "
	       "has to allow CONNECT; empty: none"),
	INT(http_proxy_resolves, "0", 0, 1, "",
	    "1: the proxy looks up the names, and has to refuse private addresses itself"),
	STRING(answer_csp, "sandbox",
	       "Content-Security-Policy of workflows' own answers but JSON and plain text, which "
	       "share the address of the UI; empty: none"),
	STRING(log_level, "info", "debug, info, warn or error"),
	INT(api_threads, "32", 1, 1024, "", "requests a tyboo-api process serves at a time"),
	INT(api_db_connections, "4", 1, 100, "",
	    "pooled database connections per tyboo-api process"),
	INT(run_max, "256", 1, 10000, "", "runs at a time per tyboo-run process"),
	INT(run_sandboxes, "1", 1, 64, "",
	    "sandbox processes one workspace may hold in a tyboo-run"),
	INT(run_hot, "12", 1, 1024, "",
	    "sandbox and parse processes kept for their workspaces in a tyboo-run"),
	INT(lease_ms, "30000", 200, 3600000, "ms", "a lease not renewed for so long is taken back"),
	INT(heartbeat_ms, "10000", 50, 1200000, "ms", "how often leases are renewed"),
	INT(reap_ms, "1000", 50, 600000, "ms", "how often tyboo-reap looks"),
	INT(schedule_ms, "50", 5, 60000, "ms",
	    "how often tyboo-schedule looks for what became due meanwhile"),
	INT(receipt_grace_ms, "60000", 200, 86400000, "ms",
	    "age from which a receipt without a run is pushed again"),
	INT(tidy_ms, "60000", 50, 86400000, "ms", "how often tyboo-reap tidies the database"),
	INT(retention_days, "0", 0, 36500, "days",
	    "whole months of runs and deliveries older than this are dropped; 0 keeps them"),
	INT(drain_ms, "25000", 0, 3600000, "ms", "grace time after SIGTERM"),
	INT(deliveries_max, TEXT_OF(TY_LIMIT_DELIVERIES_COUNT), 1, 1000, "",
	    "leases of one job before it is poison"),
	INT(session_s, "1209600", 60, 31536000, "s", "session lifetime"),
};

static const struct ty_param *
setting_find(const char *key)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(settings); i++) {
		if (strcmp(settings[i].name, key) == 0)
			return &settings[i];
	}
	return NULL;
}

static enum ty_code
setting_set(struct ty_arena *arena, const struct ty_param *setting, const char *value,
	    const char *where, struct ty_conf *conf, struct ty_err *err)
{
	char *at = (char *)conf + setting->offset;
	int64_t n;

	if (setting->type == TY_PARAM_STRING) {
		*(const char **)at = ty_arena_strdup(arena, value);
		return TY_OK;
	}
	if (!ty_str_parse_i64(value, setting->min, setting->max, &n)) {
		ty_err_set(err, TY_E_INVALID, "%s: %s is \"%s\"", where, setting->name, value);
		return ty_err_hint(err, "Give a whole number from %lld to %lld%s%s.",
				   (long long)setting->min, (long long)setting->max,
				   setting->unit[0] == '\0' ? "" : " ", setting->unit);
	}
	*(int64_t *)at = n;
	return TY_OK;
}

static char *
trim(char *s)
{
	char *end = s + strlen(s);

	while (end > s && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
	return s + strspn(s, " \t");
}

static enum ty_code
parse_line(struct ty_arena *arena, char *line, const char *where, struct ty_conf *conf,
	   struct ty_err *err)
{
	const struct ty_param *setting;
	char *equals, *key;

	line = trim(line);
	if (*line == '\0' || *line == '#')
		return TY_OK;
	equals = strchr(line, '=');
	if (equals == NULL)
		return ty_err_set(err, TY_E_INVALID, "%s: \"%s\" is not \"key = value\"", where,
				  line);
	*equals = '\0';
	key = trim(line);
	setting = setting_find(key);
	if (setting == NULL) {
		ty_err_set(err, TY_E_INVALID, "%s: there is no setting \"%s\"", where, key);
		return ty_err_hint(err, "'tybooctl conf --help' lists them all.");
	}
	return setting_set(arena, setting, trim(equals + 1), where, conf, err);
}

static enum ty_code
parse_file(struct ty_arena *arena, const char *path, struct ty_conf *conf, struct ty_err *err)
{
	FILE *file = fopen(path, "re");
	enum ty_code code = TY_OK;
	char *line = NULL;
	size_t cap = 0, number = 0;

	if (file == NULL) {
		ty_err_set(err, TY_E_NOT_FOUND, "cannot read %s: %s", path, strerror(errno));
		return ty_err_hint(err, "Name the file with --config or TYBOO_CONF.");
	}
	while (code == TY_OK && getline(&line, &cap, file) >= 0) {
		char where[512];

		snprintf(where, sizeof(where), "%s, line %zu", path, ++number);
		code = parse_line(arena, line, where, conf, err);
	}
	free(line);
	fclose(file);
	return code;
}

static enum ty_code
parse_environment(struct ty_arena *arena, struct ty_conf *conf, struct ty_err *err)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(settings); i++) {
		char name[64] = "TYBOO_";
		const char *value;

		for (size_t k = 0; settings[i].name[k] != '\0' && k < sizeof(name) - 7; k++)
			name[6 + k] = (char)toupper((unsigned char)settings[i].name[k]);
		value = getenv(name);
		if (value != NULL &&
		    setting_set(arena, &settings[i], value, name, conf, err) != TY_OK)
			return err->code;
	}
	return TY_OK;
}

enum ty_code
ty_conf_load(struct ty_arena *arena, const char *path, const struct ty_conf **ret_conf,
	     struct ty_err *err)
{
	struct ty_conf *conf = ty_arena_new_of(arena, struct ty_conf);
	const char *home = getenv("TYBOO_HOME");

	for (size_t i = 0; i < TY_ARRAY_COUNT(settings); i++) {
		if (setting_set(arena, &settings[i], settings[i].def, "default", conf, err) !=
		    TY_OK)
			return err->code;
	}
	if (path == NULL)
		path = getenv("TYBOO_CONF");
	if (path == NULL)
		path = ty_arena_printf(arena, "%s/etc/tyboo.conf", home == NULL ? "var" : home);
	if (parse_file(arena, path, conf, err) != TY_OK ||
	    parse_environment(arena, conf, err) != TY_OK)
		return err->code;
	if (conf->home[0] == '\0')
		conf->home = home == NULL ? "var" : ty_arena_strdup(arena, home);
	*ret_conf = conf;
	return TY_OK;
}

/* "password=..." of a libpq string, "user:password@" of an address: the password becomes "***". */
static char *
mask(struct ty_arena *arena, const char *value)
{
	const char *at = strcasestr(value, "password=");
	const char *user = strstr(value, "://"), *host, *colon;
	size_t len;

	if (at != NULL) {
		at += strlen("password=");
		/* A quoted one may hold spaces: up to the quote that no backslash precedes. */
		len = *at == '\'' ? 1 : strcspn(at, " &");
		while (*at == '\'' && at[len] != '\0' && (at[len] != '\'' || at[len - 1] == '\\'))
			len++;
		len += *at == '\'' && at[len] != '\0';
		return ty_arena_printf(arena, "%.*s***%s", (int)(at - value), value, at + len);
	}
	if (user == NULL)
		return ty_arena_strdup(arena, value);
	user += 3;
	len = strcspn(user, "/?");
	host = memrchr(user, '@', len);
	colon = host != NULL ? memchr(user, ':', (size_t)(host - user)) : NULL;
	if (colon == NULL)
		return ty_arena_strdup(arena, value);
	return ty_arena_printf(arena, "%.*s***%s", (int)(colon + 1 - value), value, host);
}

enum ty_code
ty_conf_check_stores(const struct ty_conf *conf, struct ty_err *err)
{
	bool has_database = !ty_str_is_blank(conf->database_url);

	if (has_database && !ty_str_is_blank(conf->redis_url))
		return TY_OK;
	ty_err_set(err, TY_E_INVALID, "%s is not set", has_database ? "redis_url" : "database_url");
	return ty_err_hint(err,
			   "Set database_url and redis_url in tyboo.conf, or TYBOO_DATABASE_URL "
			   "and TYBOO_REDIS_URL in the environment.");
}

bool
ty_conf_at(struct ty_arena *arena, const struct ty_conf *conf, size_t i, const char **ret_key,
	   const char **ret_value)
{
	const char *at;

	if (i >= TY_ARRAY_COUNT(settings))
		return false;
	at = (const char *)conf + settings[i].offset;
	*ret_key = settings[i].name;
	*ret_value = settings[i].type == TY_PARAM_STRING
			     ? mask(arena, *(const char *const *)at)
			     : ty_arena_printf(arena, "%lld", (long long)*(const int64_t *)at);
	return true;
}

char *
ty_conf_help(struct ty_arena *arena)
{
	struct ty_buf buf;

	ty_buf_init(&buf, arena, 4096);
	for (size_t i = 0; i < TY_ARRAY_COUNT(settings); i++) {
		const struct ty_param *s = &settings[i];

		ty_buf_printf(&buf, "%-20s %s", s->name, s->help);
		if (s->def[0] != '\0')
			ty_buf_printf(&buf, " (default %s%s%s)", s->def,
				      s->unit[0] == '\0' ? "" : " ", s->unit);
		ty_buf_add_char(&buf, '\n');
	}
	return buf.data;
}

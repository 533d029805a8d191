/*
 * conf.h -- process configuration: one declared table, one file, the environment.
 *
 * File: "key = value" lines, '#' comments.  The environment variable
 * TYBOO_<KEY> beats the file.  Every program reads the same file and ignores
 * keys that only others use; a key that nobody knows is an error that names
 * the line.  'tybooctl conf --help' prints this table.
 */
#ifndef TY_CONF_CONF_H
#define TY_CONF_CONF_H

#include "base/defs.h"

struct ty_conf {
	const char *home;		/* TYBOO_HOME: everything that runs lives below it */
	const char *database_url;	/* libpq conninfo of the program role */
	const char *owner_database_url; /* libpq conninfo of the owner role; only tybooctl */
	const char *redis_url;		/* redis://[:password@]host:port or unix:/path */
	const char *base_url;		/* https://host:port as users see it */
	const char *master_key_file;	/* vault/ring.h; only the owner may read it */
	const char *sandbox_path;	/* the tyboo-sandbox program */
	const char *parse_path;		/* the tyboo-parse program */
	const char *pdf_path;		/* the tyboo-pdf program */
	const char *sandbox_user;	/* user both run as where we are root; "" = ours */
	const char *share_dir;		/* sql/, luxon, web/ and other read-only files */
	const char *blob_folder;	/* folder of files' bytes; "" = in Postgres */
	const char *lane;		/* queue shard */
	const char *sns_hosts;		/* "sns.test:4566, other.test" */
	const char *http_allow;	  /* CIDRs, addresses, host:port: "127.0.0.1:8443, 10.0.0.0/8" */
	const char *http_ca_file; /* PEM: CAs trusted besides the system's; "" = none */
	const char *http_proxy;	  /* URL of the proxy of workflows' calls; "" = none */
	const char *answer_csp;	  /* Content-Security-Policy of workflows' own answers; "" = none */
	const char *log_level;
	int64_t http_proxy_resolves; /* 1: the proxy looks up names, and we do not */
	int64_t api_threads;	     /* requests a tyboo-api process serves at a time */
	int64_t api_db_connections;  /* pooled connections per tyboo-api process */
	int64_t run_max;	     /* runs at a time per tyboo-run process */
	int64_t run_sandboxes;	     /* sandbox processes that one workspace may hold */
	int64_t run_hot;	     /* processes kept for their workspaces, of each tool */
	int64_t lease_ms;	     /* a lease not renewed for so long is reaped */
	int64_t heartbeat_ms;	     /* time between two renewals of leases */
	int64_t reap_ms;	     /* time between two rounds of tyboo-reap */
	int64_t schedule_ms;	     /* longest time between two looks of tyboo-schedule */
	int64_t receipt_grace_ms;    /* age from which a receipt with no run is pushed again */
	int64_t tidy_ms;	     /* time between two tidyings of the database by tyboo-reap */
	int64_t retention_days; /* runs and deliveries older than this are dropped; 0 = never */
	int64_t drain_ms;	/* grace time after SIGTERM */
	int64_t deliveries_max; /* leases before a job is poison */
	int64_t session_s;	/* session lifetime */
};

/*
 * Read 'path' (NULL: $TYBOO_CONF, else <home>/etc/tyboo.conf, home from
 * $TYBOO_HOME, else "var") and the environment.  Owned by 'arena'.
 * Errors: TY_E_NOT_FOUND (no such file), TY_E_INVALID (says file, line, key).
 */
enum ty_code ty_conf_load(struct ty_arena *arena, const char *path, const struct ty_conf **ret_conf,
			  struct ty_err *err) TY_MUST_CHECK;

/* Check that both stores have an address.  Errors: TY_E_INVALID. */
enum ty_code ty_conf_check_stores(const struct ty_conf *conf, struct ty_err *err) TY_MUST_CHECK;

/*
 * The i-th setting in force, both owned by 'arena'; false after the last.  A password within a value
 * reads "***": what this gives may be shown.
 */
bool ty_conf_at(struct ty_arena *arena, const struct ty_conf *conf, size_t i, const char **ret_key,
		const char **ret_value);

/* The table as text: key, unit, default, help. */
char *ty_conf_help(struct ty_arena *arena);

#endif

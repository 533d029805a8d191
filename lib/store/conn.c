/*
 * conn.c -- opening a connection, and translating what libpq answers.
 *
 * A message names the constraint but never the row: libpq's DETAIL carries the user's
 * data and stays out of errors and logs.
 */
#include "store/conn.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/fault.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

void
ty_conn_options(const char *conninfo, const char *application_name, const char **keywords,
		const char **values)
{
	static const char *const defaults[][2] = {
		{ "connect_timeout", "5" },
		{ "keepalives_idle", "10" },
		{ "keepalives_interval", "5" },
		{ "keepalives_count", "3" },
		/* Time limit of a statement: ours take milliseconds, and one that hangs must not hang
		 * its caller. */
		{ "options",
		  "-c statement_timeout=60s -c idle_in_transaction_session_timeout=120s" },
		{ "client_encoding", "UTF8" },
	};
	size_t n = 0;

	for (; n < TY_ARRAY_COUNT(defaults); n++) {
		keywords[n] = defaults[n][0];
		values[n] = defaults[n][1];
	}
	keywords[n] = "fallback_application_name";
	values[n++] = application_name;
	keywords[n] = "dbname"; /* a conninfo or a URL: libpq expands it in this place */
	values[n++] = conninfo;
	keywords[n] = values[n] = NULL;
	TY_ASSERT(n < TY_CONN_OPTIONS);
}

/* libpq ends its messages with a newline, and a failed multi-host connect has several lines. */
static enum ty_code
conn_lost(const PGconn *pg, const char *what, struct ty_err *err)
{
	const char *text = ty_conn_why(PQerrorMessage(pg));
	size_t len = strlen(text);

	while (len > 0 && text[len - 1] == '\n')
		len--;
	return ty_err_set(err, TY_E_UNAVAILABLE, "%s%s%.*s", what, len > 0 ? ": " : "", (int)len,
			  text);
}

static void
conn_ignore_notice(void *arg, const PGresult *notice)
{
}

void
ty_conn_hush(PGconn *pg)
{
	PQsetNoticeReceiver(pg, conn_ignore_notice, NULL);
}

/*
 * ---- poolers ----
 *
 * A pooler in transaction mode gives each transaction whatever session is free, so what a session
 * keeps for us (prepared statements, settings) is gone or another's.  A pooler invents the process id
 * of the session it pretends to be: a number that no process can have is its mark, and costs
 * nothing to see.  Whether sessions are really shared is then asked of Postgres: no session of its own can
 * have the process of another that is still open.
 */

/* Linux's PID_MAX_LIMIT, the greatest of the systems that Postgres runs on. */
#define PID_MAX_ANY 4194304

#define POOLER_TEXT                                                                                \
	"database_url leads through a connection pooler in transaction mode, which loses what a "  \
	"session keeps; point it at Postgres itself, or at a pooler in session mode"

/* 0 where it cannot be had. */
static long
backend_pid(PGconn *pg)
{
	PGresult *result = PQexec(pg, "SELECT pg_backend_pid()");
	long pid = 0;

	if (PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1)
		pid = strtol(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	return pid;
}

/* Two connections of ours, the second in a transaction: do they meet in one session? */
static bool
shares_sessions(PGconn *first, PGconn *second)
{
	long pid = backend_pid(first);
	PGresult *begun = PQexec(second, "BEGIN");
	bool shared = pid != 0 && (backend_pid(second) == pid || backend_pid(first) != pid);

	PQclear(begun);
	PQclear(PQexec(second, "ROLLBACK"));
	return shared;
}

enum ty_code
ty_conn_check_pooler(PGconn *pg, const char *conninfo, struct ty_err *err)
{
	const char *keywords[TY_CONN_OPTIONS], *values[TY_CONN_OPTIONS];
	bool shared = false;
	PGconn *other;

	if (PQbackendPID(pg) > 0 && PQbackendPID(pg) <= PID_MAX_ANY)
		return TY_OK;
	ty_conn_options(conninfo, "tyboo", keywords, values);
	other = PQconnectdbParams(keywords, values, 1);
	if (other == NULL)
		abort();
	ty_conn_hush(other);
	if (PQstatus(other) == CONNECTION_OK)
		shared = shares_sessions(pg, other);
	PQfinish(other);
	return shared ? ty_err_set(err, TY_E_UNAVAILABLE, "%s", POOLER_TEXT) : TY_OK;
}

const char *
ty_conn_why(const char *text)
{
	/* Every connection of ours has "options"; a pooler as it is installed refuses them. */
	return strstr(text, "unsupported startup parameter") != NULL ? POOLER_TEXT : text;
}

void
ty_conn_cut(PGconn *pg)
{
	shutdown(PQsocket(pg), SHUT_RDWR);
	(void)PQconsumeInput(pg); /* notices the end */
}

enum ty_code
ty_conn_open(const char *conninfo, const char *application_name, PGconn **ret_pg,
	     struct ty_err *err)
{
	const char *keywords[TY_CONN_OPTIONS], *values[TY_CONN_OPTIONS];
	PGconn *pg;

	ty_conn_options(conninfo, application_name, keywords, values);
	pg = PQconnectdbParams(keywords, values, 1);
	if (pg == NULL)
		abort();
	ty_conn_hush(pg);
	if (PQstatus(pg) != CONNECTION_OK || TY_FAULT(store_open)) {
		conn_lost(pg, "cannot connect to Postgres", err);
		PQfinish(pg);
		return err->code;
	}
	if (ty_conn_check_pooler(pg, conninfo, err) != TY_OK) {
		PQfinish(pg);
		return err->code;
	}
	*ret_pg = pg;
	return TY_OK;
}

/* Longest prefix first: the first row that begins the SQLSTATE wins. */
static const struct {
	const char *prefix;
	enum ty_code code;
} sqlstate_codes[] = {
	{ "23505", TY_E_CONFLICT },    /* unique_violation */
	{ "23P01", TY_E_CONFLICT },    /* exclusion_violation */
	{ "23", TY_E_INVALID },	       /* the other integrity constraints */
	{ "22", TY_E_INVALID },	       /* data exceptions */
	{ "40", TY_E_CONFLICT },       /* serialization failure, deadlock */
	{ "55P03", TY_E_CONFLICT },    /* lock_not_available */
	{ "08", TY_E_UNAVAILABLE },    /* connection exceptions */
	{ "25006", TY_E_UNAVAILABLE }, /* read only: the server is no longer the primary */
	{ "25P03", TY_E_UNAVAILABLE }, /* idle in transaction for too long */
	{ "53", TY_E_UNAVAILABLE },    /* out of connections, memory, disk */
	{ "57", TY_E_UNAVAILABLE },    /* shutdown, canceled by statement_timeout */
	{ "58", TY_E_UNAVAILABLE },    /* system error */
};

enum ty_code
ty_sqlstate_code(const char *state)
{
	if (state == NULL)
		return TY_E_UNAVAILABLE;
	for (size_t i = 0; i < TY_ARRAY_COUNT(sqlstate_codes); i++) {
		const char *prefix = sqlstate_codes[i].prefix;

		if (strncmp(state, prefix, strlen(prefix)) == 0)
			return sqlstate_codes[i].code;
	}
	return TY_E_INTERNAL;
}

bool
ty_sqlstate_is_stale_plan(const char *state)
{
	/* feature_not_supported: "cached plan must not change result type" after a release;
	 * invalid_sql_statement_name: it was deallocated behind our back. */
	return state != NULL && (strcmp(state, "0A000") == 0 || strcmp(state, "26000") == 0);
}

bool
ty_sqlstate_is_server_gone(const char *state)
{
	/* 57P01 to 57P05: shutdown, crash, dropped, idle; 25006: read only; 08: connection. */
	return state == NULL || strncmp(state, "57P", 3) == 0 || strcmp(state, "25006") == 0 ||
	       strncmp(state, "08", 2) == 0;
}

enum ty_code
ty_conn_check(PGconn *pg, const PGresult *result, struct ty_err *err)
{
	ExecStatusType status = PQresultStatus(result);
	const char *state, *constraint, *text;
	enum ty_code code;

	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
		return TY_OK;
	state = result != NULL ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
	if (state == NULL)
		return conn_lost(pg, "the connection to Postgres is lost", err);
	constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
	text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	code = ty_sqlstate_code(state);
	ty_err_set(err, code, "%s%s%s (SQLSTATE %s)", constraint != NULL ? constraint : "",
		   constraint != NULL ? ": " : "", text != NULL ? text : "failed", state);
	text = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
	if (text != NULL)
		ty_err_hint(err, "%s", text);
	return code;
}

void
ty_rows_from_result(struct ty_arena *arena, const PGresult *result, struct ty_rows *ret_rows)
{
	size_t rows = (size_t)PQntuples(result), columns = (size_t)PQnfields(result);

	*ret_rows = (struct ty_rows){
		.count = rows,
		.columns = columns,
		.affected = strtoll(PQcmdTuples((PGresult *)result), NULL, 10),
		.cells = ty_arena_alloc_array(arena, rows * columns + 1, sizeof(char *)),
		.names = ty_arena_alloc_array(arena, columns + 1, sizeof(char *)),
	};
	for (size_t c = 0; c < columns; c++)
		ret_rows->names[c] = PQfname(result, (int)c);
	for (size_t r = 0; r < rows; r++) {
		for (size_t c = 0; c < columns; c++) {
			if (!PQgetisnull(result, (int)r, (int)c))
				ret_rows->cells[r * columns + c] =
					PQgetvalue(result, (int)r, (int)c);
		}
	}
}

void
ty_pg_params_init(struct ty_pg_params *pg_params, struct ty_arena *arena,
		  const struct ty_sql_param *params, size_t count)
{
	pg_params->values = ty_arena_alloc_array(arena, count + 1, sizeof(char *));
	pg_params->lengths = ty_arena_alloc_array(arena, count + 1, sizeof(int));
	pg_params->formats = ty_arena_alloc_array(arena, count + 1, sizeof(int));
	for (size_t i = 0; i < count; i++) {
		const struct ty_sql_param *p = &params[i];

		if (p->is_bytes) {
			/* An empty value is no NULL pointer, because libpq makes SQL's null of that. */
			pg_params->values[i] = p->bytes != NULL ? p->bytes : "";
			pg_params->lengths[i] = (int)p->len;
			pg_params->formats[i] = 1;
		} else {
			pg_params->values[i] = p->text;
		}
	}
}

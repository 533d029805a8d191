/*
 * hook_keys.h -- keys that were fetched from their issuers' addresses, and deliveries that wait for them
 * (sql/functions/hook_keys.sql).
 *
 * The API reads keys and holds deliveries; a worker fetches and settles.
 */
#ifndef TY_STORE_HOOK_KEYS_H
#define TY_STORE_HOOK_KEYS_H

#include "base/defs.h"
#include "base/id.h"
#include "hook/keys.h"
#include "json/json.h"
#include "store/delivery.h"
#include "store/query.h"
#include "store/store.h"

/* Time in which its holder asks: the longest answer, and the statement that keeps it. */
#define TY_STORE_KEYS_HOLD_MS 30000

/*
 * State of the keys in 'k' in words: none that ever came, fresh ones, stale ones, which count only while their
 * issuer is away, and those whose time is over for good.  'stale' is a parameter, TY_STORE_KEYS_STALE_S.
 */
#define TY_STORE_KEYS_STATE_SQL(stale)                                                             \
	"CASE WHEN k.content IS NULL THEN 'none' WHEN k.ends_at > now() THEN 'fresh' "             \
	"WHEN k.ends_at + " stale                                                                  \
	"::integer * interval '1 s' > now() THEN 'stale' ELSE 'over' END"
#define TY_STORE_KEYS_TEXT_(number) #number
#define TY_STORE_KEYS_TEXT(number)  TY_STORE_KEYS_TEXT_(number)
#define TY_STORE_KEYS_STALE_S	    TY_SQL_TEXT(TY_STORE_KEYS_TEXT(TY_HOOK_KEYS_STALE_S))

/* ---- the API ---- */

struct ty_store_keys {
	const char *url, *kind; /* "jwks", "certificate" or "subscription" */
	const char *content;	/* NULL: there are none that count */
	const char *got_at;	/* Postgres's text; NULL: none came yet */
	int64_t ends_at_ms;	/* wall clock, by their issuer */
};

/* Keys of an address of the tx's workspace; url NULL in *ret_keys: nobody asked for it yet. */
enum ty_code ty_store_keys_load(struct ty_tx *tx, const char *url, struct ty_store_keys *ret_keys,
				struct ty_err *err) TY_MUST_CHECK;
/* Certificates of Amazon SNS that count, of the tx's workspace; owned by its arena. */
enum ty_code ty_store_keys_certificates(struct ty_tx *tx, struct ty_store_keys **ret_list,
					size_t *ret_count, struct ty_err *err) TY_MUST_CHECK;
/* All of the workspace, as the API shows them; owned by the tx's arena. */
enum ty_code ty_store_keys_list(struct ty_tx *tx, json_t **ret_items,
				struct ty_err *err) TY_MUST_CHECK;
/*
 * Ask for an address again before its time, though not sooner than a minute after the last question.
 * *ret_at is when, as text.  Errors: TY_E_NOT_FOUND (no published webhook names it).
 */
enum ty_code ty_store_keys_refresh(struct ty_tx *tx, const struct ty_id *workspace_id,
				   const char *url, const char **ret_at,
				   struct ty_err *err) TY_MUST_CHECK;

/* A delivery that cannot be judged yet. */
struct ty_store_held {
	const struct ty_delivery_row *row; /* delivery_key is looked at once it is verified */
	const struct ty_store_keys *keys;  /* url and kind; got_at of those that it did not match */
	int64_t key_version;
	const uint8_t *sealed; /* vault/held.h; NULL = nothing beside the row is needed */
	size_t sealed_len;
};
/* Hold it, and ask for its keys.  *ret_held false: the workspace holds TY_LIMIT_HELD_COUNT or _BYTES. */
enum ty_code ty_store_hold(struct ty_tx *tx, const struct ty_store_held *held, bool *ret_held,
			   struct ty_err *err) TY_MUST_CHECK;

/* ---- a worker ---- */

/* Work for this holder, if any: one row at most.  'settles': deliveries go before addresses. */
struct ty_store_key_work {
	const char *work; /* "fetch" or "settle" */
	struct ty_id workspace_id;
	const char *url, *kind; /* of "fetch" */
};
void ty_store_key_work_query(struct ty_arena *arena, const struct ty_id *holder, bool settles,
			     struct ty_store_query *ret_query);
/* Errors: TY_E_INTERNAL. */
enum ty_code ty_store_key_work_decode(struct ty_arena *arena, const struct ty_rows *rows,
				      struct ty_store_key_work *ret_work,
				      struct ty_err *err) TY_MUST_CHECK;
/* One row where they were kept: the holder is still the one. */
void ty_store_keys_keep_query(struct ty_arena *arena, const struct ty_store_key_work *work,
			      const struct ty_id *holder, const char *content, int64_t lifetime_s,
			      struct ty_store_query *ret_query);
void ty_store_keys_fail_query(struct ty_arena *arena, const struct ty_store_key_work *work,
			      const struct ty_id *holder, const char *problem,
			      struct ty_store_query *ret_query);

/* A held delivery that can be judged. */
struct ty_store_due_delivery {
	struct ty_id id, workspace_id;
	const char *url, *verify; /* the hook's rule of today; NULL = there is no hook any more */
	int64_t key_version, received_ms;
	const uint8_t *wrapped, *sealed;
	size_t wrapped_len, sealed_len;
	const char *content; /* NULL: no keys came in time */
	const char *method, *path, *query, *headers, *slug, *kind;
	const char *problem; /* why its keys did not come; "" = they did, or nobody knows */
	const uint8_t *body; /* NULL where its keys are a set, which no body is signed with */
	size_t body_len;
};
void ty_store_due_deliveries_query(struct ty_arena *arena, size_t max,
				   struct ty_store_query *ret_query);
enum ty_code ty_store_due_deliveries_decode(struct ty_arena *arena, const struct ty_rows *rows,
					    struct ty_store_due_delivery **ret_due,
					    size_t *ret_count, struct ty_err *err) TY_MUST_CHECK;

struct ty_store_settled {
	struct ty_id id;
	const char *verdict, *reason, *jwt; /* claims of an accepted one; "" = none */
};
/* Answers with the receipts that have a run now (ty_store_receipts_decode). */
void ty_store_settle_query(struct ty_arena *arena, const struct ty_store_settled *settled,
			   size_t count, struct ty_store_query *ret_query);

#endif

/*
 * limits.h -- every limit in one place: value, unit, reason.
 *
 * A limit that a user can hit has a test that hits it (grep its name in tests/).
 * Names end in their unit.
 */
#ifndef TY_BASE_LIMITS_H
#define TY_BASE_LIMITS_H

/* A webhook body: GitHub sends up to 25 MB but caps ours at what one Redis
 * string and one Postgres row carry without hurting their neighbours. */
#define TY_LIMIT_BODY_BYTES (16 * 1024 * 1024)
/* A file of a multipart body that is put into the item as base64: a picture or a small document; a run
 * carries its items through every step, so larger ones are told by name and size. */
#define TY_LIMIT_INLINE_FILE_BYTES (1024 * 1024)
/* Raw text of a mended body beside its value: enough to see what was there. */
#define TY_LIMIT_RAW_BYTES (256 * 1024)
/* JSON that a run answers its sender with: a page or a list; a larger answer is a file, which has no
 * such limit. */
#define TY_LIMIT_ANSWER_BYTES (4 * 1024 * 1024)
/* Time that a request may wait for a run: short enough that proxies on the way keep a silent connection,
 * and nginx waits longer (fastcgi_read_timeout 330s). */
#define TY_LIMIT_ANSWER_WAIT_MS 300000
/* Requests that wait in one tyboo-api.  libfcgi closes with select(), so a process has 1,024 descriptors:
 * the rest is for connections that do not wait, and for the stores. */
#define TY_LIMIT_ANSWERS_WAITING_COUNT 700
/* An API body that is not a workflow or an import: forms and settings. */
#define TY_LIMIT_API_BODY_BYTES (1024 * 1024)
/* The body of a sign-in: an e-mail of 254 and a password of 1,024 bytes, each byte written as \u00XX. */
#define TY_LIMIT_SIGN_IN_BODY_BYTES (8 * 1024)
/* All request headers together: nginx's own default is 4 x 8 KiB. */
#define TY_LIMIT_HEADERS_BYTES (32 * 1024)
/* Headers of one request, in number: no sender has a fifth of it, and each costs a look-up. */
#define TY_LIMIT_HEADERS_COUNT 200
/* Nodes of one graph: the canvas and the validator stay instant up to here. */
#define TY_LIMIT_GRAPH_NODES 500
/* Edges of one graph: four a node is more than any real graph has. */
#define TY_LIMIT_GRAPH_EDGES 2000
/* A workflow document. */
#define TY_LIMIT_GRAPH_BYTES (4 * 1024 * 1024)
/* Items one step may emit: more belongs in a loop or a stream. */
#define TY_LIMIT_STEP_ITEMS 10000
/* All items one step may emit, in bytes: bounds one run's memory. */
#define TY_LIMIT_STEP_BYTES (32 * 1024 * 1024)
/* All memory of one run. */
#define TY_LIMIT_RUN_BYTES (256 * 1024 * 1024)
/* Larger values leave the run as a reference into the payload store. */
#define TY_LIMIT_INLINE_VALUE_BYTES (50 * 1024)
/* Nesting of any JSON from outside: deeper is an attack on recursion. */
#define TY_LIMIT_JSON_DEPTH 64
/* Values (objects, lists, texts, numbers ...) of one JSON text from outside: a value takes 42 bytes
 * (a number) to 270 (an object in an object) as a tree, measured, so a text of 600 KB took 50 MB. */
#define TY_LIMIT_JSON_VALUES 200000
/* Values of all items that one step emits: twice what one body or answer may bring. */
#define TY_LIMIT_STEP_VALUES 400000
/* Values of one answer of the sandbox: those of a step, with what wraps each of its items, or the
 * parameters of ten thousand items. */
#define TY_LIMIT_SANDBOX_VALUES 600000
/* Memory of a value in a run beside its text; most take between 42 and 150 bytes. */
#define TY_LIMIT_VALUE_BYTES 64
/* Values in all trees that a tyboo-api process has at a time: one text of the largest, or many
 * small ones, since threads times the largest would take gigabytes.  Whoever comes then waits. */
#define TY_LIMIT_JSON_PROCESS_VALUES TY_LIMIT_JSON_VALUES
/* Time that a tree waits for this budget; then the answer is 503, since a tree lives as long as its
 * request. */
#define TY_LIMIT_JSON_WAIT_MS 5000
/* Nesting of an item's json, also as code gives it back: twice that of JSON from outside, because a
 * webhook's body is a field of it and nodes may wrap it further, but not without end. */
#define TY_LIMIT_ITEM_DEPTH (2 * TY_LIMIT_JSON_DEPTH)

/* Nesting of JSON that we stored ourselves: outputs, steps, jobs and answers wrap items of the deepest. */
#define TY_LIMIT_STORED_DEPTH (2 * TY_LIMIT_ITEM_DEPTH)
/* A node's run: by default, and the most that can be asked for. */
#define TY_LIMIT_NODE_TIMEOUT_MS     30000
#define TY_LIMIT_NODE_TIMEOUT_MAX_MS 3600000
/* Tries of a node: with a delay that doubles, twenty are three days at the longest delay. */
#define TY_LIMIT_RETRY_TRIES 20
/* A delay between two tries, and what of a longer Retry-After is waited: a service that is away for
 * a day is for people to see. */
#define TY_LIMIT_RETRY_MS 86400000
/* Steps of one run: ten thousand items one at a time through a body of eighteen nodes, the loop's own
 * step among them.  A step takes some 500 bytes where it is kept. */
#define TY_LIMIT_RUN_STEPS 200000
/* Open steps of one run: one whose turn it is and those that read ahead of it.  More wait longer for their
 * turn than their reading takes. */
#define TY_LIMIT_RUN_OPEN_STEPS 8
/* Calls of one run under way at a time: enough to hide the latency of a service, few enough that one run
 * of 10 000 items does not take every connection of its worker. */
#define TY_LIMIT_RUN_CALLS 10
/* Items that steps before their turn hold: two of the largest steps.  One that would emit more begins again
 * in its turn. */
#define TY_LIMIT_RUN_EARLY_BYTES (2 * TY_LIMIT_STEP_BYTES)
/* Iterations of a loop that runs while a condition holds, which may hold for good: as many as there may be
 * items in a batch loop of one each. */
#define TY_LIMIT_LOOP_ITERATIONS 10000
/* Iterations within iterations: three of the longest ids still fit in a journal key of 300 bytes. */
#define TY_LIMIT_FRAME_DEPTH 3
/* Records that are written together: a statement each would cost more than the steps. */
#define TY_LIMIT_PIECE_STEPS 100
/* Records from which on they are written without more, as text and as trees, because who reads or writes a piece
 * holds all of it. */
#define TY_LIMIT_PIECE_BYTES (4 * 1024 * 1024)
/* A wait that is shorter is waited out in memory: putting a run down costs two transactions. */
#define TY_LIMIT_PARK_MS 5000
/* A wait: a year, so that a slip of a unit is told and no run waits for good. */
#define TY_LIMIT_WAIT_MS (366LL * 86400 * 1000)
/* A run as a whole, running time (waits do not count). */
#define TY_LIMIT_RUN_TIMEOUT_MS	    300000
#define TY_LIMIT_RUN_TIMEOUT_MAX_MS 86400000
/* Calls between a run and the one that nobody called: deeper is a workflow that calls itself without end.
 * Each depth is a run that waits for the next. */
#define TY_LIMIT_CALL_DEPTH 10
/* Leases of one job before it counts as poison: it has killed eight workers. */
#define TY_LIMIT_DELIVERIES_COUNT 8
/* One sandbox call: memory above the sandbox's own, and CPU time where none is asked for. */
#define TY_LIMIT_SANDBOX_BYTES (64 * 1024 * 1024)
#define TY_LIMIT_SANDBOX_MS    1000
/* The most CPU time that one call may be given. */
#define TY_LIMIT_SANDBOX_MAX_MS 30000
/* CPU time on top for each value of a step's expressions: one with dates takes 0.24 to 0.37 ms
 * (measured), so that ten thousand items end in time on a machine half as fast. */
#define TY_LIMIT_SANDBOX_VALUE_US 500
/* CPU time on top for each MiB of a request: reading one and writing its answer takes 15 to 40 ms
 * (measured), which is not the script's. */
#define TY_LIMIT_SANDBOX_MIB_MS 100
/* CPU time after which what a pattern found is in doubt: JavaScriptCore gives a catastrophic match
 * up after 5 to 8 s, and says that nothing matched. */
#define TY_LIMIT_SANDBOX_PATTERN_MS 4000
/* The wall's limit of a call, in times its CPU limit, and at least so long: the net for what waits
 * without end.  A machine on which a script gets a twentieth of a processor is no fault of its. */
#define TY_LIMIT_SANDBOX_WALL_FACTOR 20
#define TY_LIMIT_SANDBOX_WALL_MIN_MS 10000
/* One message to or from the sandbox: a step's items and a margin. */
#define TY_LIMIT_SANDBOX_MESSAGE_BYTES (40 * 1024 * 1024)
/* An expression or template source. */
#define TY_LIMIT_EXPR_BYTES (64 * 1024)
/* An outbound response body, by default and at most. */
#define TY_LIMIT_HTTP_RESPONSE_BYTES (16 * 1024 * 1024)
/* Redirects followed by http.request: as browsers. */
#define TY_LIMIT_HTTP_REDIRECTS 10
/* Opened credentials that a tyboo-run keeps: those of the workspaces that it serves in turn.  One
 * has 64 KiB at most, so the count alone would be 16 MiB of secrets. */
#define TY_LIMIT_CREDENTIALS_OPEN_COUNT 256
#define TY_LIMIT_CREDENTIALS_OPEN_BYTES (1024 * 1024)
/* A credential that is tried by hand: a thread of tyboo-api waits for it, and a person. */
#define TY_LIMIT_TRY_MS 10000
/* Such waits in a tyboo-api process at a time: an eighth of its threads as they are by default. */
#define TY_LIMIT_TRIES_COUNT 4
/* Bytes of the answer that are read, and those that are shown: enough to see who answered, and what. */
#define TY_LIMIT_TRY_ANSWER_BYTES (1024 * 1024)
#define TY_LIMIT_TRY_TEXT_BYTES	  2000
/* Dead letters that one call replays: each is a delivery of its own, some milliseconds, and nginx
 * waits a minute for an answer. */
#define TY_LIMIT_RERUN_COUNT 500
/* A delivery id or Idempotency-Key: providers use at most 64; Stripe allows 255. */
#define TY_LIMIT_IDEMPOTENCY_KEY_BYTES 255
/* Time that a delivery id is remembered: Stripe retries for 3 days, Shopify 4 h. */
#define TY_LIMIT_DEDUPE_S (7 * 86400)
/* Signature age where the scheme carries a time (Stripe's and Slack's own value). */
#define TY_LIMIT_SIGNATURE_AGE_S 300
/* Jobs waiting per workspace before admission says 429. */
#define TY_LIMIT_QUEUE_DEPTH 100000
/* Runs of one workspace at a time, by default. */
#define TY_LIMIT_WORKSPACE_CONCURRENCY 100
/* Large values and files kept for a workspace's runs, by default: ten thousand runs with 1 MiB each. */
#define TY_LIMIT_PAYLOAD_BYTES (INT64_C(10) * 1024 * 1024 * 1024)
/* The most that a limit without a limit of its own may be: JSON and Lua have doubles. */
#define TY_LIMIT_QUOTA_MAX INT64_C(9007199254740991)
/* Values that a workspace's workflows keep between runs, by default: a cursor and some counters for each of
 * a thousand workflows. */
#define TY_LIMIT_STATE_KEYS 10000
/* Bytes of all of them, by default: each read and each write carries one through a worker and Postgres. */
#define TY_LIMIT_STATE_BYTES (64 * 1024 * 1024)
/* A value of these as JSON: what is larger is a file's or a table's. */
#define TY_LIMIT_STATE_VALUE_BYTES (256 * 1024)
/* Items that a list of what was seen remembers at most: 64 bytes each, a tenth of the workspace's default. */
#define TY_LIMIT_STATE_SEEN_COUNT 100000
/* A name of these, which is shown in lists. */
#define TY_LIMIT_STATE_KEY_BYTES 200
/* Deliveries that wait for their issuer's keys, of a workspace: who sent them is not known yet. */
#define TY_LIMIT_HELD_COUNT 1000
#define TY_LIMIT_HELD_BYTES (64 * 1024 * 1024)
/* Longest wait of one; senders themselves try no longer (Standard Webhooks: about three days). */
#define TY_LIMIT_HELD_S 259200
/* Unclaimed deliveries kept per workspace, the newest: enough to find a hook's wrong address by.
 * They go by whichever of the two is reached first.  The committers cut down to it once for each
 * TY_LIMIT_UNCLAIMED_SLACK_COUNT or TY_LIMIT_BODY_BYTES that they wrote, so a table never has more
 * than that over it for each tyboo-api process, and tyboo-reap sees to the rest. */
#define TY_LIMIT_UNCLAIMED_COUNT 1000
/* Bytes of the bodies of unclaimed deliveries: four of the largest.  The count alone allows 16 GB, which
 * is no limit, because anybody can send them. */
#define TY_LIMIT_UNCLAIMED_BYTES (64 * 1024 * 1024)
/* Unclaimed deliveries written between two cuts: a cut costs two milliseconds (measured), so a flood
 * pays 0.02 each. */
#define TY_LIMIT_UNCLAIMED_SLACK_COUNT 128

/* A piece of a blob: what a program holds of one at a time, and what one row carries well.  Blobs
 * that are stored were cut so, so a change is for new blobs only (blob_chunks has each size). */
#define TY_LIMIT_BLOB_CHUNK_BYTES (256 * 1024)
/* One blob, by default: workspaces.blob_bytes_max, and nginx's client_max_body_size for hooks. */
#define TY_LIMIT_BLOB_BYTES (INT64_C(1024) * 1024 * 1024)
/* Bytes of a workspace that a sender has begun to send and that are not verified yet, by default
 * (workspaces.unverified_bytes_max): anybody can send them. */
#define TY_LIMIT_BLOB_UNVERIFIED_BYTES (INT64_C(1024) * 1024 * 1024)
/* An upload that nobody has added to for so long is dropped: nginx gives a sender up after a minute. */
#define TY_LIMIT_BLOB_UPLOAD_S 3600
/* A blob that nothing names is kept for so long after it was last seen in use. */
#define TY_LIMIT_BLOB_GRACE_S 86400
/* Fields of a multipart body that is streamed, and what is between its parts: its files are blobs. */
#define TY_LIMIT_BLOB_FORM_BYTES (1024 * 1024)
/* Files of one delivery: each is an entry of its item and of its receipt. */
#define TY_LIMIT_BLOB_FILES_COUNT 100

#endif

/*
 * message.h -- what goes over the pipe between a host and tyboo-sandbox.
 *
 * A frame is a 4-byte little-endian length and that many bytes of JSON.  The
 * sandbox answers each frame with one frame.  It runs hostile code: whatever comes
 * back is checked like input from the network.
 *
 * Request:
 *   { "kind": "expressions" | "code_all" | "code_each" | "check",
 *     "now_ms": n, "seed": "hex", "timezone": "UTC",
 *     "run_index"?: n                   iteration of the innermost loop; absent = 0
 *     "dialect"?: 1 | 2 | 3             1: expressions without helpers, as before digest version 6; 2: code
 *                                       without timers and n8n's names, as before version 7; 3: before names
 *                                       that are reckoned and the console of Node, as before version 9
 *     "items": [ { "json": {...} } ],
 *     "nodes": { "Name": { "items": [...], "pair": [index or null per item],
 *                          "broken"?: name of the node that lost a pairing,
 *                          "several"?: of the one that made items of many,
 *                          "ports"?: [items of each output], "run"?: its iteration,
 *                          "params"?: {}, "context"?: {} } },
 *     "node"?: { "id", "version", "params", "webhook_id"? },
 *     "sources"?: [ { "name", "output", "run"?, "params" } ], "source"?: [index or null per item],
 *     "vars": {}, "execution": { "id", "mode" }, "workflow": { "id", "name" },
 *     "scripts": [ "js" ],              expressions and check: one each
 *     "lenient": true                   expressions: what is thrown gives undefined
 *     "indexes": [0, 1],                expressions: items to evaluate; absent = all
 *     "bodies": [ true ],               check: script may use return/await (code) or is an expression
 *     "code": "js",                     code_all, code_each
 *     "libraries"?: { name: text or null } code: what require() has beyond the web's; null: not asked for
 *     "go_on": true }                   code_each: what is thrown is that item's, the others go on
 *
 * Answer:
 *   expressions: { "ok": true, "values": [ per script [ per index {"v": any} | {} undefined |
 *                  {"e": {"message","name","line","column","stack"}} ] ],
 *                  "swallowed"?: { "count", "first": the first one's message } }
 *   code_*:      { "ok": true, "items": [ { "json": {...}, "from"?: i or [i] } |
 *                  with go_on { "e": {...}, "from": i } ], "logs": [ "text" ] }
 *   check:       { "ok": true, "errors": [ null | {"message","line","column"} ] }
 *   any:         { "ok": false, "error": { "message","name","line","column","stack","item"? } }
 *   The host adds "cpu_ms": n, the CPU time used, to one that took over
 *   TY_LIMIT_SANDBOX_PATTERN_MS.
 *
 * In scripts: $json, $input (all(), first(), last(), item), $('Node') (all(), first(),
 * last(), item), $items (the input's), $itemIndex, $now, $today, $vars, $execution, $workflow,
 * DateTime, Duration, Interval (luxon), console.log (code), and $str(x): x as a template
 * joins it (null and undefined "", objects as JSON, dates as ISO text).  Each expression, each
 * item of one and each turn of code_each sees the data as it came.  Math.random and
 * Date are seeded from the request, so that a replay sees the same.
 *
 * Lines and columns count from 1 in the user's own script; a run-time error's column is the
 * engine's, just past the name or the operand that failed.  Halves of surrogate pairs come
 * back as U+FFFD; a NUL in a text, a BigInt, a function or nesting over TY_LIMIT_ITEM_DEPTH
 * is an error of that item.  check looks at syntax only and needs none of the other members.
 */
#ifndef TY_SANDBOX_MESSAGE_H
#define TY_SANDBOX_MESSAGE_H

#include "base/defs.h"
#include "json/json.h"

#define TY_FRAME_HEADER_SIZE 4

void ty_frame_header_format(uint32_t len, uint8_t out[TY_FRAME_HEADER_SIZE]);

/* Feed bytes as they come; a frame is whole when 'take' gives it. */
struct ty_frame_reader {
	size_t max_bytes;
	uint8_t *data; /* malloc'd; header and body so far */
	size_t len, cap;
	size_t next;  /* offset of the first header not yet looked at */
	size_t taken; /* bytes of the frame last taken; dropped at the next call */
};
void ty_frame_reader_init(struct ty_frame_reader *reader, size_t max_bytes);
void ty_frame_reader_done(struct ty_frame_reader *reader);
/*
 * Errors: TY_E_LIMIT (a length over max_bytes), TY_E_MALFORMED (length 0).  The stream is
 * lost then: feeding it more gives the same error.
 */
enum ty_code ty_frame_reader_feed(struct ty_frame_reader *reader, const void *data, size_t len,
				  struct ty_err *err) TY_MUST_CHECK;
/* True and the body (borrowed until the next call) where a frame is whole. */
bool ty_frame_reader_take(struct ty_frame_reader *reader, const char **ret_body, size_t *ret_len);

/*
 * Read and check an answer's body.  TY_OK and *ret_answer (owned by 'arena') for
 * { "ok": true, ... }; { "ok": false } becomes its error.  Deeper than ty_json_parse()
 * allows, since values of TY_LIMIT_ITEM_DEPTH are wrapped in rows.
 * Errors: TY_E_INVALID (the script failed), TY_E_UPSTREAM (the answer is no answer).
 */
enum ty_code ty_sandbox_answer_parse(struct ty_arena *arena, const char *body, size_t len,
				     json_t **ret_answer, struct ty_err *err) TY_MUST_CHECK;

/* Turn an answer's { message, name, line, ... } into an error with TY_E_INVALID. */
void ty_sandbox_err_from_json(const json_t *error, struct ty_err *err);

#endif

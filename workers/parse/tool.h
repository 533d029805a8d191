/*
 * tool.h -- other people's parsers, each a function from bytes and options to bytes.
 *
 * A tool sees its input, its options and the step's clock: no environment, zone, file or second
 * input, so that the same step gives the same bytes on every machine.  Nothing is kept from one
 * request to the next.  Adding one is one file, one row in tools.c and one test.
 *
 * Tools are tested and fuzzed outside the jail, with AddressSanitizer; in it they have no files.
 */
#ifndef TY_PARSE_TOOL_H
#define TY_PARSE_TOOL_H

#include "base/buf.h"
#include "json/json.h"

#include <stdint.h>

struct tool {
	const char *name;
	const char *library;	/* name and version, for the step's record */
	size_t input_max_bytes; /* largest input of one call */
	size_t output_max_bytes;
	/*
	 * Make ready for calls with these options ('now_ms' is the step's clock).  On TY_OK *ret_state
	 * is for run and end.  Errors: TY_E_INVALID.
	 */
	enum ty_code (*begin)(const json_t *options, int64_t now_ms, void **ret_state,
			      struct ty_err *err) TY_MUST_CHECK;
	/*
	 * Read the input, which a NUL follows, and write the output: JSON values, one a line.  A call
	 * that fails is no matter to the next.  Errors: TY_E_INVALID, TY_E_LIMIT.
	 */
	enum ty_code (*run)(const struct tool *tool, void *state, const char *data, size_t len,
			    struct ty_buf *out, struct ty_err *err) TY_MUST_CHECK;
	/*
	 * In place of run: read a text, which a NUL follows, and give one value (a new reference).  'arena' is the
	 * call's.  Errors: TY_E_INVALID, TY_E_LIMIT.
	 */
	enum ty_code (*value)(void *state, struct ty_arena *arena, const char *text, size_t len,
			      json_t **ret_value, struct ty_err *err) TY_MUST_CHECK;
	void (*end)(void *state);
};

extern const struct tool tool_html;
extern const struct tool tool_jq;
extern const struct tool tool_markdown;
extern const struct tool tool_regex;
extern const struct tool tool_xml;

const struct tool *tool_find(const char *name); /* NULL = none */

/*
 * A request as the host sends it (sandbox/message.h, kind "tool") and its answer.  Never fails:
 * what is wrong is in the answer.  Owned by 'arena'.
 */
json_t *tool_answer(struct ty_arena *arena, const char *request, size_t len);

#endif

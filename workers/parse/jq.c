/*
 * jq.c -- the tool "jq": a filter over JSON, by libjq.
 *
 * Options: { "filter": "..." }.  The filter sees nothing but its input: "now" is the step's clock,
 * the environment is empty, and "input", "inputs", "import" and "include" fail, since there is no
 * second input and there are no files.  Local time is UTC in the jail, which has no zones.
 *
 * libjq keeps numbers as doubles: longer integers lose digits.  On some valid filters it runs out
 * of memory, or calls abort(); that is what the jail is for.
 */
#include "tool.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <jq.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JQ_INPUT_BYTES	(16 * 1024 * 1024)
#define JQ_OUTPUT_BYTES (16 * 1024 * 1024)

/*
 * Functions that the filter must not reach, defined away in front of it, in its first line.  An error that
 * is null is made the text "null", because libjq 1.6 takes it for the end of the results.
 */
static const char prelude[] = "def error(m): m | if . == null then error(\"null\") else error end; "
			      "def error: error(.); "
			      "def now: %lld.%03d; def env: {}; def input: error(\"input: there is "
			      "no second input here\"); def inputs: input; {} as $ENV | %s";

struct filter {
	jq_state *jq;
	char said[200]; /* the first thing that libjq said; "" = nothing */
};

static void
jq_said(void *ctx, jv message)
{
	struct filter *filter = ctx;
	const char *text = jv_get_kind(message) == JV_KIND_STRING ? jv_string_value(message) : "";
	size_t len;

	if (strncmp(text, "jq: error: ", 11) == 0)
		text += 11;
	/* Behind its first words come advice on shells, and the program with our prelude. */
	len = strcspn(text, "(\n");
	while (len > 0 && strchr(" :", text[len - 1]) != NULL)
		len--;
	if (filter->said[0] == '\0')
		snprintf(filter->said, sizeof(filter->said), "%.*s", (int)len, text);
	jv_free(message);
}

static void
jq_end(void *state)
{
	struct filter *filter = state;

	jq_teardown(&filter->jq);
	free(filter);
}

static enum ty_code
jq_refuses(const struct filter *filter, struct ty_err *err)
{
	ty_err_set(err, TY_E_INVALID, "The filter cannot be read: %s", filter->said);
	if (strstr(filter->said, "import") != NULL || strstr(filter->said, "include") != NULL)
		return ty_err_hint(err, "Modules cannot be imported: put their definitions into "
					"the filter.");
	return ty_err_hint(err, "See the manual of jq 1.6 for what a filter may be.");
}

/* Text of an error() of the filter or of one of its builtins. */
static enum ty_code
jq_failed(jv error, struct ty_err *err)
{
	jv message = jv_invalid_get_msg(error);

	if (jv_get_kind(message) != JV_KIND_STRING)
		message = jv_dump_string(message, 0);
	ty_err_set(err, TY_E_INVALID, "The filter failed: %.200s", jv_string_value(message));
	jv_free(message);
	return err->code;
}

/* halt ends the results; halt_error says why. */
static enum ty_code
jq_ended(jq_state *jq, struct ty_err *err)
{
	jv code = jq_get_exit_code(jq), message = jq_get_error_message(jq);
	bool is_error = jv_get_kind(code) == JV_KIND_NUMBER && jv_number_value(code) != 0 &&
			jv_is_valid(message);

	if (jv_is_valid(message) && jv_get_kind(message) != JV_KIND_STRING)
		message = jv_dump_string(message, 0);
	if (is_error)
		ty_err_set(err, TY_E_INVALID, "The filter ended: %.200s", jv_string_value(message));
	jv_free(code);
	jv_free(message);
	return is_error ? err->code : TY_OK;
}

/* Add each result as a line.  An invalid one ends them: it is an error where it has a message. */
static enum ty_code
jq_results(const struct tool *tool, jq_state *jq, struct ty_buf *out, struct ty_err *err)
{
	for (;;) {
		jv result = jq_next(jq), text;

		if (!jv_is_valid(result)) {
			if (jv_invalid_has_msg(jv_copy(result)))
				return jq_failed(result, err);
			jv_free(result);
			break;
		}
		text = jv_dump_string(result, 0);
		ty_buf_add(out, jv_string_value(text),
			   (size_t)jv_string_length_bytes(jv_copy(text)));
		ty_buf_add_char(out, '\n');
		jv_free(text);
		if (out->len > tool->output_max_bytes)
			return ty_err_set(err, TY_E_LIMIT, "The filter gave over %zu bytes",
					  tool->output_max_bytes);
	}
	return jq_halted(jq) ? jq_ended(jq, err) : TY_OK;
}

static enum ty_code
jq_run(const struct tool *tool, void *state, const char *data, size_t len, struct ty_buf *out,
       struct ty_err *err)
{
	struct filter *filter = state;
	jv value = jv_parse_sized(data, (int)len);

	if (!jv_is_valid(value))
		return jq_failed(value, err);
	jq_start(filter->jq, value, 0);
	return jq_results(tool, filter->jq, out, err);
}

static enum ty_code
jq_begin(const json_t *options, int64_t now_ms, void **ret_state, struct ty_err *err)
{
	const char *text = ty_json_str(options, "filter", NULL);
	struct filter *filter;
	struct ty_arena *arena;
	bool ok;

	if (text == NULL)
		return ty_err_set(err, TY_E_INVALID, "There is no filter");
	filter = calloc(1, sizeof(*filter));
	if (filter == NULL || (filter->jq = jq_init()) == NULL)
		abort();
	jq_set_error_cb(filter->jq, jq_said, filter);
	arena = ty_arena_new(NULL, "jq", 0);
	ok = jq_compile(filter->jq, ty_arena_printf(arena, prelude, (long long)(now_ms / 1000),
						    (int)(now_ms % 1000), text)) != 0;
	ty_arena_free(arena);
	if (!ok) {
		jq_refuses(filter, err);
		jq_end(filter);
		return err->code;
	}
	*ret_state = filter;
	return TY_OK;
}

const struct tool tool_jq = {
	.name = "jq",
	.library = "libjq " TY_JQ_VERSION,
	.input_max_bytes = JQ_INPUT_BYTES,
	.output_max_bytes = JQ_OUTPUT_BYTES,
	.begin = jq_begin,
	.run = jq_run,
	.end = jq_end,
};

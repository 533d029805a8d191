/*
 * test_digest_words.c -- the hints of base/err.def stay as the version of digests that has them.
 *
 * Since version 5 an error that says no hint itself has its code's (lib/engine/record.c), in the run's records.
 * A proof computes it anew: a word that changes makes the proof of every earlier run differ that has it.
 */
#include "base/err.h"
#include "base/str.h"
#include "engine/digest.h"
#include "support/common.h"

/* As version 5 has them, of the codes that a run or a step can end with. */
static const struct {
	enum ty_code code;
	const char *hint;
} words[] = {
	/* clang-format off */
	{ TY_E_INVALID, "Correct what the message names, at the place that it names." },
	{ TY_E_MALFORMED, "Look at what was sent: it is damaged or of another form than it says." },
	{ TY_E_DENIED, "Ask whoever may, or use a credential and an address that are allowed." },
	{ TY_E_NOT_FOUND, "Look whether it was deleted, and choose one that is there." },
	{ TY_E_CONFLICT, "Load it again and repeat the change." },
	{ TY_E_UNPUBLISHED, "Publish it, or run its draft by hand." },
	{ TY_E_TOO_LARGE, "Send less at once, or send it as a file." },
	{ TY_E_UNSUPPORTED, "Send it as UTF-8 text or JSON, not compressed." },
	{ TY_E_LIMIT, "Work on less at once: split the list by a loop, or ask the operator for more." },
	{ TY_E_TIMEOUT, "Try again, or raise timeout_ms of the node or of the workflow." },
	{ TY_E_UPSTREAM, "Look at its answer; where such a failure passes, let the node retry." },
	{ TY_E_UNAVAILABLE, "Try again in a moment; where it stays so, tell the operator." },
	{ TY_E_CIRCUIT_OPEN, "Wait for the next probe, or let the node wait for it: on_open_breaker." },
	{ TY_E_CANCELED, "Start it again if it is still wanted." },
	{ TY_E_IN_DOUBT, "Look at the receiver whether it happened before you start it again." },
	{ TY_E_NO_ANSWER, "Look at the first request that differs: the replay ends there, because nobody was asked." },
	{ TY_E_POISON, "Look at what the worker died of, mend it and replay the run." },
	{ TY_E_DEAD_LETTER, "Replay the run when the cause is mended." },
	{ TY_E_INTERNAL, "Try again; where it stays so, tell the operator the run's id." },
	/* clang-format on */
};

#define HOW                                                                                        \
	"%s: these words are in the records of runs, and in their digests since version 5.  Give " \
	"them back, or add a version to engine/digest.h by whose rules alone the new ones are "    \
	"written, and keep the old ones for runs of those before"

START_TEST(a_word_in_a_digest_is_not_changed_without_a_new_version)
{
	const char *name = ty_code_name(words[_i].code);

	ck_assert_msg(ty_str_eq(ty_code_hint(words[_i].code), words[_i].hint), HOW, name);
}
END_TEST

/* A new code is new to all runs: it needs a row here, and no version. */
START_TEST(each_code_of_runs_has_its_words_here)
{
	size_t count = 0;

	for (int code = 0; code < TY_E__COUNT; code++)
		count += ty_code_is_of_runs((enum ty_code)code);
	ck_assert_uint_eq(count, TY_ARRAY_COUNT(words));
}
END_TEST

TEST_MAIN("engine digest words", {
	TEST_LOOP(a_word_in_a_digest_is_not_changed_without_a_new_version, words);
	TEST(each_code_of_runs_has_its_words_here);
})

/*
 * answers.c -- when a hook's sender is answered, of its rule.
 */
#include "internal.h"

#include "base/limits.h"
#include "base/str.h"
#include "json/json.h"

enum ty_hook_answers
ty_hook_answers_parse(const char *word)
{
	static const char *const words[] = { [TY_HOOK_AT_ONCE] = "at_once",
					     [TY_HOOK_WHEN_FINISHED] = "when_finished",
					     [TY_HOOK_BY_NODE] = "by_node" };

	for (size_t i = 0; i < TY_ARRAY_COUNT(words); i++) {
		if (ty_str_eq(word, words[i]))
			return (enum ty_hook_answers)i;
	}
	return TY_HOOK_AT_ONCE;
}

void
ty_hook_rule_parse_answers(const json_t *verify, struct ty_hook_rule *rule)
{
	int64_t wait_ms = 1000 * ty_json_int(verify, "answer_wait_s", 30);

	rule->answers = ty_hook_answers_parse(ty_json_str(verify, "answer", ""));
	rule->answers_late = ty_str_eq(ty_json_str(verify, "answer_late", ""), "accepted");
	rule->answer_wait_ms = wait_ms < 1000			   ? 1000
			       : wait_ms > TY_LIMIT_ANSWER_WAIT_MS ? TY_LIMIT_ANSWER_WAIT_MS
								   : wait_ms;
}

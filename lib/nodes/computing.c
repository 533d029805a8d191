/*
 * computing.c -- see computing.h.
 */
#include "nodes/computing.h"

#include "base/err.h"
#include "json/json.h"
#include "nodes/path.h"

enum ty_code
node_compute_call(struct ty_step *step, const struct node_compute *ask, struct ty_err *err)
{
	/* Computed again where it is in doubt, because the same key gives the same value. */
	struct ty_call call = { .service = "crypto",
				.credential = ask->credential,
				.in_doubt = TY_IN_DOUBT_REPEAT };

	if (ty_step_input_count(step) == 0) {
		json_decref(ask->texts);
		json_decref(ask->more);
		return TY_OK;
	}
	call.request = ask->more != NULL ? ask->more : json_object();
	json_object_set_new(call.request, "do", json_string(ask->way));
	json_object_set_new(call.request, "texts", ask->texts);
	return ty_step_call(step, &call, err);
}

const json_t *
node_compute_values(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	const json_t *values;

	if (answer->err != NULL) {
		*err = *answer->err;
		return NULL;
	}
	values = ty_json_arr(answer->value, "values");
	if (values != NULL && json_array_size(values) == ty_step_input_count(step))
		return values;
	(void)!ty_err_set(err, TY_E_INTERNAL, "the service gave other values than asked for");
	return NULL;
}

enum ty_code
node_compute_text(struct ty_step *step, size_t i, const char *field, json_t **ret_text,
		  struct ty_err *err)
{
	const json_t *value = node_path_get(ty_step_json(step, i), field);

	if (json_is_string(value)) {
		*ret_text = json_incref((json_t *)value);
		return TY_OK;
	}
	if (json_is_number(value)) {
		*ret_text = json_string(ty_json_as_text(ty_step_arena(step), value));
		return TY_OK;
	}
	ty_step_blame(step, i);
	ty_err_set(err, TY_E_INVALID, "the field \"%.100s\" is %s", field,
		   value == NULL ? "not there" : "no text");
	return ty_err_hint(err, "Correct the name, or put the text into that field before.");
}

enum ty_code
node_compute_texts(struct ty_step *step, const char *field, json_t **ret_texts, struct ty_err *err)
{
	json_t *texts = json_array(), *text = NULL;

	for (size_t i = 0; i < ty_step_input_count(step); i++) {
		if (node_compute_text(step, i, field, &text, err) != TY_OK) {
			json_decref(texts);
			return err->code;
		}
		json_array_append_new(texts, text);
	}
	*ret_texts = texts;
	return TY_OK;
}

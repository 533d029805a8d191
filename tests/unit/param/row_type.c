/*
 * row_type.c -- rows for the compiler alone: with WRONG at 0 it takes them all, and at 1 to 7 it
 * refuses the one whose member has another C type than the row.  See CMakeLists.txt.
 */
#include "param/row.h"

struct owner {
	const char *text;
	int64_t whole;
	double number;
	bool flag;
	int choice;
	const json_t *json;
	struct ty_param_list list;
	long double odd;
};

extern const struct ty_choice row_type_words[];

const struct ty_choice row_type_words[] = {
	{ "a", "A" },
	{ NULL, NULL },
};

#if WRONG == 0
#define ROW                                                                                        \
	TY_ROW_STRING(struct owner, text, 10, "Text"),                                             \
		TY_ROW_INT(struct owner, whole, 0, 1, "Whole"),                                    \
		TY_ROW_NUMBER(struct owner, number, "Number"),                                     \
		TY_ROW_BOOL(struct owner, flag, "Flag"),                                           \
		TY_ROW_ENUM(struct owner, choice, row_type_words, "Choice"),                       \
		TY_ROW_WORD(struct owner, text, row_type_words, "Word"),                           \
		TY_ROW_JSON(struct owner, json, "JSON"),                                           \
		TY_ROW_LIST(struct owner, list, ty_params_none, struct owner, 10, "List"),         \
		TY_ROW_CREDENTIAL(struct owner, text, "Credential")
#elif WRONG == 1
#define ROW TY_ROW_STRING(struct owner, json, 10, "Text")
#elif WRONG == 2
#define ROW TY_ROW_INT(struct owner, choice, 0, 1, "Whole")
#elif WRONG == 3
#define ROW TY_ROW_NUMBER(struct owner, odd, "Number")
#elif WRONG == 4
#define ROW TY_ROW_BOOL(struct owner, choice, "Flag")
#elif WRONG == 5
#define ROW TY_ROW_ENUM(struct owner, whole, row_type_words, "Choice")
#elif WRONG == 6
#define ROW TY_ROW_JSON(struct owner, text, "JSON")
#elif WRONG == 7
#define ROW TY_ROW_LIST(struct owner, json, ty_params_none, struct owner, 10, "List")
#endif

extern const struct ty_param *const row_type_table;

const struct ty_param *const row_type_table = TY_PARAMS(ROW);

/*
 * row.h -- a parameter is one line: a macro for each type of enum ty_param_type.
 *
 *	TY_ROW_BOOL(struct if_params, condition, "Condition", .flags = TY_PARAM_REQUIRED)
 *
 * is the row of struct if_params' member 'condition': the parameter has the member's name, and
 * the compiler refuses a member whose C type is not the one that ty_param_bind writes.  What the
 * type needs (a greatest length, a range, the choices) comes before the label; any other member
 * of struct ty_param may follow it.  Strings name their greatest length in bytes, lists their
 * greatest count, so that nobody forgets it; 0 = none.
 */
#ifndef TY_PARAM_ROW_H
#define TY_PARAM_ROW_H

#include "param/param.h"

/* A table made where it is used, outside functions: .params = TY_PARAMS(row, row, ...). */
#define TY_PARAMS(...)                                                                             \
	(const struct ty_param[])                                                                  \
	{                                                                                          \
		__VA_ARGS__, TY_ROW_END                                                            \
	}

/* The end of a table that has a name. */
#define TY_ROW_END                                                                                 \
	{                                                                                          \
		.name = NULL                                                                       \
	}

#define TY_ROW_STRING(owner, member, bytes_max, ...)                                               \
	TY_ROW__TEXT(owner, member, TY_PARAM_STRING, bytes_max, __VA_ARGS__)
#define TY_ROW_TEXT(owner, member, bytes_max, ...)                                                 \
	TY_ROW__TEXT(owner, member, TY_PARAM_TEXT, bytes_max, __VA_ARGS__)
#define TY_ROW_CODE(owner, member, bytes_max, ...)                                                 \
	TY_ROW__TEXT(owner, member, TY_PARAM_CODE, bytes_max, __VA_ARGS__)
#define TY_ROW_URL(owner, member, bytes_max, ...)                                                  \
	TY_ROW__TEXT(owner, member, TY_PARAM_URL, bytes_max, __VA_ARGS__)
#define TY_ROW_ID(owner, member, ...) TY_ROW__TEXT(owner, member, TY_PARAM_ID, 0, __VA_ARGS__)

#define TY_ROW_INT(owner, member, least, greatest, ...)                                            \
	{                                                                                          \
		.type = TY_PARAM_INT, .min = (least), .max = (greatest),                           \
		TY_ROW__AT(owner, member, TY_ROW__IS(owner, member, int64_t), __VA_ARGS__)         \
	}
#define TY_ROW_NUMBER(owner, member, ...)                                                          \
	{                                                                                          \
		.type = TY_PARAM_NUMBER,                                                           \
		TY_ROW__AT(owner, member, TY_ROW__IS(owner, member, double), __VA_ARGS__)          \
	}
#define TY_ROW_BOOL(owner, member, ...)                                                            \
	{                                                                                          \
		.type = TY_PARAM_BOOL,                                                             \
		TY_ROW__AT(owner, member, TY_ROW__IS(owner, member, bool), __VA_ARGS__)            \
	}
#define TY_ROW_JSON(owner, member, ...)                                                            \
	{                                                                                          \
		.type = TY_PARAM_JSON,                                                             \
		TY_ROW__AT(owner, member,                                                          \
			   TY_ROW__IS(owner, member, json_t *) ||                                  \
				   TY_ROW__IS(owner, member, const json_t *),                      \
			   __VA_ARGS__)                                                            \
	}

/* A bool that the author may also give as a typed condition (param/condition.h). */
#define TY_ROW_CONDITION(owner, member, ...)                                                       \
	{                                                                                          \
		.type = TY_PARAM_CONDITION,                                                        \
		TY_ROW__AT(owner, member, TY_ROW__IS(owner, member, bool), __VA_ARGS__)            \
	}

/* The member is the index into 'words', a table of struct ty_choice. */
#define TY_ROW_ENUM(owner, member, words, ...)                                                     \
	{                                                                                          \
		.type = TY_PARAM_ENUM, .choices = (words),                                         \
		TY_ROW__AT(owner, member, TY_ROW__IS(owner, member, int), __VA_ARGS__)             \
	}
/* The member is the word itself. */
#define TY_ROW_WORD(owner, member, words, ...)                                                     \
	{                                                                                          \
		.type = TY_PARAM_WORD, .choices = (words),                                         \
		TY_ROW__AT(owner, member, TY_ROW__IS(owner, member, const char *), __VA_ARGS__)    \
	}

/* 'rows' is the table of one entry, which is bound to a 'entry', say struct pair. */
#define TY_ROW_LIST(owner, member, rows, entry, count_max, ...)                                    \
	{                                                                                          \
		.type = TY_PARAM_LIST, .fields = (rows), .fields_size = sizeof(entry),             \
		.max = (count_max),                                                                \
		TY_ROW__AT(owner, member, TY_ROW__IS(owner, member, struct ty_param_list),         \
			   __VA_ARGS__)                                                            \
	}

/* The types that fit are those of the node's definition, or a .credential_type of its own. */
#define TY_ROW_CREDENTIAL(owner, member, ...)                                                      \
	{                                                                                          \
		.type = TY_PARAM_CREDENTIAL,                                                       \
		TY_ROW__AT(owner, member, TY_ROW__IS(owner, member, const char *), __VA_ARGS__)    \
	}

/* ---- for the macros above alone ---- */

#define TY_ROW__TEXT(owner, member, kind, bytes_max, ...)                                          \
	{                                                                                          \
		.type = (kind), .max = (bytes_max),                                                \
		TY_ROW__AT(owner, member, TY_ROW__IS(owner, member, const char *), __VA_ARGS__)    \
	}

#define TY_ROW__IS(owner, member, ctype)                                                           \
	_Generic(((const owner *)NULL)->member, ctype : true, default : false)

/* A struct, because an assertion is a declaration, and this is the middle of an expression. */
#define TY_ROW__AT(owner, member, is_right, ...)                                                   \
	.name = #member,                                                                           \
	.offset =                                                                                  \
		offsetof(owner, member) +                                                          \
		0 * sizeof(struct {                                                                \
			_Static_assert(is_right, "the row does not fit the C type of its member"); \
			char unused;                                                               \
		}),                                                                                \
	.label = __VA_ARGS__

#endif

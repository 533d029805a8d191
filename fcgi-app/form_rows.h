/*
 * form_rows.h -- rows that several forms have; for forms*.c alone.
 */
#ifndef TY_APP_FORM_ROWS_H
#define TY_APP_FORM_ROWS_H

#include "api.h"

#include "param/row.h"

/* A list is read page by page. */
#define LIMIT_ROW(owner)                                                                           \
	TY_ROW_INT(owner, limit, 1, 200, "Limit", .def = "50", .help = "Items a page.")
#define CURSOR_ROW(owner)                                                                          \
	TY_ROW_STRING(owner, cursor, 64, "Cursor", .help = "next_cursor of the page before.")
#define FORM(form, owner, rows)                                                                    \
	const struct ty_form api_form_##form = { .name = #form,                                    \
						 .table = rows,                                    \
						 .size = sizeof(owner) }

#define WAIT_ROW(owner)                                                                            \
	TY_ROW_STRING(owner, wait, 16, "wait", .flags = TY_PARAM_STRICT,                           \
		      .help = "Answer only when the run is over, at most after this time: 500ms, " \
			      "30s, 2m; 5m at most.")

#endif

/*
 * xlsx_cell.c -- references to cells: "B5", "A1:C9".
 */
#include "xlsx.h"

#include <string.h>

const char *
xlsx_ref_parse(const char *text, uint32_t *ret_column, uint32_t *ret_row)
{
	uint32_t column = 0, row = 0;
	const char *begin = text;

	for (; *text == '$' || (*text >= 'A' && *text <= 'Z') || (*text >= 'a' && *text <= 'z');
	     text++) {
		if (*text == '$')
			continue;
		column = column * 26 + (uint32_t)((*text & 0x1f));
		if (column > XLSX_COLUMNS_MAX)
			return NULL;
	}
	for (; *text >= '0' && *text <= '9'; text++) {
		row = row * 10 + (uint32_t)(*text - '0');
		if (row > XLSX_ROWS_MAX)
			return NULL;
	}
	if (text == begin || (column == 0 && row == 0))
		return NULL;
	*ret_column = column;
	*ret_row = row;
	return text;
}

bool
xlsx_range_parse(const char *text, struct xlsx_range *ret_range)
{
	struct xlsx_range range = { 0 };

	text = xlsx_ref_parse(text, &range.column, &range.row);
	if (text == NULL)
		return false;
	range.column_to = range.column;
	range.row_to = range.row;
	if (*text == ':')
		text = xlsx_ref_parse(text + 1, &range.column_to, &range.row_to);
	if (text == NULL || *text != '\0')
		return false;
	if ((range.column_to != 0 && range.column_to < range.column) ||
	    (range.row_to != 0 && range.row_to < range.row))
		return false;
	*ret_range = range;
	return true;
}

void
xlsx_column_name(uint32_t column, char out[8])
{
	char letters[8];
	size_t n = 0, i = 0;

	for (; column > 0 && n < sizeof(letters) - 1; column = (column - 1) / 26)
		letters[n++] = (char)('A' + (column - 1) % 26);
	while (n > 0)
		out[i++] = letters[--n];
	out[i] = '\0';
}

/*
 * test_xlsx.c -- the file tool "xlsx": what spreadsheet programs write is read, what is written is read again.
 */
#include "unit/parse/filed.h"

#include "base/limits.h"
#include "parse/xlsx.h"

#define RELS(list) "<Relationships xmlns='r'>" list "</Relationships>"
#define REL(id, type, target)                                                                      \
	"<Relationship Id='" id "' Type='http://x/" type "' Target='" target "'/>"
#define BOOK(more, sheets)                                                                         \
	"<?xml version='1.0'?><x:workbook xmlns:x='m' xmlns:r='r'>" more "<x:sheets>" sheets       \
	"</x:sheets></x:workbook>"
#define SHEET(name, id, state)                                                                     \
	"<x:sheet name='" name "' sheetId='1' r:id='" id "' state='" state "'/>"
#define STYLES                                                                                     \
	"<styleSheet><numFmts><numFmt numFmtId='164' formatCode='[$-407]dd.mm.yyyy \\h'/>"         \
	"<numFmt numFmtId='165' formatCode='[h]:mm'/></numFmts>"                                   \
	"<cellStyleXfs><xf numFmtId='14'/></cellStyleXfs><cellXfs><xf/><xf numFmtId='14'/>"        \
	"<xf numFmtId='22'/><xf numFmtId='20'/><xf numFmtId='164'/><xf "                           \
	"numFmtId='165'/></cellXfs></styleSheet>"
#define STRINGS                                                                                    \
	"<sst><si><t>name</t></si><si><t>sum</t></si><si><r><t>rich "                              \
	"</t></r><r><t>text</t></r><rPh><t>no</t></rPh>"                                           \
	"</si><si><t>a_x000A_b_x005F_x0041_</t></si><si><t/></si></sst>"
#define CELL(ref, type, value) "<c r='" ref "' t='" type "'><v>" value "</v></c>"
#define NUM(ref, style, value) "<c r='" ref "' s='" style "'><v>" value "</v></c>"
#define ROWS(rows)	       "<worksheet><sheetData>" rows "</sheetData></worksheet>"
#define ROW(n, cells)	       "<row r='" n "'>" cells "</row>"
#define HEAD_ROW	       ROW("1", CELL("A1", "s", "0") CELL("B1", "s", "1"))

/* A workbook of this sheet, and a hidden one, as a zip archive. */
static struct filed_in
book(const char *more, const char *sheet)
{
	const char *parts[][2] = {
		{ "_rels/.rels", RELS(REL("a", "officeDocument", "/xl/workbook.xml")) },
		{ "xl/workbook.xml",
		  ty_arena_printf(fx.arena,
				  BOOK("%s", SHEET("Secret", "r1", "hidden")
						     SHEET("A &amp; B", "r2", "visible")
							     SHEET("Chart", "r3", "visible")),
				  more) },
		{ "xl/_rels/workbook.xml.rels",
		  RELS(REL("r1", "worksheet", "worksheets/sheet1.xml")
			       REL("r2", "worksheet", "../xl/./worksheets/Sheet2.xml")
				       REL("r3", "chartsheet", "chartsheets/sheet1.xml")
					       REL("r4", "styles", "styles.xml") REL(
						       "r5", "sharedStrings", "/xl/strings.xml")) },
		{ "xl/styles.xml", STYLES },
		{ "xl/strings.xml", STRINGS },
		{ "xl/worksheets/sheet1.xml", ROWS(HEAD_ROW ROW("2", NUM("A2", "0", "7"))) },
		{ "xl/worksheets/sheet2.xml", sheet },
	};
	struct filed_in in[TY_ARRAY_COUNT(parts)];
	struct filed out;

	for (size_t i = 0; i < TY_ARRAY_COUNT(parts); i++)
		in[i] = (struct filed_in){ parts[i][0], parts[i][1], strlen(parts[i][1]) };
	out = filed("archive", "{`do`:`zip`}", in, TY_ARRAY_COUNT(parts));
	ck_assert_str_eq(out.message, "");
	return filed_file(&out, 0);
}

/* The "json" of each item of an answer. */
static const char *
rows_text(const struct filed *out)
{
	json_t *list = ty_json_own(fx.arena, json_array()), *item;
	size_t i;

	json_array_foreach((json_t *)out->items, i, item)
		json_array_append(list, json_object_get(item, "json"));
	return ty_json_dump(fx.arena, list, NULL);
}

static const struct {
	const char *options, *more, *sheet;
	const char *rows; /* NULL: it fails */
	const char *message;
} reads[] = {
	{ "", "", ROWS(HEAD_ROW ROW("2", CELL("A2", "s", "2") NUM("B2", "0", "1.50"))),
	  "[{`name`:`rich text`,`sum`:1.5}]", "" },
	/* Each type of cell. */
	{ "", "",
	  ROWS(HEAD_ROW ROW("2", CELL("A2", "b", "1") CELL("B2", "e", "#N/A")) ROW(
		  "3", "<c r='A3' t='inlineStr'><is><t>in</t><rPh><t>no</t></rPh></is></c>" CELL(
			       "B3", "str", "x&lt;y")) ROW("4", CELL("A4", "d", "2026-01-31")
									NUM("B4", "0", "-12"))
		       ROW("5", CELL("A5", "s", "3") NUM("B5", "0", "1E3"))
			       ROW("6", NUM("A6", "0", "12345678901234567") NUM("B6", "0", "0.1"))),
	  "[{`name`:true,`sum`:`#N/A`},{`name`:`in`,`sum`:`x<y`},{`name`:`2026-01-31`,`sum`:-12},"
	  "{`name`:`a\\nb_x0041_`,`sum`:1000},{`name`:12345678901234568,`sum`:0.1}]",
	  "" },
	/* Dates by the styles of cells: the fault of 1900, times, elapsed time. */
	{ "`header`:false", "",
	  ROWS(ROW("1", NUM("A1", "1", "1") NUM("B1", "1", "59") NUM("C1", "1", "60")
				NUM("D1", "1", "61"))
		       ROW("2", NUM("A2", "1", "46053") NUM("B2", "2", "46053.4166666667")
					NUM("C2", "3", "0.5") NUM("D2", "5", "1.5"))
			       ROW("3", NUM("A3", "4", "46053.999999999") NUM("B3", "1", "-1")
						NUM("C3", "1", "2958466") NUM("D3", "1", "0.25"))),
	  "[{`column_1`:`1900-01-01`,`column_2`:`1900-02-28`,`column_3`:`1900-02-29`,`column_4`:`"
	  "1900-03-01`},"
	  "{`column_1`:`2026-01-31`,`column_2`:`2026-01-31T10:00:00`,`column_3`:`12:00:00`,`column_"
	  "4`:1.5},"
	  "{`column_1`:`2026-02-01`,`column_2`:-1,`column_3`:2958466,`column_4`:`06:00:00`}]",
	  "" },
	{ "`header`:false", "<x:workbookPr date1904='1'/>",
	  ROWS(ROW("1", NUM("A1", "1", "0") NUM("B1", "1", "44591"))),
	  "[{`column_1`:`1904-01-01`,`column_2`:`2026-01-31`}]", "" },
	{ "`header`:false,`dates`:`number`", "", ROWS(ROW("1", NUM("A1", "1", "46053.5"))),
	  "[{`column_1`:46053.5}]", "" },
	/* Cells and rows that do not say where they are; gaps; empty rows. */
	{ "", "",
	  ROWS("<row><c t='s'><v>0</v></c><c "
	       "t='s'><v>1</v></c></row><row/><row><c><v>1</v></c><c/></row>" ROW(
		       "9", NUM("B9", "0", "2") NUM("D9", "0", "3"))),
	  "[{`name`:1},{`sum`:2,`column_4`:3}]", "" },
	{ "`empty`:true", "",
	  ROWS(HEAD_ROW ROW("2", NUM("B2", "0", "2")) ROW("3", NUM("A3", "0", "2"))),
	  "[{`name`:null,`sum`:2},{`name`:2,`sum`:null}]", "" },
	{ "", "",
	  ROWS(ROW("3", CELL("B3", "str", "__proto__") CELL("C3", "str", "__proto__")
				NUM("D3", "0", "5"))
		       ROW("4", NUM("B4", "0", "1") NUM("C4", "0", "2") NUM("D4", "0", "3")
					NUM("A4", "0", "4"))),
	  "[{`column_1`:4,`__proto__`:1,`__proto___2`:2,`5`:3}]", "" },
	/* Ranges. */
	{ "`range`:`B1:B2`", "",
	  ROWS(HEAD_ROW ROW("2", NUM("A2", "0", "1") NUM("B2", "0", "2"))
		       ROW("3", NUM("B3", "0", "3"))),
	  "[{`sum`:2}]", "" },
	{ "`range`:`A2:B`,`header`:false", "", ROWS(HEAD_ROW ROW("2", NUM("B2", "0", "2"))),
	  "[{`column_2`:2}]", "" },
	{ "`range`:`B:B`", "", ROWS(HEAD_ROW ROW("2", NUM("A2", "0", "1") NUM("B2", "0", "2"))),
	  "[{`sum`:2}]", "" },
	{ "`range`:`B2:A1`", "", ROWS(""), NULL, "\"B2:A1\" is no range" },
	{ "`range`:`what`", "", ROWS(""), NULL, "\"what\" is no range" },
	/* Merged cells. */
	{ "`merged`:`all`", "",
	  "<worksheet><sheetData>" HEAD_ROW ROW("2", CELL("A2", "str", "m") NUM("B2", "0", "1"))
		  ROW("3", NUM("B3", "0", "2"))
			  ROW("6", NUM("B6", "0", "3")) "</sheetData><mergeCells><mergeCell "
							"ref='A2:A4'/></mergeCells></worksheet>",
	  "[{`name`:`m`,`sum`:1},{`name`:`m`,`sum`:2},{`name`:`m`},{`sum`:3}]", "" },
	{ "", "",
	  "<worksheet><sheetData>" HEAD_ROW ROW("2", CELL("A2", "str", "m") NUM("B2", "0", "1"))
		  ROW("3", NUM("B3", "0", "2")) "</sheetData><mergeCells><mergeCell "
						"ref='A2:A4'/></mergeCells></worksheet>",
	  "[{`name`:`m`,`sum`:1},{`sum`:2}]", "" },
	/* Sheets. */
	{ "`which`:`named`,`sheet`:`secret`", "", ROWS(HEAD_ROW), "[{`name`:7}]", "" },
	{ "`which`:`all`,`sheet_field`:`s`", "", ROWS(HEAD_ROW ROW("2", NUM("A2", "0", "1"))),
	  "[{`name`:1,`s`:`A & B`}]", "" },
	{ "`which`:`all`,`hidden`:true,`sheet_field`:`s`", "", ROWS(HEAD_ROW),
	  "[{`name`:7,`s`:`Secret`}]", "" },
	{ "`which`:`named`,`sheet`:`None`", "", ROWS(""), NULL, "no sheet \"None\"" },
	{ "`which`:`named`,`sheet`:`Chart`", "", ROWS(""), NULL, "\"Chart\" is a chart" },
	{ "`do`:`sheets`", "", ROWS(""),
	  "[{`name`:`Secret`,`number`:1,`hidden`:true,`chart`:false},{`name`:`A & "
	  "B`,`number`:2,`hidden`:false,`chart`:false},"
	  "{`name`:`Chart`,`number`:3,`hidden`:false,`chart`:true}]",
	  "" },
	{ "", "", ROWS(""), "[]", "" },
	{ "", "", ROWS(HEAD_ROW), "[]", "" },
	/* What no program of good will writes. */
	{ "", "", ROWS(HEAD_ROW ROW("2", CELL("A2", "s", "99"))), NULL, "no shared text 99" },
	{ "", "", ROWS(HEAD_ROW ROW("2", CELL("ZZZZ2", "n", "9"))), NULL,
	  "has the place \"ZZZZ2\"" },
	{ "", "", ROWS(ROW("0", "")), NULL, "has the number 0" },
	{ "", "", ROWS(ROW("1048577", "")), NULL, "has the number 1048577" },
	{ "", "", "<worksheet><sheetData><row>", NULL, "is broken" },
	{ "", "", "<!DOCTYPE a [<!ENTITY b 'c'>]><worksheet/>", NULL, "has a DOCTYPE" },
	{ "", "", "no XML", NULL, "is broken" },
	{ "", "", "<worksheet><sheetData>" HEAD_ROW "</row></sheetData>", NULL, "is broken" },
};

START_TEST(workbooks_are_read)
{
	struct filed_in file = book(reads[_i].more, reads[_i].sheet);
	struct filed out = filed(
		"xlsx",
		ty_arena_printf(fx.arena, "{%s%s%s}",
				strstr(reads[_i].options, "`do`") == NULL ? "`do`:`read`" : "",
				reads[_i].options[0] != '\0' &&
						strstr(reads[_i].options, "`do`") == NULL
					? ","
					: "",
				reads[_i].options),
		&file, 1);

	if (reads[_i].rows == NULL) {
		ck_assert_msg(strstr(out.message, reads[_i].message) != NULL, "%s: %s",
			      reads[_i].sheet, out.message);
		return;
	}
	ck_assert_msg(out.message[0] == '\0', "%s: %s", reads[_i].sheet, out.message);
	ck_assert_str_eq(rows_text(&out), quoted(reads[_i].rows));
}
END_TEST

static const struct {
	const char *data;
	size_t len;
	const char *message;
} strangers[] = {
	{ "hello", 5, "no zip archive" },
	{ "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1xx", 10, "before 2007, or a workbook with a password" },
	{ "", 0, "no workbook" },
};

START_TEST(files_that_are_no_workbooks_are_told)
{
	struct filed_in file = { "f", strangers[_i].data, strangers[_i].len }, zip;
	struct filed out = filed("xlsx", "{`do`:`read`}", &file, 1);

	ck_assert_msg(strstr(out.message, strangers[_i].message) != NULL, "%s", out.message);
	out = filed("archive", "{`do`:`zip`}", &file, 1);
	zip = filed_file(&out, 0);
	out = filed("xlsx", "{`do`:`read`}", &zip, 1);
	ck_assert_msg(strstr(out.message, "another kind of zip") != NULL, "%s", out.message);
}
END_TEST

START_TEST(more_rows_than_a_step_may_make_are_read_in_parts)
{
	struct ty_buf buf;
	struct filed_in file;
	struct filed out;

	ty_buf_init(&buf, fx.arena, 1000000);
	ty_buf_add_str(&buf, "<worksheet><sheetData>" HEAD_ROW);
	for (int i = 0; i <= TY_LIMIT_STEP_ITEMS; i++)
		ty_buf_printf(&buf, "<row r='%d'><c r='A%d'><v>%d</v></c></row>", i + 2, i + 2, i);
	ty_buf_add_str(&buf, "</sheetData></worksheet>");
	file = book("", buf.data);
	out = filed("xlsx", "{`do`:`read`}", &file, 1);
	ck_assert_msg(strstr(out.message, "more than 10000 rows") != NULL, "%s", out.message);
	ck_assert_ptr_nonnull(strstr(ty_json_str(ty_json_obj(out.answer, "error"), "hint", ""),
				     "Batches of a file"));
	out = filed("xlsx", "{`do`:`read`,`range`:`A1:B10001`}", &file, 1);
	ck_assert_uint_eq(json_array_size(out.items), TY_LIMIT_STEP_ITEMS);
	out = filed("xlsx", "{`do`:`read`,`range`:`A10001:B`,`header`:false}", &file, 1);
	ck_assert_uint_eq(json_array_size(out.items), 2);
}
END_TEST

static struct filed
written(const char *options, const char *items)
{
	return filed_items("xlsx", ty_arena_printf(fx.arena, "{`do`:`write`,%s}", options), NULL, 0,
			   fake_json(fx.arena, quoted(items)));
}

static const struct {
	const char *options, *items, *rows, *message;
} writes[] = {
	{ "`columns`:[`a`,`b`]", "[{`cells`:[1,`x<y&\\``]},{`cells`:[null,true]},{`cells`:[-0.5]}]",
	  "[{`a`:1,`b`:`x<y&\\``},{`b`:true},{`a`:-0.5}]", "" },
	{ "`columns`:[`a`]",
	  "[{`cells`:[`=1+1`]},{`cells`:[` a\\tb\\nc "
	  "`]},{`cells`:[`\\u000B_x0041_`]},{`cells`:[`\xF0\x9F\x98\x80`]}]",
	  "[{`a`:`=1+1`},{`a`:` a\\tb\\nc `},{`a`:`\\u000B_x0041_`},{`a`:`\xF0\x9F\x98\x80`}]",
	  "" },
	{ "`columns`:[`a`],`escape_formulas`:true", "[{`cells`:[`=1+1`]},{`cells`:[-1]}]",
	  "[{`a`:`'=1+1`},{`a`:-1}]", "" },
	{ "`columns`:[`a`]",
	  "[{`cells`:[12345678901234567]},{`cells`:[1e300]},{`cells`:[{`o`:[1]}]}]",
	  "[{`a`:`12345678901234567`},{`a`:1e+300},{`a`:`{\\`o\\`:[1]}`}]", "" },
	{ "`columns`:[`a`],`as_dates`:true",
	  "[{`cells`:[`2026-01-31`]},{`cells`:[`2026-01-31T10:00:05.5Z`]},{`cells`:[`1900-01-01`]},"
	  "{`cells`:[`1900-03-01`]},"
	  "{`cells`:[`2026-02-30`]},{`cells`:[`2026-1-1`]},{`cells`:[`2026-01-31x`]},{`cells`:[`"
	  "2024-02-29 23:59`]}]",
	  "[{`a`:`2026-01-31`},{`a`:`2026-01-31T10:00:05.500`},{`a`:`1900-01-01`},{`a`:`1900-03-01`"
	  "},{`a`:`2026-02-30`},"
	  "{`a`:`2026-1-1`},{`a`:`2026-01-31x`},{`a`:`2024-02-29T23:59:00`}]",
	  "" },
	{ "`columns`:[`a`]", "[{`cells`:[`2026-01-31`]}]", "[{`a`:`2026-01-31`}]", "" },
	{ "`columns`:[`a`]",
	  "[{`cells`:[1],`sheet`:`B`},{`cells`:[2],`sheet`:`A`},{`cells`:[3],`sheet`:`b`}]",
	  "[{`a`:1,`s`:`B`},{`a`:3,`s`:`B`},{`a`:2,`s`:`A`}]", "" },
	{ "`columns`:[`a`]", "[]", "[]", "" },
	{ "`columns`:[]", "[{`cells`:[]}]", "[]", "" },
	{ "`columns`:[`a`],`sheet`:`a/b`", "[]", NULL,
	  "cannot be called \"a/b\": it has a character" },
	{ "`columns`:[`a`],`sheet`:``", "[]", NULL, "it is empty" },
	{ "`columns`:[`a`],`sheet`:`'a`", "[]", NULL, "quote" },
	{ "`columns`:[`a`],`sheet`:`12345678901234567890123456789012`", "[]", NULL, "too long" },
};

START_TEST(what_is_written_is_read_again)
{
	struct filed out = written(writes[_i].options, writes[_i].items);
	struct filed_in file;
	bool several = strstr(writes[_i].items, "sheet") != NULL;

	if (writes[_i].rows == NULL) {
		ck_assert_msg(strstr(out.message, writes[_i].message) != NULL, "%s", out.message);
		return;
	}
	ck_assert_msg(out.message[0] == '\0', "%s", out.message);
	file = filed_file(&out, 0);
	ck_assert_str_eq(file.name, "table.xlsx");
	out = filed("xlsx",
		    several ? "{`do`:`read`,`which`:`all`,`sheet_field`:`s`}" : "{`do`:`read`}",
		    &file, 1);
	ck_assert_msg(out.message[0] == '\0', "%s", out.message);
	ck_assert_str_eq(rows_text(&out), quoted(writes[_i].rows));
}
END_TEST

START_TEST(a_text_that_is_too_long_for_a_cell_is_told)
{
	char *text = ty_arena_alloc(fx.arena, 40000);
	struct filed out;

	memset(text, 'x', 32768);
	out = written("`columns`:[`a`]",
		      ty_arena_printf(fx.arena, "[{`cells`:[1]},{`cells`:[`%s`]}]", text));
	ck_assert_ptr_nonnull(strstr(out.message, "the text of cell A3 has 32768 characters"));
	text[32767] = '\0';
	out = written("`columns`:[`a`]", ty_arena_printf(fx.arena, "[{`cells`:[`%s`]}]", text));
	ck_assert_str_eq(out.message, "");
}
END_TEST

static const struct {
	const char *format;
	enum xlsx_kind kind;
} formats[] = {
	{ "General", XLSX_NUMBER },
	{ "0.00", XLSX_NUMBER },
	{ "#,##0 \"days\"", XLSX_NUMBER },
	{ "yyyy-mm-dd", XLSX_DATE },
	{ "mmm yy", XLSX_DATE },
	{ "mmmm", XLSX_DATE },
	{ "h:mm AM/PM", XLSX_TIME },
	{ "mm:ss.0", XLSX_TIME },
	{ "[h]:mm:ss", XLSX_NUMBER },
	{ "[mm]:ss", XLSX_NUMBER },
	{ "[Red]0;[Blue]d", XLSX_NUMBER },
	{ "[$-409]d/m/yyyy h:mm", XLSX_DATE_TIME },
	{ "\\d0", XLSX_NUMBER },
	{ "_d0", XLSX_NUMBER },
	{ "0 \"", XLSX_NUMBER },
	{ "[", XLSX_NUMBER },
	{ "\\", XLSX_NUMBER },
	{ "", XLSX_NUMBER },
};

START_TEST(number_formats_tell_dates)
{
	ck_assert_msg(xlsx_format_kind(formats[_i].format) == formats[_i].kind, "%s",
		      formats[_i].format);
}
END_TEST

/* Each day there is, there and back. */
START_TEST(each_day_comes_back)
{
	char text[XLSX_DATE_SIZE];
	double serial;
	bool has_time;

	for (int day = 1; day <= 2958465; day += day < 40000 ? 1 : 97) {
		ck_assert(xlsx_date_format(day, XLSX_DATE, false, text));
		if (day == 60)
			continue;
		ck_assert_msg(xlsx_date_parse(text, &serial, &has_time), "%s", text);
		ck_assert_msg((int)serial == day && !has_time, "%s", text);
	}
}
END_TEST

/* A sheet of so many rows of 'size' bytes each. */
static struct filed_in
sheet_of(int count, int size)
{
	struct ty_buf buf;

	ty_buf_init(&buf, fx.arena, (size_t)count * ((size_t)size + 80));
	ty_buf_add_str(&buf, "<worksheet><sheetData>" HEAD_ROW);
	for (int i = 0; i < count; i++)
		ty_buf_printf(&buf,
			      "<row r='%d'><c r='A%d'><v>%d</v></c><c r='B%d' t='inlineStr'><is><t>"
			      "%0*d</t></is></c></row>",
			      i + 2, i + 2, i, i + 2, size, i);
	ty_buf_add_str(&buf, "</sheetData></worksheet>");
	return book("", buf.data);
}

static const struct {
	int rows, size, of_batch, calls;
} batched[] = {
	{ 0, 1, 10, 1 },  { 1, 1, 10, 1 },	  { 20, 1, 10, 1 },
	{ 21, 1, 10, 1 }, { 1900, 9500, 100, 2 }, { 950, 1, 1, 2 },
};

/* Every row is in one batch, in order, however many calls it takes. */
START_TEST(a_sheet_becomes_batches_of_lines)
{
	struct filed_in file = sheet_of(batched[_i].rows, batched[_i].size);
	int seen = 0, calls = 0;
	bool is_more = true;

	while (is_more) {
		struct filed out =
			filed("xlsx",
			      ty_arena_printf(fx.arena, "{`do`:`batches`,`rows`:%d,`skip`:%d}",
					      batched[_i].of_batch, seen),
			      &file, 1);
		const json_t *item;
		size_t i;

		ck_assert_str_eq(out.message, "");
		is_more = false;
		calls++;
		json_array_foreach((json_t *)out.items, i, item)
		{
			struct filed_in lines = filed_file(&out, i);
			int count = (int)ty_json_int(ty_json_obj(item, "json"), "rows", 0), at = 0;

			ck_assert_str_eq(lines.name,
					 ty_arena_printf(fx.arena, "rows-%d.jsonl", seen + count));
			for (const char *line = lines.data; line < lines.data + lines.len;
			     line = strchr(line, '\n') + 1)
				ck_assert_msg(strstr(line, ty_arena_printf(fx.arena, ":%d,",
									   seen + at++)) != NULL,
					      "%.60s", line);
			ck_assert_int_eq(at, count);
			seen += count;
			is_more = ty_json_bool(ty_json_obj(item, "json"), "more", false);
		}
	}
	ck_assert_int_eq(seen, batched[_i].rows);
	ck_assert_int_eq(calls, batched[_i].calls);
}
END_TEST

TEST_MAIN("parse.xlsx", {
	TEST_LOOP(workbooks_are_read, reads);
	TEST_LOOP(a_sheet_becomes_batches_of_lines, batched);
	TEST_LOOP(files_that_are_no_workbooks_are_told, strangers);
	TEST(more_rows_than_a_step_may_make_are_read_in_parts);
	TEST_LOOP(what_is_written_is_read_again, writes);
	TEST(a_text_that_is_too_long_for_a_cell_is_told);
	TEST_LOOP(number_formats_tell_dates, formats);
	TEST(each_day_comes_back);
})

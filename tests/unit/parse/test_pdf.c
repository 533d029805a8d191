/*
 * test_pdf.c -- the file tool "pdf": texts of whole and of broken documents.
 */
#include "support/places.h"
#include "unit/parse/filed.h"

#include "base/limits.h"

static struct filed_in
seed(const char *name)
{
	char *data = ty_arena_alloc(fx.arena, 65536);
	FILE *f = fopen(
		ty_arena_printf(fx.arena, "%s/tests/fuzz/seeds/pdf/%s.pdf", TY_SOURCE_DIR, name),
		"re");
	size_t len;

	ck_assert_msg(f != NULL, "%s", name);
	len = fread(data, 1, 65536, f);
	fclose(f);
	return (struct filed_in){ name, data, len };
}

#define INFO(encrypted)                                                                            \
	"{`author`:`\xC3\x85nn`,`created`:`2026-01-31T09:00:00Z`,`encrypted`:" encrypted           \
	",`producer`:`by hand`,`title`:`A title`}"
#define COLUMNS "left one\\nleft two\\n\\nright one\\nright two"
#define SECOND	"second d\xC3\xA9j\xC3\xA0"
#define WHOLE(encrypted)                                                                           \
	"[{`files`:[],`json`:{`from`:1,`has_text`:true,`info`:" INFO(                              \
		encrypted) ",`page_count`:2,`pages`:[`" COLUMNS "`,`" SECOND "`],`text`:`" COLUMNS \
			   "\\n\\n" SECOND "`,`to`:2}}]"

static const struct {
	const char *file, *options, *password;
	const char *items; /* NULL: it fails */
	const char *message;
} rows[] = {
	{ "plain", "{}", "", WHOLE("false"), NULL },
	{ "objects", "{}", "", WHOLE("false"), NULL },
	{ "plain", "{}", "not needed", WHOLE("false"), NULL },
	{ "plain", "{`from`:2}", "",
	  "[{`files`:[],`json`:{`from`:2,`has_text`:true,`info`:" INFO(
		  "false") ",`page_count`:2,`pages`:[`" SECOND "`],`text`:`" SECOND "`,`to`:2}}]",
	  NULL },
	{ "plain", "{`give`:`pages`,`layout`:`raw`}", "",
	  "[{`files`:[],`json`:{`page`:1,`page_count`:2,`text`:`right one\\nright two\\nleft "
	  "one\\nleft two`}},{`files`:[],`json`:{`page`:2,`page_count`:2,`text`:`" SECOND "`}}]",
	  NULL },
	{ "plain", "{`give`:`pages`,`layout`:`physical`,`to`:1}", "",
	  "[{`files`:[],`json`:{`page`:1,`page_count`:2,`text`:`left one   right one\\nleft two   "
	  "right two`}}]",
	  NULL },
	{ "plain", "{`give`:`info`}", "",
	  "[{`files`:[],`json`:{`info`:" INFO("false") ",`page_count`:2}}]", NULL },
	{ "encrypted", "{}", "open", WHOLE("true"), NULL },
	{ "encrypted", "{}", "owner", WHOLE("true"), NULL },
	{ "owner_only", "{}", "", WHOLE("true"), NULL },
	{ "owner_only", "{}", "wrong", WHOLE("true"), NULL },
	{ "japanese", "{`give`:`pages`}", "",
	  "[{`files`:[],`json`:{`page`:1,`page_count`:1,`text`:`"
	  "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E`}}]",
	  NULL },
	{ "scan", "{}", "",
	  "[{`files`:[],`json`:{`from`:1,`has_text`:false,`info`:{`encrypted`:false},`page_count`:"
	  "1,`pages`:[``],`text`:``,`to`:1}}]",
	  NULL },
	{ "encrypted", "{}", "", NULL, "the PDF opens with a password alone" },
	{ "encrypted", "{}", "Open", NULL, "the password is not that of the PDF" },
	{ "encrypted", "{`give`:`info`}", "", NULL, "the PDF opens with a password alone" },
	{ "plain", "{`from`:3}", "", NULL, "the PDF has 2 pages, so there is no page 3" },
	{ "plain", "{`from`:0}", "", NULL, "there is no page 0" },
	{ "plain", "{`from`:2,`to`:1}", "", NULL, "the last page, 1, is before the first" },
};

static struct filed
asked(const struct filed_in *file, const char *options, const char *password)
{
	const json_t *more = ty_json_own(fx.arena, json_pack("{s:[{s:s, s:s}]}", "secrets", "name",
							     "password", "value", password));

	return filed_with("pdf", options, file, 1, password[0] != '\0' ? more : NULL);
}

START_TEST(documents_are_read)
{
	struct filed_in file = seed(rows[_i].file);
	struct filed out = asked(&file, rows[_i].options, rows[_i].password);

	if (rows[_i].items == NULL) {
		ck_assert_msg(strstr(out.message, rows[_i].message) != NULL, "%s: %s",
			      rows[_i].file, out.message);
		return;
	}
	ck_assert_msg(out.items != NULL, "%s: %s", rows[_i].file, out.message);
	ck_assert_str_eq(ty_json_dump_canonical(fx.arena, out.items, NULL), quoted(rows[_i].items));
	ck_assert_ptr_nonnull(strstr(ty_json_str(out.answer, "tool", ""), "poppler 22."));
}
END_TEST

static const struct {
	const char *data, *message;
} wrong[] = {
	{ "", "the file is no PDF" },
	{ "PK\003\004 a zip", "the file is no PDF" },
	{ "<html>%PDF</html>", "the file is no PDF" },
	{ "%PDF-1.4\n", "the PDF is cut off or damaged" },
	{ "%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 1 0 R>>endobj trailer<</Root 1 0 R>>",
	  "the PDF is cut off or damaged" },
};

START_TEST(what_is_no_document_is_refused)
{
	struct filed_in file = { "a.pdf", wrong[_i].data, strlen(wrong[_i].data) };
	struct filed out = asked(&file, "{}", "");

	ck_assert_msg(strstr(out.message, wrong[_i].message) != NULL, "%s", out.message);
	out = filed("pdf", "{}", NULL, 0);
	ck_assert_str_eq(out.message, "there is no file");
}
END_TEST

/* Cut anywhere: an error or what is left of it, told as a complaint where the library noticed. */
START_TEST(a_document_that_is_cut_is_read_as_far_as_it_goes)
{
	struct filed_in file = seed("plain");
	size_t whole = file.len, failed = 0;

	for (file.len = 0; file.len < whole; file.len += 7) {
		struct filed out = asked(&file, "{}", "");

		failed += out.items == NULL;
		if (out.items == NULL)
			ck_assert_str_ne(out.message, "");
	}
	ck_assert_uint_gt(failed, 20);
}
END_TEST

/* Pages without contents but one: 'count' of them, all the same object's. */
static struct filed_in
of_pages(size_t count)
{
	struct ty_buf buf;

	ty_buf_init(&buf, fx.arena, count * 70);
	ty_buf_add_str(&buf, "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
			     "3 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n"
			     "4 0 obj<</Length 33>>stream\nBT /F 9 Tf 9 9 Td (a text) Tj ET  \n"
			     "endstream endobj\n2 0 obj<</Type/Pages/Count ");
	ty_buf_printf(&buf, "%zu/Kids[", count);
	for (size_t i = 0; i < count; i++)
		ty_buf_printf(&buf, "%zu 0 R ", i + 5);
	ty_buf_add_str(&buf, "]>>endobj\n");
	for (size_t i = 0; i < count; i++)
		ty_buf_printf(&buf,
			      "%zu 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 "
			      "0 R/Resources<</Font<</F 3 0 R>>>>>>endobj\n",
			      i + 5);
	ty_buf_printf(&buf, "trailer<</Root 1 0 R/Size %zu>>\n", count + 5);
	return (struct filed_in){ "many.pdf", buf.data, buf.len };
}

START_TEST(more_pages_than_a_step_has_items_are_read_in_parts)
{
	struct filed_in file = of_pages(TY_LIMIT_STEP_ITEMS + 1);
	struct filed out = asked(&file, "{`give`:`pages`}", "");

	ck_assert_str_eq(out.message,
			 "there are 10001 pages, and at most 10000 are read at a time");
	out = asked(&file, "{`give`:`pages`,`from`:9990}", "");
	ck_assert_str_eq(out.message, "");
	ck_assert_uint_eq(json_array_size(out.items), 12);
}
END_TEST

START_TEST(ten_thousand_pages_are_read_in_time)
{
	struct filed_in file = of_pages(TY_LIMIT_STEP_ITEMS);
	struct filed out = asked(&file, "{}", "");

	ck_assert_str_eq(out.message, "");
	ck_assert_uint_eq(json_array_size(json_object_get(
				  json_object_get(json_array_get(out.items, 0), "json"), "pages")),
			  TY_LIMIT_STEP_ITEMS);
}
END_TEST

TEST_MAIN("parse.pdf", {
	TEST_LOOP(documents_are_read, rows);
	TEST_LOOP(what_is_no_document_is_refused, wrong);
	TEST(a_document_that_is_cut_is_read_as_far_as_it_goes);
	TEST(more_pages_than_a_step_has_items_are_read_in_parts);
	TEST(ten_thousand_pages_are_read_in_time);
})

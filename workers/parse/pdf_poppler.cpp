// pdf_poppler.cpp -- see pdf_poppler.h.  The one file of C++, because no interface of poppler's in C keeps the layout.

#include "pdf_poppler.h"

#include <poppler-document.h>
#include <poppler-global.h>
#include <poppler-page.h>
#include <poppler-version.h>

#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iconv.h>
#include <memory>
#include <string>

struct pdf_doc {
	std::unique_ptr<poppler::document> doc; // empty: it is broken
	char complaint[200] = "";
};

namespace
{

void
complain(const std::string &message, void *ctx)
{
	struct pdf_doc *doc = static_cast<struct pdf_doc *>(ctx);

	if (doc->complaint[0] == '\0')
		snprintf(doc->complaint, sizeof(doc->complaint), "%s", message.c_str());
}

void
unheard(const std::string &, void *)
{
}

void
add_utf8(std::string &out, unsigned long c)
{
	if (c < 0x80) {
		out += static_cast<char>(c);
	} else if (c < 0x800) {
		out += static_cast<char>(0xc0 | c >> 6);
		out += static_cast<char>(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		out += static_cast<char>(0xe0 | c >> 12);
		out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
		out += static_cast<char>(0x80 | (c & 0x3f));
	} else {
		out += static_cast<char>(0xf0 | c >> 18);
		out += static_cast<char>(0x80 | (c >> 12 & 0x3f));
		out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
		out += static_cast<char>(0x80 | (c & 0x3f));
	}
}

// Written here, since the library gives an empty text for one with half a surrogate pair.
std::string
utf8_of(const poppler::ustring &text)
{
	std::string out;

	out.reserve(text.size() + text.size() / 8);
	for (std::size_t i = 0; i < text.size(); i++) {
		unsigned long c = text[i];

		if (c == 0xfeff && i == 0)
			continue;
		if (c >= 0xd800 && c < 0xdc00 && i + 1 < text.size() && text[i + 1] >= 0xdc00 &&
		    text[i + 1] < 0xe000)
			c = 0x10000 + ((c - 0xd800) << 10) + (text[++i] - 0xdc00UL);
		else if ((c >= 0xd800 && c < 0xe000) || c == 0)
			c = 0xfffd;
		add_utf8(out, c);
	}
	return out;
}

char *
copy_of(const std::string &text)
{
	char *copy = static_cast<char *>(malloc(text.size() + 1));

	if (copy == nullptr)
		abort();
	memcpy(copy, text.c_str(), text.size() + 1);
	return copy;
}

poppler::page::text_layout_enum
layout_of(enum pdf_layout layout)
{
	switch (layout) {
	case PDF_PHYSICAL:
		return poppler::page::physical_layout;
	case PDF_RAW:
		return poppler::page::raw_order_layout;
	default:
		return poppler::page::non_raw_non_physical_layout;
	}
}

// A document of one page with a letter, by which the library loads what it loads once.
const char tiny[] =
	"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
	"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
	"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R"
	"/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj\n"
	"4 0 obj<</Length 29>>stream\nBT /F 9 Tf 9 9 Td (a) Tj ET \nendstream endobj\n"
	"trailer<</Root 1 0 R/Size 5>>\n";

} // namespace

void
pdf_prepare(void)
{
	struct pdf_doc *doc;
	size_t len;

	(void)iconv_open("UTF-16", "UTF-8");
	(void)iconv_open("UTF-8", "UTF-16");
	if (pdf_open(tiny, sizeof(tiny) - 1, "", &doc) != PDF_OPEN)
		return;
	free(pdf_page_text(doc, 0, PDF_PHYSICAL, &len));
	free(pdf_info(doc, "Title"));
	// Stays open, because the library forgets what it has loaded with its last document.
}

const char *
pdf_version(void)
{
	return POPPLER_VERSION;
}

enum pdf_state
pdf_open(const char *data, size_t len, const char *password, struct pdf_doc **ret_doc)
{
	struct pdf_doc *doc = new pdf_doc;

	*ret_doc = doc;
	// Of one document at a time, as the library has one function for all.
	poppler::set_debug_error_function(complain, doc);
	if (len > INT_MAX)
		return PDF_BROKEN;
	doc->doc.reset(poppler::document::load_from_raw_data(data, static_cast<int>(len)));
	if (!doc->doc)
		return PDF_BROKEN;
	if (!doc->doc->is_locked())
		return PDF_OPEN;
	// Given at first, a wrong password would close a document that opens without one.
	if (password[0] != '\0')
		(void)doc->doc->unlock(password, password);
	doc->complaint[0] = '\0'; // that it wants a password
	return doc->doc->is_locked() ? PDF_LOCKED : PDF_OPEN;
}

void
pdf_close(struct pdf_doc *doc)
{
	poppler::set_debug_error_function(unheard, nullptr);
	delete doc;
}

size_t
pdf_page_count(const struct pdf_doc *doc)
{
	int count = doc->doc->pages();

	return count > 0 ? static_cast<std::size_t>(count) : 0;
}

bool
pdf_is_encrypted(const struct pdf_doc *doc)
{
	return doc->doc->is_encrypted();
}

char *
pdf_info(const struct pdf_doc *doc, const char *key)
{
	std::string text = utf8_of(doc->doc->info_key(key));

	return text.empty() ? nullptr : copy_of(text);
}

bool
pdf_info_date(const struct pdf_doc *doc, const char *key, int64_t *ret_s)
{
	time_t at = doc->doc->info_date_t(key);

	*ret_s = at;
	return at != static_cast<time_t>(-1);
}

char *
pdf_page_text(const struct pdf_doc *doc, size_t page, enum pdf_layout layout, size_t *ret_len)
{
	std::unique_ptr<poppler::page> p(doc->doc->create_page(static_cast<int>(page)));
	std::string text;

	if (!p)
		return nullptr;
	text = utf8_of(p->text(poppler::rectf(), layout_of(layout)));
	*ret_len = text.size();
	return copy_of(text);
}

const char *
pdf_complaint(const struct pdf_doc *doc)
{
	return doc->complaint;
}

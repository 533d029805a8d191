/*
 * pdf_poppler.h -- what pdf.c needs of poppler, whose interface is C++'s, as functions of C.
 *
 * Texts are UTF-8 without NUL bytes, and malloc'd.  No exception leaves a function: memory that ends aborts, which the
 * parent of the process tells as a limit.
 */
#ifndef TY_PARSE_PDF_POPPLER_H
#define TY_PARSE_PDF_POPPLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum pdf_state { PDF_OPEN, PDF_BROKEN, PDF_LOCKED };
enum pdf_layout { PDF_READING, PDF_PHYSICAL, PDF_RAW };

struct pdf_doc;

/*
 * Load what the library loads once: before the files are gone.  Converters between UTF-8 and UTF-16 are shared objects
 * of the C library, so that one of each stays open.
 * For programs that call it once.
 */
void pdf_prepare(void);
const char *pdf_version(void);

/* Read a document; 'data' outlives it.  *ret_doc is set in every state: also of a broken one there is a complaint. */
enum pdf_state pdf_open(const char *data, size_t len, const char *password,
			struct pdf_doc **ret_doc);
void pdf_close(struct pdf_doc *doc);

size_t pdf_page_count(const struct pdf_doc *doc);
bool pdf_is_encrypted(const struct pdf_doc *doc);
/* An entry of what the document says of itself, "Title"; NULL = it has none. */
char *pdf_info(const struct pdf_doc *doc, const char *key);
/* Date of an entry, in seconds since 1970; false = none. */
bool pdf_info_date(const struct pdf_doc *doc, const char *key, int64_t *ret_s);
/* Text of a page, counted from 0; NULL where there is no such page to read. */
char *pdf_page_text(const struct pdf_doc *doc, size_t page, enum pdf_layout layout,
		    size_t *ret_len);

/* First thing that the library complained about, cut; "" = nothing. */
const char *pdf_complaint(const struct pdf_doc *doc);

#ifdef __cplusplus
}
#endif

#endif

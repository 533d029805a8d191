/*
 * pdf_data.h -- poppler's own data (package poppler-data), which it opens file by file while it reads a document.
 *
 * The jail has no files.  So they are mapped before it closes, which takes address space and no memory until one is
 * read, and fopen() of this program gives what is mapped.  Without them documents in Chinese, Japanese and Korean that
 * name their encoding alone would have no text.
 */
#ifndef TY_PARSE_PDF_DATA_H
#define TY_PARSE_PDF_DATA_H

/* Map all files below; none where the package is not installed. */
void pdf_data_map(void);

#endif

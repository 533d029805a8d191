/*
 * touch_scan.c -- see touch_scan.h.
 */
#include "touch_scan.h"

unsigned short
scan_peek(const struct scan *scan, size_t n)
{
	return (size_t)(scan->end - scan->at) > n ? scan->at[n] : 0;
}

bool
scan_begins(const struct scan *scan, const char *text)
{
	for (size_t i = 0; text[i] != '\0'; i++) {
		if (scan_peek(scan, i) != (unsigned char)text[i])
			return false;
	}
	return true;
}

bool
word_is(struct word word, const char *text)
{
	size_t i = 0;

	while (i < word.len && (unsigned char)text[i] == word.text[i])
		i++;
	return i == word.len && text[i] == '\0';
}

bool
word_is_one_of(struct word word, const char *const *list)
{
	for (; *list != NULL; list++) {
		if (word_is(word, *list))
			return true;
	}
	return false;
}

void
scan_skip_space(struct scan *scan)
{
	for (;;) {
		unsigned short c = scan_peek(scan, 0);

		if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
			scan->at++;
		} else if (c == '/' && scan_peek(scan, 1) == '/') {
			while (scan->at < scan->end && !is_line_end(*scan->at))
				scan->at++;
		} else if (c == '/' && scan_peek(scan, 1) == '*') {
			const unsigned short *from = scan->at;

			for (scan->at += 2; scan->at < scan->end && !scan_begins(scan, "*/");)
				scan->at++;
			if (scan->at == scan->end) {
				scan->at = from;
				return;
			}
			scan->at += 2;
		} else {
			return;
		}
	}
}

struct word
scan_word(struct scan *scan)
{
	struct word word = { scan->at, 0 };

	while (is_name_char(scan_peek(scan, 0)))
		scan->at++;
	word.len = (size_t)(scan->at - word.text);
	return word;
}

unsigned short
scan_next(struct scan *scan)
{
	scan_skip_space(scan);
	return scan_peek(scan, 0);
}

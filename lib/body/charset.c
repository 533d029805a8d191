/*
 * charset.c -- see charset.h.  glibc's iconv does the work; which charset a label means is our table.
 */
#include "body/charset.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

#define REPLACEMENT  "\xEF\xBF\xBD"
#define LABEL_MAX    64
#define CHUNK_BYTES  4096
#define ENCODE_BYTES 16 /* one character in any charset, with its shifts */

struct ty_charset {
	const char *name;   /* iconv's */
	const char *labels; /* space on both sides of each */
	size_t unit;	    /* bytes that are skipped where there is no character */
};

enum { UTF_8, UTF_16LE, UTF_16BE, UTF_32LE, UTF_32BE, WINDOWS_1252 };

/* clang-format off */
static const struct ty_charset charsets[] = {
	[UTF_8] = { "UTF-8", " utf-8 utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8 ", 1 },
	[UTF_16LE] = { "UTF-16LE", " utf-16le utf-16 unicode csunicode iso-10646-ucs-2 ucs-2 unicodefeff ", 2 },
	[UTF_16BE] = { "UTF-16BE", " utf-16be unicodefffe ", 2 },
	[UTF_32LE] = { "UTF-32LE", " utf-32le utf-32 ", 4 },
	[UTF_32BE] = { "UTF-32BE", " utf-32be ", 4 },
	[WINDOWS_1252] = { "CP1252", " windows-1252 cp1252 x-cp1252 latin1 l1 iso-8859-1 iso8859-1 iso88591 iso_8859-1"
		" iso_8859-1:1987 iso-ir-100 csisolatin1 ibm819 cp819 us-ascii ascii ansi_x3.4-1968 ", 1 },
	{ "CP1250", " windows-1250 cp1250 x-cp1250 ", 1 },
	{ "CP1251", " windows-1251 cp1251 x-cp1251 ", 1 },
	{ "CP1253", " windows-1253 cp1253 x-cp1253 ", 1 },
	{ "CP1254", " windows-1254 cp1254 x-cp1254 latin5 l5 iso-8859-9 iso8859-9 iso88599 iso_8859-9"
		" iso_8859-9:1989 iso-ir-148 csisolatin5 ", 1 },
	{ "CP1255", " windows-1255 cp1255 x-cp1255 ", 1 },
	{ "CP1256", " windows-1256 cp1256 x-cp1256 ", 1 },
	{ "CP1257", " windows-1257 cp1257 x-cp1257 ", 1 },
	{ "CP1258", " windows-1258 cp1258 x-cp1258 ", 1 },
	{ "CP874", " windows-874 dos-874 tis-620 iso-8859-11 iso8859-11 iso885911 ", 1 },
	{ "ISO-8859-2", " iso-8859-2 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 iso-ir-101 latin2 l2 csisolatin2 ", 1 },
	{ "ISO-8859-3", " iso-8859-3 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 iso-ir-109 latin3 l3 csisolatin3 ", 1 },
	{ "ISO-8859-4", " iso-8859-4 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 iso-ir-110 latin4 l4 csisolatin4 ", 1 },
	{ "ISO-8859-5", " iso-8859-5 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988 iso-ir-144 cyrillic csisolatincyrillic ", 1 },
	{ "ISO-8859-6", " iso-8859-6 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987 iso-ir-127 iso-8859-6-e iso-8859-6-i"
		" arabic asmo-708 ecma-114 csisolatinarabic csiso88596e csiso88596i ", 1 },
	{ "ISO-8859-7", " iso-8859-7 iso8859-7 iso88597 iso_8859-7 iso_8859-7:1987 iso-ir-126 greek greek8 ecma-118"
		" elot_928 sun_eu_greek csisolatingreek ", 1 },
	{ "ISO-8859-8", " iso-8859-8 iso8859-8 iso88598 iso_8859-8 iso_8859-8:1988 iso-ir-138 iso-8859-8-e iso-8859-8-i"
		" hebrew visual logical csisolatinhebrew csiso88598e csiso88598i ", 1 },
	{ "ISO-8859-10", " iso-8859-10 iso8859-10 iso885910 iso-ir-157 latin6 l6 csisolatin6 ", 1 },
	{ "ISO-8859-13", " iso-8859-13 iso8859-13 iso885913 ", 1 },
	{ "ISO-8859-14", " iso-8859-14 iso8859-14 iso885914 ", 1 },
	{ "ISO-8859-15", " iso-8859-15 iso8859-15 iso885915 iso_8859-15 latin9 l9 csisolatin9 ", 1 },
	{ "ISO-8859-16", " iso-8859-16 ", 1 },
	{ "KOI8-R", " koi8-r koi8_r koi8 koi cskoi8r ", 1 },
	{ "KOI8-U", " koi8-u koi8-ru ", 1 },
	{ "IBM866", " ibm866 cp866 866 csibm866 ", 1 },
	{ "MACINTOSH", " macintosh mac x-mac-roman csmacintosh ", 1 },
	{ "MAC-UK", " x-mac-cyrillic x-mac-ukrainian ", 1 },
	{ "GB18030", " gb18030 gbk x-gbk gb2312 gb_2312 gb_2312-80 chinese iso-ir-58 csgb2312 csiso58gb231280 ", 1 },
	{ "BIG5-HKSCS", " big5 big5-hkscs cn-big5 x-x-big5 csbig5 ", 1 },
	{ "EUC-JP", " euc-jp x-euc-jp cseucpkdfmtjapanese ", 1 },
	{ "ISO-2022-JP", " iso-2022-jp csiso2022jp ", 1 },
	{ "CP932", " shift_jis shift-jis sjis x-sjis ms932 ms_kanji windows-31j csshiftjis ", 1 },
	{ "CP949", " euc-kr windows-949 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 iso-ir-149 cseuckr"
		" csksc56011987 ", 1 },
};
/* clang-format on */

const struct ty_charset *
ty_charset_find(const char *label)
{
	char word[LABEL_MAX + 3];
	size_t len, start = strspn(label, " \t\r\n");

	label += start;
	len = strcspn(label, " \t\r\n");
	if (len == 0 || len > LABEL_MAX)
		return NULL;
	word[0] = ' ';
	for (size_t i = 0; i < len; i++)
		word[i + 1] = label[i] >= 'A' && label[i] <= 'Z' ? (char)(label[i] - 'A' + 'a')
								 : label[i];
	word[len + 1] = ' ';
	word[len + 2] = '\0';
	for (size_t i = 0; i < TY_ARRAY_COUNT(charsets); i++)
		if (strstr(charsets[i].labels, word) != NULL)
			return &charsets[i];
	return NULL;
}

bool
ty_charset_is_utf8(const struct ty_charset *charset)
{
	return charset == &charsets[UTF_8];
}

bool
ty_charset_is_latin1(const struct ty_charset *charset)
{
	return charset == &charsets[WINDOWS_1252];
}

const struct ty_charset *
ty_charset_of_mark(const char *s, size_t len, size_t *ret_mark_len)
{
	static const struct {
		int charset;
		const char *mark;
		size_t len;
	} marks[] = {
		{ UTF_8, "\xEF\xBB\xBF", 3 },	 { UTF_32LE, "\xFF\xFE\0\0", 4 },
		{ UTF_32BE, "\0\0\xFE\xFF", 4 }, { UTF_16LE, "\xFF\xFE", 2 },
		{ UTF_16BE, "\xFE\xFF", 2 },
	};

	for (size_t i = 0; i < TY_ARRAY_COUNT(marks); i++) {
		if (len >= marks[i].len && memcmp(s, marks[i].mark, marks[i].len) == 0) {
			*ret_mark_len = marks[i].len;
			return &charsets[marks[i].charset];
		}
	}
	return NULL;
}

const struct ty_charset *
ty_charset_of_json(const char *s, size_t len)
{
	if (len >= 4 && s[0] == 0 && s[1] == 0 && s[2] == 0 && s[3] != 0)
		return &charsets[UTF_32BE];
	if (len >= 4 && s[0] != 0 && s[1] == 0 && s[2] == 0 && s[3] == 0)
		return &charsets[UTF_32LE];
	if (len >= 2 && s[0] == 0 && s[1] != 0)
		return &charsets[UTF_16BE];
	if (len >= 2 && s[0] != 0 && s[1] == 0)
		return &charsets[UTF_16LE];
	return NULL;
}

/* ---- UTF-8 ---- */

/*
 * The bytes at 's' that are one character, or (negative) the maximal part of one that is none
 * (Unicode 15, 3.9, "Substitution of maximal subparts").
 */
static int
utf8_part(const unsigned char *s, size_t len)
{
	unsigned char low = 0x80, high = 0xbf;
	int more;

	if (s[0] < 0x80)
		return s[0] != 0 ? 1 : -1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return -1;
	more = s[0] < 0xe0 ? 1 : s[0] < 0xf0 ? 2 : 3;
	if (s[0] == 0xe0)
		low = 0xa0; /* in 0x80..0x9f a shorter form would do */
	else if (s[0] == 0xed)
		high = 0x9f; /* half of a pair */
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f; /* beyond U+10FFFF */
	for (int i = 1; i <= more; i++) {
		if ((size_t)i >= len || s[i] < low || s[i] > high)
			return -i;
		low = 0x80;
		high = 0xbf;
	}
	return more + 1;
}

struct ty_text
ty_utf8_mend(struct ty_arena *arena, struct ty_text in, bool *mended)
{
	struct ty_buf buf;

	if (ty_str_is_utf8(in.s, in.len))
		return in;
	*mended = true;
	ty_buf_init(&buf, arena, in.len + in.len / 8);
	for (size_t i = 0; i < in.len;) {
		int part = utf8_part((const unsigned char *)in.s + i, in.len - i);

		if (part > 0)
			ty_buf_add(&buf, in.s + i, (size_t)part);
		else
			ty_buf_add_str(&buf, REPLACEMENT);
		i += (size_t)(part > 0 ? part : -part);
	}
	return (struct ty_text){ buf.data, buf.len };
}

/* ---- other charsets ---- */

/* Decode a byte that iconv did not take: a control character of the web's table, or none at all. */
static void
put_undecodable(struct ty_buf *buf, const struct ty_charset *charset, unsigned char c, bool *mended)
{
	if (c >= 0x80 && c <= 0x9f && strncmp(charset->name, "CP", 2) == 0 &&
	    strcmp(charset->name, "CP932") != 0 && strcmp(charset->name, "CP949") != 0) {
		ty_buf_add_char(buf, (char)0xc2);
		ty_buf_add_char(buf, (char)c);
		return;
	}
	ty_buf_add_str(buf, REPLACEMENT);
	*mended = true;
}

static void
decode_with(iconv_t cd, const struct ty_charset *charset, struct ty_text in, struct ty_buf *buf,
	    bool *mended)
{
	char *from = (char *)(uintptr_t)in.s;
	size_t left = in.len;

	while (left > 0) {
		char chunk[CHUNK_BYTES], *to = chunk;
		size_t room = sizeof(chunk), skip;
		size_t rc = iconv(cd, &from, &left, &to, &room);
		int why = errno;

		ty_buf_add(buf, chunk, sizeof(chunk) - room);
		if (rc != (size_t)-1 || why == E2BIG)
			continue;
		put_undecodable(buf, charset, (unsigned char)*from, mended);
		skip = why == EINVAL || charset->unit > left ? left : charset->unit;
		from += skip;
		left -= skip;
	}
}

struct ty_text
ty_charset_decode(struct ty_arena *arena, const struct ty_charset *charset, struct ty_text in,
		  bool *mended)
{
	struct ty_buf buf;
	iconv_t cd;

	if (charset == NULL || ty_charset_is_utf8(charset))
		return ty_utf8_mend(arena, in, mended);
	cd = iconv_open("UTF-8", charset->name);
	if (cd == (iconv_t)-1) /* a system without that table: never seen with Debian's libc6 */
		return ty_utf8_mend(arena, in, mended);
	ty_buf_init(&buf, arena, in.len + in.len / 2 + CHUNK_BYTES);
	decode_with(cd, charset, in, &buf, mended);
	iconv_close(cd);
	return ty_utf8_mend(arena, (struct ty_text){ buf.data, buf.len }, mended);
}

enum ty_code
ty_charset_encode(struct ty_arena *arena, const struct ty_charset *charset, struct ty_text in,
		  struct ty_text *ret_out, struct ty_err *err)
{
	char *from = (char *)(uintptr_t)in.s, *to;
	size_t left = in.len, room = 4 * in.len + ENCODE_BYTES, all = room;
	struct ty_text out;
	iconv_t cd;
	size_t rc;

	if (charset == NULL || ty_charset_is_utf8(charset)) {
		*ret_out = in;
		return TY_OK;
	}
	cd = iconv_open(charset->name, "UTF-8");
	if (cd == (iconv_t)-1)
		return ty_err_set(err, TY_E_INVALID, "The charset %s cannot be written",
				  charset->name);
	out.s = to = ty_arena_alloc(arena, room + 1);
	rc = iconv(cd, &from, &left, &to, &room);
	if (rc != (size_t)-1)
		rc = iconv(cd, NULL, NULL, &to, &room);
	iconv_close(cd);
	if (rc == (size_t)-1) {
		ty_err_set(
			err, TY_E_INVALID,
			"The text has a character that the charset %s does not have, at byte %zu",
			charset->name, in.len - left);
		return ty_err_hint(err, "Say charset=utf-8.");
	}
	out.len = all - room;
	*ret_out = out;
	return TY_OK;
}

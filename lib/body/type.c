/*
 * type.c -- see type.h.
 */
#include "body/type.h"

#include "base/str.h"

#include <string.h>
#include <strings.h>

/*
 * Types by their names; "x*" is all that begin so, "*x" all that end so.  The first row that fits counts,
 * so the exceptions come first.
 */
static const struct {
	const char *pattern;
	enum ty_body_kind kind;
} types[] = {
	{ "application/stream+json", TY_BODY_KIND_TEXT }, /* a value a line, as x-ndjson */
	{ "application/json", TY_BODY_KIND_JSON },
	{ "*+json", TY_BODY_KIND_JSON },
	{ "text/json", TY_BODY_KIND_JSON },
	{ "text/x-json", TY_BODY_KIND_JSON },
	{ "application/x-json", TY_BODY_KIND_JSON },
	{ "application/csp-report", TY_BODY_KIND_JSON },
	{ "application/x-amz-json*", TY_BODY_KIND_JSON },
	{ "application/json-rpc", TY_BODY_KIND_JSON },
	{ "application/jsonrequest", TY_BODY_KIND_JSON },
	{ "application/x-www-form-urlencoded", TY_BODY_KIND_FORM },
	{ "multipart/form-data", TY_BODY_KIND_MULTIPART },
	{ "text/xml", TY_BODY_KIND_XML },
	{ "text/html", TY_BODY_KIND_XML },
	{ "application/xml", TY_BODY_KIND_XML },
	{ "*+xml", TY_BODY_KIND_XML },
	{ "text/*", TY_BODY_KIND_TEXT },
	{ "application/x-ndjson", TY_BODY_KIND_TEXT },
	{ "application/ndjson", TY_BODY_KIND_TEXT },
	{ "application/jsonl", TY_BODY_KIND_TEXT },
	{ "application/x-jsonlines", TY_BODY_KIND_TEXT },
	{ "application/json-seq", TY_BODY_KIND_TEXT },
	{ "application/csv", TY_BODY_KIND_TEXT },
	{ "application/yaml", TY_BODY_KIND_TEXT },
	{ "application/x-yaml", TY_BODY_KIND_TEXT },
	{ "application/javascript", TY_BODY_KIND_TEXT },
	{ "application/graphql", TY_BODY_KIND_TEXT },
	{ "image/*", TY_BODY_KIND_BYTES },
	{ "audio/*", TY_BODY_KIND_BYTES },
	{ "video/*", TY_BODY_KIND_BYTES },
	{ "font/*", TY_BODY_KIND_BYTES },
	{ "application/octet-stream", TY_BODY_KIND_BYTES },
	{ "application/pdf", TY_BODY_KIND_BYTES },
	{ "application/zip", TY_BODY_KIND_BYTES },
	{ "application/gzip", TY_BODY_KIND_BYTES },
	{ "application/x-tar", TY_BODY_KIND_BYTES },
};

bool
ty_body_kind_may_be_bytes(enum ty_body_kind kind)
{
	return kind == TY_BODY_KIND_OTHER || kind == TY_BODY_KIND_BYTES;
}

bool
ty_body_kind_is_textual(enum ty_body_kind kind)
{
	return !ty_body_kind_may_be_bytes(kind) && kind != TY_BODY_KIND_MULTIPART;
}

static bool
is_like(const char *name, const char *pattern)
{
	size_t len = strlen(pattern), name_len = strlen(name);

	if (pattern[len - 1] == '*')
		return strncmp(name, pattern, len - 1) == 0;
	if (pattern[0] == '*')
		return name_len > len - 1 && strcmp(name + name_len - (len - 1), pattern + 1) == 0;
	return strcmp(name, pattern) == 0;
}

static enum ty_body_kind
kind_of(const char *name)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(types); i++)
		if (is_like(name, types[i].pattern))
			return types[i].kind;
	return TY_BODY_KIND_OTHER;
}

void
ty_body_type_parse(const char *text, struct ty_body_type *ret_type)
{
	const char *s = text != NULL ? text + strspn(text, " \t") : "";
	size_t len = strcspn(s, ";, \t");

	ret_type->name[0] = '\0';
	ret_type->params = s + len;
	ret_type->kind = len > 0 ? TY_BODY_KIND_OTHER : TY_BODY_KIND_NO_TYPE;
	if (len == 0 || len >= sizeof(ret_type->name))
		return;
	for (size_t i = 0; i < len; i++)
		ret_type->name[i] = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] - 'A' + 'a') : s[i];
	ret_type->name[len] = '\0';
	ret_type->kind = kind_of(ret_type->name);
}

/* ---- parameters ---- */

/* The value at 's' into 'out' (NULL: skip it).  Gives what comes after it; NULL where it does not fit. */
static const char *
value_read(const char *s, char *out, size_t out_size)
{
	char quote = *s == '"' || *s == '\'' ? *s++ : '\0';
	size_t n = 0;

	while (*s != '\0' && (quote != '\0' ? *s != quote : strchr("; \t,", *s) == NULL)) {
		/* Browsers put C:\dir\file in quotes as it is, so only a quote or a backslash is escaped. */
		if (quote == '"' && s[0] == '\\' && (s[1] == '"' || s[1] == '\\'))
			s++;
		if (out != NULL && n + 1 >= out_size)
			return NULL;
		if (out != NULL)
			out[n] = *s;
		n++;
		s++;
	}
	if (out != NULL)
		out[n] = '\0';
	return s + (quote != '\0' && *s == quote);
}

bool
ty_body_param(const char *params, const char *name, char *out, size_t out_size)
{
	const char *s = params;
	size_t name_len = strlen(name);

	while (*(s += strspn(s, "; \t,")) != '\0') {
		size_t len = strcspn(s, "=; \t,");
		bool is_it = len == name_len && strncasecmp(s, name, len) == 0;
		const char *eq = s + len + strspn(s + len, " \t");

		if (*eq != '=') {
			s = len > 0 ? s + len : s + 1;
			continue;
		}
		s = value_read(eq + 1 + strspn(eq + 1, " \t"), is_it ? out : NULL, out_size);
		if (is_it || s == NULL)
			return s != NULL;
	}
	return false;
}

void
ty_body_file_name(const char *disposition, char *out, size_t out_size)
{
	if (disposition == NULL ||
	    !ty_body_param(disposition + strcspn(disposition, ";"), "filename", out, out_size))
		out[0] = '\0';
}

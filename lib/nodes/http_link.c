/*
 * http_link.c -- addresses that answers name: Link headers, references, parameters of a query.
 *
 * Memory: the arena given.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/pair.h"
#include "base/str.h"
#include "nodes/http_parts.h"

#include <string.h>
#include <strings.h>

/* ---- Link headers (RFC 8288, section 3 and appendix B.2) ---- */

static const char *
skip(const char *at, const char *chars)
{
	return at + strspn(at, chars);
}

/* The value of a parameter at 'at', quoted or a token; *at goes behind it. */
static const char *
link_value(struct ty_arena *arena, const char **at)
{
	const char *from = *at;
	struct ty_buf buf;
	size_t len;

	if (*from != '"') {
		len = strcspn(from, ";, \t");
		*at = from + len;
		return ty_arena_strndup(arena, from, len);
	}
	ty_buf_init(&buf, arena, 32);
	for (from++; *from != '\0' && *from != '"'; from++) {
		if (*from == '\\' && from[1] != '\0')
			from++;
		ty_buf_add_char(&buf, *from);
	}
	*at = *from == '"' ? from + 1 : from;
	return buf.len > 0 ? ty_arena_strndup(arena, buf.data, buf.len) : "";
}

static bool
has_relation(const char *relations, const char *rel)
{
	size_t len = strlen(rel);

	while (*relations != '\0') {
		size_t word = strcspn(relations, " \t");

		if (word == len && strncasecmp(relations, rel, len) == 0)
			return true;
		relations = skip(relations + word, " \t");
	}
	return false;
}

/* Have the parameters at 'at' the relation?  *at goes behind them.  The first "rel" counts. */
static bool
link_is(struct ty_arena *arena, const char **at, const char *rel)
{
	bool is = false, has_rel = false;
	const char *from = skip(*at, " \t");

	while (*from == ';') {
		const char *name = skip(from + 1, " \t;");
		size_t len = strcspn(name, "=;, \t");
		const char *value = "";

		from = skip(name + len, " \t");
		if (*from == '=') {
			from = skip(from + 1, " \t");
			value = link_value(arena, &from);
		}
		if (len == 3 && strncasecmp(name, "rel", 3) == 0 && !has_rel) {
			has_rel = true;
			is = has_relation(skip(value, " \t"), rel);
		}
		from = skip(from, " \t");
	}
	*at = from;
	return is;
}

const char *
http_link_find(struct ty_arena *arena, const char *header, const char *rel)
{
	const char *at = skip(header, " \t,");

	while (*at == '<') {
		const char *close = strchr(at, '>');
		const char *target = at + 1;

		if (close == NULL)
			return NULL;
		at = close + 1;
		if (link_is(arena, &at, rel))
			return ty_arena_strndup(arena, target, (size_t)(close - target));
		at = skip(at + strcspn(at, ","), " \t,");
	}
	return NULL;
}

/* ---- references (RFC 3986, section 5) ---- */

/* "scheme:" at the start of 's': its length with the colon; 0 = none. */
static size_t
scheme_len(const char *s)
{
	size_t len = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

	return len > 0 && s[len] == ':' && strchr("0123456789+-.", *s) == NULL ? len + 1 : 0;
}

/* "https://host:1" of an absolute URL; 0 = it is none. */
static size_t
origin_len(const char *url)
{
	size_t scheme = scheme_len(url);

	if (scheme == 0 || strncmp(url + scheme, "//", 2) != 0)
		return 0;
	return scheme + 2 + strcspn(url + scheme + 2, "/?#");
}

/* Section 5.2.4, over 'path' which begins with "/". */
static void
add_without_dots(struct ty_buf *buf, const char *path, size_t len)
{
	size_t start = buf->len;
	const char *end = path + len;

	while (path < end) {
		const char *next = memchr(path + 1, '/', (size_t)(end - path - 1));
		size_t size = (size_t)((next != NULL ? next : end) - path);
		bool is_one = size == 2 && path[1] == '.';
		bool is_two = size == 3 && path[1] == '.' && path[2] == '.';

		if (is_two)
			while (buf->len > start && buf->data[--buf->len] != '/')
				;
		if (!is_one && !is_two)
			ty_buf_add(buf, path, size);
		else if (next == NULL)
			ty_buf_add_char(buf, '/');
		path += size;
	}
}

static const char *
join_path(struct ty_arena *arena, const char *base, size_t origin, const char *reference)
{
	size_t base_path = strcspn(base + origin, "?#"), len = strcspn(reference, "?#");
	struct ty_buf path, url;

	ty_buf_init(&path, arena, 200);
	if (*reference != '/') {
		while (base_path > 0 && base[origin + base_path - 1] != '/')
			base_path--;
		if (base_path == 0)
			ty_buf_add_char(&path, '/');
		ty_buf_add(&path, base + origin, base_path);
	}
	ty_buf_add(&path, reference, len);
	ty_buf_init(&url, arena, 200);
	ty_buf_add(&url, base, origin);
	add_without_dots(&url, path.data, path.len);
	ty_buf_add(&url, reference + len, strcspn(reference + len, "#"));
	return ty_arena_strndup(arena, url.data, url.len);
}

const char *
http_link_resolve(struct ty_arena *arena, const char *base, const char *reference)
{
	size_t origin = origin_len(base), len = strcspn(reference, "#");
	const char *bare = ty_arena_strndup(arena, reference, len);

	if (origin == 0)
		return NULL;
	if (scheme_len(bare) > 0)
		return bare;
	if (strncmp(bare, "//", 2) == 0)
		return ty_arena_printf(arena, "%.*s%s", (int)scheme_len(base), base, bare);
	if (len == 0)
		return ty_arena_strndup(arena, base, strcspn(base, "#"));
	if (*bare == '?')
		return ty_arena_printf(arena, "%.*s%s", (int)strcspn(base, "?#"), base, bare);
	return join_path(arena, base, origin, bare);
}

struct origin {
	const char *scheme, *host, *port;
	size_t scheme_size, host_size, port_size;
};

/* Is there a character that another reader of URLs might take for the end of the host? */
static bool
is_doubtful(const char *authority, const char *end)
{
	for (; authority < end; authority++)
		if (*authority == '\\' || (unsigned char)*authority <= ' ')
			return true;
	return false;
}

/* False: it is no absolute http or https URL, or nobody knows whose. */
static bool
origin_of(const char *url, struct origin *ret)
{
	size_t len = origin_len(url), scheme = scheme_len(url);
	bool is_tls = strncasecmp(url, "https:", 6) == 0;
	const char *host = url + scheme + 2, *end = url + len, *at, *port;

	if (len == 0 || (!is_tls && strncasecmp(url, "http:", 5) != 0) || is_doubtful(host, end))
		return false;
	while ((at = memchr(host, '@', (size_t)(end - host))) != NULL)
		host = at + 1;
	at = memchr(host, ']', (size_t)(end - host));
	port = memchr(at != NULL ? at : host, ':', (size_t)(end - (at != NULL ? at : host)));
	*ret = (struct origin){ .scheme = url,
				.scheme_size = scheme,
				.host = host,
				.host_size = (size_t)((port != NULL ? port : end) - host),
				.port = is_tls ? "443" : "80",
				.port_size = is_tls ? 3 : 2 };
	if (port != NULL && port + 1 < end) {
		ret->port = port + 1;
		ret->port_size = (size_t)(end - port - 1);
	}
	return true;
}

static bool
is_same(const char *a, size_t a_size, const char *b, size_t b_size)
{
	return a_size == b_size && strncasecmp(a, b, a_size) == 0;
}

bool
http_link_is_same_origin(const char *a, const char *b)
{
	struct origin x, y;

	return origin_of(a, &x) && origin_of(b, &y) &&
	       is_same(x.scheme, x.scheme_size, y.scheme, y.scheme_size) &&
	       is_same(x.host, x.host_size, y.host, y.host_size) &&
	       is_same(x.port, x.port_size, y.port, y.port_size);
}

/* ---- parameters of a query ---- */

static bool
pair_is(struct ty_arena *arena, const struct ty_pair *pair, const char *name)
{
	size_t decoded;
	const char *text = ty_str_url_decode(arena, pair->name, pair->name_len, true, &decoded);

	return text != NULL && decoded == strlen(name) && memcmp(text, name, decoded) == 0;
}

/* The URL with those parts of its query that are not 'name'; *ret_has: whether one was. */
static const char *
filter(struct ty_arena *arena, const char *url, const char *name, bool *ret_has)
{
	size_t head = strcspn(url, "?#");
	const char *at = url + head, *end;
	struct ty_pair pair;
	struct ty_buf buf;
	char glue = '?';

	*ret_has = false;
	if (*at != '?')
		return url;
	end = at + strcspn(at, "#");
	at++;
	ty_buf_init(&buf, arena, 200);
	ty_buf_add(&buf, url, head);
	while (ty_pair_next(&at, end, &pair)) {
		if (pair_is(arena, &pair, name)) {
			*ret_has = true;
			continue;
		}
		ty_buf_add_char(&buf, glue);
		ty_buf_add(&buf, pair.name, (size_t)(at - pair.name));
		glue = '&';
	}
	return *ret_has ? ty_arena_strndup(arena, buf.data, buf.len) : url;
}

const char *
http_link_without(struct ty_arena *arena, const char *url, const char *name)
{
	bool has;

	return filter(arena, url, name, &has);
}

bool
http_link_has(struct ty_arena *arena, const char *url, const char *name)
{
	bool has;

	filter(arena, url, name, &has);
	return has;
}

/*
 * answer_header.c -- see answer_header.h.
 */
#include "hook/answer_header.h"

#include "base/str.h"

#include <string.h>
#include <strings.h>

static const char of_connection[] = "belongs to the connection, which the server keeps";
static const char of_server[] = "is the server's own";
static const char of_site[] = "would count for the whole site, of which the UI is part";
static const char of_origins[] = "is made from the webhook's allowed origins";

static const char leave_out[] = "Leave it out.";
static const char ask_csp[] =
	"Leave it out; the operator's setting answer_csp is what answers are sent with.";
static const char set_origins[] = "Set allowed_origins of the webhook instead.";

/* A name that ends in '-' stands for all that begin so. */
static const struct {
	const char *name, *fault, *hint;
} refused[] = {
	{ "connection", of_connection, leave_out },
	{ "keep-alive", of_connection, leave_out },
	{ "proxy-", of_connection, leave_out },
	{ "te", of_connection, leave_out },
	{ "trailer", of_connection, leave_out },
	{ "transfer-encoding", of_connection, leave_out },
	{ "upgrade", of_connection, leave_out },
	{ "content-length", of_connection, leave_out },
	{ "status", of_server, "Set the node's status instead." },
	{ "date", of_server, leave_out },
	{ "server", of_server, leave_out },
	{ "x-accel-", of_server, leave_out },
	{ "x-sendfile", of_server, leave_out },
	{ "x-request-id", of_server, leave_out },
	{ "x-content-type-options", of_server, leave_out },
	{ "set-cookie", of_site, leave_out },
	{ "set-cookie2", of_site, leave_out },
	{ "clear-site-data", of_site, leave_out },
	{ "service-worker-allowed", of_site, leave_out },
	{ "strict-transport-security", of_site, leave_out },
	{ "alt-svc", of_site, leave_out },
	{ "nel", of_site, leave_out },
	{ "report-to", of_site, leave_out },
	{ "reporting-endpoints", of_site, leave_out },
	{ "x-frame-options", of_site, leave_out },
	{ "cross-origin-", of_site, leave_out },
	{ "content-security-policy", of_site, ask_csp },
	{ "content-security-policy-report-only", of_site, ask_csp },
	{ "access-control-", of_origins, set_origins },
};

static bool
is_named(const char *name, const char *row)
{
	size_t len = strlen(row);

	return row[len - 1] == '-' ? strncasecmp(name, row, len) == 0 : strcasecmp(name, row) == 0;
}

/* A token (RFC 9110, 5.6.2). */
static bool
is_token(const char *name)
{
	return name[0] != '\0' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			    "!#$%&'*+-.^_`|~") == strlen(name);
}

const char *
ty_hook_answer_header_fault(const char *name, const char **ret_hint)
{
	*ret_hint = "Write a name such as Content-Type or X-Result.";
	if (!is_token(name))
		return "is no name of a header";
	for (size_t i = 0; i < TY_ARRAY_COUNT(refused); i++) {
		if (!is_named(name, refused[i].name))
			continue;
		*ret_hint = refused[i].hint;
		return refused[i].fault;
	}
	return NULL;
}

const char *
ty_hook_answer_value_fault(const char *value)
{
	for (; *value != '\0'; value++) {
		unsigned char c = (unsigned char)*value;

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return "has a line break or another control character in its value";
	}
	return NULL;
}

bool
ty_hook_answer_is_data(const char *type)
{
	static const char *const types[] = { "application/json", "text/plain" };
	size_t len = strcspn(type, "; \t");

	for (size_t i = 0; i < TY_ARRAY_COUNT(types); i++)
		if (strlen(types[i]) == len && strncasecmp(type, types[i], len) == 0)
			return strchr(type, ',') == NULL;
	return false;
}

/*
 * internal.h -- what the files of lib/net share; nobody else includes it.
 *
 *	guard.c     which addresses may be connected
 *	request.c   request JSON -> struct net_request (checked, no curl handle yet)
 *	pairs.c     its lists of names and values
 *	parts.c     a body with files in it
 *	url.c       its URL; where a redirect leads
 *	transfer.c  struct net_request -> a set-up easy handle; a hop after a redirect
 *	answer.c    what came back -> answer JSON
 *	retry_after.c  when the server asks to be called again
 *	failure.c   why no answer came
 *	resolve.c   why a name gave no address
 *	sign.c      what a signature adds to a hop
 *	proxy.c     the way of a hop (proxy.h); proxy_failure.c: what a proxy did wrong
 *	files.c     files that are sent, and answers that are kept as files
 *	http.c      the multi handle on the libuv loop, and the calls
 *
 * Ownership: a call owns one arena; its request, answer and texts live there.
 */
#ifndef TY_NET_INTERNAL_H
#define TY_NET_INTERNAL_H

#include "base/arena.h"
#include "base/err.h"
#include "blob/blob.h"
#include "body/body.h"
#include "net/auth.h"
#include "net/http.h"
#include "net/proxy.h"

#include <curl/curl.h>
#include <sys/socket.h>

struct net_header {
	const char *name, *value;
	bool for_origin;   /* in a request: no other origin may see the header (a secret; Host) */
	bool is_signature; /* of this hop alone (sign.c) */
};

/* A part of a body: bytes in memory, or a file. */
struct net_piece {
	const char *data; /* NULL: the file */
	size_t len;
	const char *hash;
};

/* A request that has passed every check. */
struct net_request {
	const char *method;
	const char *url;	     /* without user information */
	const char *secret_query;    /* secret part of the query; NULL = none */
	const char *user, *password; /* NULL = none */
	struct net_header *headers;  /* the caller's, and those we add */
	size_t header_count;
	const char *body; /* NULL = none */
	size_t body_len;
	struct net_piece *pieces; /* NULL: 'body' is all; else body_len is the sum of them */
	size_t piece_count;
	bool has_body;
	bool body_for_origin; /* the body has a secret in it: no other origin may see it */
	bool wants_file;
	int64_t timeout_ms, connect_timeout_ms;
	int64_t redirects_max;
	int64_t response_max_bytes;
	enum ty_body_as response;
	bool verify_tls;
	const struct ty_net_auth *auth; /* NULL = none, or left behind by a redirect */
	const struct net_proxy *proxy;	/* the request's own; NULL = none */
};

/* Errors: TY_E_INVALID with the path of the member at fault. */
enum ty_code net_request_parse(struct ty_arena *arena, const json_t *json, int64_t timeout_ms,
			       struct net_request *ret_request, struct ty_err *err) TY_MUST_CHECK;

/* ---- pairs.c ---- */

/* Entries of a list that are meant: all, those without "secret": true, or those with it. */
enum net_pairs { NET_PAIRS_ALL, NET_PAIRS_PLAIN, NET_PAIRS_SECRET };

/* The value as text: strings as they are, other scalars as JSON writes them; NULL = has a NUL. */
const char *net_pair_value(struct ty_arena *arena, const json_t *pair);
bool net_pairs_has_secret(const json_t *pairs);
/* Is 'json' a list of { "name", "value" }?  NULL is an empty one.  Errors: TY_E_INVALID. */
enum ty_code net_pairs_check(const json_t *json, const char *what,
			     struct ty_err *err) TY_MUST_CHECK;
/* application/x-www-form-urlencoded, also what a query string is.  Errors: TY_E_INVALID. */
enum ty_code net_pairs_encode(struct ty_arena *arena, const json_t *pairs, enum net_pairs taken,
			      const char *what, char **ret_text, size_t *ret_len,
			      struct ty_err *err) TY_MUST_CHECK;

/* ---- parts.c: fill the body and give its content type.  Errors: TY_E_INVALID. ---- */

enum ty_code net_parts_encode(struct ty_arena *arena, const json_t *body,
			      struct net_request *request, const char **ret_type,
			      struct ty_err *err) TY_MUST_CHECK;
enum ty_code net_file_encode(struct ty_arena *arena, const json_t *value,
			     struct net_request *request, const char **ret_type,
			     struct ty_err *err) TY_MUST_CHECK;

/* sign.c: a copy of 'auth', its context with it. */
const struct ty_net_auth *net_auth_copy(struct ty_arena *arena, const struct ty_net_auth *auth);
/* sign.c: sign it, where it is to be.  Errors: the signer's. */
enum ty_code net_request_sign(struct ty_arena *arena, struct net_request *request,
			      struct ty_err *err) TY_MUST_CHECK;

bool net_request_has(const struct net_request *request, const char *name);

bool net_status_redirects(long status);
/*
 * Follow a redirect with 'status' to 'location': changes url, method, body and, where the origin changes,
 * drops headers that were for the old one (RFC 9110, 15.4).
 * Errors: TY_E_UPSTREAM (a Location that is no http or https URL), TY_E_DENIED (the body would go to
 * another origin with a secret in it).
 */
enum ty_code net_request_redirect(struct ty_arena *arena, struct net_request *request, long status,
				  const char *location, struct ty_err *err) TY_MUST_CHECK;

/* Split an absolute http(s) URL: *ret_url without user information. Errors: TY_E_INVALID. */
enum ty_code net_url_parse(struct ty_arena *arena, const char *text, const char *query,
			   struct net_request *request, struct ty_err *err) TY_MUST_CHECK;

/* The URL as an answer may show it: without secret_query. */
const char *net_url_told(struct ty_arena *arena, const struct net_request *request);

/* The error that net_url_parse gives. */
enum ty_code net_url_invalid(struct ty_err *err);
/*
 * Length for "%.*s" of the part of a URL without user information that a message may show: up to the query,
 * because tokens are in that.
 */
int net_url_shown_len(const char *url);

/* The part of a response that has come so far. */
struct net_response {
	struct net_header *headers;
	size_t header_count, header_cap;
	size_t header_bytes;
	char *body; /* malloc'd */
	size_t body_len, body_cap;
	bool too_large; /* headers or body went over their limit */
};

/* Take one raw header line, status lines and the empty last one included. False: too large. */
bool net_response_header(struct net_response *response, struct ty_arena *arena, const char *line,
			 size_t len);
/* Take a piece of the body. False: over 'max_bytes'. */
bool net_response_body(struct net_response *response, const void *data, size_t len,
		       int64_t max_bytes);
const char *net_response_find(const struct net_response *response, const char *name);
void net_response_done(struct net_response *response);

/*
 * The answer, owned by 'arena'.  Errors: TY_E_UPSTREAM (not the JSON that was asked for, or damaged),
 * TY_E_TOO_LARGE (once it is inflated).
 */
enum ty_code net_answer(struct ty_arena *arena, const struct net_request *request,
			struct net_response *response, long status, int64_t duration_ms,
			json_t **ret_answer, struct ty_err *err) TY_MUST_CHECK;
/* The answer whose body is kept as 'file' (steals). */
json_t *net_answer_file(struct ty_arena *arena, const struct net_request *request,
			const struct net_response *response, long status, int64_t duration_ms,
			json_t *file);
/* The error of a body over 'max_bytes'. */
enum ty_code net_too_large(int64_t max_bytes, struct ty_err *err);

/* The guard on a socket address. */
bool net_guard_allows_sockaddr(const struct ty_net_guard *guard, const struct sockaddr *sa);
/* "1.2.3.4:80" or "[::1]:80" into 'out'. */
void net_sockaddr_format(const struct sockaddr *sa, char *out, size_t out_size);

struct ty_net;

/* files.c: what a call has of files; zeroed where it has none. */
struct net_files {
	struct ty_net_files to;
	bool is_given; /* 'to' is */
	/* sending */
	struct ty_blob_reader *reader; /* of the piece that is a file */
	size_t piece, piece_at;	       /* the next byte */
	bool is_sending_paused;
	/* keeping */
	struct ty_blob_writer *writer;
	size_t skip; /* bytes of what curl gives again that were taken before it was paused */
	bool is_keeping_paused;
	struct ty_blob *blob; /* once committed */
};

struct ty_net_call {
	struct ty_net *net;
	struct ty_net_call *next, *prev; /* of net->calls */
	struct ty_arena *arena;
	struct net_request request;
	struct net_route route;
	struct net_response response;
	CURL *easy;		    /* NULL where it failed before it began */
	struct curl_slist *headers; /* as curl wants them */
	int64_t begun_ms, deadline_ms;
	int64_t hops;
	int sent;		   /* how often this hop's request was on a connection */
	bool doubled;		   /* curl wanted to send it again; we refused */
	bool host_unknown;	   /* the name servers say that there is no such host */
	struct net_lookup *lookup; /* under way; NULL = none */
	char denied[80];	   /* address the guard refused on this hop; "" = none */
	char why[CURL_ERROR_SIZE]; /* curl's own words for what failed on this hop */
	bool in_multi;
	bool failed_early; /* err is to be told soon */
	struct ty_err err; /* error that ended the call and that curl does not know; TY_OK: none */
	struct net_files files;
	ty_net_fn fn;
	void *ctx;
};

/* curl's callbacks for a body that is in pieces. */
size_t net_files_read(char *buf, size_t size, size_t count, void *call);
int net_files_seek(void *call, curl_off_t offset, int origin);
/* Is this hop's answer to be kept as a file?  Known once its headers are. */
bool net_files_wants(struct ty_net_call *call);
/* curl's write callback of such an answer. */
size_t net_files_write(struct ty_net_call *call, const char *data, size_t len);
/* All of it has come: commit; net_call_kept follows, maybe from within. */
void net_files_end(struct ty_net_call *call);
/* The next hop begins anew; a call is over. */
void net_files_reset(struct ty_net_call *call);
/* http.c: the transfer ended in 'code' while it was paused. */
void net_call_stopped(struct ty_net_call *call, CURLcode code);
/* http.c: the file is committed, or err says why not. */
void net_call_kept(struct ty_net_call *call);
/* The handle of what was kept, named as the answer says. */
json_t *net_files_json(struct ty_net_call *call);

/* Set everything on call->easy for call->request; once per hop. */
void net_transfer_setup(struct ty_net_call *call, const struct net_means *means);
void net_transfer_done(struct ty_net_call *call);
/* resolve.c: look up why the host's name gave no address; net_call_looked_up follows, never from
 * within.  False: nobody can say. */
struct uv_loop_s;
bool net_resolve_again(struct uv_loop_s *loop, struct ty_net_call *call);
void net_resolve_forget(struct ty_net_call *call); /* the call is over */
/* http.c: call->host_unknown is settled. */
void net_call_looked_up(struct ty_net_call *call);
/* failure.c: the error for a transfer that ended in 'code'. */
void net_transfer_error(const struct ty_net_call *call, CURLcode code, struct ty_err *err);
/* The error for the address in call->denied. */
void net_transfer_denied(const struct ty_net_call *call, struct ty_err *err);

#endif

/*
 * url.h -- where Redis is: redis://[[user]:password@]host[:port][/db] or unix:/path[?db=n].
 *
 * User and password may have %XX in them, as in any address; a '%' itself is %25.
 *
 * hiredis as Debian 12 has it knows no TLS, so "rediss:" is refused with a word why;
 * put Redis on a unix socket, the loopback or a tunnel.
 */
#ifndef TY_QUEUE_URL_H
#define TY_QUEUE_URL_H

#include "base/defs.h"
#include "base/err.h"

struct ty_queue_url {
	char host[256];		      /* "" where it is a unix socket */
	char path[108];		      /* path of the unix socket: as long as sun_path */
	char user[64], password[256]; /* "" = none */
	int port;
	int db;
};

/* Errors: TY_E_INVALID. */
enum ty_code ty_queue_url_parse(const char *text, struct ty_queue_url *ret_url,
				struct ty_err *err) TY_MUST_CHECK;

#endif

/*
 * http.h -- FastCGI: connections, the threads that serve them, and a stop that loses nothing.
 *
 * The only part of this program that knows libfcgi.  Connections are waited for all together
 * (epoll); a thread takes the one that has a request, serves it and gives it back.  So an
 * idle kept connection costs no thread, and as many requests as there are threads run at once.
 */
#ifndef TY_APP_HTTP_H
#define TY_APP_HTTP_H

#include "base/defs.h"

struct ty_app;
struct ty_http_server;

/* Is there a listening socket on this descriptor? */
bool ty_http_can_listen(int fd);

/*
 * Serve 'app' on a listening socket, with so many threads.  Both are borrowed.
 * Errors: TY_E_INTERNAL (no threads, no descriptors).
 */
enum ty_code ty_http_server_new(struct ty_app *app, int listen_fd, size_t threads,
				struct ty_http_server **ret_server,
				struct ty_err *err) TY_MUST_CHECK;

/*
 * Accept no more, finish what has been asked, at most for 'drain_ms'.  False: some request was
 * not finished in time, and its thread still runs; then the process must end, not free.
 */
bool ty_http_server_stop(struct ty_http_server *server, int64_t drain_ms);
/* After a stop that gave true; takes NULL. Closes the idle connections. */
void ty_http_server_free(struct ty_http_server *server);

#endif

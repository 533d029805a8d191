/*
 * tls.c -- see tls.h.  Blocking accepts and a thread a connection: it is a test's.
 */
#include "support/tls.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DAY_S	      (24L * 3600)
#define TLS_HANDSHAKE 0x16 /* the first byte of a connection that speaks TLS */

static void
must(bool ok, const char *what)
{
	if (!ok) {
		perror(what);
		abort();
	}
}

/* ---- certificates ---- */

struct tls_identity {
	EVP_PKEY *key;
	X509 *cert;
};

static void
cert_extend(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	must(extension != NULL && X509_add_ext(cert, extension, -1) == 1, value);
	X509_EXTENSION_free(extension);
}

/* Subjects differ, so that a chain is built by name and not by chance. */
static void
cert_name(X509 *cert)
{
	unsigned char random[16];
	char text[33];

	must(getentropy(random, sizeof(random)) == 0, "getentropy");
	random[0] &= 0x7f; /* a serial number is positive */
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(text + 2 * i, 3, "%02x", random[i]);
	must(X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
					(const unsigned char *)text, -1, -1, 0) == 1,
	     "subject");
	ASN1_INTEGER_set(X509_get_serialNumber(cert), (long)(random[0] << 8 | random[1]) + 1);
}

struct tls_identity *
tls_identity_new(const struct tls_wanted *wanted)
{
	struct tls_identity *identity = calloc(1, sizeof(*identity));
	const struct tls_identity *issuer;
	X509 *cert = X509_new();

	must(identity != NULL && cert != NULL, "calloc");
	identity->key = EVP_EC_gen("P-256");
	identity->cert = cert;
	must(identity->key != NULL, "EVP_EC_gen");
	issuer = wanted->issuer != NULL ? wanted->issuer : identity;
	X509_set_version(cert, X509_VERSION_3);
	cert_name(cert);
	X509_set_issuer_name(cert, X509_get_subject_name(issuer->cert));
	X509_gmtime_adj(X509_getm_notBefore(cert), -365 * DAY_S);
	X509_gmtime_adj(X509_getm_notAfter(cert),
			wanted->ended_days > 0 ? -wanted->ended_days * DAY_S : DAY_S);
	X509_set_pubkey(cert, identity->key);
	cert_extend(cert, NID_basic_constraints, issuer == identity ? "CA:TRUE" : "CA:FALSE");
	cert_extend(cert, NID_subject_alt_name, wanted->names);
	must(X509_sign(cert, issuer->key, EVP_sha256()) > 0, "X509_sign");
	return identity;
}

void
tls_identity_free(struct tls_identity *identity)
{
	X509_free(identity->cert);
	EVP_PKEY_free(identity->key);
	free(identity);
}

void
tls_identity_save(const struct tls_identity *identity, const char *path)
{
	FILE *file = fopen(path, "we");

	must(file != NULL && PEM_write_X509(file, identity->cert) == 1, path);
	fclose(file);
}

/* ---- the front ---- */

struct pipe_ends {
	struct pipe_ends *next;
	struct tls_front *front;
	pthread_t thread;
	SSL *ssl; /* NULL: plain */
	int client, behind;
};

struct tls_front {
	SSL_CTX *ctx;
	int fd, port, port_behind;
	pthread_t thread;
	pthread_mutex_t lock;
	struct pipe_ends *pipes;
};

static int
listen_anywhere(int *ret_port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(bind(fd, (struct sockaddr *)&addr, len) == 0 && listen(fd, 64) == 0, "listen");
	getsockname(fd, (struct sockaddr *)&addr, &len);
	*ret_port = ntohs(addr.sin_port);
	return fd;
}

static int
connect_to(int port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				    .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0, "connect");
	return fd;
}

static ssize_t
client_read(struct pipe_ends *p, char *buf, size_t size)
{
	return p->ssl != NULL ? SSL_read(p->ssl, buf, (int)size) : recv(p->client, buf, size, 0);
}

static bool
client_write(struct pipe_ends *p, const char *buf, size_t len)
{
	if (p->ssl != NULL)
		return SSL_write(p->ssl, buf, (int)len) == (int)len;
	return send(p->client, buf, len, MSG_NOSIGNAL) == (ssize_t)len;
}

/* Copy both ways until either end closes. */
static void
pipe_pump(struct pipe_ends *p)
{
	struct pollfd fds[] = { { .fd = p->client, .events = POLLIN },
				{ .fd = p->behind, .events = POLLIN } };
	char buf[16384];
	ssize_t n;

	for (;;) {
		bool pending = p->ssl != NULL && SSL_pending(p->ssl) > 0;

		if (poll(fds, 2, pending ? 0 : -1) < 0)
			return;
		if (pending || fds[0].revents != 0) {
			n = client_read(p, buf, sizeof(buf));
			if (n <= 0 || send(p->behind, buf, (size_t)n, MSG_NOSIGNAL) != n)
				return;
		}
		if (fds[1].revents != 0) {
			n = recv(p->behind, buf, sizeof(buf), 0);
			if (n <= 0 || !client_write(p, buf, (size_t)n))
				return;
		}
	}
}

static bool
pipe_greet(struct pipe_ends *p)
{
	unsigned char first = 0;

	if (recv(p->client, &first, 1, MSG_PEEK) != 1)
		return false;
	if (first != TLS_HANDSHAKE)
		return true;
	p->ssl = SSL_new(p->front->ctx);
	return p->ssl != NULL && SSL_set_fd(p->ssl, p->client) == 1 && SSL_accept(p->ssl) == 1;
}

static void
pipe_set(struct pipe_ends *p, int *fd, int value)
{
	pthread_mutex_lock(&p->front->lock);
	if (*fd >= 0)
		close(*fd);
	*fd = value;
	pthread_mutex_unlock(&p->front->lock);
}

static void *
pipe_main(void *arg)
{
	struct pipe_ends *p = arg;

	if (pipe_greet(p)) {
		pipe_set(p, &p->behind, connect_to(p->front->port_behind));
		pipe_pump(p);
		if (p->ssl != NULL)
			SSL_shutdown(p->ssl);
	}
	SSL_free(p->ssl);
	pipe_set(p, &p->client, -1);
	pipe_set(p, &p->behind, -1);
	return NULL;
}

static void *
front_main(void *arg)
{
	struct tls_front *front = arg;
	int fd;

	while ((fd = accept4(front->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		struct pipe_ends *p = calloc(1, sizeof(*p));

		must(p != NULL, "calloc");
		p->front = front;
		p->client = fd;
		p->behind = -1;
		pthread_mutex_lock(&front->lock);
		p->next = front->pipes;
		front->pipes = p;
		must(pthread_create(&p->thread, NULL, pipe_main, p) == 0, "thread");
		pthread_mutex_unlock(&front->lock);
	}
	return NULL;
}

struct tls_front *
tls_front_new(const struct tls_identity *identity, int port_behind)
{
	struct tls_front *front = calloc(1, sizeof(*front));

	must(front != NULL, "calloc");
	signal(SIGPIPE, SIG_IGN); /* SSL_write knows no MSG_NOSIGNAL */
	front->ctx = SSL_CTX_new(TLS_server_method());
	must(front->ctx != NULL && SSL_CTX_use_certificate(front->ctx, identity->cert) == 1 &&
		     SSL_CTX_use_PrivateKey(front->ctx, identity->key) == 1,
	     "SSL_CTX");
	front->port_behind = port_behind;
	pthread_mutex_init(&front->lock, NULL);
	front->fd = listen_anywhere(&front->port);
	must(pthread_create(&front->thread, NULL, front_main, front) == 0, "thread");
	return front;
}

void
tls_front_free(struct tls_front *front)
{
	struct pipe_ends *p;

	shutdown(front->fd, SHUT_RDWR);
	pthread_join(front->thread, NULL);
	close(front->fd);
	pthread_mutex_lock(&front->lock);
	for (p = front->pipes; p != NULL; p = p->next) {
		if (p->client >= 0)
			shutdown(p->client, SHUT_RDWR);
		if (p->behind >= 0)
			shutdown(p->behind, SHUT_RDWR);
	}
	pthread_mutex_unlock(&front->lock);
	while ((p = front->pipes) != NULL) {
		front->pipes = p->next;
		pthread_join(p->thread, NULL);
		free(p);
	}
	pthread_mutex_destroy(&front->lock);
	SSL_CTX_free(front->ctx);
	free(front);
}

int
tls_front_port(const struct tls_front *front)
{
	return front->port;
}

/*
 * tls.h -- TLS in front of a test's HTTP server, with certificates made on the spot.
 *
 * A front listens on 127.0.0.1 and a port of its own.  What comes as TLS it takes out of TLS and
 * passes on to the server behind, what comes plain it passes on as it is: so that one host and
 * port is two origins, http and https.
 *
 * Whatever is made lives until it is freed; a front ends its connections and waits for its threads.
 */
#ifndef TY_TESTS_TLS_H
#define TY_TESTS_TLS_H

struct tls_identity; /* a key and the certificate for it */

struct tls_wanted {
	const char *names; /* subjectAltName as OpenSSL writes it: "IP:127.0.0.1,DNS:x.test" */
	int ended_days;	   /* > 0: ran out that many days ago */
	const struct tls_identity *issuer; /* NULL: itself */
};

struct tls_identity *tls_identity_new(const struct tls_wanted *wanted);
void tls_identity_free(struct tls_identity *identity);
/* The certificate alone, as PEM. */
void tls_identity_save(const struct tls_identity *identity, const char *path);

struct tls_front;

/* 'identity' is borrowed for the call: the front takes a reference. */
struct tls_front *tls_front_new(const struct tls_identity *identity, int port_behind);
void tls_front_free(struct tls_front *front);
int tls_front_port(const struct tls_front *front);

#endif

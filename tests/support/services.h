/*
 * services.h -- a private Postgres and Redis for a test program (support/services.sh).
 *
 * They live in a fresh folder below /tmp and end with the test, however it ends: the script's
 * "hold" waits for the end of a pipe that only the test process (and what it forked) holds.
 *
 * Everything here exits with a message where it fails: a test without its services is no test.
 */
#ifndef TY_TESTS_SERVICES_H
#define TY_TESTS_SERVICES_H

enum services_flag {
	SERVICES_POSTGRES = 1,
	SERVICES_REDIS = 2,
	SERVICES_MIGRATED = 4 /* with SERVICES_POSTGRES: the schema of this source tree */
};

struct services {
	char dir[64];
	char database_url[128];	      /* URL as tyboo_app; "" without Postgres */
	char owner_database_url[128]; /* URL as tyboo_owner */
	char redis_url[128];	      /* "" without Redis */
	int hold_fd, report_fd;
};

void services_start(struct services *svc, unsigned flags);
void services_stop(struct services *svc);

/* Kill a server as a crash does; it is gone when the call returns. */
void svc_postgres_kill9(const struct services *svc);
void svc_redis_kill9(const struct services *svc);
/* Start it on the data that is there; it answers when the call returns. */
void svc_postgres_start(const struct services *svc);
void svc_redis_start(const struct services *svc);

#endif

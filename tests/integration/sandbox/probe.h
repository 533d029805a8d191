/*
 * probe.h -- what sandbox-probe and the test that starts it agree on.
 */
#ifndef TY_TESTS_SANDBOX_PROBE_H
#define TY_TESTS_SANDBOX_PROBE_H

#define PROBE_EXTRA_FD 57

/* How the probe ends; all but KILLED (by SIGSYS) are exit statuses. */
enum probe_end { DONE = 0, REFUSED = 10, VACUOUS = 11, KILLED = 31 };

#endif

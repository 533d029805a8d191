/*
 * fault.h -- makes the nth call to the world fail, so that a test can fail each of them in turn.
 *
 * Code that calls the world asks TY_FAULT(point) where it may fail (points: fault.def) and fails
 * the way the world does: a socket is shut down, an errno is set.  Where nothing is armed a call
 * costs one look; in a build without sanitizers it is the constant false, so a release has none.
 *
 * Armed is one point, or all together: the nth time that it is passed it fails, and no other time.
 * A test of this process calls ty_fault_arm(); a program is started with TYBOO_FAULT=point:n in
 * its environment ("any:7", "store_send:1"), which also makes it write when it ends how often it
 * passed each (n = 0: count only).
 * Threads: any.
 */
#ifndef TY_BASE_FAULT_H
#define TY_BASE_FAULT_H

#include <stdbool.h>
#include <stdint.h>

enum ty_fault {
#define X(name, what) TY_FAULT_##name,
#include "base/fault.def"
#undef X
	TY_FAULT_ANY, /* all of them, counted together */
	TY_FAULT__COUNT
};

#ifdef TY_SANITIZE
#define TY_FAULT(point) ty_fault_passes(TY_FAULT_##point)
#else
#define TY_FAULT(point) false
#endif

/* Is this call the one that fails?  Says so on standard error. */
bool ty_fault_passes(enum ty_fault point);

/* Fail the nth pass of a point from now on, once; 0 = none.  All counts begin anew. */
void ty_fault_arm(enum ty_fault point, int64_t nth);
/* Passes of the point since it was armed. */
int64_t ty_fault_passed(enum ty_fault point);
/* Has the armed point failed? */
bool ty_fault_has_failed(void);

#endif

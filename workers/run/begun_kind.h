/*
 * begun_kind.h -- kinds of what a run finds as it begins, and their values (job_begun.c).
 */
#ifndef TY_RUN_BEGUN_KIND_H
#define TY_RUN_BEGUN_KIND_H

#include "json/json.h"

struct journal_write;

enum job_begun_kind {
	JOB_BEGUN_VARS,
	JOB_BEGUN_LIBRARIES,	 /* { name: digest } of all that there are */
	JOB_BEGUN_LIBRARY_TEXTS, /* { name: { "digest", "source"? } } of these (engine/libraries.h) */
	JOB_BEGUN_STATICS,
	JOB_BEGUN_WORKFLOW,
	JOB_BEGUN__COUNT,
};

struct job_begun {
	size_t at;				/* index of the kind that is being settled */
	const json_t *values[JOB_BEGUN__COUNT]; /* NULL = the run asks for none */
	struct journal_write *write;		/* entry under way that journals one; NULL = none */
};

#endif

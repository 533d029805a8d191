/*
 * resume.c -- a run that was put down is taken up: its state and the records of its live frames
 * become frames again.
 */
#include "engine/private.h"

enum ty_code
resume_build(struct ty_run *run, struct ty_err *err)
{
	return ty_err_set(err, TY_E_INVALID, "this run was put down by another release");
}

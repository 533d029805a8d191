/*
 * park.c -- a run put down: what a resume needs beside the records.
 */
#include "engine/private.h"

bool
ty_run_park(struct ty_run *run, struct ty_arena *arena, struct ty_run_parked *ret_parked)
{
	return false;
}

bool
park_is_possible(struct ty_run *run, int64_t *ret_at_ms)
{
	return false;
}

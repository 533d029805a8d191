/*
 * park.c -- a run put down: what a resume needs beside the records.
 */
#include "engine/private.h"

bool
ty_run_park(struct ty_run *run, struct ty_arena *arena, struct ty_run_parked *ret_parked)
{
	return false;
}

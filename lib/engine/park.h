/*
 * park.h -- the state of a run that was put down, as park.c writes it and resume.c reads it.
 */
#ifndef TY_ENGINE_PARK_H
#define TY_ENGINE_PARK_H

/* Change procedure: park.c. */
#define PARK_VERSION 3
/* From here on the state may have clocks of steps. */
#define PARK_VERSION_CLOCKS 3
/* From here on a loop of the state may repeat its body while a condition holds. */
#define PARK_VERSION_REPEATS 2
/* Written where nothing in the state needs a later one, so that the last release takes it up too. */
#define PARK_VERSION_OLDEST 1

#endif

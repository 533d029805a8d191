/*
 * The table of limits and the database say the same, and a limit is changed within its range.
 */
#include "fixture.h"
#include "support/common.h"

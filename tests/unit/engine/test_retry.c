/* test_retry.c */
#include "unit/engine/flow.h"
TEST_MAIN("engine.retry", {})

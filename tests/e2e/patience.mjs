/*
 * patience.mjs -- how many times as long as on an ordinary machine a test waits before it fails.
 *
 * TYBOO_TEST_PATIENCE, as in tests/support/patience.h.
 */
export const patience = Math.max(1, Number(process.env.TYBOO_TEST_PATIENCE ?? 1));

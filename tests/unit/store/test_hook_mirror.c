/*
 * A claim read from the mirror: whole, or not believed.
 */
#include "store/hook_mirror.h"
#include "support/common.h"

#include <string.h>

#define W "01890a5d-ac96-774b-bcce-b302099a8057"
#define H "01890a5d-ac96-774b-bcce-b302099a8058"
#define F "01890a5d-ac96-774b-bcce-b302099a8059"
#define V "01890a5d-ac96-774b-bcce-b302099a805a"
#define C "01890a5d-ac96-774b-bcce-b302099a805b"

#define IDS                                                                                        \
	"\"workspace_id\":\"" W "\",\"hook_id\":\"" H "\",\"workflow_id\":\"" F                    \
	"\",\"version_id\":\"" V "\""
#define SEALED "\"sealed\":\"c0ffee\",\"wrapped\":\"00ff\""

static const char whole[] =
	"{" IDS ",\"workspace_max\":1,\"depth_max\":2,\"rate_per_s\":3,\"quota_month\":9000000000,"
	"\"node_id\":\"hook\",\"verify\":\"{}\",\"timeout_ms\":5,\"workflow_max\":6,"
	"\"credential\":{\"id\":\"" C "\",\"version\":7,\"key_version\":8," SEALED "}}";

START_TEST(a_claim_is_read_whole)
{
	struct ty_store_mirrored m;

	ck_assert_ok(ty_store_mirrored_parse(fx.arena, whole, &m, &fx.err));
	ck_assert_str_eq(m.claim.workspace_id.s, W);
	ck_assert_str_eq(m.claim.hook_id.s, H);
	ck_assert_str_eq(m.claim.workflow_id.s, F);
	ck_assert_str_eq(m.claim.version_id.s, V);
	ck_assert_int_eq(m.claim.limits.concurrent_max, 1);
	ck_assert_int_eq(m.claim.limits.depth_max, 2);
	ck_assert_int_eq(m.claim.limits.rate_per_s, 3);
	ck_assert_int_eq(m.claim.limits.quota_month, 9000000000);
	ck_assert_str_eq(m.claim.node_id, "hook");
	ck_assert_str_eq(m.claim.verify, "{}");
	ck_assert_int_eq(m.claim.timeout_ms, 5);
	ck_assert_int_eq(m.claim.workflow_max, 6);
	ck_assert_str_eq(m.credential.id.s, C);
	ck_assert_int_eq(m.credential.version, 7);
	ck_assert_int_eq(m.credential.key_version, 8);
	ck_assert_uint_eq(m.credential.sealed_len, 3);
	ck_assert_mem_eq(m.credential.sealed, "\xc0\xff\xee", 3);
	ck_assert_uint_eq(m.wrapped_len, 2);
	ck_assert_mem_eq(m.wrapped, "\x00\xff", 2);
}
END_TEST

START_TEST(a_claim_without_a_credential_has_none)
{
	struct ty_store_mirrored m;

	ck_assert_ok(
		ty_store_mirrored_parse(fx.arena, "{" IDS ",\"credential\":null}", &m, &fx.err));
	ck_assert(!ty_id_is_set(&m.credential.id));
}
END_TEST

static const char *const broken[] = {
	"", /* too large to be mirrored */
	"{",
	"[]",
	"{}",
	"{\"workspace_id\":\"" W "\",\"hook_id\":\"" H "\",\"workflow_id\":\"" F "\"}",
	"{\"workspace_id\":\"x\",\"hook_id\":\"" H "\",\"workflow_id\":\"" F
	"\",\"version_id\":\"" V "\"}",
	"{" IDS ",\"credential\":{" SEALED "}}",
	"{" IDS ",\"credential\":{\"id\":\"" C "\",\"sealed\":\"c0ffee\"}}",
	"{" IDS ",\"credential\":{\"id\":\"" C "\",\"sealed\":\"c0ffe\",\"wrapped\":\"00ff\"}}",
	"{" IDS ",\"credential\":{\"id\":\"" C "\",\"sealed\":\"zz\",\"wrapped\":\"00ff\"}}",
	"{" IDS ",\"credential\":{\"id\":\"" C "\",\"sealed\":\"c0ffee\",\"wrapped\":\"\"}}",
};

START_TEST(what_is_not_as_it_was_written_is_not_believed)
{
	struct ty_store_mirrored m;

	ck_assert_code(ty_store_mirrored_parse(fx.arena, broken[_i], &m, &fx.err),
		       TY_E_UNAVAILABLE);
}
END_TEST

TEST_MAIN("store.hook_mirror", {
	TEST(a_claim_is_read_whole);
	TEST(a_claim_without_a_credential_has_none);
	TEST_LOOP(what_is_not_as_it_was_written_is_not_believed, broken);
})

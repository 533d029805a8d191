/*
 * Passwords: the parameters that are kept with a hash, the policy, and how many are hashed at a time.
 */
#include "auth/password.h"
#include "base/str.h"
#include "support/common.h"

#include <argon2.h>
#include <pthread.h>

static struct ty_password *gate;

static const char *
hashed(const char *password)
{
	char *out = ty_arena_alloc(fx.arena, TY_PASSWORD_HASH_SIZE);

	if (gate == NULL)
		gate = ty_password_new(2);
	ck_assert_ok(ty_password_hash(gate, password, out, &fx.err));
	return out;
}

START_TEST(a_hash_is_argon2id_with_owasp_parameters)
{
	const char *hash = hashed("correct horse");

	ck_assert(ty_str_has_prefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$"));
	ck_assert_ptr_null(strstr(hash, "correct"));
	/* 16 bytes of salt and 32 of digest, unpadded base64. */
	ck_assert_uint_eq(strlen(strrchr(hash, '$') + 1), 43);
	ck_assert_uint_eq(strlen(hash), strlen("$argon2id$v=19$m=19456,t=2,p=1$") + 22 + 1 + 43);
	/* And the reference library agrees. */
	ck_assert_int_eq(argon2id_verify(hash, "correct horse", 13), ARGON2_OK);
}
END_TEST

START_TEST(two_hashes_of_one_password_differ)
{
	ck_assert_str_ne(hashed("correct horse"), hashed("correct horse"));
}
END_TEST

static const struct {
	const char *password;
	bool right;
} tries[] = {
	{ "correct horse", true },
	{ "correct horsE", false },
	{ "correct hors", false },
	{ "correct horse ", false },
	{ "", false },
};

START_TEST(only_the_password_verifies)
{
	const char *hash = hashed("correct horse");
	bool rehash = true;

	ck_assert_int_eq(ty_password_verify(gate, hash, tries[_i].password, &rehash),
			 tries[_i].right);
	ck_assert(!rehash);
	ck_assert(!ty_password_verify(gate, NULL, tries[_i].password, NULL));
	ck_assert(!ty_password_verify(gate, "", tries[_i].password, NULL));
	ck_assert(!ty_password_verify(gate, "junk", tries[_i].password, NULL));
}
END_TEST

START_TEST(nobody_is_as_dear_as_somebody)
{
	const char *hash = hashed("correct horse");
	struct timespec t[3];
	double nobody, somebody;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t[0]);
	for (int i = 0; i < 3; i++)
		ck_assert(!ty_password_verify(gate, NULL, "wrong password", NULL));
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t[1]);
	for (int i = 0; i < 3; i++)
		ck_assert(!ty_password_verify(gate, hash, "wrong password", NULL));
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t[2]);
	nobody = (double)(t[1].tv_sec - t[0].tv_sec) + (double)(t[1].tv_nsec - t[0].tv_nsec) / 1e9;
	somebody =
		(double)(t[2].tv_sec - t[1].tv_sec) + (double)(t[2].tv_nsec - t[1].tv_nsec) / 1e9;
	/* A refusal without work would be a thousandth of it. */
	ck_assert_msg(nobody > somebody / 3, "%g s against %g s", nobody, somebody);
}
END_TEST

START_TEST(a_password_has_eight_to_1024_bytes)
{
	char out[TY_PASSWORD_HASH_SIZE], longest[TY_PASSWORD_MAX_BYTES + 2];

	memset(longest, 'x', sizeof(longest));
	longest[TY_PASSWORD_MAX_BYTES + 1] = '\0';
	gate = ty_password_new(1);
	ck_assert_code(ty_password_hash(gate, "1234567", out, &fx.err), TY_E_INVALID);
	ck_assert_code(ty_password_hash(gate, longest, out, &fx.err), TY_E_INVALID);
	ck_assert(!ty_password_verify(gate, NULL, longest, NULL));
	longest[TY_PASSWORD_MAX_BYTES] = '\0';
	ck_assert_ok(ty_password_hash(gate, longest, out, &fx.err));
	ck_assert(ty_password_verify(gate, out, longest, NULL));
	ck_assert_ok(ty_password_hash(gate, "12345678", out, &fx.err));
	ty_password_free(gate);
	ty_password_free(NULL);
}
END_TEST

START_TEST(older_parameters_ask_to_be_made_anew)
{
	char old[TY_PASSWORD_HASH_SIZE];
	bool rehash = false;

	gate = ty_password_new(1);
	ck_assert_int_eq(argon2id_hash_encoded(1, 1024, 1, "correct horse", 13, "saltsaltsaltsalt",
					       16, 32, old, sizeof(old)),
			 ARGON2_OK);
	ck_assert(ty_password_verify(gate, old, "correct horse", &rehash));
	ck_assert(rehash);
	ck_assert(!ty_password_verify(gate, old, "wrong horse", &rehash));
	ck_assert(!rehash);
}
END_TEST

static void *
verify_thread(void *arg)
{
	return ty_password_verify(gate, arg, "correct horse", NULL) ? arg : NULL;
}

START_TEST(a_crowd_waits_and_all_are_served)
{
	char *hash = ty_arena_strdup(fx.arena, hashed("correct horse"));
	pthread_t threads[8];
	void *result;

	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, verify_thread, hash), 0);
	for (int i = 0; i < 8; i++) {
		ck_assert_int_eq(pthread_join(threads[i], &result), 0);
		ck_assert_ptr_eq(result, hash);
	}
}
END_TEST

TEST_MAIN("auth.password", {
	TEST(a_hash_is_argon2id_with_owasp_parameters);
	TEST(two_hashes_of_one_password_differ);
	TEST_LOOP(only_the_password_verifies, tries);
	TEST(nobody_is_as_dear_as_somebody);
	TEST(a_password_has_eight_to_1024_bytes);
	TEST(older_parameters_ask_to_be_made_anew);
	TEST(a_crowd_waits_and_all_are_served);
})

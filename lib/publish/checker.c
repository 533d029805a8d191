/*
 * checker.c -- lazily started sandboxes of the workspaces that ask, each behind a lock.
 *
 * Invariants:
 *   (1) A process serves one workspace from its start to its end.
 *   (2) Who computes waits for no place: a thread of the API is held for one computation at most.
 *   (3) A workspace computes in one place at a time, so that one which asks without end leaves the others theirs.
 *   (4) The lock of the check is also the zygote's, and is taken inside a place's lock, never around one.
 */
#include "publish/checker.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"
#include "base/time.h"
#include "conf/conf.h"
#include "json/json.h"
#include "sandbox/message.h"
#include "sandbox/zygote.h"

#include <pthread.h>
#include <stdlib.h>

/* A check compiles and does not run: a second is a machine in trouble. */
#define CHECK_TIMEOUT_MS 2000

/* A process, and the workspace that it serves. */
struct place {
	pthread_mutex_t lock;
	struct ty_sandbox_process process; /* pid 0 = not running */
	struct ty_id workspace_id;
	int64_t used_at_ms;
	struct ty_id user; /* workspace that computes in it, under 'users_lock'; unset = none */
};

struct ty_checker {
	struct ty_sandbox_conf conf;
	struct place check; /* the lock is the zygote's, too */
	struct place computing[TY_COMPUTING_MAX];
	pthread_mutex_t users_lock;
	struct ty_sandbox_process zygote;
	struct ty_arena *arena; /* arena of one check */
};

struct ty_checker *
ty_checker_new(const struct ty_conf *conf)
{
	struct ty_checker *checker = calloc(1, sizeof(*checker));

	TY_ASSERT(checker != NULL && pthread_mutex_init(&checker->check.lock, NULL) == 0 &&
		  pthread_mutex_init(&checker->users_lock, NULL) == 0);
	for (size_t i = 0; i < TY_COMPUTING_MAX; i++)
		TY_ASSERT(pthread_mutex_init(&checker->computing[i].lock, NULL) == 0);
	checker->conf = (struct ty_sandbox_conf){ .path = conf->sandbox_path,
						  .share_dir = conf->share_dir,
						  .user = conf->sandbox_user };
	checker->arena = ty_arena_new(NULL, "check", 0);
	return checker;
}

/* The check's lock is held. */
static void
check_stop(struct ty_checker *checker)
{
	ty_sandbox_kill(&checker->check.process);
	ty_sandbox_kill(&checker->zygote);
}

void
ty_checker_free(struct ty_checker *checker)
{
	if (checker == NULL)
		return;
	check_stop(checker);
	for (size_t i = 0; i < TY_COMPUTING_MAX; i++) {
		ty_sandbox_kill(&checker->computing[i].process);
		pthread_mutex_destroy(&checker->computing[i].lock);
	}
	ty_arena_free(checker->arena);
	pthread_mutex_destroy(&checker->users_lock);
	pthread_mutex_destroy(&checker->check.lock);
	free(checker);
}

/* False where it is in use, or was so lately. */
static bool
place_rest(struct place *place, int64_t idle_ms)
{
	bool rests;

	if (pthread_mutex_trylock(&place->lock) != 0)
		return false;
	rests = ty_time_mono_ms() - place->used_at_ms >= idle_ms;
	if (rests)
		ty_sandbox_kill(&place->process);
	pthread_mutex_unlock(&place->lock);
	return rests;
}

void
ty_checker_rest(struct ty_checker *checker, int64_t idle_ms)
{
	bool rests = true;

	for (size_t i = 0; i < TY_COMPUTING_MAX; i++)
		rests &= place_rest(&checker->computing[i], idle_ms);
	pthread_mutex_lock(&checker->check.lock);
	if (rests && checker->zygote.pid != 0 &&
	    ty_time_mono_ms() - checker->check.used_at_ms >= idle_ms)
		check_stop(checker);
	pthread_mutex_unlock(&checker->check.lock);
}

/* A process of the workspace; both locks are held. */
static enum ty_code
place_begin(struct ty_checker *checker, struct place *place, const struct ty_id *workspace_id,
	    struct ty_err *err)
{
	if (!ty_id_eq(&place->workspace_id, workspace_id))
		ty_sandbox_kill(&place->process);
	place->workspace_id = *workspace_id;
	if (place->process.pid != 0)
		return TY_OK;
	return ty_sandbox_zygote_bear(&checker->zygote, &checker->conf, &place->process, err);
}

static enum ty_code
check_locked(struct ty_checker *checker, const struct ty_id *workspace_id, const char *script,
	     bool body, struct ty_err *err)
{
	json_t *request =
		ty_json_own(checker->arena, json_pack("{s:s, s:[s], s:[b]}", "kind", "check",
						      "scripts", script, "bodies", (int)body));
	const json_t *error;
	json_t *answer;

	if (place_begin(checker, &checker->check, workspace_id, err) != TY_OK ||
	    ty_sandbox_request(&checker->check.process, &checker->conf, checker->arena, request,
			       CHECK_TIMEOUT_MS, &answer, err) != TY_OK) {
		if (err->code == TY_E_INVALID)
			return err->code; /* the sandbox answered: the script is at fault */
		check_stop(checker);
		return ty_err_set(err, TY_E_UNAVAILABLE,
				  "the script could not be checked: the sandbox is away");
	}
	error = json_array_get(ty_json_arr(answer, "errors"), 0);
	if (json_is_object(error)) {
		ty_sandbox_err_from_json(error, err);
		err->code = TY_E_INVALID;
		return err->code;
	}
	return TY_OK;
}

enum ty_code
ty_checker_check(struct ty_checker *checker, const struct ty_id *workspace_id, const char *script,
		 bool body, struct ty_err *err)
{
	enum ty_code code;

	pthread_mutex_lock(&checker->check.lock);
	code = check_locked(checker, workspace_id, script, body, err);
	ty_arena_clear(checker->arena);
	checker->check.used_at_ms = ty_time_mono_ms();
	pthread_mutex_unlock(&checker->check.lock);
	return code;
}

/* ---- computing ---- */

/* The workspace's own place before one that nobody uses just now; NULL = all are in use. */
static struct place *
place_find(struct ty_checker *checker, const struct ty_id *workspace_id)
{
	struct place *found = NULL;

	for (size_t i = 0; i < TY_COMPUTING_MAX; i++) {
		struct place *place = &checker->computing[i];

		if (pthread_mutex_trylock(&place->lock) != 0)
			continue;
		if (found != NULL && ty_id_eq(&found->workspace_id, workspace_id)) {
			pthread_mutex_unlock(&place->lock);
			continue;
		}
		if (found != NULL)
			pthread_mutex_unlock(&found->lock);
		found = place;
	}
	return found;
}

/* NULL also where the workspace computes already. */
static struct place *
place_take(struct ty_checker *checker, const struct ty_id *workspace_id)
{
	struct place *found = NULL;
	bool computes = false;

	pthread_mutex_lock(&checker->users_lock);
	for (size_t i = 0; i < TY_COMPUTING_MAX; i++)
		computes |= ty_id_eq(&checker->computing[i].user, workspace_id);
	if (!computes)
		found = place_find(checker, workspace_id);
	if (found != NULL)
		found->user = *workspace_id;
	pthread_mutex_unlock(&checker->users_lock);
	return found;
}

static void
place_give(struct ty_checker *checker, struct place *place)
{
	pthread_mutex_lock(&checker->users_lock);
	place->user = (struct ty_id){ .s = "" };
	pthread_mutex_unlock(&checker->users_lock);
	pthread_mutex_unlock(&place->lock);
}

struct ty_computing {
	struct ty_checker *checker;
	struct place *place;
	int64_t left_ms;
};

enum ty_code
ty_computing_begin(struct ty_checker *checker, struct ty_arena *arena,
		   const struct ty_id *workspace_id, int64_t cpu_ms,
		   struct ty_computing **ret_computing, struct ty_err *err)
{
	struct place *place = place_take(checker, workspace_id);
	struct ty_computing *computing;
	enum ty_code code;

	if (place == NULL) {
		ty_err_set(err, TY_E_UNAVAILABLE, "Other expressions are being computed");
		return ty_err_hint(err, "Send it again in a moment.");
	}
	pthread_mutex_lock(&checker->check.lock);
	code = place_begin(checker, place, workspace_id, err);
	pthread_mutex_unlock(&checker->check.lock);
	if (code != TY_OK) {
		place_give(checker, place);
		return code;
	}
	computing = ty_arena_new_of(arena, struct ty_computing);
	*computing = (struct ty_computing){ checker, place, cpu_ms };
	*ret_computing = computing;
	return TY_OK;
}

enum ty_code
ty_computing_ask(struct ty_computing *computing, struct ty_arena *arena, const json_t *request,
		 json_t **ret_answer, struct ty_err *err)
{
	struct ty_sandbox_process *process = &computing->place->process;
	int64_t begun_ms = ty_time_mono_ms();
	enum ty_code code;

	if (process->pid == 0 || computing->left_ms <= 0)
		return ty_err_set(err, TY_E_TIMEOUT, "the time for these expressions is used up");
	code = ty_sandbox_request(process, &computing->checker->conf, arena, request,
				  computing->left_ms, ret_answer, err);
	computing->left_ms -= ty_time_mono_ms() - begun_ms;
	return code;
}

void
ty_computing_end(struct ty_computing *computing)
{
	computing->place->used_at_ms = ty_time_mono_ms();
	place_give(computing->checker, computing->place);
}

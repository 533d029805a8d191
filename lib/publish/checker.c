/*
 * checker.c -- a lazily started sandbox of the workspace that asks, behind a lock.
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

struct ty_checker {
	pthread_mutex_t lock;
	struct ty_sandbox_conf conf;
	struct ty_sandbox_process zygote, process; /* pid 0 = not running */
	struct ty_id workspace_id;		   /* workspace that the process serves */
	struct ty_arena *arena;			   /* arena of one check */
	int64_t used_at_ms;
};

struct ty_checker *
ty_checker_new(const struct ty_conf *conf)
{
	struct ty_checker *checker = calloc(1, sizeof(*checker));

	TY_ASSERT(checker != NULL && pthread_mutex_init(&checker->lock, NULL) == 0);
	checker->conf = (struct ty_sandbox_conf){ .path = conf->sandbox_path,
						  .share_dir = conf->share_dir,
						  .user = conf->sandbox_user };
	checker->arena = ty_arena_new(NULL, "check", 0);
	return checker;
}

static void
checker_stop(struct ty_checker *checker)
{
	ty_sandbox_kill(&checker->process);
	ty_sandbox_kill(&checker->zygote);
}

void
ty_checker_free(struct ty_checker *checker)
{
	if (checker == NULL)
		return;
	checker_stop(checker);
	ty_arena_free(checker->arena);
	pthread_mutex_destroy(&checker->lock);
	free(checker);
}

void
ty_checker_rest(struct ty_checker *checker, int64_t idle_ms)
{
	pthread_mutex_lock(&checker->lock);
	if (checker->zygote.pid != 0 && ty_time_mono_ms() - checker->used_at_ms >= idle_ms)
		checker_stop(checker);
	pthread_mutex_unlock(&checker->lock);
}

static enum ty_code
ask(struct ty_checker *checker, const struct ty_id *workspace_id, const json_t *request,
    json_t **ret_answer, struct ty_err *err)
{
	if (!ty_id_eq(&checker->workspace_id, workspace_id))
		ty_sandbox_kill(&checker->process);
	checker->workspace_id = *workspace_id;
	if (checker->process.pid == 0 && ty_sandbox_zygote_bear(&checker->zygote, &checker->conf,
								&checker->process, err) != TY_OK)
		return err->code;
	return ty_sandbox_request(&checker->process, &checker->conf, checker->arena, request,
				  CHECK_TIMEOUT_MS, ret_answer, err);
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

	if (ask(checker, workspace_id, request, &answer, err) != TY_OK) {
		if (err->code == TY_E_INVALID)
			return err->code; /* the sandbox answered: the script is at fault */
		checker_stop(checker);
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

	pthread_mutex_lock(&checker->lock);
	code = check_locked(checker, workspace_id, script, body, err);
	ty_arena_clear(checker->arena);
	checker->used_at_ms = ty_time_mono_ms();
	pthread_mutex_unlock(&checker->lock);
	return code;
}

/*
 * budget.c -- a counting semaphore whose callers stand in line; see budget.h.
 *
 * Invariants, under the lock:
 *   (1) 'taken' is never more than 'max'.
 *   (2) The first in line does not fit: whoever gives back or leaves the line serves it at once.
 */
#include "base/budget.h"

#include "base/arena.h"

#include <time.h>

struct budget_wait {
	struct budget_wait *next;
	size_t amount;
	bool is_served;
};

/* Share of an arena, given back when that is cleared. */
struct held {
	struct ty_budget *budget;
	size_t amount;
};

static bool
fits(const struct ty_budget *budget, size_t amount)
{
	return amount <= budget->max - budget->taken;
}

/* Invariant (2). */
static void
serve_line(struct ty_budget *budget)
{
	while (budget->first != NULL && fits(budget, budget->first->amount)) {
		budget->taken += budget->first->amount;
		budget->first->is_served = true;
		budget->first = budget->first->next;
	}
	pthread_cond_broadcast(&budget->given);
}

static void
give_back(void *ptr)
{
	const struct held *held = ptr;

	pthread_mutex_lock(&held->budget->lock);
	held->budget->taken -= held->amount;
	serve_line(held->budget);
	pthread_mutex_unlock(&held->budget->lock);
}

static struct timespec
time_in(int64_t ms)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += ms / 1000;
	at.tv_nsec += ms % 1000 * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000;
	}
	return at;
}

static void
leave_line(struct ty_budget *budget, struct budget_wait *wait)
{
	struct budget_wait **at = &budget->first;

	while (*at != wait)
		at = &(*at)->next;
	*at = wait->next;
	serve_line(budget);
}

static bool
wait_in_line(struct ty_budget *budget, size_t amount, int64_t timeout_ms)
{
	const struct timespec until = time_in(timeout_ms);
	struct budget_wait wait = { .amount = amount }, **last = &budget->first;
	int rc = 0;

	while (*last != NULL)
		last = &(*last)->next;
	*last = &wait;
	while (!wait.is_served && rc == 0)
		rc = pthread_cond_clockwait(&budget->given, &budget->lock, CLOCK_MONOTONIC, &until);
	if (!wait.is_served)
		leave_line(budget, &wait);
	return wait.is_served;
}

bool
ty_budget_take(struct ty_budget *budget, struct ty_arena *arena, size_t amount, int64_t timeout_ms)
{
	struct held *held = ty_arena_alloc(arena, sizeof(*held));
	bool ok;

	held->budget = budget;
	held->amount = amount < budget->max ? amount : budget->max;
	pthread_mutex_lock(&budget->lock);
	ok = budget->first == NULL && fits(budget, held->amount);
	if (ok)
		budget->taken += held->amount;
	else
		ok = wait_in_line(budget, held->amount, timeout_ms);
	pthread_mutex_unlock(&budget->lock);
	if (ok)
		ty_arena_defer(arena, give_back, held);
	return ok;
}

size_t
ty_budget_taken(struct ty_budget *budget)
{
	size_t taken;

	pthread_mutex_lock(&budget->lock);
	taken = budget->taken;
	pthread_mutex_unlock(&budget->lock);
	return taken;
}

size_t
ty_budget_waiting(struct ty_budget *budget)
{
	size_t count = 0;

	pthread_mutex_lock(&budget->lock);
	for (const struct budget_wait *wait = budget->first; wait != NULL; wait = wait->next)
		count++;
	pthread_mutex_unlock(&budget->lock);
	return count;
}

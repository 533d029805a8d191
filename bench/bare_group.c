/*
 * bare_group.c -- see bare_group.h.
 */
#include "bare_group.h"

#include <pthread.h>
#include <stdlib.h>

#define GROUP_MAX 256

struct waiter {
	const struct bare_item *item;
	int rc, done;
	pthread_cond_t wake;
	struct waiter *next;
};

struct bare_group {
	struct bare_store *store;
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct waiter *first, **last;
};

/* Under the lock: the next group, in the order it came. */
static size_t
take(struct bare_group *g, struct waiter **out, struct bare_item *items)
{
	size_t count = 0;

	while (g->first == NULL)
		pthread_cond_wait(&g->more, &g->lock);
	while (g->first != NULL && count < GROUP_MAX) {
		out[count] = g->first;
		items[count++] = *g->first->item;
		g->first = g->first->next;
	}
	if (g->first == NULL)
		g->last = &g->first;
	return count;
}

static void *
committer(void *arg)
{
	struct bare_group *g = arg;
	struct waiter *waiters[GROUP_MAX];
	struct bare_item items[GROUP_MAX];

	pthread_mutex_lock(&g->lock);
	for (;;) {
		size_t count = take(g, waiters, items);
		int rc;

		pthread_mutex_unlock(&g->lock);
		rc = bare_store_keep(g->store, items, count);
		pthread_mutex_lock(&g->lock);
		for (size_t i = 0; i < count; i++) {
			waiters[i]->rc = rc;
			waiters[i]->done = 1;
			pthread_cond_signal(&waiters[i]->wake);
		}
	}
	return NULL;
}

struct bare_group *
bare_group_new(struct bare_store *store)
{
	struct bare_group *g = calloc(1, sizeof(*g));
	pthread_t thread;

	if (g == NULL)
		return NULL;
	g->store = store;
	g->last = &g->first;
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->more, NULL);
	if (pthread_create(&thread, NULL, committer, g) != 0) {
		free(g);
		return NULL;
	}
	pthread_detach(thread);
	return g;
}

int
bare_group_keep(struct bare_group *g, const struct bare_item *item)
{
	struct waiter w = { .item = item };

	pthread_cond_init(&w.wake, NULL);
	pthread_mutex_lock(&g->lock);
	*g->last = &w;
	g->last = &w.next;
	pthread_cond_signal(&g->more);
	while (!w.done)
		pthread_cond_wait(&w.wake, &g->lock);
	pthread_mutex_unlock(&g->lock);
	pthread_cond_destroy(&w.wake);
	return w.rc;
}

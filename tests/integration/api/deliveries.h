/*
 * deliveries.h -- deliveries to the house's hooks, and what is kept of them.
 */
#ifndef TY_TESTS_API_DELIVERIES_H
#define TY_TESTS_API_DELIVERIES_H

#include "house.h"

#include "queue/queue.h"

#include <stdlib.h>

static TY_UNUSED void
raw_add(struct raw *raw, const char *header)
{
	size_t n = 0;

	while (raw->headers[n] != NULL)
		n++;
	raw->headers[n] = header;
}

/* A POST of JSON to /hooks/{ws}/h. */
static TY_UNUSED struct raw
delivery(const char *body)
{
	return (struct raw){ .method = "POST",
			     .target = "/hooks/{ws}/h",
			     .body = body,
			     .len = strlen(body),
			     .declared = -1,
			     .headers = { "Content-Type: application/json" } };
}

/* A column of the newest receipt. */
static TY_UNUSED const char *
kept(const char *column)
{
	return house_sql("SELECT %s FROM tyboo.deliveries WHERE workspace_id = '%s' "
			 "ORDER BY id DESC LIMIT 1",
			 column, house.ws_id.s);
}

static TY_UNUSED int64_t
count_kept(const char *where)
{
	return strtoll(house_sql("SELECT count(*) FROM tyboo.deliveries WHERE workspace_id = '%s' "
				 "AND %s",
				 house.ws_id.s, where),
		       NULL, 10);
}

static TY_UNUSED int64_t
count_ready(void)
{
	struct ty_queue_stats stats;

	ck_assert_ok(ty_queue_sync_stats(house.app->queue, &stats, &fx.err));
	return stats.ready;
}

#endif

/*
 * bare_group.h -- one committer thread: whatever came while the last group was kept is the next.
 */
#ifndef TY_BENCH_BARE_GROUP_H
#define TY_BENCH_BARE_GROUP_H

#include "bare_store.h"

struct bare_group;

/* Takes the store over. The thread lives as long as the process. */
struct bare_group *bare_group_new(struct bare_store *store);
/* Blocks until the item is in both stores; 0 where it is. */
int bare_group_keep(struct bare_group *group, const struct bare_item *item);

#endif

/*
 * blobs.h -- struct ty_blob_io on the worker's loop: chunks over its bulk connection, files of the folder by
 * libuv's threads.
 */
#ifndef TY_RUN_BLOBS_H
#define TY_RUN_BLOBS_H

#include "blob/blob.h"

struct blobs;
struct ty_pack;
struct ty_store_async;
struct uv_loop_s;

/* All borrowed; 'folder' "" or NULL: Postgres has the bytes. */
struct blobs *blobs_new(struct uv_loop_s *loop, struct ty_store_async *store, struct ty_pack *pack,
			const char *folder);
/* End before the store: no more is asked of it, and all under way is told as an error, some of it by the
 * loop. */
void blobs_close(struct blobs *blobs);
/* After the loop has run out.  Takes NULL. */
void blobs_free(struct blobs *blobs);

extern const struct ty_blob_io blobs_io; /* 'io' is a struct blobs */

#endif

/*
 * cmd_queue.c -- how the lane stands, and whether the stores are there.
 */
#include "ctl.h"

#include "base/zone.h"
#include "conf/conf.h"
#include "json/json.h"
#include "queue/queue.h"
#include "queue/repair.h"

static enum ty_code
queue_stats(struct ctl *ctl, struct ty_err *err)
{
	struct ty_queue_stats stats;
	struct ty_queue_sync *queue;
	json_t *object;
	int64_t stray;

	if (ctl_queue(ctl, &queue, err) != TY_OK ||
	    ty_queue_sync_stats(queue, &stats, err) != TY_OK ||
	    ty_queue_sync_stray(queue, &stray, err) != TY_OK)
		return err->code;
	object = ty_json_own(
		ctl->arena,
		json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "lane", ctl->conf->lane,
			  "ready", (json_int_t)(stats.ready + stray), "leased",
			  (json_int_t)stats.leased, "delayed", (json_int_t)stats.delayed, "waiting",
			  (json_int_t)stats.waiting, "dead", (json_int_t)stats.dead, "workspaces",
			  (json_int_t)stats.workspaces, "damaged", (json_int_t)stats.damaged));
	ctl_print_object(ctl, object);
	return TY_OK;
}

static enum ty_code
ask_postgres(struct ctl *ctl, struct ty_err *err)
{
	const char *why;
	struct ty_tx *tx;

	if (ctl_begin(ctl, NULL, &tx, err) != TY_OK ||
	    ctl_end(tx, ty_tx_read_only(tx, &why, err), err) != TY_OK)
		return err->code;
	return why == NULL ? TY_OK
			   : ty_err_set(err, TY_E_UNAVAILABLE, "Postgres takes no writes: %s", why);
}

static enum ty_code
ask_redis(struct ctl *ctl, struct ty_err *err)
{
	struct ty_queue_sync *queue;

	if (ctl_queue(ctl, &queue, err) != TY_OK)
		return err->code;
	return ty_queue_sync_probe(queue, err);
}

static enum ty_code
health(struct ctl *ctl, struct ty_err *err)
{
	struct ty_err postgres = { TY_OK }, redis = { TY_OK };
	char zones[TY_ZONE_VERSION_SIZE];
	bool is_up, is_down;

	if (ctl_conf(ctl, &ctl->conf, err) != TY_OK)
		return err->code;
	is_up = (ask_postgres(ctl, &postgres) == TY_OK) & (ask_redis(ctl, &redis) == TY_OK);
	is_down = postgres.code != TY_OK && redis.code != TY_OK;
	ty_zone_version(zones);
	ctl_print_object(
		ctl, ty_json_own(ctl->arena,
				 json_pack("{s:s, s:s, s:s, s:s}", "status",
					   is_up     ? "ok"
					   : is_down ? "down"
						     : "degraded",
					   "postgres", postgres.code == TY_OK ? "ok" : postgres.msg,
					   "redis", redis.code == TY_OK ? "ok" : redis.msg, "zones",
					   zones)));
	return is_up ? TY_OK
		     : ty_err_set(err, TY_E_UNAVAILABLE,
				  "not every store is there and takes writes");
}

const struct ctl_command ctl_queue_commands[] = {
	{ "queue stats", "", "Show how many jobs of the lane are in which state", NULL,
	  queue_stats },
	{ "health", "", "Ask Postgres and Redis whether they are there and take writes", NULL,
	  health },
	{ .name = NULL },
};

/*
 * cmd_conf.c -- the settings as this machine has them, and with --help the table of all.
 */
#include "ctl.h"

#include "base/arena.h"
#include "conf/conf.h"
#include "json/json.h"

static enum ty_code
conf_show(struct ctl *ctl, struct ty_err *err)
{
	const struct ty_conf *conf;
	json_t *object = ty_json_own(ctl->arena, json_object());
	const char *key, *value;

	if (ctl->wants_help) {
		fputs("usage: tybooctl conf\n\nShows the settings in force, passwords left out.  "
		      "All settings:\n\n",
		      ctl->out);
		fputs(ty_conf_help(ctl->arena), ctl->out);
		fputs("\nEach is a line \"key = value\" of the configuration file; the "
		      "environment's "
		      "TYBOO_<KEY> beats it.\n",
		      ctl->out);
		return TY_OK;
	}
	if (ctl_conf(ctl, &conf, err) != TY_OK)
		return err->code;
	for (size_t i = 0; ty_conf_at(ctl->arena, conf, i, &key, &value); i++)
		json_object_set_new(object, key, json_string(value));
	ctl_print_object(ctl, object);
	return TY_OK;
}

const struct ctl_command ctl_conf_commands[] = {
	{ "conf", "", "Show the settings; with --help, what each means", NULL, conf_show },
	{ .name = NULL },
};

/* test_operating.c -- the settings table of docs/OPERATING.md names every setting, and no other. */
#include "conf/conf.h"
#include "support/common.h"
#include "support/places.h"

#include <stdio.h>

static char *
read_file(const char *path)
{
	char *text = ty_arena_alloc(fx.arena, 256 * 1024);
	FILE *file = fopen(path, "r");

	ck_assert_msg(file != NULL, "%s", path);
	ck_assert_uint_lt(fread(text, 1, 256 * 1024 - 1, file), 256 * 1024 - 1);
	fclose(file);
	return text;
}

/* From "## Settings" to the next heading. */
static char *
settings_section(void)
{
	char *text = strstr(read_file(TY_SOURCE_DIR "/docs/OPERATING.md"), "\n## Settings\n"), *end;

	ck_assert_ptr_nonnull(text);
	end = strstr(text + 1, "\n## ");
	if (end != NULL)
		*end = '\0';
	return text;
}

START_TEST(every_setting_is_explained)
{
	const struct ty_conf conf = { .home = "",
				      .database_url = "",
				      .owner_database_url = "",
				      .redis_url = "",
				      .base_url = "",
				      .master_key_file = "",
				      .sandbox_path = "",
				      .parse_path = "",
				      .pdf_path = "",
				      .sandbox_user = "",
				      .share_dir = "",
				      .blob_folder = "",
				      .lane = "",
				      .http_allow = "",
				      .http_ca_file = "",
				      .http_proxy = "",
				      .answer_csp = "",
				      .sns_hosts = "",
				      .log_level = "" };
	const char *section = settings_section(), *key, *value;

	for (size_t i = 0; ty_conf_at(fx.arena, &conf, i, &key, &value); i++)
		ck_assert_msg(strstr(section, ty_arena_printf(fx.arena, "\n| `%s` |", key)) != NULL,
			      "docs/OPERATING.md does not explain %s", key);
}
END_TEST

START_TEST(every_explained_setting_exists)
{
	const char *help = ty_arena_printf(fx.arena, "\n%s", ty_conf_help(fx.arena));
	size_t count = 0;

	for (const char *row = settings_section(); (row = strstr(row, "\n| `")) != NULL; row++) {
		const char *key = row + 4;

		ck_assert_msg(strstr(help, ty_arena_printf(fx.arena, "\n%.*s ",
							   (int)strcspn(key, "`"), key)) != NULL,
			      "there is no setting %.*s", (int)strcspn(key, "`"), key);
		count++;
	}
	ck_assert_uint_gt(count, 0);
}
END_TEST

TEST_MAIN("conf.operating", {
	TEST(every_setting_is_explained);
	TEST(every_explained_setting_exists);
})

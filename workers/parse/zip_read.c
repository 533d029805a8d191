/*
 * zip_read.c -- zip archives read by libzip, each entry looked at before it is unpacked.
 *
 * Names of entries are paths that nobody follows here, but that a later node may follow: one that is absolute, climbs
 * out by "..", or has a backslash or a control character is refused.  What comes out is counted as it comes, because
 * sizes in an archive are only claims.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"
#include "zip_file.h"

#include <string.h>

/* Entries of a zip, folders and all: each becomes a file with a transaction of its own. */
#define ENTRIES_MAX 1000
#define PIECE_BYTES 65536

enum ty_code
zip_failed(struct ty_err *err, zip_error_t *why, const char *entry)
{
	const char *text = zip_error_strerror(why);

	if (entry != NULL)
		ty_err_set(err, TY_E_INVALID, "the entry \"%.150s\" cannot be unpacked: %s", entry,
			   text);
	else
		ty_err_set(err, TY_E_INVALID, "the file is no zip archive that can be read: %s",
			   text);
	zip_error_fini(why);
	return ty_err_hint(
		err,
		"Look at where it comes from: it may have been cut off or changed on its way.");
}

enum ty_code
zip_begin(const struct file_in *file, zip_t **ret_zip, struct ty_err *err)
{
	zip_error_t why;
	zip_source_t *source;

	zip_error_init(&why);
	source = zip_source_buffer_create(file->data, file->len, 0, &why);
	if (source == NULL)
		return zip_failed(err, &why, NULL);
	*ret_zip = zip_open_from_source(source, ZIP_RDONLY, &why);
	if (*ret_zip == NULL) {
		zip_source_free(source);
		return zip_failed(err, &why, NULL);
	}
	zip_error_fini(&why);
	return TY_OK;
}

static enum ty_code
name_refused(struct ty_err *err, const char *name, const char *why)
{
	ty_err_set(err, TY_E_INVALID, "the archive's entry \"%.150s\" %s", name, why);
	return ty_err_hint(
		err, "Such names are how archives write where they must not. Have it packed anew.");
}

static bool
climbs(const char *name)
{
	for (const char *part = name; part != NULL; part = strchr(part, '/')) {
		part += part != name;
		if (part[0] == '.' && part[1] == '.' && (part[2] == '/' || part[2] == '\0'))
			return true;
	}
	return false;
}

enum ty_code
zip_name_check(const char *name, struct ty_err *err)
{
	if (!ty_str_is_utf8(name, strlen(name)))
		return name_refused(err, name, "has a name in no known charset");
	if (name[0] == '\0')
		return name_refused(err, name, "has no name");
	if (name[0] == '/' || (name[0] != '\0' && name[1] == ':'))
		return name_refused(err, name, "has an absolute path");
	if (strchr(name, '\\') != NULL)
		return name_refused(err, name, "has a backslash in its path");
	if (climbs(name))
		return name_refused(err, name, "leads out of the archive by \"..\"");
	for (const char *c = name; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return name_refused(err, name, "has a control character in its name");
	return TY_OK;
}

static uint32_t
read_le(const char *at, int bytes)
{
	uint32_t n = 0;

	while (bytes-- > 0)
		n = n << 8 | (unsigned char)at[bytes];
	return n;
}

/*
 * Refuse names with a NUL, which libzip gives with a blank in its place.  They are looked for in the central directory,
 * where it is as its end says; the directory of a zip64 archive, which is told elsewhere, is left to libzip.
 */
static enum ty_code
nul_check(const struct file_in *file, struct ty_err *err)
{
	const char *end = NULL;
	size_t at, size;

	for (size_t i = 22; i <= file->len && i <= 22 + 65535 && end == NULL; i++)
		if (memcmp(file->data + file->len - i, "PK\5\6", 4) == 0)
			end = file->data + file->len - i;
	if (end == NULL)
		return TY_OK; /* no zip: libzip says so */
	at = read_le(end + 16, 4);
	size = (size_t)(end - file->data);
	while (at < size && size - at > 46 && memcmp(file->data + at, "PK\1\2", 4) == 0) {
		const char *entry = file->data + at;
		size_t name = read_le(entry + 28, 2);

		if (name > size - at - 46)
			return TY_OK;
		if (memchr(entry + 46, '\0', name) != NULL)
			return name_refused(err, entry + 46, "has a NUL in its name");
		at += 46 + name + read_le(entry + 30, 2) + read_le(entry + 32, 2);
	}
	return TY_OK;
}

static enum ty_code
entry_check(const zip_stat_t *stat, struct ty_err *err)
{
	if (zip_name_check(stat->name, err) != TY_OK)
		return err->code;
	if (stat->encryption_method != ZIP_EM_NONE) {
		ty_err_set(err, TY_E_INVALID, "the archive's entry \"%.150s\" is encrypted",
			   stat->name);
		return ty_err_hint(
			err, "Archives with a password are not unpacked. Have it packed without.");
	}
	if (zip_compression_method_supported(stat->comp_method, 0) != 1) {
		ty_err_set(
			err, TY_E_INVALID,
			"the archive's entry \"%.150s\" is packed by method %d, which is not known",
			stat->name, stat->comp_method);
		return ty_err_hint(err, "Have it packed by deflate, as zip does by itself.");
	}
	return TY_OK;
}

enum ty_code
zip_entry_read(struct file_work *work, zip_t *zip, const zip_stat_t *stat, struct ty_err *err)
{
	zip_file_t *file = zip_fopen_index(zip, stat->index, 0);
	zip_int64_t n = -1;
	char *room;

	if (file == NULL)
		return zip_failed(err, zip_get_error(zip), stat->name);
	while (file_reserve(work, PIECE_BYTES, &room, err) == TY_OK &&
	       (n = zip_fread(file, room, PIECE_BYTES)) > 0) {
		file_extend(work, (size_t)n);
		if (file_is_too_dense(stat->comp_size, file_len(work))) {
			(void)!file_too_dense(err, ty_arena_printf(work->arena,
								   "the archive's entry \"%.150s\"",
								   stat->name));
			break;
		}
	}
	if (err->code == TY_OK && n < 0)
		(void)!zip_failed(err, zip_file_get_error(file), stat->name);
	zip_fclose(file);
	return err->code;
}

const char *
zip_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static enum ty_code
entry_unpack(struct file_work *work, zip_t *zip, zip_uint64_t i, size_t *number, struct ty_err *err)
{
	bool as_items = strcmp(ty_json_str(work->options, "entries", "items"), "items") == 0;
	const char *key = ty_json_str(work->options, "key", "data");
	zip_stat_t stat;
	size_t size;

	if (zip_stat_index(zip, i, ZIP_FL_ENC_GUESS, &stat) != 0)
		return zip_failed(err, zip_get_error(zip), NULL);
	if (entry_check(&stat, err) != TY_OK)
		return err->code;
	if (stat.name[strlen(stat.name) - 1] == '/')
		return TY_OK; /* a folder */
	if (zip_entry_read(work, zip, &stat, err) != TY_OK)
		return err->code;
	size = file_len(work);
	file_end(work, as_items ? key : ty_arena_printf(work->arena, "%s_%zu", key, *number),
		 zip_base_name(stat.name), "");
	(*number)++;
	if (!as_items)
		return TY_OK;
	return file_item(
		work, json_pack("{s:s, s:I}", "path", stat.name, "bytes", (json_int_t)size), err);
}

static enum ty_code
entries_unpack(struct file_work *work, zip_t *zip, struct ty_err *err)
{
	zip_int64_t count = zip_get_num_entries(zip, 0);
	size_t number = 0;

	if (count > ENTRIES_MAX) {
		ty_err_set(err, TY_E_LIMIT,
			   "the archive has %lld entries, and at most %d are unpacked",
			   (long long)count, ENTRIES_MAX);
		return ty_err_hint(err, "Have it split into several archives.");
	}
	for (zip_int64_t i = 0; i < count; i++)
		if (entry_unpack(work, zip, (zip_uint64_t)i, &number, err) != TY_OK)
			return err->code;
	return TY_OK;
}

enum ty_code
zip_unpack(struct file_work *work, const struct file_in *file, struct ty_err *err)
{
	zip_t *zip;

	work->library = ty_arena_printf(work->arena, "libzip %s", zip_libzip_version());
	if (nul_check(file, err) != TY_OK || zip_begin(file, &zip, err) != TY_OK)
		return err->code;
	(void)!entries_unpack(work, zip, err);
	zip_discard(zip);
	return err->code;
}

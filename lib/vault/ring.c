/*
 * ring.c -- see ring.h.
 */
#include "vault/ring.h"

#include "base/err.h"
#include "base/str.h"
#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEX_LEN	     (2 * TY_AEAD_KEY_SIZE)
#define KEY_LINE_MAX 128 /* bytes of a line: a key, a time, and blanks */
#define FILE_MAX     (TY_VAULT_KEYS_MAX * KEY_LINE_MAX) /* bytes */

static void
fingerprint_of(struct ty_vault_ring_key *key)
{
	static const char purpose[] = "tyboo master key fingerprint 1";
	uint8_t mac[TY_SHA256_SIZE];

	ty_hmac_sha256(key->key, sizeof(key->key), purpose, strlen(purpose), mac);
	ty_str_hex(mac, (TY_VAULT_FINGERPRINT_SIZE - 1) / 2, key->fingerprint);
}

/* ---- reading ---- */

static enum ty_code
bad_line(const char *path, size_t number, const char *what, struct ty_err *err)
{
	ty_err_set(err, TY_E_INVALID, "%s, line %zu: %s", path, number, what);
	return ty_err_hint(err, "A line is 64 hex digits, and may have a blank and the time from "
				"which it counts: 2026-01-31T12:00:00Z.");
}

static enum ty_code
line_parse(const char *path, size_t number, const char *line, struct ty_vault_ring *ring,
	   struct ty_err *err)
{
	struct ty_vault_ring_key *key = &ring->keys[ring->count];
	size_t len = strcspn(line, " ");

	if (ring->count == TY_VAULT_KEYS_MAX)
		return bad_line(path, number, "there are more keys than 8", err);
	if (len != HEX_LEN || !ty_str_unhex(line, len, key->key))
		return bad_line(path, number, "it is no key", err);
	key->from_ms = 0;
	if (line[len] != '\0' && !ty_time_parse(line + len + 1, &key->from_ms))
		return bad_line(path, number, "there is no time behind the key", err);
	fingerprint_of(key);
	if (ty_vault_ring_find(ring, key->fingerprint) != NULL)
		return bad_line(path, number, "the key is there twice", err);
	ring->count++;
	return TY_OK;
}

static enum ty_code
no_key(const char *path, struct ty_err *err)
{
	return ty_err_set(err, TY_E_INVALID, "%s does not hold 32 bytes or 64 hex digits", path);
}

static enum ty_code
text_parse(const char *path, char *text, size_t len, struct ty_vault_ring *ring, struct ty_err *err)
{
	size_t number = 0;

	if (len == TY_AEAD_KEY_SIZE) {
		memcpy(ring->keys[0].key, text, len);
		fingerprint_of(&ring->keys[0]);
		ring->count = 1;
		return TY_OK;
	}
	if (memchr(text, '\0', len) != NULL || len < HEX_LEN)
		return no_key(path, err);
	for (char *line = text, *end; *line != '\0'; line = end) {
		size_t chars = strcspn(line, "\n");

		end = line + chars + (line[chars] == '\n');
		line[chars] = '\0';
		if (chars > 0 && line[chars - 1] == '\r')
			line[chars - 1] = '\0';
		number++;
		if (line[0] != '\0' && line_parse(path, number, line, ring, err) != TY_OK)
			return err->code;
	}
	return ring->count > 0 ? TY_OK : no_key(path, err);
}

static void
stamp_of(const struct stat *st, struct ty_vault_ring_stamp *stamp)
{
	*stamp = (struct ty_vault_ring_stamp){
		.inode = (int64_t)st->st_ino,
		.size = (int64_t)st->st_size,
		.changed_ns = (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec,
	};
}

bool
ty_vault_ring_stamp(const char *path, struct ty_vault_ring_stamp *ret_stamp)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return false;
	stamp_of(&st, ret_stamp);
	return true;
}

static enum ty_code
file_read(const char *path, int fd, struct ty_vault_ring *ring, struct ty_vault_ring_stamp *stamp,
	  struct ty_err *err)
{
	char text[FILE_MAX + 2];
	struct stat st;
	ssize_t len;
	enum ty_code code;

	if (fstat(fd, &st) != 0 || (st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		ty_err_set(err, TY_E_DENIED, "%s can be read by others than its owner", path);
		return ty_err_hint(err, "chmod 600 it, and make a new key if that was long ago.");
	}
	stamp_of(&st, stamp);
	len = read(fd, text, sizeof(text) - 1);
	if (len < 0)
		return ty_err_set(err, TY_E_NOT_FOUND, "%s: %s", path, strerror(errno));
	text[len] = '\0';
	code = (size_t)len > FILE_MAX ? no_key(path, err)
				      : text_parse(path, text, (size_t)len, ring, err);
	ty_crypto_wipe(text, sizeof(text));
	return code;
}

enum ty_code
ty_vault_ring_read(const char *path, struct ty_vault_ring *ret_ring,
		   struct ty_vault_ring_stamp *ret_stamp, struct ty_err *err)
{
	struct ty_vault_ring ring = { .count = 0 };
	struct ty_vault_ring_stamp stamp;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum ty_code code;

	if (fd < 0)
		return ty_err_set(err, TY_E_NOT_FOUND, "%s: %s", path, strerror(errno));
	code = file_read(path, fd, &ring, &stamp, err);
	close(fd);
	if (code == TY_OK) {
		*ret_ring = ring;
		*ret_stamp = stamp;
	}
	ty_crypto_wipe(&ring, sizeof(ring));
	return code;
}

/* ---- writing ---- */

static bool
lines_write(int fd, const struct ty_vault_ring *ring)
{
	char line[KEY_LINE_MAX], hex[HEX_LEN + 1], at[TY_TIME_TEXT_SIZE];
	bool ok = true;

	for (size_t i = 0; i < ring->count && ok; i++) {
		const struct ty_vault_ring_key *key = &ring->keys[i];
		int len;

		ty_str_hex(key->key, sizeof(key->key), hex);
		ty_time_format(key->from_ms, at);
		len = key->from_ms != 0 ? snprintf(line, sizeof(line), "%s %s\n", hex, at)
					: snprintf(line, sizeof(line), "%s\n", hex);
		ok = write(fd, line, (size_t)len) == len;
	}
	ty_crypto_wipe(line, sizeof(line));
	ty_crypto_wipe(hex, sizeof(hex));
	return ok && fsync(fd) == 0;
}

/* The folder too, so that the new name is there after a crash. */
static bool
folder_sync(const char *path)
{
	char copy[PATH_MAX];
	int fd;
	bool ok;

	snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ok = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	return ok;
}

static enum ty_code
ring_replace(const char *path, const struct stat *st, const struct ty_vault_ring *ring,
	     struct ty_err *err)
{
	char beside[PATH_MAX];
	int fd;
	bool ok;

	snprintf(beside, sizeof(beside), "%s.new.%d", path, (int)getpid());
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		ty_err_set(err, TY_E_DENIED, "%s cannot be made: %s", beside, strerror(errno));
		return ty_err_hint(err, "Do this as who may write in that folder, such as root.");
	}
	ok = lines_write(fd, ring) && fchmod(fd, st->st_mode & 0777) == 0 &&
	     (geteuid() != 0 || fchown(fd, st->st_uid, st->st_gid) == 0);
	close(fd);
	if (ok && rename(beside, path) == 0 && folder_sync(path))
		return TY_OK;
	ty_err_set(err, TY_E_INTERNAL, "%s cannot be written: %s", path, strerror(errno));
	unlink(beside);
	return err->code;
}

enum ty_code
ty_vault_ring_write(const char *path, const struct ty_vault_ring *ring,
		    const struct ty_vault_ring_stamp *stamp, struct ty_err *err)
{
	struct ty_vault_ring_stamp now;
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	/* Lock the file that is replaced: whoever waits for it finds another one in its place. */
	if (fd < 0 || flock(fd, LOCK_EX) != 0 || stat(path, &st) != 0) {
		ty_err_set(err, TY_E_NOT_FOUND, "%s: %s", path, strerror(errno));
	} else {
		stamp_of(&st, &now);
		if (memcmp(&now, stamp, sizeof(now)) == 0) {
			(void)ring_replace(path, &st, ring, err);
		} else {
			ty_err_set(err, TY_E_CONFLICT, "%s was changed meanwhile", path);
			ty_err_hint(err, "Another tybooctl, or a hand, was at it: look at tybooctl "
					 "keys list, and do this again.");
		}
	}
	if (fd >= 0)
		close(fd);
	return err->code;
}

/* ---- looking ---- */

const struct ty_vault_ring_key *
ty_vault_ring_at(const struct ty_vault_ring *ring, int64_t now_ms)
{
	size_t i = 0;

	while (i + 1 < ring->count && ring->keys[i].from_ms > now_ms)
		i++;
	return &ring->keys[i];
}

const struct ty_vault_ring_key *
ty_vault_ring_find(const struct ty_vault_ring *ring, const char *fingerprint)
{
	for (size_t i = 0; i < ring->count; i++)
		if (ty_str_eq(ring->keys[i].fingerprint, fingerprint))
			return &ring->keys[i];
	return NULL;
}

/* ---- changing ---- */

enum ty_code
ty_vault_ring_add(struct ty_vault_ring *ring, int64_t from_ms, struct ty_err *err)
{
	if (ring->count == TY_VAULT_KEYS_MAX) {
		ty_err_set(err, TY_E_LIMIT, "The file has %d keys, and no more fit",
			   TY_VAULT_KEYS_MAX);
		return ty_err_hint(err, "Retire those that nothing needs: tybooctl keys list.");
	}
	memmove(&ring->keys[1], &ring->keys[0], ring->count * sizeof(ring->keys[0]));
	ring->count++;
	ty_crypto_random(ring->keys[0].key, sizeof(ring->keys[0].key));
	ring->keys[0].from_ms = from_ms;
	fingerprint_of(&ring->keys[0]);
	return TY_OK;
}

void
ty_vault_ring_remove(struct ty_vault_ring *ring, const char *fingerprint)
{
	size_t i = 0;

	while (i < ring->count && !ty_str_eq(ring->keys[i].fingerprint, fingerprint))
		i++;
	if (i == ring->count)
		return;
	ring->count--;
	memmove(&ring->keys[i], &ring->keys[i + 1], (ring->count - i) * sizeof(ring->keys[0]));
	ty_crypto_wipe(&ring->keys[ring->count], sizeof(ring->keys[0]));
}

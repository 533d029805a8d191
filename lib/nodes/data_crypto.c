/*
 * data.crypto -- hashes of texts, HMACs and signatures by the key of a credential, and random values.
 *
 * Invariants:
 *   (1) A random value is of the run's chance: computing the step again gives the same one.
 *   (2) The chance of a run is drawn from its id, which is no secret, so that a value made here is
 *       unique and evenly spread, and no key.
 *   (3) A key is never here: HMACs and signatures are the service's (computing.h), for all items in one call.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"
#include "nodes/computing.h"
#include "nodes/into.h"
#include "nodes/nodes.h"

#include <string.h>

enum { DO_HASH, DO_RANDOM, DO_HMAC, DO_SIGN };
enum { AS_HEX, AS_BASE64, AS_BASE64URL };
enum { RANDOM_UUID, RANDOM_HEX, RANDOM_BASE64, RANDOM_LETTERS, RANDOM_DIGITS };

struct crypto_params {
	int action, algorithm, encoding, random;
	const json_t *value;
	int64_t length;
	const char *field, *secret, *key, *into;
};

static const struct ty_choice crypto_actions[] = {
	[DO_HASH] = { "hash", "Hash a text" },
	[DO_RANDOM] = { "random", "Make a random value" },
	[DO_HMAC] = { "hmac", "HMAC of a text" },
	[DO_SIGN] = { "sign", "Sign a text" },
	{ NULL, NULL },
};

static const struct ty_choice crypto_algorithms[] = {
	[TY_HASH_MD5] = { "md5", "MD5" },
	[TY_HASH_SHA1] = { "sha1", "SHA-1" },
	[TY_HASH_SHA256] = { "sha256", "SHA-256" },
	[TY_HASH_SHA384] = { "sha384", "SHA-384" },
	[TY_HASH_SHA512] = { "sha512", "SHA-512" },
	[TY_HASH_SHA3_256] = { "sha3_256", "SHA3-256" },
	[TY_HASH_SHA3_512] = { "sha3_512", "SHA3-512" },
	{ NULL, NULL },
};

static const struct ty_choice crypto_encodings[] = {
	[AS_HEX] = { "hex", "Hexadecimal digits" },
	[AS_BASE64] = { "base64", "Base64" },
	[AS_BASE64URL] = { "base64url", "Base64 for addresses, without padding" },
	{ NULL, NULL },
};

static const struct ty_choice crypto_randoms[] = {
	[RANDOM_UUID] = { "uuid", "UUID (version 4)" },
	[RANDOM_HEX] = { "hex", "Hexadecimal digits" },
	[RANDOM_BASE64] = { "base64url", "Letters, digits, - and _" },
	[RANDOM_LETTERS] = { "letters", "Letters and digits" },
	[RANDOM_DIGITS] = { "digits", "Digits" },
	{ NULL, NULL },
};

/* More characters than any service takes as an id. */
#define RANDOM_LENGTH_MAX 1000

static bool crypto_is_whole(const struct ty_node_def *def, const json_t *params);
static bool crypto_is_safe(const struct ty_node_def *def, const json_t *params);
static enum ty_code crypto_all(struct ty_step *step, struct ty_err *err);
static enum ty_code crypto_resume(struct ty_step *step, const struct ty_answer *answer,
				  struct ty_err *err);
static enum ty_code crypto_each(struct ty_step *step, size_t i, struct ty_err *err);

const struct ty_node_def ty_node_data_crypto = {
	TY_NODE_HEAD,
	.type = "data.crypto",
	.version = 1,
	.category = TY_CATEGORY_DATA,
	.title = "Crypto",
	.summary = "Hash or sign a text, or make a random value",
	.icon = "fingerprint",
	.inputs = ty_ports_one,
	.outputs = ty_ports_one,
	.params = TY_PARAMS(
		TY_ROW_ENUM(struct crypto_params, action, crypto_actions, "Do", .def = "hash"),
		TY_ROW_JSON(struct crypto_params, value, "Text", .flags = TY_PARAM_EXPR,
			    .placeholder = "={{ $json.text }}", .show_when = "action=hash"),
		TY_ROW_STRING(struct crypto_params, field, 500, "Field with the text",
			      .def = "data", .show_when = "action=hmac,sign",
			      .help = NODE_PATH_HELP),
		TY_ROW_CREDENTIAL(struct crypto_params, secret, "Secret",
				  .credential_type = "crypto_secret", .flags = TY_PARAM_REQUIRED,
				  .show_when = "action=hmac"),
		TY_ROW_CREDENTIAL(
			struct crypto_params, key, "Key", .credential_type = "crypto_key",
			.flags = TY_PARAM_REQUIRED, .show_when = "action=sign",
			.help = "By its algorithm: RS256 is RSA with SHA-256, ES256 gives two "
				"numbers of 32 bytes, as tokens have them."),
		TY_ROW_ENUM(struct crypto_params, algorithm, crypto_algorithms, "Algorithm",
			    .def = "sha256", .show_when = "action=hash,hmac",
			    .help = "MD5 and SHA-1 are for services that ask for them: texts with "
				    "the same hash can be made."),
		TY_ROW_ENUM(struct crypto_params, encoding, crypto_encodings, "Written as",
			    .def = "hex", .show_when = "action!=random"),
		TY_ROW_ENUM(struct crypto_params, random, crypto_randoms, "Kind", .def = "uuid",
			    .show_when = "action=random",
			    .help = "Unique, but no secret: a replay of the run gives it again."),
		TY_ROW_INT(struct crypto_params, length, 1, RANDOM_LENGTH_MAX, "Length",
			   .def = "32", .unit = "characters", .flags = TY_PARAM_EXPR,
			   .show_when = "action=random;random!=uuid"),
		NODE_INTO_ROW(struct crypto_params, "result")),
	.params_size = sizeof(struct crypto_params),
	.credential_types = "crypto_secret,crypto_key",
	.flags = TY_NODE_EFFECT,
	.is_safe = crypto_is_safe,
	.check = node_into_check,
	.advise = node_into_advise,
	.exec = crypto_all,
	.each = crypto_each,
	.whole = crypto_is_whole,
	.resume = crypto_resume,
};

static bool
crypto_is_whole(const struct ty_node_def *def, const json_t *params)
{
	const char *action = ty_json_str(params, "action", "hash");

	return strcmp(action, "hmac") == 0 || strcmp(action, "sign") == 0;
}

/* Safe at any time, because nothing that it does can be seen from outside. */
static bool
crypto_is_safe(const struct ty_node_def *def, const json_t *params)
{
	return true;
}

/* ---- with a key ---- */

static enum ty_code
crypto_all(struct ty_step *step, struct ty_err *err)
{
	const struct crypto_params *p = ty_step_params(step, 0);
	struct node_compute ask = { .way = p->action == DO_HMAC ? "hmac" : "sign",
				    .credential = p->action == DO_HMAC ? p->secret : p->key };

	if (node_compute_texts(step, p->field, &ask.texts, err) != TY_OK)
		return err->code;
	if (p->action == DO_HMAC)
		ask.more = json_pack("{s:s}", "hash", crypto_algorithms[p->algorithm].value);
	return node_compute_call(step, &ask, err);
}

/* Bytes as the author wants them written: a new reference. */
static json_t *
encoded(struct ty_arena *arena, int encoding, const uint8_t *bytes, size_t size)
{
	char *hex;

	if (encoding == AS_HEX) {
		hex = ty_arena_alloc(arena, 2 * size + 1);
		ty_str_hex(bytes, size, hex);
		return json_string(hex);
	}
	return json_string(encoding == AS_BASE64URL ? ty_base64url_encode(arena, bytes, size)
						    : ty_base64_encode(arena, bytes, size));
}

static enum ty_code
crypto_resume(struct ty_step *step, const struct ty_answer *answer, struct ty_err *err)
{
	const struct crypto_params *p = ty_step_params(step, 0);
	const json_t *values = node_compute_values(step, answer, err);
	struct ty_arena *arena = ty_step_arena(step);
	json_t *value;
	size_t i;

	if (values == NULL)
		return err->code;
	json_array_foreach((json_t *)values, i, value)
	{
		size_t size;
		const uint8_t *bytes = ty_base64_decode(arena, json_string_value(value),
							json_string_length(value), &size);

		if (bytes == NULL)
			return ty_err_set(err, TY_E_INTERNAL, "the service gave no Base64");
		if (node_into_emit(step, i, p->into, encoded(arena, p->encoding, bytes, size),
				   err) != TY_OK)
			return err->code;
	}
	return TY_OK;
}

/* ---- without ---- */

static json_t *
crypto_hash(struct ty_arena *arena, const struct crypto_params *p, const char *text, size_t len)
{
	uint8_t hash[TY_HASH_SIZE_MAX];
	size_t size = ty_hash_of((enum ty_hash_kind)p->algorithm, text, len, hash);

	return encoded(arena, p->encoding, hash, size);
}

/* ---- chance ---- */

/* A stream of bytes: HMAC-SHA-256 of a counter, by the item's chance. */
struct chance {
	char seed[TY_CHANCE_SIZE];
	uint8_t block[TY_SHA256_SIZE];
	size_t used;
	uint32_t number;
};

static uint8_t
chance_byte(struct chance *chance)
{
	if (chance->used == 0 || chance->used == sizeof(chance->block)) {
		ty_hmac_sha256(chance->seed, sizeof(chance->seed) - 1, &chance->number,
			       sizeof(chance->number), chance->block);
		chance->number++;
		chance->used = 0;
	}
	return chance->block[chance->used++];
}

/* RFC 9562, 5.4. */
static json_t *
random_uuid(struct chance *chance)
{
	uint8_t bytes[16];
	char hex[33], text[37];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = chance_byte(chance);
	bytes[6] = (uint8_t)((bytes[6] & 0x0F) | 0x40);
	bytes[8] = (uint8_t)((bytes[8] & 0x3F) | 0x80);
	ty_str_hex(bytes, sizeof(bytes), hex);
	snprintf(text, sizeof(text), "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
		 hex + 20);
	return json_string(text);
}

/* Each character is as likely as any other: bytes beyond the last whole round are drawn again. */
static json_t *
random_text(struct ty_arena *arena, struct chance *chance, const char *letters, int64_t length)
{
	char *text = ty_arena_alloc(arena, (size_t)length + 1);
	size_t count = strlen(letters);

	for (int64_t i = 0; i < length;) {
		uint8_t byte = chance_byte(chance);

		if (byte < 256 / count * count)
			text[i++] = letters[byte % count];
	}
	return json_string(text);
}

#define DIGITS	"0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

static json_t *
crypto_random(struct ty_step *step, const struct crypto_params *p, size_t i)
{
	static const char *const letters[] = {
		[RANDOM_HEX] = DIGITS "abcdef",
		[RANDOM_BASE64] = LETTERS DIGITS "-_",
		[RANDOM_LETTERS] = LETTERS DIGITS,
		[RANDOM_DIGITS] = DIGITS,
	};
	struct chance chance = { .used = 0 };

	ty_step_chance(step, i, chance.seed);
	if (p->random == RANDOM_UUID)
		return random_uuid(&chance);
	return random_text(ty_step_arena(step), &chance, letters[p->random], p->length);
}

static enum ty_code
crypto_each(struct ty_step *step, size_t i, struct ty_err *err)
{
	const struct crypto_params *p = ty_step_params(step, i);
	const char *text;
	size_t len;

	if (p->action == DO_RANDOM)
		return node_into_emit(step, i, p->into, crypto_random(step, p, i), err);
	if (node_into_text(ty_step_arena(step), p->value, "value", &text, &len, err) != TY_OK)
		return err->code;
	return node_into_emit(step, i, p->into, crypto_hash(ty_step_arena(step), p, text, len),
			      err);
}

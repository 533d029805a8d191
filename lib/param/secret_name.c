/*
 * secret_name.c -- which names, and which values beside them, are somebody's key.
 *
 * Two questions, because a mistake costs something else in each: a header that a webhook leaves out
 * is missing in a workflow that is published; a value that may not be written is told to its author.
 */
#include "param/secret.h"

#include "param/internal.h"

#include "base/str.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define NAME_SIZE 256

/* A header with one of these in its name is left out by a webhook.  None is added, because workflows
 * that are published read the others. */
static const char *const header_words[] = { "authorization", "cookie",	"token",      "secret",
					    "password",	     "passwd",	"api-key",    "apikey",
					    "access-key",    "app-key", "credential", "auth-key",
					    "private-key" };

/* Beside a name with one of these in it no value is written, however its words are parted. */
static const char *const pair_words[] = {
	"accesskey",	  "accountkey", "adminkey",	 "appkey",
	"applicationkey", "authkey",	"encryptionkey", "functionskey",
	"masterkey",	  "passphrase", "privatekey",	 "servicekey",
	"sharedkey",	  "signingkey", "storagekey",	 "subscriptionkey",
};

/* Words that make a name a key's where they are the last: "x-auth" is a key, "x-auth-email" is none. */
static const char *const last_words[] = {
	"auth", "authentication", "bearer", "jwt", "pass", "passcode", "pwd", "sig",
};

/* A value beside "key" is one from this length on, if it looks drawn: Google's have 39, Mailgun's 36. */
#define DRAWN_BYTES_MIN 20

static bool
is_separator(char c)
{
	return c != '\0' && strchr("-_. []", c) != NULL;
}

/* In lower case, with one 'separator' for any number of them; '\0' = with none. */
static void
fold(const char *name, const char *separators, char separator, char out[NAME_SIZE])
{
	size_t len = 0;

	for (; *name != '\0' && len < NAME_SIZE - 1; name++) {
		bool parts = strchr(separators, *name) != NULL;
		char c = parts ? separator : (char)tolower((unsigned char)*name);

		if (!parts || (c != '\0' && (len == 0 || out[len - 1] != separator)))
			out[len++] = c;
	}
	out[len] = '\0';
}

static bool
has_one(const char *text, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strstr(text, words[i]) != NULL)
			return true;
	}
	return false;
}

bool
ty_secret_header_is(const char *name)
{
	char folded[NAME_SIZE];

	fold(name, "-_", '-', folded);
	return has_one(folded, header_words, TY_ARRAY_COUNT(header_words));
}

/* Start of a name's last word: behind a separator, or at a capital ("xAuth"). */
static const char *
last_word(const char *name, size_t *ret_len)
{
	size_t end = strlen(name), at;

	while (end > 0 && is_separator(name[end - 1]))
		end--;
	for (at = end; at > 0 && !is_separator(name[at - 1]); at--) {
		if (at < end && isupper((unsigned char)name[at]) &&
		    islower((unsigned char)name[at - 1]))
			break;
	}
	*ret_len = end - at;
	return name + at;
}

/* Schemes of RFC 9110 that a key follows, and two that providers invented. */
static const char *const schemes[] = { "bearer", "basic", "token", "apikey" };

/* A key behind a scheme is one from this length on: shorter words are prose. */
#define SCHEME_KEY_BYTES_MIN 8

size_t
param_scheme_len(const char *value)
{
	for (size_t i = 0; i < TY_ARRAY_COUNT(schemes); i++) {
		size_t len = strlen(schemes[i]), blanks;

		if (strncasecmp(value, schemes[i], len) != 0)
			continue;
		blanks = strspn(value + len, " ");
		if (blanks > 0)
			return len + blanks;
	}
	return 0;
}

bool
param_is_key(const char *value, size_t bytes_min)
{
	bool has_digit = false, has_letter = false;
	size_t len = 0;

	for (; value[len] != '\0'; len++) {
		unsigned char c = (unsigned char)value[len];

		if (!isalnum(c) && strchr("-_.~+/=", c) == NULL)
			return false;
		has_digit |= isdigit(c) != 0;
		has_letter |= isalpha(c) != 0;
	}
	return len >= bytes_min && has_digit && has_letter;
}

/* Letters and digits of no word, as nobody writes an order's key; or what stands for them. */
bool
param_is_drawn(const char *value)
{
	return ty_str_eq(value, TY_SECRET_MASK) || param_is_key(value, DRAWN_BYTES_MIN);
}

/* Prefixes by which providers mark their keys for scanners: OpenAI and others, Stripe, GitHub, GitLab,
 * Slack, Google, AWS, SendGrid. */
static const char *const prefixes[] = {
	"sk-",	"sk_live_",    "sk_test_", "rk_live_", "rk_test_", "whsec_", "ghp_", "gho_", "ghs_",
	"ghr_", "github_pat_", "glpat-",   "xoxb-",    "xoxp-",	   "xapp-",  "AIza", "AKIA", "SG."
};

bool
param_known_key_is(const char *value)
{
	size_t len = param_scheme_len(value);

	for (size_t i = 0; i < TY_ARRAY_COUNT(prefixes); i++) {
		if (ty_str_has_prefix(value, prefixes[i]) && param_is_drawn(value))
			return true;
	}
	return len > 0 && (ty_str_eq(value + len, TY_SECRET_MASK) ||
			   param_is_key(value + len, SCHEME_KEY_BYTES_MIN));
}

bool
ty_secret_pair_is(const char *name, const char *value)
{
	char folded[NAME_SIZE];
	const char *word;
	size_t len;

	if (ty_secret_header_is(name))
		return true;
	fold(name, "-_. []", '\0', folded);
	if (has_one(folded, header_words, TY_ARRAY_COUNT(header_words)) ||
	    has_one(folded, pair_words, TY_ARRAY_COUNT(pair_words)))
		return true;
	word = last_word(name, &len);
	for (size_t i = 0; i < TY_ARRAY_COUNT(last_words); i++) {
		if (strlen(last_words[i]) == len && strncasecmp(word, last_words[i], len) == 0)
			return true;
	}
	return ty_str_ieq(name, "key") && param_is_drawn(value);
}

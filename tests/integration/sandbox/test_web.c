/*
 * The globals of the web and of Node that scripts have: the values are those that Node 20 gives.
 */
#include "integration/sandbox/fixture.h"

/* clang-format off */
static const struct {
	const char *script, *value;
} values[] = {
	{ "btoa('a')", "\"YQ==\"" },
	{ "atob(' YQ = = ')", "\"a\"" },
	{ "Buffer.from('a').toString('base64')", "\"YQ==\"" },
	{ "Buffer.from('é€😀').toString('hex')", "\"c3a9e282acf09f9880\"" },
	{ "Buffer.from('w6k', 'base64').toString()", "\"é\"" },
	{ "Buffer.from('-_-_', 'base64url').toString('base64url')", "\"-_-_\"" },
	{ "Buffer.from('ÿ', 'latin1')[0]", "255" },
	{ "Buffer.concat([Buffer.from('a'), Buffer.alloc(2, 'b')]).toString()", "\"abb\"" },
	{ "Buffer.byteLength('é') + Buffer.from([1, 2]).length", "4" },
	{ "Buffer.from('a')", "{\"type\":\"Buffer\",\"data\":[97]}" },
	{ "Buffer.isBuffer(Buffer.from('')) && Buffer.from('a').equals(Buffer.from('a'))", "true" },
	{ "Buffer.from('0102', 'hex').readUInt16BE(0)", "258" },
	{ "Buffer.isEncoding('base64url')", "true" },
	{ "new URL('https://u:p@Example.ORG:443/a/../b?x=1&x=2#f').href",
	  "\"https://u:p@example.org/b?x=1&x=2#f\"" },
	{ "new URL('http://münchen.de/ä?ö').href", "\"http://xn--mnchen-3ya.de/%C3%A4?%C3%B6\"" },
	{ "new URL('http://xn--mnchen-3ya.de').hostname", "\"xn--mnchen-3ya.de\"" },
	{ "new URL('../x', 'https://a.b/c/d/e').pathname", "\"/c/x\"" },
	{ "new URL('http://[::1]:80/').host + new URL('http://0x7f.1/').host", "\"[::1]127.0.0.1\"" },
	{ "[URL.canParse('x'), URL.canParse('x:y')]", "[false,true]" },
	{ "new URL('https://a.b/?q=1').searchParams.get('q')", "\"1\"" },
	{ "({ u: new URL('https://a.b') })", "{\"u\":\"https://a.b/\"}" },
	{ "`${new URL('https://a.b')}`", "\"https://a.b/\"" },
	{ "new URLSearchParams({ a: '1 2', b: 'é&' }).toString()", "\"a=1+2&b=%C3%A9%26\"" },
	{ "[...new URLSearchParams('?b=1&a=2&a=3')].join(';')", "\"b,1;a,2;a,3\"" },
	{ "Object.fromEntries(new URLSearchParams('a=1&b=2'))", "{\"a\":\"1\",\"b\":\"2\"}" },
	{ "[...new TextEncoder().encode('é')]", "[195,169]" },
	{ "new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 0xc3, 0xa9, 0xff]))",
	  "\"é\xef\xbf\xbd\"" },
	{ "new TextDecoder('utf-16le').decode(new Uint8Array([0x61, 0]))", "\"a\"" },
	{ "new TextDecoder('latin1').decode(new Uint8Array([0x80]))", "\"€\"" },
	{ "structuredClone({ a: [1, new Date(0)], m: new Map([[1, { b: 2 }]]).get(1) })",
	  "{\"a\":[1,\"1970-01-01T00:00:00.000Z\"],\"m\":{\"b\":2}}" },
	{ "(() => { const a = { l: [1] }, b = structuredClone(a); b.l.push(2); return a.l.length })()",
	  "1" },
	{ "/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID())",
	  "true" },
	{ "crypto.randomUUID() === crypto.randomUUID()", "false" },
	{ "crypto.getRandomValues(new Uint8Array(8)).length", "8" },
	{ "require('crypto').createHash('md5').update('12345').digest('hex')",
	  "\"827ccb0eea8a706c4c34a16891f84e7b\"" },
	{ "require('node:crypto').createHash('sha1').update('123').update('45').digest('hex')",
	  "\"8cb2237d0679ca88db6464eac60da96345513964\"" },
	{ "require('crypto').createHash('SHA256').update('12345').digest('base64')",
	  "\"WZRHGrsBESr8wYFZ9sx0tPURuZgG2lmzyvWpwXPKz8U=\"" },
	{ "require('crypto').createHash('sha512').update('').digest('hex').slice(0, 16)",
	  "\"cf83e1357eefb8bd\"" },
	{ "require('crypto').createHmac('sha256', 'key').update('The quick brown fox jumps over the lazy dog').digest('hex')",
	  "\"f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8\"" },
	{ "require('crypto').createHash('sha256').update('a').digest().length", "32" },
	{ "require('crypto').pbkdf2Sync('p', 's', 1, 4, 'sha256').toString('hex')", "\"372cc981\"" },
	{ "require('crypto').timingSafeEqual(Buffer.from('a'), Buffer.from('a'))", "true" },
	{ "require('luxon').DateTime.fromMillis(0).toUTC().toISO()", "\"1970-01-01T00:00:00.000Z\"" },
	{ "require('url').URL === URL && require('buffer').Buffer === Buffer", "true" },
	{ "[typeof Buffer, typeof URL, typeof atob, typeof crypto, typeof require]",
	  "[\"function\",\"function\",\"function\",\"object\",\"function\"]" },
	/* A script's own word goes before the global. */
	{ "((URL, Buffer) => URL + Buffer)(1, 2)", "3" },
	{ "(globalThis.URL = 5, URL)", "5" },
	{ "new Function('return typeof TextEncoder')()", "\"function\"" },
};

static const struct {
	const char *script, *name, *message;
} errors[] = {
	{ "new URL('x')", "TypeError", "Invalid URL" },
	{ "btoa('€')", "InvalidCharacterError", "Latin1" },
	{ "atob('a')", "InvalidCharacterError", "" },
	{ "new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([255]))", "TypeError", "" },
	{ "structuredClone(() => 1)", "DataCloneError", "" },
	{ "require('crypto').createHash('nope')", "Error", "there is no hash \"nope\" here; there are md5" },
	{ "(h => (h.digest(), h.digest()))(require('crypto').createHash('md5'))", "Error", "Digest already called" },
	{ "queueMicrotask(5)", "TypeError", "takes a function" },
	{ "crypto.getRandomValues([1])", "TypeError", "typed array" },
	{ "require('axios')", "Error", "there is no module \"axios\" here; there are buffer, crypto" },
};
/* clang-format on */

START_TEST(each_global_is_as_in_node)
{
	ck_assert_str_eq(box_value(values[_i].script, ONE), values[_i].value);
}
END_TEST

START_TEST(each_fault_has_its_name)
{
	json_t *answer, *cell;

	ck_assert_ok(box_ask(box_expressions(errors[_i].script, ONE), 5000, &answer));
	cell = json_object_get(
		json_array_get(json_array_get(json_object_get(answer, "values"), 0), 0), "e");
	ck_assert_str_eq(ty_json_str(cell, "name", box_text(answer)), errors[_i].name);
	ck_assert_msg(strstr(ty_json_str(cell, "message", ""), errors[_i].message) != NULL, "%s",
		      box_text(cell));
}
END_TEST

/* A replay has to see what the first attempt saw. */
START_TEST(the_same_seed_gives_the_same_bytes)
{
	const char *first = box_value("crypto.randomUUID()", ONE);
	json_t *request = box_expressions("crypto.randomUUID()", ONE), *answer;

	ck_assert_str_eq(box_value("crypto.randomUUID()", ONE), first);
	json_object_set_new(request, "seed", json_string("another"));
	ck_assert_ok(box_ask(request, 5000, &answer));
	ck_assert_ptr_null(strstr(box_text(answer), first));
}
END_TEST

BOX_TEST_MAIN("sandbox.web", {
	TEST_LOOP(each_global_is_as_in_node, values);
	TEST_LOOP(each_fault_has_its_name, errors);
	TEST(the_same_seed_gives_the_same_bytes);
})

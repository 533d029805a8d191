// thirdparty.mjs -- a third-party type stays in its folder; only json_t travels.
import { codeOnly, matching, ourCode } from "./tree.mjs";

const owners = [
	{ what: "libpq", header: /<(libpq-fe|libpq\/[^>]+|postgres_ext)\.h>/, type: /\b(PGconn|PGresult|PGcancel|PQ[a-z]\w+)\b/, where: /^lib\/store\// },
	{ what: "hiredis", header: /<hiredis\//, type: /\b(redisReply|redisContext|redisAsyncContext|redis(Async)?Command\w*)\b/, where: /^lib\/queue\// },
	{ what: "libcurl", header: /<curl\//, type: /\b(CURLM?|CURLMcode|CURLcode|curl_\w+)\b/, where: /^lib\/net\// },
	{ what: "libfcgi", header: /<(fastcgi\/)?fcgi(app|_stdio|os)\.h>/, type: /\bFCGX_\w+\b/, where: /^fcgi-app\/http(_private|_message|_parked)?\.[ch]$/ },
	{ what: "JavaScriptCore", header: /<(jsc|JavaScriptCore|webkitgtk[^/]*)\/|<jsc/, type: /\b(JSContextRef|JSValueRef|JSObjectRef|JSGlobalContextRef|JSStringRef)\b/, where: /^workers\/sandbox\// },
	{ what: "libuv", header: /<uv\.h>/, type: /\buv_(loop|timer|poll|async|process|pipe|idle|prepare|check|signal|handle|stream)_t\b/,
	  where: /^((lib\/(net|store|queue|intake|service)|workers\/(run|reap|supervise))\/|fcgi-app\/waiting\.c$)/ },
	{ what: "OpenSSL", header: /<openssl\//, type: /\b(EVP_\w+|HMAC_CTX)\b/, where: /^(lib\/crypto\/|workers\/sandbox\/hash\.[ch]$)/ },
	{ what: "ICU", header: /<unicode\//, type: /\bUTransliterator\b/, where: /^workers\/sandbox\// },
	{ what: "libseccomp", header: /<seccomp\.h>/, type: /\bscmp_\w+\b/, where: /^(lib\/jail|workers\/(sandbox|parse))\// },
	{ what: "libjq", header: /<j[qv]\.h>/, type: /\b(jv|jq_state)\b/, where: /^workers\/parse\// },
	{ what: "expat", header: /<expat\.h>/, type: /\bXML_Parser\b/, where: /^workers\/parse\// },
	{ what: "gumbo", header: /<gumbo\.h>/, type: /\bGumbo\w+\b/, where: /^workers\/parse\// },
	{ what: "PCRE2", header: /<pcre2\.h>/, type: /\bpcre2_\w+\b/, where: /^workers\/parse\// },
	{ what: "cmark-gfm", header: /<cmark-gfm[\w-]*\.h>/, type: /\bcmark_\w+\b/, where: /^workers\/parse\// },
	{ what: "libzip", header: /<zip\.h>/, type: /\bzip_(t|source_t|file_t|stat_t|error_t)\b/, where: /^workers\/parse\// },
	{ what: "libical", header: /<libical\//, type: /\bical(component|property|value|recur\w*)\b/, where: /^workers\/parse\// },
	{ what: "poppler", header: /<poppler-[\w-]+\.h>/, type: /\bpoppler::/, where: /^workers\/parse\// },
	{ what: "argon2", header: /<argon2\.h>/, type: /\bargon2id?_\w+\b/, where: /^lib\/(crypto|auth)\// },
];

export function checkThirdParty(tree) {
	const findings = [];

	for (const [path, text] of matching(tree, ourCode)) {
		const raw = text.split("\n");
		const code = codeOnly(text).split("\n");

		for (const { what, header, type, where } of owners) {
			if (where.test(path))
				continue;
			raw.forEach((line, i) => {
				if (/^\s*#\s*include/.test(line) ? header.test(line) : type.test(code[i]))
					findings.push(`${path}:${i + 1}: ${what} does not belong here: ${line.trim()}`);
			});
		}
	}
	return findings;
}

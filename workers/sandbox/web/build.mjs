// build.mjs -- node build.mjs NODE_MODULES OUT_DIR: the web's globals for the sandbox, a file each.
//
// The packages and their licences are named in docs/EXPRESSIONS.md; their versions are fixed by
// static/package-lock.json.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { notice } from "../../../scripts/notice.mjs";

const [modules, out] = process.argv.slice(2).map((path) => resolve(path));
const here = dirname(fileURLToPath(import.meta.url));
const esbuild = createRequire(join(modules, "x.js"))("esbuild");

// @exodus/bytes has a variant of some files for engines that have no TextDecoder of their own.
const bareEngine = {
	name: "bare-engine",
	setup(build) {
		build.onResolve({ filter: /^\.\.?\/.*\.js$/ }, ({ importer, resolveDir, path }) => {
			const bare = join(resolveDir, path).replace(/\.js$/, ".native.js");

			return importer.includes("@exodus") && existsSync(bare) ? { path: bare } : undefined;
		});
	},
};

mkdirSync(out, { recursive: true });
await esbuild.build({
	entryPoints: ["buffer", "clone", "crypto", "idna", "jmespath", "text", "url"].map((name) => join(here, `${name}.mjs`)),
	outdir: out,
	bundle: true,
	minify: true,
	format: "iife",
	globalName: "out",
	platform: "neutral",
	mainFields: ["main", "module"],
	target: "es2022",
	charset: "ascii",
	nodePaths: [modules],
	plugins: [bareEngine, {
		name: "late",
		setup(build) {
			build.onResolve({ filter: /^tr46$/ }, ({ importer }) =>
				importer.includes("whatwg-url") ? { path: join(here, "idna_late.mjs") } : undefined);
			// Legacy charsets are for the query of a page in one; a script has none.
			build.onResolve({ filter: /^@exodus\/bytes\/encoding\.js$/ }, ({ resolveDir }) =>
				build.resolve("@exodus/bytes/encoding-lite.js", { resolveDir, kind: "import-statement" }));
		},
	}],
	logLevel: "warning",
});
writeFileSync(join(out, "NOTICE.txt"), notice(modules, ["luxon", "buffer", "core-js-pure", "@noble/hashes",
	"jmespath", "tr46", "@exodus/bytes", "whatwg-url"]));

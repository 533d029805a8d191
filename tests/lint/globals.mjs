// globals.mjs -- no mutable globals: our objects have nothing writable but what globals.allow names.
//
// Reads the object files of a build with objdump.  Tables of pointers live in .data.rel.ro: the
// loader writes them once, nobody else can.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

export function findObjects(buildDir) {
	const found = [];
	const walk = (dir) => {
		for (const entry of readdirSync(dir, { withFileTypes: true })) {
			const path = join(dir, entry.name);

			if (entry.isDirectory())
				walk(path);
			else if (entry.name.endsWith(".o"))
				found.push(path);
		}
	};

	for (const dir of ["lib", "fcgi-app", "workers"])
		try {
			walk(join(buildDir, dir));
		} catch (error) {
			if (error.code !== "ENOENT")
				throw error;
		}
	return found.sort();
}

// Sanitizers and coverage keep books in writable sections; these names are theirs.
const compilers = /^(\.L|__asan|__odr_asan|_?__?ubsan|__gcov|\.?_ub|\*?\.LASAN|\.data|\.bss|\.tbss|\.tdata)/;

export function writableSymbols(objdumpText) {
	const found = [];

	for (const line of objdumpText.split("\n")) {
		const m = line.match(/^[0-9a-f]+ (.{7}) (\S+)\t([0-9a-f]+)\s+(?:\.hidden )?(\S+)$/);

		if (m && m[1].includes("O") && /^(\.data|\.bss|\.tdata|\.tbss|\*COM\*)/.test(m[2]) &&
		    !m[2].startsWith(".data.rel.ro") && !compilers.test(m[4]))
			found.push(m[4]);
	}
	return found;
}

export function checkGlobals(buildDir, allowText) {
	const allow = new Set(allowText.split("\n").map((l) => l.replace(/#.*/, "").trim()).filter(Boolean));
	const findings = [], used = new Set();

	for (const object of findObjects(buildDir)) {
		const text = execFileSync("objdump", ["-t", object], { encoding: "utf8", maxBuffer: 1 << 26 });
		const where = relative(buildDir, object).replace(/CMakeFiles\/[^/]+\//, "").replace(/^.*\/__\//, "").replace(/\.o$/, "");

		for (const symbol of writableSymbols(text)) {
			const entry = `${where}:${symbol.replace(/\.\d+$/, "")}`;

			if (allow.has(entry))
				used.add(entry);
			else
				findings.push(`${where}: ${symbol} is writable: no mutable globals`);
		}
	}
	for (const entry of allow)
		if (!used.has(entry))
			findings.push(`globals.allow: ${entry} is no writable symbol: take it out`);
	return findings;
}

export function readAllow(root) {
	return readFileSync(join(root, "tests/lint/globals.allow"), "utf8");
}

// tools.mjs -- what other programs judge: clang-format, shellcheck, bash's and nginx's own parsers.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { matching } from "./tree.mjs";

// Lines that a tool printed, as findings; a tool that cannot be started is a finding too.
function run(command, args, options = {}) {
	const result = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 26, ...options });

	if (result.error)
		return [`${command}: ${result.error.message}`];
	if (result.status === 0)
		return [];
	const lines = (result.stdout + result.stderr).split("\n").filter((l) => l.trim() !== "");
	return lines.length ? lines : [`${command} exited ${result.status}`];
}

// One finding a file, because clang-format -i mends all of it.
export function checkFormat(root, files) {
	const findings = [];

	for (let i = 0; i < files.length; i += 50)
		findings.push(...run("clang-format", ["--dry-run", "--Werror", ...files.slice(i, i + 50)], { cwd: root })
			.filter((l) => /: error: |^clang-format/.test(l)));
	return [...new Map(findings.map((l) => [l.split(":")[0], l])).values()];
}

export function shellFiles(tree) {
	return [...matching(tree, /\.sh$|^tyboo$|^\.ci\/run$|^scripts\/[^/.]+$/)].map(([path]) => path);
}

// The parts are sourced by tyboo: names they share are neither "unused" nor "not assigned".
export function checkShell(root, files) {
	return run("shellcheck", ["-x", "-f", "gcc", "-e", "SC2034,SC1091,SC2154", ...files.map((f) => join(root, f))]);
}

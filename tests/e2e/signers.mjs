/*
 * signers.mjs -- sign with providers' own libraries in their newest versions (tests/e2e/signers), on a Node of theirs.
 */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('signers/', import.meta.url));
const program = join(folder, `node_modules/node-linux-${process.arch}/bin/node`);
const stamp = join(folder, 'node_modules/.lock-installed');

/* npm ci, once per lock file.  No script of a package is run. */
export function installSigners()
{
	const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8');

	if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
		execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
		writeFileSync(stamp, lock);
	}
}

/* Each of 'asks' ({ library, secret, body, url?, id? }) signed: { headers, body, url }. */
export function signAll(asks, env = {})
{
	return new Promise((resolve, reject) => {
		const child = execFile(program, [join(folder, 'sign.mjs')], { env: { ...process.env, ...env }, maxBuffer: 1 << 26 },
			(error, stdout, stderr) => (error ? reject(new Error(`${error.message}\n${stderr}`)) : resolve(JSON.parse(stdout))));

		child.stdin.end(JSON.stringify(asks));
	});
}

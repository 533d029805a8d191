// operating.test.mjs -- what an operator is given can be used: the playbook, the web servers' examples, the cron lines.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import test from "node:test";

const root = resolve(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "../..");
const read = (path) => readFileSync(join(root, path), "utf8");

// Every "src: x.j2" of a role names a file of its templates/, and every file there is used.
export function checkTemplates(roles) {
	const findings = [];

	for (const [role, { tasks, templates }] of Object.entries(roles)) {
		const used = new Set([...tasks.matchAll(/([\w.-]+\.j2)\b/g)].map(([, name]) => name));

		for (const name of used)
			if (!templates.includes(name))
				findings.push(`${role}: there is no template ${name}`);
		for (const name of templates)
			if (!used.has(name))
				findings.push(`${role}: nothing uses ${name}`);
	}
	return findings;
}

function readRoles() {
	const dir = join(root, "ansible/roles");

	return Object.fromEntries(readdirSync(dir).map((role) => [role, {
		tasks: readFileSync(join(dir, role, "tasks/main.yml"), "utf8"),
		templates: existsSync(join(dir, role, "templates")) ? readdirSync(join(dir, role, "templates")) : [],
	}]));
}

function inTemp(body) {
	const dir = mkdtempSync(join(tmpdir(), "ty-lint-"));

	try {
		return body(dir);
	} finally {
		rmSync(dir, { recursive: true, force: true });
	}
}

const have = (program) => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;

test("lint finds a template that is missing, and one that nothing uses", () => {
	assert.deepEqual(checkTemplates({ r: { tasks: "src: a.j2", templates: ["b.j2"] } }),
		["r: there is no template a.j2", "r: nothing uses b.j2"]);
});

test("lint: every template of the playbook is there and used", () => {
	assert.deepEqual(checkTemplates(readRoles()), []);
});

test("lint: the playbook installs every nginx snippet that the site includes", () => {
	const tasks = read("ansible/roles/nginx/tasks/main.yml");

	for (const name of readdirSync(join(root, "nginx/snippets")))
		assert.ok(tasks.includes(`snippets/${name}`), `the nginx role does not install ${name}`);
});

test("lint: ansible accepts the playbook", { skip: have("ansible-playbook") ? false : "no ansible here" }, () => {
	execFileSync("ansible-playbook", ["-i", "inventories/example.yml", "--syntax-check", "site.yml"],
		{ cwd: join(root, "ansible"), env: { ...process.env, LC_ALL: "C.UTF-8" }, stdio: "pipe" });
});

// A self-signed pair in DIR/tls.
function makeCertificate(dir) {
	mkdirSync(join(dir, "tls"));
	execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
		"-subj", "/CN=x", "-keyout", join(dir, "tls/key.pem"), "-out", join(dir, "tls/cert.pem")], { stdio: "pipe" });
}

function fill(text, dir) {
	const values = { SERVER_NAME: "studio.example.org", API_SOCKET: `${dir}/api.sock`, KEEPALIVE: "16", HOME: dir, SHARE: dir,
		SNIPPETS: `${dir}/snippets` };

	return text.replace(/@([A-Z_]+)@/g, (whole, name) => values[name] ?? whole);
}

// "nginx -t" binds what it is told to listen on: ports below 1024 are root's, and may be another's.
function onSockets(text, dir) {
	return text.replace(/listen ((?:\[::\]:)?\d+)/g, (whole, port) => `listen unix:${dir}/${port.replace(/\W/g, "_")}.sock`);
}

const nginx = have("nginx") ? "nginx" : existsSync("/usr/sbin/nginx") ? "/usr/sbin/nginx" : null;

test("lint: nginx accepts the site for a host of one's own", { skip: nginx ? false : "no nginx here" }, () => inTemp((dir) => {
	makeCertificate(dir);
	mkdirSync(join(dir, "snippets"));
	for (const name of readdirSync(join(root, "nginx/snippets")))
		writeFileSync(join(dir, "snippets", name.replace(/\.in$/, "")), fill(read(`nginx/snippets/${name}`), dir));
	writeFileSync(join(dir, "nginx.conf"), `events {}\npid ${dir}/pid;\nhttp {\naccess_log off;\n` +
		["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((n) => `${n}_temp_path ${dir}/${n};\n`).join("") +
		`${onSockets(fill(read("nginx/site.conf.in"), dir), dir)}\n}\n`);
	const said = spawnSync(nginx, ["-t", "-e", join(dir, "error.log"), "-c", join(dir, "nginx.conf")], { encoding: "utf8" });

	assert.equal(said.status, 0, said.stderr);
}));

const modules = "/usr/lib/apache2/modules";

test("lint: Apache accepts its example", { skip: existsSync("/usr/sbin/apache2") ? false : "no apache2 here" }, () => inTemp((dir) => {
	const names = ["mpm_event", "authz_core", "dir", "alias", "env", "setenvif", "headers", "proxy", "proxy_fcgi", "ssl",
		"socache_shmcb"].filter((n) => existsSync(join(modules, `mod_${n}.so`)));

	makeCertificate(dir);
	mkdirSync(join(dir, "ui"));
	writeFileSync(join(dir, "apache.conf"), `ServerRoot ${dir}\nServerName x\nListen 127.0.0.1:18081\nErrorLog ${dir}/error.log\n` +
		`PidFile ${dir}/pid\n${names.map((n) => `LoadModule ${n}_module ${modules}/mod_${n}.so\n`).join("")}` +
		read("nginx/apache.conf.example").replaceAll("/var/lib/tyboo", dir).replaceAll("/opt/tyboo/share/ui", `${dir}/ui`));
	const said = spawnSync("/usr/sbin/apache2", ["-t", "-f", join(dir, "apache.conf")], { encoding: "utf8" });

	assert.equal(said.status, 0, said.stderr);
}));

test("lint: the cron lines of the playbook are those of the guide", () => {
	const guide = read("docs/OPERATING.md");
	const values = { tyboo_user: "tyboo", tyboo_home: "/var/lib/tyboo", tyboo_prefix: "/opt/tyboo", tyboo_api_processes: "4",
		tyboo_run_processes: "4" };

	for (const path of ["api/templates/cron-api.j2", "workers/templates/cron-workers.j2"])
		for (const line of read(`ansible/roles/${path}`).split("\n").filter((l) => l.startsWith("* "))) {
			const filled = line.replace(/\{\{ (\w+) \}\}/g, (whole, name) => values[name] ?? whole);

			assert.ok(guide.includes(filled), `docs/OPERATING.md does not have: ${filled}`);
		}
});

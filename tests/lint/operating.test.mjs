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
		tasks: existsSync(join(dir, role, "tasks")) ? readFileSync(join(dir, role, "tasks/main.yml"), "utf8") : "",
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

// Everything that the playbook asks for but a certificate, said in the inventory's own file.
function writeInventory(dir, given) {
	const vars = { ansible_connection: "local", ansible_become: "false", tyboo_server_name: "studio.example.org", tyboo_source: dir, tyboo_home: `${dir}/home`,
		tyboo_master_key: "0".repeat(64), tyboo_owner_password: "o", tyboo_app_password: "a", ...given };
	const lines = Object.entries(vars).filter(([, value]) => value !== null).map(([name, value]) => `    ${name}: "${value}"\n`);

	for (const file of ["build/release/bin/tyboo-api", "static/dist/index.html"]) {
		mkdirSync(dirname(join(dir, file)), { recursive: true });
		writeFileSync(join(dir, file), "");
	}
	writeFileSync(join(dir, "inventory.yml"), `all:\n  hosts: { here: }\n  vars:\n${lines.join("")}` +
		"  children: { api: { hosts: { here: } }, nginx: { hosts: { here: } } }\n");
	return join(dir, "inventory.yml");
}

// Inventories of an operator -> the playbook's words before it has touched anything.  The last row passes
// the first question, by what the inventory's file says rather than the roles' defaults, and fails at the
// second.
const preflight = [
	[{ tyboo_server_name: null }, '"assertion": "tyboo_server_name is defined"'],
	[{ tyboo_master_key: "short" }, '"assertion": "(tyboo_master_key'],
	[{ tyboo_app_password: null }, '"assertion": "(tyboo_owner_password'],
	[{ tyboo_tls_cert: "/c" }, '"assertion": "(tyboo_tls_cert is defined)'],
	[{ tyboo_build: "/nonexistent" }, '"assertion": "(tyboo_build + '],
	[{}, "/home/tls/cert.pem: put it and key.pem there, or set tyboo_tls_cert and tyboo_tls_key"],
];

for (const [given, says] of preflight)
	test(`lint: the playbook, given ${JSON.stringify(given)}, stops and says why`,
		{ skip: have("ansible-playbook") ? false : "no ansible here" }, () => inTemp((dir) => {
			const said = spawnSync("ansible-playbook", ["-i", writeInventory(dir, given), "site.yml"], { encoding: "utf8",
				cwd: join(root, "ansible"), env: { ...process.env, LC_ALL: "C.UTF-8", ANSIBLE_NOCOLOR: "1", HOME: dir } });

			assert.equal(said.status, 2, said.stdout + said.stderr);
			assert.ok(said.stdout.includes(says), said.stdout);
			assert.match(said.stdout, /changed=0 /);
		}));

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

test("lint: the packages of the guide are those that the playbook installs for the programs", () => {
	const [, list] = read("docs/OPERATING.md").match(/\*\*Packages\*\*[^`]*`([^`]*)`/);
	const [, common] = read("ansible/roles/common/tasks/main.yml").match(/apt:\n {4}name:\n((?: {6}- .*\n)+)/);
	const [, api] = read("ansible/roles/api/tasks/main.yml").match(/apt:\n {4}name: \[(.*)\]/);

	assert.deepEqual(list.split(/\s+/).sort(), [...common.match(/[^\s-]\S*/g), ...api.split(", ")].sort());
});

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

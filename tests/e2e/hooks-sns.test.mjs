/*
 * hooks-sns.test.mjs -- messages of Amazon SNS, from a service on loopback that speaks as it does: its certificate is
 * fetched, its subscription confirmed, and neither from anywhere else.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID, sign } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { chain, hook, node } from './graphs.mjs';
import { installSigners, signAll } from './signers.mjs';
import { startStack } from './stack.mjs';

const topic = 'arn:aws:sns:eu-central-1:123456789012:orders';
let stack, sns, folder;

const pem = (name) => readFileSync(join(folder, name), 'utf8');

function makeCertificate(name, ...how)
{
	execFileSync('openssl', ['req', '-x509', '-nodes', '-days', '2', '-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.pem`), ...how], { stdio: 'ignore' });
}

async function startSns()
{
	const answers = new Map(), asked = [];
	const server = createServer({ key: pem('tls.key'), cert: pem('tls.pem') }, (req, res) => {
		asked.push(req.url);
		const [path] = req.url.split('?'), answer = answers.get(path);

		if (answer === undefined)
			res.writeHead(404).end('no');
		else
			answer(res);
	});

	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	const host = `localhost:${server.address().port}`;

	return { answers, asked, host, port: server.address().port, url: (path) => `https://${host}${path}`,
		stop: () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())) };
}

before(async () => {
	folder = mkdtempSync(join(tmpdir(), 'tyboo-sns-'));
	chmodSync(folder, 0o755);
	makeCertificate('tls', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost');
	for (const name of ['signer', 'other'])
		makeCertificate(name, '-newkey', 'rsa:2048', '-subj', '/CN=sns.amazonaws.com');
	makeCertificate('curve', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-subj', '/CN=sns.amazonaws.com');
	sns = await startSns();
	sns.answers.set('/', (res) => res.end('<ConfirmSubscriptionResponse/>'));
	sns.answers.set('/signer.pem', (res) => res.end(pem('signer.pem')));
	stack = await startStack({ name: 'hooks-sns', set: { http_allow: `127.0.0.1:${sns.port},[::1]:${sns.port}`, http_ca_file: join(folder, 'tls.pem'), sns_hosts: sns.host } });
});
after(async () => {
	await stack?.stop();
	await sns?.stop();
	if (folder)
		rmSync(folder, { recursive: true });
});

const socketDir = () => readFileSync(join(stack.home, 'etc/redis.conf'), 'utf8').match(/^unixsocket (.*)\/redis.sock$/m)[1];
const sql = (text) => execFileSync('psql', ['-h', socketDir(), '-U', 'postgres', '-d', 'tyboo', '-X', '-q', '-A', '-t', '-c', text], {
	env: { ...process.env, PGPASSWORD: readFileSync(join(stack.home, 'etc/pg-admin.password'), 'utf8').trim() } }).toString().trim();

/* A message as SNS writes it. */
function messageOf({ version = '2', signer = 'signer', ...more } = {})
{
	const message = { Type: 'Notification', MessageId: randomUUID(), TopicArn: topic, Subject: 'Line\n"one"', Message: '{"order":"ü 7"}', Timestamp: new Date().toISOString(),
		SignatureVersion: version, SigningCertURL: sns.url('/signer.pem'), ...more };
	const names = message.Type === 'Notification' ? ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']
		: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
	const text = names.filter((name) => message[name] !== undefined).map((name) => `${name}\n${message[name]}\n`).join('');

	return { ...message, Signature: sign(version === '1' ? 'sha1' : 'sha256', Buffer.from(text), pem(`${signer}.key`)).toString('base64') };
}

const subscriptionOf = (more = {}) => messageOf({ Type: 'SubscriptionConfirmation', Subject: undefined, Token: randomUUID(), Message: 'You have chosen to subscribe',
	SubscribeURL: `${sns.url('/')}?Action=ConfirmSubscription&TopicArn=${topic}&Token=${randomUUID()}`, ...more });
const deliver = (path, message) => stack.hook(path, { headers: { 'content-type': 'text/plain; charset=UTF-8', 'x-amz-sns-message-type': message.Type }, body: JSON.stringify(message) });
const publish = (path, topics = `arn:aws:sns:us-east-1:1:x, ${topic}`) => stack.publish(chain(hook(path, { verify: 'sns', sns_topics: topics }),
	node('core.set', { assignments: [{ name: 'what', type: 'string', value: '={{ $json.body.Message }}' }] })), path);

async function until(what, look, ms = 15000)
{
	for (const end = Date.now() + ms; ;) {
		const found = await look();

		if (found)
			return found;
		assert.ok(Date.now() < end, `in time: ${what}`);
		await delay(100);
	}
}

const recordOf = (answer) => stack.ok('GET', `@/deliveries/${answer.json.delivery_id}`);
const settled = (answer) => until(`verdict on ${answer.json.delivery_id}`, async () => {
	const record = await recordOf(answer);

	return record.verdict !== 'awaiting_keys' && record;
});

async function mustRun(answer)
{
	assert.equal(answer.status, 202, answer.text);
	const run = await stack.finished(answer.json.run_id);

	assert.equal(run.status, 'ok', JSON.stringify(run.error));
	assert.match(JSON.stringify(await stack.ok('GET', `@/executions/${answer.json.run_id}/steps`)), /ü 7/);
}

test('a subscription is verified, then confirmed by a worker, and runs nothing', async () => {
	await publish('sns/a');
	const message = subscriptionOf(), answer = await deliver('sns/a', message);

	assert.equal(answer.status, 202, answer.text);
	assert.equal(answer.json.verdict, 'awaiting_keys');
	assert.equal((await settled(answer)).verdict, 'confirmed');
	const url = new URL(message.SubscribeURL);

	assert.deepEqual(sns.asked, ['/signer.pem', `${url.pathname}${url.search}`]);
	assert.equal((await stack.api('GET', `@/executions/${answer.json.run_id}`)).status, 404);
	const again = await settled(await deliver('sns/a', subscriptionOf({ version: '1' })));

	assert.equal(again.verdict, 'confirmed', 'the certificate was here already');
	assert.equal(sns.asked.filter((path) => path === '/signer.pem').length, 1);
});

for (const version of ['1', '2'])
	test(`a message of signature version ${version} runs, and again it is a repeat`, async () => {
		const message = messageOf({ version }), bare = messageOf({ version, Subject: undefined });

		await mustRun(await deliver('sns/a', message));
		await mustRun(await deliver('sns/a', bare));
		assert.equal((await deliver('sns/a', message)).json.verdict, 'duplicate');
	});

test('what is changed, of another topic, unsigned, or by another certificate is refused', async () => {
	const right = messageOf(), subscription = subscriptionOf();
	const wrong = [{ ...right, Message: 'other' }, { ...right, Subject: 'other' }, { ...right, Timestamp: 'now' }, { ...right, MessageId: 'other' }, { ...right, Type: 'UnsubscribeConfirmation' },
		{ ...right, SignatureVersion: '1' }, { ...right, SignatureVersion: '3' }, { ...right, Signature: '' }, { ...right, Signature: 'AAAA' }, messageOf({ signer: 'other' }),
		messageOf({ TopicArn: 'arn:aws:sns:eu-central-1:666:orders' }), { ...subscription, SubscribeURL: `${subscription.SubscribeURL}1` },
		subscriptionOf({ SubscribeURL: 'https://elsewhere.example/?Action=ConfirmSubscription' }), subscriptionOf({ SubscribeURL: sns.url('/?Action=Publish') })];
	const asked = sns.asked.length;

	for (const message of wrong)
		assert.equal((await deliver('sns/a', message)).status, 401, JSON.stringify(message));
	assert.equal((await stack.hook('sns/a', { body: '{"raw":1}' })).status, 401, 'raw delivery');
	assert.equal((await stack.hook('sns/a', { body: 'no JSON' })).status, 401);
	assert.equal(sns.asked.length, asked, 'nobody was asked');
});

test('a certificate is taken from SNS alone', async () => {
	for (const SigningCertURL of ['https://elsewhere.example/SimpleNotificationService-ab.pem', 'https://sns.eu-central-1.amazonaws.com.evil.example/SimpleNotificationService-ab.pem',
		'https://sns.eu-central-1.amazonaws.com/other.pem', 'https://sns.eu-central-1.amazonaws.com/?x=/SimpleNotificationService-ab.pem', 'https://sns.eu-central-1.amazonaws.com:444/SimpleNotificationService-ab.pem',
		'https://sns.eu-central-1.amazonaws.com@evil.example/SimpleNotificationService-ab.pem', 'https://s3.eu-central-1.amazonaws.com/SimpleNotificationService-ab.pem',
		sns.url('/signer.pem').replace('https', 'http'), sns.url('/signer.txt'), sns.url('/signer.pem#x'), 'https://localhost:1/signer.pem'])
		assert.equal((await deliver('sns/a', messageOf({ SigningCertURL }))).status, 401, SigningCertURL);
});

test('a message of a certificate that is not here yet waits for it; what is none is refused in the end', async () => {
	sns.answers.set('/other.pem', (res) => res.end(pem('other.pem')));
	sns.answers.set('/curve.pem', (res) => res.end(pem('curve.pem')));
	sns.answers.set('/text.pem', (res) => res.end('no certificate'));
	const good = await deliver('sns/a', messageOf({ signer: 'other', SigningCertURL: sns.url('/other.pem') }));

	assert.equal(good.json.verdict, 'awaiting_keys', good.text);
	assert.equal((await settled(good)).verdict, 'accepted');
	await mustRun(good);
	for (const name of ['curve', 'text', 'nothing']) {
		const bad = await deliver('sns/a', messageOf({ SigningCertURL: sns.url(`/${name}.pem`) })), where = `WHERE url = '${sns.url(`/${name}.pem`)}'`;

		await until(`${name} was asked`, () => Number(sql(`SELECT failures FROM tyboo.hook_keys ${where}`)) > 0);
		assert.equal((await recordOf(bad)).verdict, 'awaiting_keys');
		sql(`UPDATE tyboo.hook_keys SET failures = 5 ${where}`);
		const record = await settled(bad);

		assert.equal(record.verdict, 'bad_signature');
		assert.match(record.reason, /No certificate came from its SigningCertURL: .*(certificate of RSA|404)/);
	}
});

test('addresses that are made up are few at a time', async () => {
	const statuses = [];

	for (let i = 0; i < 12; i++)
		statuses.push((await deliver('sns/a', messageOf({ SigningCertURL: sns.url(`/made-up-${i}.pem`) }))).status);
	assert.ok(statuses.includes(503), String(statuses));
	await mustRun(await deliver('sns/a', messageOf()));
	sql("DELETE FROM tyboo.held_deliveries; DELETE FROM tyboo.hook_keys WHERE content IS NULL");
});

test('topics have to be named', async () => {
	assert.match(String(await publish('sns/none', '').catch((error) => error)), /sns_topics/);
	assert.match(String(await publish('sns/word', 'orders').catch((error) => error)), /no ARN of a topic/);
	const tried = await stack.ok('POST', '@/webhooks/verify', { path: 'sns/a', headers: {}, body: JSON.stringify(messageOf()) });

	assert.equal(tried.result, 'ok');
});

test("SNS's own library takes and refuses what the webhook does", async () => {
	const right = [messageOf(), messageOf({ version: '1', Subject: undefined }), subscriptionOf()];
	const wrong = [{ ...right[0], Message: 'other' }, { ...right[0], SignatureVersion: '1' }, messageOf({ signer: 'other' })];

	installSigners();
	const judged = await signAll([...right, ...wrong].map((message) => ({ library: 'sns', body: JSON.stringify(message) })), { NODE_EXTRA_CA_CERTS: join(folder, 'tls.pem') });

	assert.deepEqual(judged.map(({ error }) => error === null), [true, true, true, false, false, false], JSON.stringify(judged));
});

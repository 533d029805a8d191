/*
 * hooks-libraries.test.mjs -- deliveries as providers' own libraries sign them in their newest versions: accepted with
 * the webhook's secret, refused with any other, and with one byte changed.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { chain, hook, keep } from './graphs.mjs';
import { installSigners, signAll } from './signers.mjs';
import { startStack } from './stack.mjs';

const text = 'a secret of some length', otherText = 'another one';
const whsec = (byte) => `whsec_${Buffer.alloc(24, byte).toString('base64')}`;
const bodyOf = () => JSON.stringify({ id: `evt_${randomUUID()}`, event_id: randomUUID(), text: 'ü "7"\n' });
const formOf = () => new URLSearchParams({ CallSid: randomUUID(), From: '+14158675309', Body: 'ü & =', Empty: '' }).toString();
const libraries = [
	{ library: 'github', scheme: 'github', secret: text, other: otherText, make: bodyOf },
	{ library: 'stripe', scheme: 'stripe', secret: `whsec_${text}`, other: otherText, make: bodyOf },
	{ library: 'slack', scheme: 'slack', secret: text, other: otherText, make: bodyOf },
	{ library: 'twilio_form', scheme: 'twilio', secret: text, other: otherText, make: formOf },
	{ library: 'twilio_json', scheme: 'twilio', secret: text, other: otherText, make: bodyOf },
	{ library: 'svix', scheme: 'svix', secret: whsec(5), other: whsec(6), make: bodyOf },
	{ library: 'standard_webhooks', scheme: 'standard_webhooks', secret: whsec(5), other: whsec(6), make: bodyOf },
	{ library: 'shopify', scheme: 'shopify', secret: text, other: otherText, make: bodyOf },
	{ library: 'paddle', scheme: 'paddle', secret: text, other: otherText, make: bodyOf },
];
let stack, right, wrong;

before(async () => {
	installSigners();
	stack = await startStack({ name: 'hooks-libraries', apiProcesses: 1, runProcesses: 1 });
	for (const { library, scheme, secret } of libraries)
		await stack.publish(chain(hook(`l/${library}`, { verify: scheme, credential: await stack.credential(secret) }), keep('id')), library);
	const asksOf = (secretOf) => libraries.map((row) => ({ library: row.library, secret: secretOf(row), body: row.make(), id: `msg_${randomUUID()}`,
		url: `${stack.baseUrl}/hooks/${stack.owner.workspace}/l/${row.library}` }));

	right = await signAll(asksOf((row) => row.secret));
	wrong = await signAll(asksOf((row) => row.other));
});
after(() => stack?.stop());

const deliver = (row, signed, body = signed.body) => stack.hook(`l/${row.library}${signed.url?.includes('?') ? signed.url.slice(signed.url.indexOf('?')) : ''}`, { headers: signed.headers, body });

for (const [i, row] of libraries.entries())
	test(`${row.library}: what its library signs is accepted, with another secret or body it is not`, async () => {
		assert.equal((await deliver(row, wrong[i])).status, 401);
		assert.equal((await deliver(row, right[i], right[i].body.replace('7', '8'))).status, 401);
		const answer = await deliver(row, right[i]);

		assert.equal(answer.status, 202, answer.text);
		assert.equal((await stack.finished(answer.json.run_id)).status, 'ok');
	});

/*
 * The signers themselves, against vectors from the providers' documentation and, where a
 * library can verify, that library: a wrong signer would make every other test say nothing.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verify } from '@octokit/webhooks-methods';
import Stripe from 'stripe';
import { signGithub, signHmac, signSlack, signStripe } from './sign.mjs';

test('GitHub: the vector of its documentation, and its verifier', async () => {
	const secret = "It's a Secret to Everybody", body = 'Hello, World!';
	const headers = await signGithub(secret, body, { id: 'd1' });

	assert.equal(headers['x-hub-signature-256'],
		     'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17');
	assert.equal(headers['x-github-delivery'], 'd1');
	assert.ok(await verify(secret, body, headers['x-hub-signature-256']));
});

test('Stripe: its own header, read by its own verifier', () => {
	const secret = 'whsec_test_secret', body = '{"id":"evt_test_webhook","object":"event"}';
	const header = signStripe(secret, body, { timestamp: 1492774577 })['stripe-signature'];

	assert.equal(header, 't=1492774577,' +
		     'v1=88a022085c6bdb887b02cb26ff76dd681234d9675c0f22844059f55552a8883a');
	const event = Stripe.webhooks.constructEvent(body, signStripe(secret, body)['stripe-signature'], secret);
	assert.equal(event.id, 'evt_test_webhook');
});

test('Slack: the vector of its documentation', () => {
	const body = 'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow' +
		'&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner' +
		'&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands' +
		'%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN' +
		'&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
	const headers = signSlack('8f742231b10e8888abcd99yyyzzz85a5', body, { timestamp: 1531420618 });

	assert.equal(headers['x-slack-signature'],
		     'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503');
	assert.equal(headers['x-slack-request-timestamp'], '1531420618');
});

test('generic HMAC: options and defaults', () => {
	assert.equal(signHmac('hush', '{"id":1}', { encoding: 'base64' })['x-signature'],
		     'VnKUjZsLuN5iZWjn5EntcBVCF9kMN43LglzCE1/GSeY=');
	const headers = signHmac('k', 'b', { header: 'x-sig', prefix: 'sha1=', algorithm: 'sha1',
					     timestampHeader: 'x-time', timestamp: 7 });

	assert.deepEqual(Object.keys(headers), ['content-type', 'x-sig', 'x-time']);
	assert.match(headers['x-sig'], /^sha1=[0-9a-f]{40}$/);
	assert.equal(headers['x-time'], '7');
});

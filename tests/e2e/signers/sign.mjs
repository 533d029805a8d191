/*
 * sign.mjs -- sign deliveries with providers' own libraries, which ask for a newer Node than the tests run on.
 *
 * Reads a list of { library, secret, body, url?, id? } and writes one of { headers, body, url? }.  A library that only
 * verifies is shown what its documented recipe makes, and throws where it would refuse that.
 */
import { Webhooks } from '@octokit/webhooks';
import { Paddle } from '@paddle/paddle-node-sdk';
import '@shopify/shopify-api/adapters/node';
import { LogSeverity, shopifyApi } from '@shopify/shopify-api';
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { Webhook as SvixWebhook } from 'svix';
import twilio from 'twilio';

const require = createRequire(import.meta.url);
const { verifySlackRequest } = require('@slack/bolt/dist/receivers/verify-request.js');
const SnsValidator = require('sns-validator');
const hmac = (secret, data, encoding) => createHmac('sha256', secret).update(data).digest(encoding);
const json = { 'content-type': 'application/json' };

function signByStandard(Webhook, prefix)
{
	return ({ secret, body, id }) => {
		const at = new Date();

		return { headers: { ...json, [`${prefix}-id`]: id, [`${prefix}-timestamp`]: String(Math.floor(at / 1000)), [`${prefix}-signature`]: new Webhook(secret).sign(id, at, body) } };
	};
}

const libraries = {
	github: async ({ secret, body, id }) => ({ headers: { ...json, 'x-github-event': 'push', 'x-github-delivery': id, 'x-hub-signature-256': await new Webhooks({ secret }).sign(body) } }),
	stripe: ({ secret, body }) => ({ headers: { ...json, 'stripe-signature': new Stripe('sk_test_x').webhooks.generateTestHeaderString({ payload: body, secret }) } }),
	slack: ({ secret, body }) => {
		const timestamp = Math.floor(Date.now() / 1000), signature = `v0=${hmac(secret, `v0:${timestamp}:${body}`, 'hex')}`;

		verifySlackRequest({ signingSecret: secret, body, headers: { 'x-slack-signature': signature, 'x-slack-request-timestamp': timestamp } });
		return { headers: { ...json, 'x-slack-signature': signature, 'x-slack-request-timestamp': String(timestamp) } };
	},
	twilio_form: ({ secret, body, url }) => ({ headers: { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
		'x-twilio-signature': twilio.getExpectedTwilioSignature(secret, url, Object.fromEntries(new URLSearchParams(body))) } }),
	twilio_json: ({ secret, body, url }) => {
		const whole = `${url}?bodySHA256=${twilio.getExpectedBodyHash(body)}`;

		return { url: whole, headers: { ...json, 'x-twilio-signature': twilio.getExpectedTwilioSignature(secret, whole, {}) } };
	},
	svix: signByStandard(SvixWebhook, 'svix'),
	standard_webhooks: signByStandard(StandardWebhook, 'webhook'),
	shopify: async ({ secret, body, id }) => {
		const shopify = shopifyApi({ apiKey: 'key', apiSecretKey: secret, apiVersion: '2026-01', hostName: 'studio.example', isEmbeddedApp: false, logger: { level: LogSeverity.Error } });
		const headers = { ...json, 'x-shopify-hmac-sha256': hmac(secret, body, 'base64'), 'x-shopify-topic': 'orders/create', 'x-shopify-shop-domain': 'x.myshopify.com',
			'x-shopify-api-version': '2026-01', 'x-shopify-webhook-id': id, 'x-shopify-event-id': id };
		const judged = await shopify.webhooks.validate({ rawBody: body, rawRequest: { method: 'POST', url: '/', headers } });

		assert.ok(judged.valid, JSON.stringify(judged));
		return { headers };
	},
	paddle: async ({ secret, body }) => {
		const ts = Math.floor(Date.now() / 1000), signature = `ts=${ts};h1=${hmac(secret, `${ts}:${body}`, 'hex')}`;

		assert.ok(await new Paddle('key').webhooks.isSignatureValid(body, secret, signature));
		return { headers: { ...json, 'paddle-signature': signature } };
	},
	/* Nothing is signed: says whether a message of a service on loopback is one of Amazon SNS. */
	sns: ({ body }) => new Promise((resolve) => new SnsValidator(/^localhost:\d+$/).validate(body, (error) => resolve({ headers: {}, error: error?.message ?? null }))),
};

const given = [];

for (const ask of JSON.parse(await text(process.stdin)))
	given.push({ body: ask.body, url: ask.url, ...await libraries[ask.library](ask) });
process.stdout.write(JSON.stringify(given));

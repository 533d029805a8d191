/*
 * sign.mjs -- sign a delivery as its provider does, with the provider's own library.
 *
 * Each function gives the headers to send with exactly that body.  So what Tyboo accepts is
 * what GitHub, Stripe and Slack send, not what we think they do.  Slack's library only
 * verifies: there the signature is made by its documented recipe and shown to that verifier
 * before it is given out.
 *
 *	const headers = await signGithub(secret, body, { id: 'a delivery id' });
 *	await fetch(url, { method: 'POST', headers, body });
 */
import { sign } from '@octokit/webhooks-methods';
import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import Stripe from 'stripe';

const require = createRequire(import.meta.url);
/* Not among @slack/bolt's named exports; loading all of it takes a second. */
const { verifySlackRequest } = require('@slack/bolt/dist/receivers/verify-request.js');

const nowSeconds = () => Math.floor(Date.now() / 1000);

/* { 'x-hub-signature-256', 'x-github-event', 'x-github-delivery'? } */
export async function signGithub(secret, body, { id, event = 'push' } = {})
{
	const headers = {
		'content-type': 'application/json',
		'x-github-event': event,
		'x-hub-signature-256': await sign(secret, body),
	};

	return id === undefined ? headers : { ...headers, 'x-github-delivery': id };
}

/* { 'stripe-signature' }: at 'timestamp' (unix seconds). */
export function signStripe(secret, body, { timestamp = nowSeconds() } = {})
{
	return {
		'content-type': 'application/json',
		'stripe-signature': Stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp }),
	};
}

/* { 'x-slack-signature', 'x-slack-request-timestamp' }: at 'timestamp' (unix seconds). */
export function signSlack(secret, body, { timestamp = nowSeconds(), type = 'application/json' } = {})
{
	const mac = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
	const headers = {
		'x-slack-signature': `v0=${mac}`,
		'x-slack-request-timestamp': String(timestamp),
	};

	/* Throws where Slack's own code would refuse what we made. */
	verifySlackRequest({
		signingSecret: secret, body, nowMilliseconds: timestamp * 1000,
		headers: { ...headers, 'x-slack-request-timestamp': timestamp },
	});
	return { 'content-type': type, ...headers };
}

/*
 * Any sender of an HMAC: the options of core.webhook's "hmac" scheme, with its defaults.
 * With 'timestampHeader' the signed text is "<timestamp>.<body>".
 */
export function signHmac(secret, body, { header = 'x-signature', algorithm = 'sha256', encoding = 'hex',
	prefix = '', timestampHeader, timestamp = nowSeconds() } = {})
{
	const mac = createHmac(algorithm, secret);

	if (timestampHeader !== undefined)
		mac.update(`${timestamp}.`);
	const headers = {
		'content-type': 'application/json',
		[header]: prefix + mac.update(body).digest(encoding),
	};

	return timestampHeader === undefined ? headers : { ...headers, [timestampHeader]: String(timestamp) };
}

/*
 * client.mjs -- HTTPS as a browser or a provider speaks it to one home, trusting its certificate only.
 *
 * Answers are { status, headers, text, json }; json is undefined where the body is none.  The
 * connection goes to 127.0.0.1 whatever "localhost" resolves to; the name is still checked.
 */
import { Agent, request } from 'node:https';
import { patience } from './patience.mjs';

export class Client {
	/* 'origin' as in https://localhost:8443; 'ca' PEM text. */
	constructor(origin, ca, { connections = 64 } = {})
	{
		this.origin = origin;
		this.url = new URL(origin);
		this.agent = new Agent({ ca, keepAlive: true, maxSockets: connections, servername: 'localhost' });
		this.cookies = new Map();
		this.csrf = undefined;
	}

	close()
	{
		this.agent.destroy();
	}

	/* Rejects where there is no answer.  'body': string, Buffer, or an async iterable (sent chunked). */
	send(method, path, { headers = {}, body, timeoutMs = 30000 } = {})
	{
		return new Promise((resolve, reject) => {
			const req = request({ host: '127.0.0.1', port: this.url.port, method, path, agent: this.agent,
				headers: { host: this.url.host, ...lengthOf(body), ...headers } }, (res) => {
				answerOf(res, req).then(resolve, reject);
			});

			req.setTimeout(timeoutMs * patience, () => req.destroy(new Error(`${method} ${path}: no answer in ${timeoutMs * patience} ms`)));
			/* A server may answer and close before it has read everything: the answer counts. */
			req.on('error', (error) => req.answered || reject(error));
			req.on('response', () => { req.answered = true; });
			writeBody(req, body);
		});
	}

	/* As our own pages call the API: cookie, CSRF token, origin; an object is sent as JSON. */
	async api(method, path, body, { headers = {}, ...rest } = {})
	{
		const all = { origin: this.origin, accept: 'application/json', ...headers };

		if (this.cookies.size > 0)
			all.cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
		if (this.csrf !== undefined && all['x-csrf-token'] === undefined)
			all['x-csrf-token'] = this.csrf;
		if (body !== undefined && !isRaw(body)) {
			body = JSON.stringify(body);
			all['content-type'] ??= 'application/json';
		}
		const answer = await this.send(method, `/api/v1${path}`, { headers: all, body, ...rest });

		for (const line of answer.headers['set-cookie'] ?? [])
			this.keepCookie(line);
		return answer;
	}

	/* The same where only success will do: gives the body. */
	async ok(method, path, body, options)
	{
		const answer = await this.api(method, path, body, options);

		if (answer.status < 200 || answer.status > 299)
			throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
		return answer.json;
	}

	async signIn(email, password)
	{
		const answer = await this.ok('POST', '/sessions', { email, password });

		this.csrf = answer.csrf_token;
		return answer;
	}

	keepCookie(line)
	{
		const [, name, value] = line.match(/^([^=]+)=([^;]*)/);

		if (value === '' || /max-age=0/i.test(line))
			this.cookies.delete(name);
		else
			this.cookies.set(name, value);
	}
}

function isRaw(body)
{
	return typeof body === 'string' || Buffer.isBuffer(body) || body?.[Symbol.asyncIterator] !== undefined;
}

function lengthOf(body)
{
	return typeof body === 'string' || Buffer.isBuffer(body) ? { 'content-length': Buffer.byteLength(body) } : {};
}

async function writeBody(req, body)
{
	if (body?.[Symbol.asyncIterator] === undefined) {
		req.end(body);
		return;
	}
	for await (const chunk of body) {
		if (req.destroyed || req.answered)
			break;
		if (!req.write(chunk))
			await new Promise((resolve) => { req.once('drain', resolve); req.once('close', resolve);
				req.once('response', resolve); });
	}
	req.end();
}

function answerOf(res)
{
	return new Promise((resolve, reject) => {
		const chunks = [];

		res.on('data', (chunk) => chunks.push(chunk));
		res.on('error', reject);
		res.on('end', () => {
			const text = Buffer.concat(chunks).toString('utf8');
			let json;

			try {
				json = JSON.parse(text);
			} catch {
				/* not JSON: the text says what it is */
			}
			resolve({ status: res.statusCode, headers: res.headers, text, json });
		});
	});
}

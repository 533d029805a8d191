/*
 * receiver.mjs -- an HTTP server on loopback that workflows call; it counts for itself.
 *
 *	const receiver = await startReceiver();
 *	... http.request to receiver.url('/count') ...
 *	receiver.calls		every request: { method, path, key, body, headers }
 *	receiver.answer = (call, res) => ...	to answer otherwise than 200 {"ok":true}
 */
import { createServer } from 'node:http';

export async function startReceiver()
{
	const receiver = { calls: [], answer: undefined };
	const server = createServer((req, res) => {
		const chunks = [];

		req.on('data', (chunk) => chunks.push(chunk));
		req.on('error', () => {});
		req.on('end', () => {
			const call = { method: req.method, path: req.url, key: req.headers['idempotency-key'],
				headers: req.headers, body: Buffer.concat(chunks).toString('utf8') };

			receiver.calls.push(call);
			if (receiver.answer !== undefined)
				return receiver.answer(call, res);
			res.setHeader('content-type', 'application/json');
			res.end('{"ok":true}');
		});
	});

	server.keepAliveTimeout = 60000;
	await new Promise((resolve, reject) => {
		server.once('error', reject);
		server.listen(0, '127.0.0.1', resolve);
	});
	receiver.port = server.address().port;
	receiver.url = (path = '/') => `http://127.0.0.1:${receiver.port}${path}`;
	receiver.stop = () => new Promise((resolve) => {
		server.close(resolve);
		server.closeAllConnections();
	});
	return receiver;
}

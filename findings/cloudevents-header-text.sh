#!/usr/bin/env bash
# cloudevents-header-text.sh -- the CloudEvents SDK sends and reads attributes in HTTP headers without percent-encoding.
#
# Version: cloudevents 10.0.0 (npm), the CloudEvents project's own SDK, with Node's http client.
# Behaviour: in binary mode a subject beyond ASCII is put into the header as it is.  Node sends letters of Latin-1
#   as raw UTF-8 (or as single bytes where no text body follows), and refuses the rest with ERR_INVALID_CHAR.  A subject that another sender encoded is not decoded.
# Expected (CloudEvents HTTP binding 1.0, 3.1.3.2): whatever is beyond printable ASCII, and space, '"' and '%', is
#   percent-encoded as UTF-8 by the sender and decoded by the receiver.
# Why it matters: file names and customers' names are subjects.  A workflow that routes by ce-subject gets "Gr%C3%BC%C3%9Fe"
#   through one gateway and half a text through another; a webhook node should decode such headers itself.
# Output seen:
#   sent "Grüße": the bytes 47 72 c3 bc c3 9f 65
#   sent "日本": ERR_INVALID_CHAR
#   received Gr%C3%BC%C3%9Fe: Gr%C3%BC%C3%9Fe
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund cloudevents@10.0.0 >/dev/null
cat >ask.cjs <<'J'
const http = require('node:http');
const { CloudEvent, HTTP } = require('cloudevents');

const heard = [];
const server = http.createServer((request, response) => {
	heard.push(request.headers['ce-subject']);
	response.end();
});

function send(subject)
{
	const message = HTTP.binary(new CloudEvent({ id: '1', source: '/files', type: 'file.new', subject, data: {} }));

	return new Promise((resolve) => {
		try {
			const request = http.request({ port: server.address().port, method: 'POST', headers: message.headers }, (response) => {
				response.resume().on('end', () => resolve(`the bytes ${Buffer.from(heard.at(-1), 'latin1').toString('hex').match(/../g).join(' ')}`));
			});
			request.end(message.body);
		} catch (error) {
			resolve(error.code);
		}
	});
}

server.listen(0, '127.0.0.1', async () => {
	console.log(`sent "Grüße": ${await send('Grüße')}`);
	console.log(`sent "日本": ${await send('日本')}`);
	const headers = { 'content-type': 'application/json', 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/files', 'ce-type': 'file.new', 'ce-subject': 'Gr%C3%BC%C3%9Fe' };
	console.log(`received ${headers['ce-subject']}: ${HTTP.toEvent({ headers, body: '{}' }).subject}`);
	server.close();
});
J
node ask.cjs | tee seen
printf '%s\n' 'sent "Grüße": the bytes 47 72 c3 bc c3 9f 65' 'sent "日本": ERR_INVALID_CHAR' \
	'received Gr%C3%BC%C3%9Fe: Gr%C3%BC%C3%9Fe' | diff - seen

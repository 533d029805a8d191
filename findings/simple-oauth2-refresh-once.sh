#!/usr/bin/env bash
# simple-oauth2-refresh-once.sh -- simple-oauth2 refreshes once: what comes back has lost the refresh token.
#
# Version: simple-oauth2 5.1.0 (npm); beside it client-oauth2 4.3.3 and @badgateway/oauth2-client 3.3.1.
# Behaviour: a provider that goes on with the same refresh token does not send it again.  refresh() gives a token made of that answer
#   alone, so that the next refresh() sends "refresh_token=", with nothing behind it, and no error before that.
# Expected: RFC 6749, 6, lets the server leave it out; a client that is given no new one keeps the one that it has, as the two others do.
# Why it matters: Google and others answer this way, so a connection made with it works for two hours and then asks for a sign-in.  What is
#   kept of a connection is the new answer over the old one, member by member.
# Output seen:
#   simple-oauth2: refresh_token r1, then refresh_token
#   client-oauth2: keeps r1
#   @badgateway/oauth2-client: keeps r1
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund simple-oauth2@5.1.0 client-oauth2@4.3.3 @badgateway/oauth2-client@3.3.1 >/dev/null
cat >refresh.cjs <<'J'
const { createServer } = require('node:http');
const { AuthorizationCode } = require('simple-oauth2');
const ClientOAuth2 = require('client-oauth2');

const asked = [];
const provider = createServer((req, res) => {
	let body = '';

	req.on('data', (chunk) => { body += chunk; });
	req.on('end', () => {
		const form = new URLSearchParams(body);
		const first = form.get('grant_type') === 'authorization_code';

		if (!first)
			asked.push(`refresh_token ${form.get('refresh_token')}`.trim());
		res.setHeader('content-type', 'application/json');
		res.end(JSON.stringify({ access_token: 'a', token_type: 'bearer', expires_in: 3600, ...(first ? { refresh_token: 'r1' } : {}) }));
	});
});

provider.listen(0, '127.0.0.1', async () => {
	const server = `http://127.0.0.1:${provider.address().port}`;
	const simple = new AuthorizationCode({ client: { id: 'c', secret: 's' }, auth: { tokenHost: server, tokenPath: '/token' } });
	const other = new ClientOAuth2({ clientId: 'c', clientSecret: 's', accessTokenUri: `${server}/token` });
	const { OAuth2Client } = await import('@badgateway/oauth2-client');
	const third = new OAuth2Client({ server, clientId: 'c', clientSecret: 's', tokenEndpoint: '/token' });

	await (await (await simple.getToken({ code: 'x', redirect_uri: server })).refresh()).refresh();
	console.log(`simple-oauth2: ${asked.join(', then ')}`);
	console.log(`client-oauth2: keeps ${(await other.createToken('a', 'r1', 'bearer').refresh()).refreshToken}`);
	console.log(`@badgateway/oauth2-client: keeps ${(await third.refreshToken({ accessToken: 'a', refreshToken: 'r1', expiresAt: null })).refreshToken}`);
	provider.close();
});
J
node refresh.cjs | tee seen
diff seen - <<'S'
simple-oauth2: refresh_token r1, then refresh_token
client-oauth2: keeps r1
@badgateway/oauth2-client: keeps r1
S

#!/usr/bin/env bash
# otplib-short-secrets.sh -- otplib 13 makes no code of the secrets that most services hand out.
#
# Version: otplib 13.5.0, beside otplib 12.0.1 and totp-generator 2.0.1 (npm).
# Behaviour: a secret of 16 letters (80 bits), which is what a service's page shows under its QR code more often than not, is refused: it has to have
#   128 bits, also where nobody makes a new one but somebody has one.  otplib 12 gave its code, and so does totp-generator.
# Expected: RFC 4226 (R6) asks for 128 bits of who makes a secret.  Who has been given a shorter one cannot make it longer; a major version that changes
#   names of functions is not thought to change which accounts it can sign in to.
# Why it matters: a workflow that signs in to an account is given the secret of that account.  Ours takes them as they are, in groups and in small letters too.
# Output seen:
#   otplib 12: 996554
#   totp-generator: 996554
#   otplib 13: Secret must be at least 16 bytes (128 bits), got 10 bytes
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund otplib@13.5.0 otplib-12@npm:otplib@12.0.1 totp-generator@2.0.1 >/dev/null
cat >codes.mjs <<'J'
import otplib12 from 'otplib-12';
import { generate } from 'otplib';
import { TOTP } from 'totp-generator';

const secret = 'JBSWY3DPEHPK3PXP', seconds = 59;

console.log(`otplib 12: ${otplib12.authenticator.clone({ epoch: seconds * 1000 }).generate(secret)}`);
console.log(`totp-generator: ${(await TOTP.generate(secret, { timestamp: seconds * 1000 })).otp}`);
console.log(`otplib 13: ${await generate({ secret, epoch: seconds }).catch((error) => error.message)}`);
J
node codes.mjs | tee seen
diff seen - <<'S'
otplib 12: 996554
totp-generator: 996554
otplib 13: Secret must be at least 16 bytes (128 bits), got 10 bytes
S

#!/usr/bin/env bash
# cloudevents-falsy-data.sh -- the CloudEvents SDK loses 0, false and "" of an event in structured mode.
#
# Version: cloudevents 10.0.0 (npm), the CloudEvents project's own SDK.
# Behaviour: HTTP.toEvent() of a structured message whose "data" is 0, false or "" gives an event without data, and
#   passing that event on sends none.  The same event in a batch keeps it; in binary mode a number or true comes as a text.
# Expected (CloudEvents JSON format 1.0, 3.1): "data" is any JSON value, and the two modes carry the same event.
# Why it matters: a switch that went off, a stock that is 0, a cleared field are what automation waits for.  A workflow
#   behind a gateway made with this SDK sees an event without its value, and nothing says that one was lost.
# Output seen:
#   structured 0 -> none, false -> none, "" -> none, 1 -> 1
#   batch 0 -> 0, false -> false, "" -> "", 1 -> 1
#   binary 0 -> "0", false -> "false", 1 -> "1"
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund cloudevents@10.0.0 >/dev/null
cat >ask.cjs <<'J'
const { HTTP } = require('cloudevents');

const event = { specversion: '1.0', id: '1', source: '/stock', type: 'stock.changed' };
const show = (event) => (event.data === undefined ? 'none' : JSON.stringify(event.data));
const line = (mode, values, read) =>
	console.log(mode, values.map((value) => `${JSON.stringify(value)} -> ${show(read(value))}`).join(', '));

line('structured', [0, false, '', 1], (data) => HTTP.toEvent({
	headers: { 'content-type': 'application/cloudevents+json' }, body: JSON.stringify({ ...event, data }) }));
line('batch', [0, false, '', 1], (data) => HTTP.toEvent({
	headers: { 'content-type': 'application/cloudevents-batch+json' }, body: JSON.stringify([{ ...event, data }]) })[0]);
line('binary', [0, false, 1], (data) => HTTP.toEvent({
	headers: { 'content-type': 'application/json', 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/stock', 'ce-type': 'stock.changed' },
	body: JSON.stringify(data) }));
J
node ask.cjs | tee seen
printf '%s\n' 'structured 0 -> none, false -> none, "" -> none, 1 -> 1' 'batch 0 -> 0, false -> false, "" -> "", 1 -> 1' \
	'binary 0 -> "0", false -> "false", 1 -> "1"' | diff - seen

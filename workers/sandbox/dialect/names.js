/*
 * names.js -- the names of n8n that expressions have: what they are is read anew at each touch.
 *
 * Evaluates to a function of 'world' (prelude.js, makeDialect), which gives { name: getter }; world.lookups are
 * functions.  What is not there is undefined by its row here, not by accident.
 */
(function (world, tools) {
'use strict';

const { refuse, show } = tools;

const { freeze, defineProperty, entries, hasOwn } = Object;
const { isArray } = Array;
const nothing = freeze({});

/* ---- parameters ----------------------------------------------------------------------- */

function refuseExpression(name)
{
	refuse(`the parameter "${name}" is an expression itself, whose value is not known here; write what it stands for`);
}

/* A copy of a node's parameters as the document has them; one that is an expression says so when it is read. */
function readable(value)
{
	if (typeof value !== 'object' || value === null)
		return value;
	const out = isArray(value) ? [] : {};

	for (const [key, part] of entries(value)) {
		if (typeof part === 'string' && part[0] === '=')
			defineProperty(out, key, { get: () => refuseExpression(key), enumerable: false });
		else
			defineProperty(out, key, { value: readable(part), enumerable: true });
	}
	return freeze(out);
}

/* ---- nodes ----------------------------------------------------------------------------- */

/* The items of one output of a node; all of them where none is named. */
function itemsOf(name, output, run)
{
	const node = world.node(name);

	if (run !== undefined && run !== null && run !== -1 && run !== (node.run || 0))
		refuse(`of "${name}" only its last run, ${node.run || 0}, is kept; there is no run ${show(run)} of it here`);
	if (output === undefined || output === null || node.ports === undefined)
		return node.items;
	let start = 0;

	for (let port = 0; port < output; port++)
		start += node.ports[port] || 0;
	return node.items.slice(start, start + (node.ports[output] || 0));
}

/* The item of a node that an item comes from; where that is not known, the one of the same place. */
function itemAt(name, i)
{
	const node = world.node(name);
	const pair = node.pair === undefined ? undefined : node.pair[i];
	const index = pair === undefined || pair === null ? i : pair;

	if (index >= node.items.length)
		refuse(`"${name}" has ${node.items.length} items, so there is none for item ${index + 1}`);
	return world.view(node.items[index]);
}

function nodeView(name, i)
{
	return freeze({
		get json() { return itemAt(name, i).json; },
		get data() { return itemAt(name, i).json; },
		get binary() { return itemAt(name, i).binary || nothing; },
		get parameter() { return readable(world.node(name).params); },
		get params() { return readable(world.node(name).params); },
		get context() { return world.node(name).context || nothing; },
		get runIndex() { return world.node(name).run || 0; },
	});
}

/* $node["Name"] and $node.Name; i: which item they are asked for. */
function nodesView(i)
{
	return world.byName((name) => nodeView(name, i));
}

function itemView(i)
{
	const list = world.items();

	if (!Number.isInteger(i) || i < 0 || i >= list.length)
		refuse(`$item() takes the place of one of the ${list.length} items, from 0, not ${show(i)}`);
	const item = world.view(list[i]);

	return freeze({ $json: item.json, $data: item.json, $binary: item.binary || nothing, $node: nodesView(i), $position: i,
			$itemIndex: i });
}

function $items(name, output, run)
{
	return name === undefined ? world.copy(world.items()) : world.copy(itemsOf(name, output, run));
}

/* ---- the step and the run ------------------------------------------------------------------ */

const own = () => world.request('node') || nothing;

function source()
{
	const sources = world.request('sources'), of = world.request('source');

	return sources === undefined || of === undefined ? undefined : sources[of[world.at()]];
}

const prevNode = () => {
	const from = source();

	return from === undefined ? freeze({ name: undefined, outputIndex: 0, runIndex: 0 })
		: freeze({ name: from.name, outputIndex: from.output || 0, runIndex: from.run || 0 });
};

/* Value that an AI agent fills in where a node is its tool; else what the author gave for where none does. */
function $fromAI(name, description, type, otherwise)
{
	if (otherwise !== undefined && world.isLatest())
		return otherwise;
	return refuse(`$fromAI(${show(name)}) has no value: it is filled in by an AI agent that calls the node as its tool, and none ` +
		'calls this one. Write the value, or read it from $json');
}

/* The parts of a text that is an expression: texts, and what is between braces. */
function partsOf(text)
{
	const parts = [];
	let from = 0, open;

	while ((open = text.indexOf('{{', from)) >= 0) {
		const close = text.indexOf('}}', open);

		if (close < 0)
			refuse('$evaluateExpression(): }} is missing for a {{');
		parts.push(text.slice(from, open), { script: text.slice(open + 2, close) });
		from = close + 2;
	}
	parts.push(text.slice(from));
	return parts.filter((part) => part !== '');
}

function $evaluateExpression(text, i = world.at())
{
	if (typeof text !== 'string')
		refuse(`$evaluateExpression() takes an expression as text: $evaluateExpression("{{ $json.name }}"), not ${show(text)}`);
	if (!Number.isInteger(i) || i < 0 || i >= Math.max(world.items().length, 1))
		refuse(`$evaluateExpression() takes the place of one of the ${world.items().length} items, from 0, not ${show(i)}`);
	const parts = partsOf(text.replace(/^=/, ''));

	if (parts.length === 1 && typeof parts[0] === 'object')
		return world.evaluate(parts[0].script, i);
	return parts.map((part) => typeof part === 'string' ? part : world.join(world.evaluate(part.script, i))).join('');
}

/* n8n takes the item by its pairing, { item: index }; where it came from is known here. */
function $getPairedItem(name, source, pairing)
{
	const i = typeof pairing === 'object' && pairing !== null ? pairing.item : pairing;

	if (typeof name !== 'string' || !Number.isInteger(i))
		refuse("$getPairedItem() takes a node's name, null, and { item: index }; $('Name').pairedItem(index) is the same");
	return world.pairedItem(name, i);
}

const process = freeze({ arch: 'x64', env: nothing, pid: 1, platform: 'linux', ppid: 0, release: nothing, version: '', versions: nothing });

const runIndex = () => world.request('run_index') || 0;

return {
	values: {
		__proto__: null,
		$data: () => world.json(),
		$position: () => world.at(),
		$thisItemIndex: () => world.at(),
		$thisItem: () => world.view(world.items()[world.at()]),
		$runIndex: runIndex,
		$thisRunIndex: runIndex,
		$binary: () => world.files(),
		$mode: () => world.mode(),
		$env: () => nothing,
		$secrets: () => nothing,
		$parameter: () => readable(own().params || nothing),
		$rawParameter: () => own().params || nothing,
		$nodeVersion: () => own().version,
		$nodeId: () => own().id,
		$webhookId: () => own().webhook_id,
		$prevNode: prevNode,
		process: () => process,
		$response: () => world.view((world.request('page') || nothing).response),
		$request: () => undefined,
		$pageCount: () => (world.request('page') || nothing).count,
		$self: () => undefined,
		$agentInfo: () => undefined,
		$node: () => nodesView(world.at()),
	},
	$items,
	$item: (i) => itemView(i),
	$jmespath: (data, query) => {
		if (typeof query !== 'string')
			refuse(`$jmespath() takes data and a query: $jmespath($json, "list[?n > \`1\`].name"), not ${show(query)}`);
		const search = world.jmespath();

		try {
			return search(data, query) ?? null;
		} catch (thrown) {
			return refuse(`$jmespath(): the query ${show(query)} does not go: ${thrown.message}`);
		}
	},
	$fromAI, $evaluateExpression, $getPairedItem,
	sourceParams: () => readable((source() || nothing).params || nothing),
	readable, itemsOf,
};
})

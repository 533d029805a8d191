/*
 * graphs.mjs -- small workflow documents for tests.
 *
 *	chain(hook('a/path'), node('core.set', { ... }), ...)	one after the other, first outputs
 */
let counter = 0;

export function node(type, params = {}, more = {})
{
	counter += 1;
	return { id: `n${counter}`, name: more.name ?? `${type} ${counter}`, type, version: 1, params, position: [0, 0], ...more };
}

/* A webhook; no signature is asked for unless 'params' say so. */
export function hook(path, params = {}, more = {})
{
	return node('core.webhook', { path, method: 'POST', verify: 'none', ...params }, { name: 'Hook', ...more });
}

export function edge(from, to, output = 'main', input = 'main')
{
	return { from: from.id ?? from, output, to: to.id ?? to, input };
}

export function graph(nodes, edges, settings = {})
{
	return { nodes: nodes.map((n, i) => ({ ...n, position: [i * 240, 0] })), edges, settings };
}

const firstOutput = { 'core.if': 'true' };

export function chain(...nodes)
{
	return graph(nodes, nodes.slice(1).map((to, i) => edge(nodes[i], to, firstOutput[nodes[i].type] ?? 'main')));
}

/* One field of what came in, so that a run has a step to show. */
export function keep(name, value = `={{ $json.body.${name} }}`, type = 'string')
{
	return node('core.set', { assignments: [{ name, type, value }] });
}

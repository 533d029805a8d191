// The difference of two documents as patches, by which a step is undone and redone. An entry of a list is named by its key,
// not its place, so that undoing one's own step leaves what others changed elsewhere.

import { edgeKey, type WorkflowDocument } from "./document";

interface EntryPatch {
  key: string;
  moves: boolean; // taken out and put in: it is new, goes, or stands elsewhere among the others
  before?: { at: number; value: unknown };
  after?: { at: number; value: unknown };
}

export interface Patches {
  lists: Record<string, EntryPatch[]>;
  members: Record<string, { before?: unknown; after?: unknown }>;
}

type Loose = Record<string, unknown>;

const keysOf: Record<string, (entry: never) => string> = {
  nodes: (node: { id: string }) => node.id,
  edges: edgeKey,
};

// Entries by key; of several with one key, as a draft may have them, all but the first carry a number.
function index(name: string, list: unknown): Map<string, { at: number; value: unknown }> {
  const found = new Map<string, { at: number; value: unknown }>();
  (Array.isArray(list) ? list : []).forEach((value, at) => {
    const plain = keysOf[name]?.(value as never) ?? "";
    let key = plain;
    for (let count = 2; found.has(key); count++) key = `${plain} ${count}`;
    found.set(key, { at, value });
  });
  return found;
}

// Keys that are new, or stand behind others which they stood before.
function moved(old: ReturnType<typeof index>, fresh: ReturnType<typeof index>): Set<string> {
  let last = -1;
  return new Set([...fresh.keys()].filter((key) => {
    const at = old.get(key)?.at;
    if (at === undefined || at < last) return true;
    last = at;
    return false;
  }));
}

function diffList(name: string, before: unknown, after: unknown): EntryPatch[] {
  const [old, fresh] = [index(name, before), index(name, after)];
  const moves = moved(old, fresh);
  return [...new Set([...old.keys(), ...fresh.keys()])]
    .filter((key) => moves.has(key) || old.get(key)?.value !== fresh.get(key)?.value)
    .map((key) => ({ key, moves: moves.has(key) || !fresh.has(key), before: old.get(key), after: fresh.get(key) }));
}

export function diff(before: WorkflowDocument, after: WorkflowDocument): Patches {
  const patches: Patches = { lists: {}, members: {} };
  const [old, fresh] = [before as Loose, after as Loose];
  for (const name of new Set([...Object.keys(old), ...Object.keys(fresh)])) {
    if (old[name] === fresh[name]) continue;
    if (name in keysOf && Array.isArray(old[name]) && Array.isArray(fresh[name])) patches.lists[name] = diffList(name, old[name], fresh[name]);
    else patches.members[name] = { ...(name in old && { before: old[name] }), ...(name in fresh && { after: fresh[name] }) };
  }
  return patches;
}

function patchList(name: string, list: unknown, patches: EntryPatch[]): unknown[] {
  const entries = index(name, list);
  for (const { key, moves, after } of patches) {
    const entry = entries.get(key);
    if (moves) entries.delete(key);
    else if (entry && after) entry.value = after.value;
  }
  const values = [...entries.values()].map((entry) => entry.value);
  const added = patches.flatMap(({ moves, after }) => (moves && after ? [after] : []));
  for (const { at, value } of added.sort((a, b) => a.at - b.at)) values.splice(at, 0, value);
  return values;
}

export function patch(document: WorkflowDocument, { lists, members }: Patches): WorkflowDocument {
  const made: Loose = { ...document };
  for (const [name, patches] of Object.entries(lists)) made[name] = patchList(name, made[name], patches);
  for (const [name, change] of Object.entries(members)) {
    if ("after" in change) made[name] = change.after;
    else delete made[name];
  }
  return made as WorkflowDocument;
}

function turn<T extends { before?: unknown; after?: unknown }>(change: T): T {
  const { before, after, ...rest } = change;
  return { ...rest, ...("after" in change && { before: after }), ...("before" in change && { after: before }) } as T;
}

export function invert({ lists, members }: Patches): Patches {
  return {
    lists: Object.fromEntries(Object.entries(lists).map(([name, patches]) => [name, patches.map(turn)])),
    members: Object.fromEntries(Object.entries(members).map(([name, change]) => [name, turn(change)])),
  };
}

// Ids of the nodes that are there after the patches and were touched by them.
export function touched({ lists }: Patches): string[] {
  return (lists.nodes ?? []).filter((entry) => entry.after).map((entry) => entry.key);
}

export function isEmpty({ lists, members }: Patches): boolean {
  return Object.keys(members).length === 0 && Object.values(lists).every((patches) => patches.length === 0);
}

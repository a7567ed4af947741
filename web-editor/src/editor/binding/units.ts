/** Stretches of the shared text by who wrote them. Pure. */
import * as Y from 'yjs';

/** Units that follow each other: of one author, in one go. */
export interface Units {
  readonly client: number;
  readonly clock: number;
  readonly length: number;
}

/** Own units of the text from a clock on. */
export function unitsSince(doc: Y.Doc, text: Y.Text, clock: number): Units[] {
  const units: Units[] = [];
  const structs = doc.store.clients.get(doc.clientID) ?? [];
  if (Y.getState(doc.store, doc.clientID) <= clock) return units;
  for (let index = Y.findIndexSS(structs as Y.Item[], clock); index < structs.length; index += 1) {
    const struct = structs[index]!;
    if (struct instanceof Y.Item && struct.parent === text && struct.countable) push(units, { client: struct.id.client, clock: struct.id.clock, length: struct.length });
  }
  return units;
}

/** `length` units of a row of stretches, from one on. */
export function slice(units: readonly Units[], from: number, length: number): Units[] {
  const found: Units[] = [];
  let at = 0;
  for (const one of units) {
    const [start, end] = [Math.max(from, at), Math.min(from + length, at + one.length)];
    if (start < end) found.push({ client: one.client, clock: one.clock + start - at, length: end - start });
    at += one.length;
  }
  return found;
}

/** Appends a stretch, to the last where it goes on. */
export function push(units: Units[], one: Units): void {
  const last = units.at(-1);
  if (last && last.client === one.client && last.clock + last.length === one.clock) units[units.length - 1] = { ...last, length: last.length + one.length };
  else units.push(one);
}

/** Two rows of as many units, cut where either is. */
export function zipped(copies: readonly Units[], originals: readonly Units[]): { copy: Units; of: Units }[] {
  const pairs: { copy: Units; of: Units }[] = [];
  let [index, used] = [0, 0];
  for (const copy of copies) {
    for (let at = 0; at < copy.length && index < originals.length; ) {
      const of = originals[index]!;
      const run = Math.min(copy.length - at, of.length - used);
      pairs.push({ copy: { client: copy.client, clock: copy.clock + at, length: run }, of: { client: of.client, clock: of.clock + used, length: run } });
      at += run;
      used += run;
      if (used === of.length) [index, used] = [index + 1, 0];
    }
  }
  return pairs;
}

export function alive(doc: Y.Doc, id: Y.ID): boolean {
  if (Y.getState(doc.store, id.client) <= id.clock) return false;
  const item = Y.getItem(doc.store, id) as Y.Item | Y.GC;
  return item instanceof Y.Item && !item.deleted;
}

/** What stands behind the last of these units; undefined if there are none. */
export function nextUnit({ store }: Y.Doc, units: Units | undefined): Y.ID | null | undefined {
  if (!units) return undefined;
  const clock = units.clock + units.length;
  const item = Y.getItem(store, Y.createID(units.client, clock - 1)) as Y.Item;
  if (clock < item.id.clock + item.length) return Y.createID(units.client, clock);
  let next = item.right;
  while (next && (next.deleted || !next.countable)) next = next.right;
  return next && next.id;
}

/** Number of units before an item. */
export function indexOf(item: Y.Item): number {
  let index = 0;
  for (let at = item.left; at; at = at.left) if (!at.deleted && at.countable) index += at.length;
  return index;
}

import './clock';
import { expect, it } from 'vitest';
import { Binding } from '../binding/binding';
import { bindingKey } from '../binding/key';
import { Model } from '../binding/model';
import { playKind } from './report';

const flush = Binding.prototype.flush;
let reported = 0;
Binding.prototype.flush = function (this: Binding) {
  const before = this.base;
  const view = (this as unknown as { view: { state: never } | null }).view;
  const unwritten = view && bindingKey.getState(view.state);
  const pm = String((view as any)?.state.doc).slice(0, 160);
  flush.call(this);
  if (this.base === before || reported > 2) return;
  const fresh = this.schema.topNodeType.create(null, new Model(this.doc, this.schema).chunks.map(({ part }) => part.node));
  if (!fresh.eq(this.base)) {
    reported += 1;
    const [a, b] = [fresh.toString(), this.base.toString()];
    let at = 0;
    while (a[at] === b[at]) at += 1;
    console.error('PM', pm, '\nMODEL', this.model.chunks.slice(0, 3).map((c) => c.part.node.toString() + c.blocks.map((b) => (b.filler ? 'F' : b.mark ? 'M' : '-') + b.length)).join(';'), '\nBEFORE', before.toString().slice(Math.max(0, at - 200), at + 300), '\nFRESH', a.slice(Math.max(0, at - 200), at + 300), '\nSHOWN', b.slice(Math.max(0, at - 200), at + 300), JSON.stringify(unwritten?.maps));
    if (a === b) console.error(JSON.stringify(fresh.toJSON()), JSON.stringify(this.base.toJSON()));
  }
};

it('finds', async () => {
  const seed = Number(import.meta.env.VITE_SEED ?? 1);
  const people = Number(import.meta.env.VITE_PEOPLE ?? 1);
  const result = await playKind({ kind: 'mixed', lettersPerRound: 250, seed, secondsMax: 40, people, lines: people === 1 ? 'held' : (import.meta.env.VITE_LINES ?? 'held'), letters: 20000 });
  console.log(JSON.stringify({ ...result, differences: [...result.differences], faults: [...result.faults] }));
  expect(result.diverged).toBe(0);
}, 100000);

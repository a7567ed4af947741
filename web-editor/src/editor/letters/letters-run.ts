/** The long form: `node scripts/letters.js --letters 100000 --operations mixed --seed 1`. */
import './clock';
import { it } from 'vitest';
import { KINDS, type Kind } from './operations';
import { HEAD, playKinds, reasons, row, type Wanted } from './report';

const { operations, isTold, ...wanted } = JSON.parse(import.meta.env.VITE_LETTERS) as Omit<Wanted, 'kinds' | 'tell'> & { operations: string; isTold: boolean };

function kindsOf(name: string): readonly Kind[] {
  if (name === 'mixed') return KINDS;
  const kinds = name.split('+') as Kind[];
  const unknown = kinds.find((kind) => !KINDS.includes(kind));
  if (unknown !== undefined) throw new Error(`There is no operation “${unknown}”. There are: mixed, ${KINDS.join(', ')}.`);
  return kinds;
}

it('counts', async () => {
  const names = operations === 'each' ? [...KINDS, 'mixed'] : operations.split(',');
  console.log(HEAD);
  for (const kinds of names.map(kindsOf)) {
    const result = await playKinds({ kinds, ...wanted, ...(isTold ? { tell: (what) => console.log(what()) } : {}) });
    console.log(row(result));
    for (const reason of reasons(result)) console.error(reason);
  }
});

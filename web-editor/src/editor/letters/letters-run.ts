/** The long form: `node scripts/letters.js --letters 100000 --operations mixed --seed 1`. */
import './clock';
import { it } from 'vitest';
import { KINDS, type Kind } from './operations';
import { HEAD, playKind, reasons, row, type Wanted } from './report';

const { operations, ...wanted } = JSON.parse(import.meta.env.VITE_LETTERS) as Omit<Wanted, 'kind'> & { operations: string };
const kinds = operations === 'each' ? [...KINDS, 'mixed' as const] : (operations.split(',') as (Kind | 'mixed')[]);

it('counts', async () => {
  const why: string[] = [];
  console.log(HEAD);
  for (const kind of kinds) {
    const result = await playKind({ kind, ...wanted });
    console.log(row(result));
    why.push(...reasons(result));
  }
  console.log(`\n${why.join('\n')}`);
});

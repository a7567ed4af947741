/** Plays people who write at once and counts what became of their letters: see src/editor/letters. */
import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';

const { values } = parseArgs({
  options: {
    letters: { type: 'string', default: '20000' },
    /** Kinds of operation with commas between, `each` for all one after the other, or `mixed`. */
    operations: { type: 'string', default: 'mixed' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
    /** Typed in one document, at most 14000. */
    'per-round': { type: 'string', default: '400' },
    /** 2 to 5 by chance unless it is given. */
    people: { type: 'string' },
    /** `held`, or `prompt`: everybody has everything before the next thing happens. */
    lines: { type: 'string', default: 'held' },
    /** For each kind: no further document is begun after this time. */
    seconds: { type: 'string', default: '1e9' },
    /** Each step is printed, for one document that went wrong. */
    tell: { type: 'boolean', default: false },
  },
});
const wanted = {
  letters: Number(values.letters),
  operations: values.operations,
  seed: Number(values.seed),
  lettersPerRound: Number(values['per-round']),
  people: values.people === undefined ? null : Number(values.people),
  lines: values.lines,
  isTold: values.tell,
  secondsMax: Number(values.seconds),
};
console.log(`seed ${wanted.seed}`);
const vitest = await startVitest('test', [], {
  run: true,
  watch: false,
  include: ['src/editor/letters/letters-run.ts'],
  testTimeout: 0,
  disableConsoleIntercept: true,
  // What the editor throws outside of a call is printed, and the count goes on.
  dangerouslyIgnoreUnhandledErrors: true,
  reporters: [['default', { summary: false }]],
  env: { VITE_LETTERS: JSON.stringify(wanted) },
});
await vitest.close();

/** Plays rounds with some kinds of operation, and says what came of them as a row of a table. */
import { KINDS, OPERATIONS, type Kind, type Operation } from './operations';
import { Random } from './random';
import { play, type Figures, type Round } from './round';

export interface Wanted {
  kinds: readonly Kind[];
  letters: number;
  /** Typed in one document. */
  lettersPerRound: number;
  seed: number;
  /** Null for 2 to 5 by chance. */
  people: number | null;
  lines: Round['lines'];
  /** No further document is begun after this time. */
  secondsMax: number;
  tell?: Round['tell'];
}

export interface Result extends Omit<Figures, 'differences'> {
  kind: string;
  rounds: number;
  diverged: number;
  differences: Map<string, number>;
  /** Seeds of the documents where something went wrong: each can be played again alone. */
  suspects: number[];
  seconds: number;
}

const SUMS = ['letters', 'lost', 'doubled', 'returned', 'torn', 'met', 'operations', 'carets', 'moved', 'pushed', 'exceptions'] as const;

export async function playKinds({ kinds, letters, lettersPerRound, seed, people, lines, secondsMax, tell = () => undefined }: Wanted): Promise<Result> {
  const began = performance.now();
  const kind = kinds.length === KINDS.length ? 'all mixed' : kinds.join(', ');
  const operations: Operation[] = kinds.flatMap((name) => OPERATIONS[name]);
  const zeros = Object.fromEntries(SUMS.map((name) => [name, 0])) as Record<(typeof SUMS)[number], number>;
  const result: Result = { kind, rounds: 0, diverged: 0, faults: new Map(), differences: new Map(), suspects: [], seconds: 0, ...zeros };
  const seconds = () => (performance.now() - began) / 1_000;
  while (result.letters < letters && seconds() < secondsMax) {
    const own = seed + result.rounds;
    const random = new Random(own);
    const figures = await play({ random, lines, tell, people: people ?? random.whole(2, 5), letters: lettersPerRound, operations });
    if (figures.differences.length + figures.lost + figures.doubled + figures.exceptions > 0) result.suspects.push(own);
    add(result, figures);
  }
  return { ...result, seconds: seconds() };
}

function add(result: Result, figures: Figures): void {
  for (const name of SUMS) result[name] += figures[name];
  result.rounds += 1;
  if (figures.differences.length > 0) result.diverged += 1;
  for (const difference of figures.differences) count(result.differences, difference, 1);
  for (const [fault, times] of figures.faults) count(result.faults, fault, times);
}

function count(counts: Map<string, number>, name: string, times: number): void {
  counts.set(name, (counts.get(name) ?? 0) + times);
}

const SEEDS_MAX = 12;

export const HEAD = [
  '| operations with typing | documents | operations | letters | lost | doubled | returned | torn (of them where two met) | caret moved (pushed) of checks | exceptions | documents that differ | seconds |',
  '|---|---|---|---|---|---|---|---|---|---|---|---|',
].join('\n');

export function row({ kind, rounds, operations, letters, lost, doubled, returned, torn, met, moved, pushed, carets, exceptions, diverged, seconds }: Result): string {
  return `| ${[kind, rounds, operations, letters, lost, doubled, returned, `${torn} (${met})`, `${moved} (${pushed}) of ${carets}`, exceptions, diverged, seconds.toFixed(0)].join(' | ')} |`;
}

/** The commonest reasons, for whoever looks for the cause. */
export function reasons({ kind, faults, differences, suspects }: Result): string[] {
  const first = [...faults].sort(([, a], [, b]) => b - a).slice(0, 3);
  const seeds = suspects.length > 0 ? [`- ${kind}: something was lost, doubled, thrown or different with the seeds ${suspects.slice(0, SEEDS_MAX).join(', ')}`] : [];
  return [...seeds, ...[...differences, ...first].map(([what, times]) => `- ${kind}: ${times} × ${what}`)];
}

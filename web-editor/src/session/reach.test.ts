import { beforeEach, describe, expect, it } from 'vitest';
import { BLOCKED_ATTEMPTS, ReachFinder, healthUrl } from './reach';

let finder: ReachFinder;
let seen: string[];
let asked: ((answers: boolean) => void)[];

const turn = () => new Promise<void>((resolve) => setTimeout(resolve));

async function answer(answers: boolean): Promise<void> {
  asked.shift()!(answers);
  await turn();
}

beforeEach(() => {
  seen = [];
  asked = [];
  finder = new ReachFinder('http://host/healthz', () => seen.push(finder.reach), () => new Promise((resolve) => asked.push(resolve)));
});

// [P80]
describe('why there is no connection', () => {
  it('is that the server is away when it does not answer by HTTP either', async () => {
    finder.lost(true);
    expect(finder.reach).toBe('unknown');
    await answer(false);
    expect(finder.reach).toBe('away');
    finder.heard();
    expect(seen).toEqual(['away', 'unknown']);
  });

  it('is that sockets are blocked when attempts fail while it answers', async () => {
    finder.lost(false);
    await answer(true);
    for (let attempt = 1; attempt < BLOCKED_ATTEMPTS; attempt++) {
      finder.lost(false);
      await answer(true);
    }
    expect(finder.reach, 'one may have met a restart').toBe('unknown');
    finder.lost(false);
    await answer(true);
    expect(finder.reach).toBe('blocked');
    finder.lost(false);
    await answer(false);
    expect(finder.reach).toBe('away');
  });

  it('is not known while connections come up and break off', async () => {
    for (let attempt = 0; attempt < 3 * BLOCKED_ATTEMPTS; attempt++) {
      finder.lost(true);
      await answer(true);
    }
    expect(finder.reach).toBe('unknown');
  });

  it('is asked for one at a time, and what is learned late means nothing', async () => {
    finder.lost(false);
    finder.lost(false);
    expect(asked).toHaveLength(1);
    finder.heard();
    await answer(false);
    expect(seen).toEqual([]);
  });
});

it('the server of a sync address is asked where it says that it is alive', () => {
  expect(healthUrl('wss://weft.example/sync')).toBe('https://weft.example/healthz');
  expect(healthUrl('ws://127.0.0.1:8080/below/sync/')).toBe('http://127.0.0.1:8080/below/healthz');
});

import { beforeEach, describe, expect, it } from 'vitest';
import { AckLedger } from './ledger';

let ledger: AckLedger;

/** Opens a socket and answers the server's state vector. */
const join = () => {
  ledger.opened();
  ledger.sent('reply');
};
const type = () => {
  ledger.edited();
  ledger.sent('update');
};

beforeEach(() => {
  ledger = new AckLedger();
});

describe('AckLedger', () => {
  it('is not settled before the server has confirmed anything', () => {
    expect(ledger.settled).toBe(false);
    ledger.opened();
    expect(ledger.settled).toBe(false);
    ledger.sent('reply');
    ledger.acked(1);
    expect(ledger.settled).toBe(true);
  });

  it('settles when the last frame is acknowledged, not before', () => {
    join();
    type();
    type();
    ledger.acked(2);
    expect(ledger.settled).toBe(false);
    expect(ledger.covers(1)).toBe(true);
    ledger.acked(3);
    expect(ledger.settled).toBe(true);
  });

  it('counts offline edits as committed with the reply of the next socket', () => {
    join();
    ledger.acked(1);
    ledger.edited();
    ledger.edited();
    expect(ledger.settled).toBe(false);
    join();
    expect(ledger.settled).toBe(false);
    ledger.acked(1);
    expect(ledger.settled).toBe(true);
  });

  it('counts what goes in pieces with the last of them', () => {
    join();
    ledger.edited();
    ledger.sent('update', true);
    ledger.sent('update', true);
    ledger.sent('update');
    ledger.acked(3);
    expect(ledger.committed).toBe(0);
    ledger.acked(4);
    expect(ledger.settled).toBe(true);
    ledger.edited();
    ledger.opened();
    ledger.sent('update', true);
    ledger.acked(1);
    expect([ledger.committed, ledger.settled], 'a reply in pieces').toEqual([1, false]);
    ledger.sent('reply');
    ledger.acked(2);
    expect(ledger.settled).toBe(true);
  });

  it('starts counting again with every socket', () => {
    join();
    type();
    type();
    ledger.acked(2);
    join();
    type();
    ledger.acked(1);
    expect(ledger.committed).toBe(2);
    ledger.acked(2);
    expect(ledger.settled).toBe(true);
  });

  it('does not take an update for more than it is before the reply has left', () => {
    ledger.edited();
    ledger.opened();
    type();
    ledger.acked(1);
    expect(ledger.committed).toBe(0);
    ledger.sent('reply');
    ledger.acked(2);
    expect(ledger.settled).toBe(true);
  });

  it('ignores acknowledgements that cannot be true', () => {
    join();
    type();
    for (const count of [3, -1, 0.5, Number.NaN, Number.MAX_SAFE_INTEGER]) ledger.acked(count);
    expect(ledger.settled).toBe(false);
    ledger.acked(2);
    ledger.acked(1);
    expect(ledger.settled).toBe(true);
  });

  it('never settles over a refused frame, however much is acknowledged after it', () => {
    join();
    type();
    ledger.refusedAt(2);
    type();
    ledger.acked(3);
    expect(ledger.refused).toBe(true);
    expect(ledger.settled).toBe(false);
  });

  it('settles after a refusal once a later reply is committed', () => {
    join();
    type();
    ledger.refusedAt(2);
    ledger.sent('reply');
    ledger.acked(3);
    expect(ledger.refused).toBe(false);
    expect(ledger.settled).toBe(true);
  });

  it('ignores refusals of frames that were never sent', () => {
    join();
    for (const frame of [0, 2, -1, 1.5]) ledger.refusedAt(frame);
    expect(ledger.refused).toBe(false);
  });

  it('keeps what was committed when the connection is lost', () => {
    join();
    type();
    ledger.acked(2);
    ledger.opened();
    expect(ledger.settled).toBe(true);
  });

  it('agrees with a server that commits in random portions over random reconnects', () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    let state = seed;
    const random = (below: number) => (state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff) % below;
    // The model: which edits are inside each frame, and which the server has committed.
    let frames: number[][] = [];
    const committed = new Set<number>();
    let edits = 0;
    let open = false;
    let prefix = 0;
    for (let turn = 0; turn < 5_000; turn += 1) {
      const act = random(10);
      if (act < 5) {
        edits += 1;
        ledger.edited();
        if (open) {
          frames.push([edits]);
          ledger.sent('update');
        }
      } else if (act < 9 && open && frames.length > 0) {
        const count = 1 + random(frames.length);
        frames.slice(0, count).flat().forEach((edit) => committed.add(edit));
        ledger.acked(count);
      } else if (act === 9) {
        open = true;
        ledger.opened();
        frames = [Array.from({ length: edits }, (_, at) => at + 1).filter((edit) => !committed.has(edit))];
        ledger.sent('reply');
      }
      while (committed.has(prefix + 1)) prefix += 1;
      // Never ahead of the server: each edit the ledger calls committed is, and so is every earlier one.
      if (ledger.committed > prefix) expect.fail(`seed ${seed}, turn ${turn}: ${ledger.committed} of ${prefix}`);
    }
    ledger.opened();
    ledger.sent('reply');
    ledger.acked(1);
    expect(ledger.settled, `seed ${seed}`).toBe(true);
  });

  // [P80] [P82]
  it('calls nothing committed when a piece of the reply was refused', () => {
    const ledger = new AckLedger();
    ledger.edited();
    ledger.opened();
    ledger.sent('update', true);
    ledger.sent('update', true);
    ledger.sent('reply');
    ledger.refusedAt(2);
    ledger.acked(3);
    expect([ledger.settled, ledger.refused]).toEqual([false, true]);
    ledger.sent('reply');
    ledger.acked(4);
    expect([ledger.settled, ledger.refused]).toEqual([true, false]);
  });
});

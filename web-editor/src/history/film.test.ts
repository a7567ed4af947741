import * as encoding from 'lib0/encoding';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { BEAT_MS, Film } from './film';
import { FrameReader, firstClient } from './frames';
import { Writers } from './people';
import { Playing } from './playing';
import { Rebuild, cleanState } from './rebuild';
import { compared, sittings, stops } from './sessions';

const bytes = (...values: number[]) => new Uint8Array(values);

function random(seed: number): () => number {
  return () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
}

function stream(frames: { at: number; author: string; update: Uint8Array }[]): Uint8Array {
  const encoder = encoding.createEncoder();
  for (const { at, author, update } of frames) {
    encoding.writeVarUint(encoder, at);
    encoding.writeVarString(encoder, author);
    encoding.writeVarUint8Array(encoder, update);
  }
  return encoding.toUint8Array(encoder);
}

function filmOf(times: number[], who: number[] = []): Film {
  const film = new Film();
  times.forEach((at, index) => film.add(at, who[index] ?? 1, bytes(0, 0)));
  return film;
}

describe('frames', () => {
  // [T30]
  it('come out whole however the stream is divided', () => {
    const seed = Math.floor(Math.random() * 1e9);
    const next = random(seed);
    const frames = Array.from({ length: 60 }, (_, at) => ({
      at: 1_700_000_000_000 + at,
      author: at % 3 === 0 ? '' : `user ${at} ✓`,
      update: Uint8Array.from({ length: at === 30 ? 300_000 : Math.floor(next() * 200) }, () => Math.floor(next() * 256)),
    }));
    const whole = stream(frames);
    const reader = new FrameReader();
    const said = (frame: { at: number; author: string; update: Uint8Array }) => `${frame.at} ${frame.author} ${new TextDecoder('latin1').decode(frame.update)}`;
    const seen: string[] = [];
    for (let from = 0; from < whole.length; ) {
      const to = Math.min(whole.length, from + 1 + Math.floor(next() * 5_000));
      reader.take(whole.subarray(from, to), (frame) => seen.push(said(frame)));
      from = to;
    }
    expect(reader.rest, `seed ${seed}`).toBe(0);
    expect(seen, `seed ${seed}`).toEqual(frames.map(said));
  });

  // [T30]
  it('that cannot be are refused, not allocated', () => {
    const reader = new FrameReader();
    expect(() => reader.take(bytes(1, 0, 255, 255, 255, 255, 15), () => undefined)).toThrow(/too large/);
    expect(() => new FrameReader().take(new Uint8Array(12).fill(255), () => undefined)).toThrow(/too large/);
  });

  it('tell the client that wrote them', () => {
    const doc = new Y.Doc();
    doc.clientID = 77_777;
    doc.getText('t').insert(0, 'x');
    expect(firstClient(Y.encodeStateAsUpdate(doc))).toBe(77_777);
    expect(firstClient(bytes(0, 0))).toBeNull();
    expect(firstClient(new Uint8Array(9).fill(255))).toBeNull();
  });
});

describe('a film', () => {
  // [T32]
  it('plays pauses as a short beat and finds moments', () => {
    const film = filmOf([1_000, 1_200, 9_000_000, 9_000_100]);
    expect([0, 1, 2, 3, 4].map((index) => film.position(index))).toEqual([0, BEAT_MS, BEAT_MS + 200, 2 * BEAT_MS + 200, 2 * BEAT_MS + 300]);
    expect([999, 1_000, 1_199, 1_200, 8_999_999, 9_000_000, 1e12].map((time) => film.indexAt(time))).toEqual([0, 1, 1, 2, 2, 3, 4]);
    expect(film.moment(0)).toBe(999);
    expect(film.moment(4)).toBe(9_000_100);
  });

  it('stays in order whatever the times say', () => {
    const film = filmOf([5_000, 4_000, 6_000]);
    expect([1, 2, 3].map((index) => film.moment(index))).toEqual([5_000, 5_000, 6_000]);
  });

  // [T32]
  it('is played at the speed asked for, to its end', () => {
    const film = filmOf([0, 500, 1_000, 5_000_000]);
    const playing = new Playing(film, 0, 1);
    const shown = Array.from({ length: 16 }, () => playing.tick(200));
    expect(shown).toEqual([0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 3, 3, 3, 4, 4]);
    expect(playing.ended).toBe(true);
    const fast = new Playing(film, 0, 64);
    expect(fast.tick(50)).toBe(4);
    expect(new Playing(film, 0, 1).tick(60_000), 'a page that slept').toBe(0);
  });
});

describe('moments', () => {
  // [T32]
  it('are never within what came in one millisecond', () => {
    const film = filmOf([10, 20, 20, 20, 30]);
    expect([0, 1, 2, 3, 4, 5].map((index) => film.whole(index))).toEqual([0, 1, 4, 4, 4, 5]);
    expect([0, 1, 4, 5].map((index) => film.before(index))).toEqual([0, 0, 1, 4]);
    expect([new Film().whole(0), new Film().before(0)]).toEqual([0, 0]);
  });
});

describe('a rebuilt document', () => {
  // [T31]
  it('equals the updates up to any index, in any order of jumps', () => {
    const seed = Math.floor(Math.random() * 1e9);
    const next = random(seed);
    const film = new Film();
    const docs = [new Y.Doc(), new Y.Doc(), new Y.Doc()];
    const log: Uint8Array[] = [];
    for (const doc of docs) {
      doc.on('update', (update: Uint8Array, origin: unknown) => {
        if (origin === 'remote') return;
        log.push(update);
        film.add(log.length, 0, update);
      });
    }
    for (let edit = 0; edit < 4_500; edit += 1) {
      const doc = docs[Math.floor(next() * docs.length)]!;
      const text = doc.getText('t');
      if (text.length > 20 && next() < 0.3) text.delete(Math.floor(next() * (text.length - 3)), 3);
      else text.insert(Math.floor(next() * (text.length + 1)), 'abc');
      if (edit % 50 === 0) for (const other of docs) if (other !== doc) Y.applyUpdate(other, Y.encodeStateAsUpdate(doc, Y.encodeStateVector(other)), 'remote');
    }
    const rebuild = new Rebuild(film);
    rebuild.grow();
    for (let jump = 0; jump < 12; jump += 1) {
      const index = Math.floor(next() * (film.count + 1));
      const oracle = new Y.Doc();
      oracle.transact(() => log.slice(0, index).forEach((update) => Y.applyUpdate(oracle, update)));
      const doc = rebuild.at(index);
      expect(doc.getText('t').toString(), `seed ${seed}, index ${index}`).toBe(oracle.getText('t').toString());
      const clean = new Y.Doc();
      Y.applyUpdate(clean, cleanState(doc));
      expect(clean.getText('t').toString()).toBe(oracle.getText('t').toString());
    }
    expect(rebuild.at(film.count).getText('t').toString()).toBe(rebuild.before(film.count).getText('t').toString());
  }, 30_000);

  // [T31]
  it('is shown without an update that cannot be read', () => {
    const doc = new Y.Doc();
    const film = new Film();
    doc.on('update', (update: Uint8Array) => film.add(1, 0, update));
    doc.getText('t').insert(0, 'a');
    film.add(2, 0, bytes(9, 9, 9, 9));
    doc.getText('t').insert(1, 'b');
    const rebuild = new Rebuild(film);
    rebuild.grow();
    expect(rebuild.at(3).getText('t').toString()).toBe('ab');
  });
});

describe('who wrote', () => {
  const writers = () => new Writers([
    { client: 1, user: 'ada', name: 'Ada', color: '#2563eb' },
    { client: 2, user: null, name: 'Ada', color: '#dc2626' },
    { client: 3, user: null, name: 'Ada', color: '#dc2626' },
    { client: 4, user: null, name: '', color: '' },
  ]);
  const by = (client: number) => {
    const doc = new Y.Doc();
    doc.clientID = client;
    doc.getText('t').insert(0, 'x');
    return Y.encodeStateAsUpdate(doc);
  };

  // [T33]
  it('is the authenticated user, whatever the update says', () => {
    const all = writers();
    expect(all.get(all.of('ada', by(2))).name).toBe('Ada');
    expect(all.get(all.of('grace', by(1))).name).toBe('grace');
    expect(all.of('grace', by(1))).toBe(all.of('grace', by(9)));
  });

  // [P90]
  it('is marked as a guest where people have tokens, also when nobody with a token wrote', () => {
    const forger = [{ client: 2, user: null, name: 'Ada', color: '#dc2626' }];
    expect(new Writers(forger).get(1).name).toBe('Ada');
    expect(new Writers(forger, true).get(1).name).toBe('Ada (guest)');
  });

  // [T33]
  it('is asked of the client id only without one; a guest who comes back is the same', () => {
    const all = writers();
    expect(all.get(all.of('', by(2))).name).toBe('Ada (guest)');
    expect(all.of('', by(2))).toBe(all.of('', by(3)));
    expect(all.get(all.of('', by(4))).name).toBe('Someone');
    expect(all.get(all.of('', bytes(0, 0))).name).toBe('Someone');
  });
});

describe('sittings', () => {
  // [T34]
  it('end with a pause or when somebody new goes on', () => {
    const minute = 60_000;
    const film = filmOf([0, 1_000, 2_000, 3 * minute, 3 * minute + 1_000, 30 * minute], [1, 2, 1, 1, 3, 1]);
    const sat = sittings(film);
    expect(sat.map(({ from, to }) => [from, to])).toEqual([[0, 5], [5, 6]]);
    expect(sat[0]!.writers).toEqual([1, 2, 3]);
    const handed = sittings(filmOf([0, 40_000, 80_000], [1, 2, 0]));
    expect(handed.map(({ from, to }) => [from, to])).toEqual([[0, 1], [1, 3]]);
  });

  it('and versions are where one stops; what is shown is compared with the stop before', () => {
    const film = filmOf([0, 1_000, 2_000, 1_000_000]);
    const all = stops(film, sittings(film), [{ id: 'named-1', kind: 'named', label: 'x', at: 1_000, author: '' }]);
    expect(all).toEqual([0, 2, 3, 4]);
    expect([1, 2, 3, 4].map((index) => compared(film, all, index))).toEqual([0, 0, 2, 3]);
  });
});

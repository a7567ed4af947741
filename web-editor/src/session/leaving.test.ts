import { beforeEach, expect, test, vi } from 'vitest';
import * as Y from 'yjs';
import { KEPT_BYTES_MAX, Leaving } from './leaving';

beforeEach(() => localStorage.clear());

/** A page with a document, and a database whose writes are done when the test says so. */
function page(key = 'weft:notes', doc = new Y.Doc()) {
  let done: (() => void)[] = [];
  let broken = false;
  const written = () => (broken ? Promise.reject(new Error('gone')) : new Promise<void>((resolve) => done.push(resolve)));
  const leaving = new Leaving({ key, doc, storage: () => localStorage, written });
  doc.on('update', (update: Uint8Array) => leaving.add(update));
  const write = async () => {
    for (const resolve of done.splice(0)) resolve();
    for (let turns = 0; turns < 5; turns++) await Promise.resolve();
  };
  const text = doc.getText('t');
  return { doc, leaving, text, write, break: () => (broken = true), read: () => text.toString() };
}

const keys = () => Object.keys(localStorage).length;

// [P70]
test('what was not written when a page was left is there at the next visit', async () => {
  const first = page();
  first.leaving.opened();
  first.text.insert(0, 'one');
  await first.write();
  first.text.insert(3, ' two');
  first.text.insert(7, ' three');
  first.leaving.leave();
  const second = page();
  // What was written comes out of the database.
  Y.applyUpdate(second.doc, upTo(first.doc, 3));
  second.leaving.opened();
  expect(second.read()).toBe('one two three');
  expect(keys()).toBe(1);
  await second.write();
  await second.write();
  expect(keys()).toBe(0);
});

/** What the database has: the first clocks of the document's only client. */
function upTo(doc: Y.Doc, clock: number): Uint8Array {
  const whole = new Y.Doc();
  whole.clientID = doc.clientID;
  whole.getText('t').insert(0, 'one'.slice(0, clock));
  return Y.encodeStateAsUpdate(whole);
}

// [P70]
test('what is written leaves nothing behind', async () => {
  const one = page();
  one.text.insert(0, 'before the database is open');
  one.leaving.opened();
  expect(one.leaving.keep()).toBe(true);
  expect(keys()).toBe(1);
  await one.write();
  expect(keys()).toBe(0);
  expect(one.leaving.keep()).toBe(true);
  one.leaving.leave();
  expect(keys()).toBe(0);
});

// [P83]
test('what was left out of a document is not brought back', async () => {
  const one = page();
  one.leaving.opened();
  one.text.insert(0, 'refused');
  one.leaving.leave();
  expect(keys()).toBe(1);
  one.leaving.forget();
  one.leaving.leave();
  expect(keys()).toBe(0);
});

// [P70]
test('what is made while a page goes is kept as well, and no longer when it stays', async () => {
  const one = page();
  one.leaving.opened();
  one.leaving.leave();
  one.text.insert(0, 'at the last moment');
  const next = page();
  next.leaving.opened();
  expect(next.read()).toBe('at the last moment');
  one.leaving.stay();
  localStorage.clear();
  one.text.insert(0, 'back again, ');
  expect(keys()).toBe(0);
});

// [P70]
test('documents and pages do not mix', () => {
  for (const key of ['weft:a', 'weft:a:b', 'weft:%61']) {
    const one = page(key);
    one.text.insert(0, key);
    one.leaving.leave();
  }
  const [again, other] = [page('weft:a'), page('weft:b')];
  again.leaving.opened();
  other.leaving.opened();
  expect([again.read(), other.read()]).toEqual(['weft:a', '']);
  const [left, right] = [page('weft:c'), page('weft:c')];
  left.text.insert(0, 'l');
  right.text.insert(0, 'r');
  left.leaving.leave();
  right.leaving.leave();
  const both = page('weft:c');
  both.leaving.opened();
  expect([...both.read()].sort().join('')).toBe('lr');
});

// [P70]
test('who cannot keep it says so', async () => {
  const large = page();
  large.leaving.opened();
  large.text.insert(0, 'x'.repeat(KEPT_BYTES_MAX));
  expect(large.leaving.keep()).toBe(false);
  large.text.insert(0, 'a little more');
  await large.write();
  expect(large.leaving.keep()).toBe(true);
  await large.write();
  expect([large.leaving.keep(), keys()]).toEqual([true, 0]);
  const full = page();
  const leaving = new Leaving({
    key: 'weft:full',
    doc: full.doc,
    storage: () => {
      throw new DOMException('no', 'SecurityError');
    },
    written: () => new Promise(() => undefined),
  });
  leaving.opened();
  expect(leaving.keep()).toBe(true);
  leaving.add(new Uint8Array([0, 0]));
  expect(leaving.keep()).toBe(false);
});

// [P70]
test('what a broken database did not confirm stays, and what does not read is given up', async () => {
  const one = page();
  one.leaving.opened();
  one.break();
  one.text.insert(0, 'kept');
  await one.write();
  one.leaving.leave();
  await one.write();
  expect(keys()).toBe(1);
  const warned = vi.spyOn(console, 'warn').mockReturnValue();
  const [key] = Object.keys(localStorage);
  localStorage.setItem(`${key}1`, '!! not base64');
  localStorage.setItem(`${key}2`, 'AQID');
  const next = page();
  next.leaving.opened();
  expect(next.read()).toBe('kept');
  expect(warned).toHaveBeenCalledTimes(2);
  await next.write();
  expect(keys()).toBe(0);
});

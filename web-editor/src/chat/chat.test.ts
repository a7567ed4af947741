import { describe, expect, it } from 'vitest';
import { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { pieces } from './links';
import { TEXT_MAX, chatOf, cleanText, latest, messageIn, post, remove } from './messages';
import { dayName, rowsOf } from './rows';
import { REST_MS, Typing, typingWords } from './typing';
import { Unread } from './unread';

const ADA = { id: 'ada', name: 'Ada', color: '#2563eb' };
const BOB = { id: 'bob', name: 'Bob', color: '#dc2626' };
const NOON = new Date(2025, 2, 3, 12).getTime();
const MINUTE = 60_000;

function entry(fields: Record<string, unknown>): unknown {
  const chat = chatOf(new Y.Doc());
  chat.push([new Y.Map(Object.entries(fields))]);
  return chat.get(0);
}

/** Two copies of a document that hear of each other at once. */
function pair(): [Y.Doc, Y.Doc] {
  const [a, b] = [new Y.Doc(), new Y.Doc()];
  a.on('update', (update: Uint8Array) => Y.applyUpdate(b, update, 'remote'));
  b.on('update', (update: Uint8Array, origin: unknown) => origin === 'remote' || Y.applyUpdate(a, update));
  return [a, b];
}

const texts = (doc: Y.Doc) => latest(chatOf(doc), 200).messages.map(({ text }) => text);

// [P51]
describe('a message on the wire', () => {
  const sound = { id: 'm', from: ADA, text: 'hello', at: NOON };

  it('takes what is well-formed', () => {
    expect(messageIn(entry(sound))).toMatchObject(sound);
  });

  it.each([
    ['no id', { ...sound, id: undefined }],
    ['an endless id', { ...sound, id: 'x'.repeat(65) }],
    ['an id that is none', { ...sound, id: { toString: 1 } }],
    ['nobody', { ...sound, from: null }],
    ['words that are none', { ...sound, text: { html: '<b>' } }],
    ['only spaces', { ...sound, text: ' \n\t ' }],
    ['a time that is none', { ...sound, at: 'yesterday' }],
    ['an endless time', { ...sound, at: Infinity }],
    ['a time before all others', { ...sound, at: -1 }],
    ['a time no date can hold', { ...sound, at: 9e15 }],
  ])('ignores %s', (_what, fields) => {
    expect(messageIn(entry(fields))).toBeNull();
  });

  it.each([[null], ['text'], [7], [{ id: 'm', from: ADA, text: 'plain object', at: 1 }], [['a']], [new Uint8Array(3)]])('ignores what is no map: %s', (value) => {
    const doc = new Y.Doc();
    chatOf(doc).push([value, new Y.Map(Object.entries(sound)), new Y.Text('x'), new Y.Array()]);
    expect(texts(doc)).toEqual(['hello']);
  });

  it('cleans names, colours and text', () => {
    const message = messageIn(entry({ ...sound, from: { id: 'x', name: 'A\u202Eb\n', color: 'url(x)' }, text: 'one\u0000\u202E two\r\nthree' }));
    expect(message?.from.name).toBe('A b');
    expect(message?.from.color).toMatch(/^#[0-9a-f]{6}$/);
    expect(message?.text).toBe('one two\nthree');
  });

  it('bounds length and lines', () => {
    expect(cleanText('x'.repeat(100_000))).toHaveLength(TEXT_MAX);
    expect(cleanText('a\n'.repeat(2_000)).split('\n').length).toBeLessThanOrEqual(61);
    expect(cleanText('a\n\n\n\n\nb')).toBe('a\n\nb');
  });
});

describe('the conversation', () => {
  // [P50]
  it('reaches the others, and is merged when both speak at once', () => {
    const [a, b] = pair();
    post(chatOf(a), ADA, 'one', NOON);
    post(chatOf(b), BOB, 'two', NOON);
    expect(texts(a)).toEqual(['one', 'two']);
    expect(texts(b)).toEqual(texts(a));
    expect(post(chatOf(a), ADA, '  \n', NOON)).toBe(false);
  });

  // [P50]
  it('is not part of undoing the text', () => {
    const doc = new Y.Doc();
    const undo = new Y.UndoManager(doc.getText('body'));
    doc.getText('body').insert(0, 'text');
    post(chatOf(doc), ADA, 'said', NOON);
    undo.undo();
    undo.undo();
    expect(texts(doc)).toEqual(['said']);
    expect(doc.getText('body').toString()).toBe('');
  });

  // [P55]
  it('loses a message only by its author', () => {
    const [a, b] = pair();
    post(chatOf(a), ADA, 'regretted', NOON);
    post(chatOf(a), ADA, 'kept', NOON);
    const [seen] = latest(chatOf(b), 200).messages;
    expect(remove(chatOf(b), seen!, BOB)).toBe(false);
    const [own] = latest(chatOf(a), 200).messages;
    expect(remove(chatOf(a), own!, ADA)).toBe(true);
    expect(remove(chatOf(a), own!, ADA)).toBe(false);
    expect(texts(b)).toEqual(['kept']);
  });

  // [P55]
  it('shows the latest, and says that there are more', () => {
    const chat = chatOf(new Y.Doc());
    for (let at = 0; at < 250; at += 1) post(chat, ADA, `number ${at}`, NOON + at);
    const tail = latest(chat, 200);
    expect([tail.messages.length, tail.more, tail.messages[0]?.text]).toEqual([200, true, 'number 50']);
    expect(latest(chat, 400)).toMatchObject({ more: false });
  });
});

// [P52]
describe('unread messages', () => {
  const said = (id: string, from = BOB) => ({ id, from, text: 'x', at: NOON, map: new Y.Map<unknown>() });
  const ids = (unread: Unread, messages: ReturnType<typeof said>[]) => unread.among(messages, ADA.id).map(({ id }) => id);

  it('are those of others, until seen, over visits and for each document', () => {
    localStorage.clear();
    const messages = [said('1'), said('2', ADA), said('3')];
    const unread = new Unread('doc', localStorage);
    expect(ids(unread, messages)).toEqual(['1', '3']);
    unread.see(messages);
    expect(ids(unread, messages)).toEqual([]);
    expect(ids(new Unread('doc', localStorage), [...messages, said('4')])).toEqual(['4']);
    expect(ids(new Unread('another', localStorage), messages)).toEqual(['1', '3']);
  });

  it('are found even where they arrive late, between older ones', () => {
    localStorage.clear();
    const unread = new Unread('doc', localStorage);
    unread.see([said('1'), said('3')]);
    expect(ids(unread, [said('1'), said('2'), said('3')])).toEqual(['2']);
  });

  it('stay bounded, and survive a storage that is forbidden or broken', () => {
    localStorage.setItem('weft-chat:doc', '{broken');
    const unread = new Unread('doc', localStorage);
    unread.see(Array.from({ length: 500 }, (_, at) => said(String(at))));
    expect(JSON.parse(localStorage.getItem('weft-chat:doc')!)).toHaveLength(200);
    const homeless = new Unread('doc', null);
    homeless.see([said('1')]);
    expect(ids(homeless, [said('1'), said('2')])).toEqual(['2']);
  });
});

describe('reading', () => {
  const said = (id: string, from: typeof ADA, at: number) => ({ id, from, text: id, at, map: new Y.Map<unknown>() });
  const shape = (rows: ReturnType<typeof rowsOf>) => rows.map((row) => (row.is === 'message' ? `${row.message.id}${row.first ? '*' : ''}` : row.is));

  it('has a line for each day and a name for what is said in a row', () => {
    const messages = [said('a', ADA, NOON - 24 * 60 * MINUTE), said('b', ADA, NOON), said('c', ADA, NOON + MINUTE), said('d', BOB, NOON + MINUTE), said('e', BOB, NOON + 20 * MINUTE)];
    expect(shape(rowsOf(messages, NOON + 60 * MINUTE, null))).toEqual(['day', 'a*', 'day', 'b*', 'c', 'd*', 'e*']);
    expect(shape(rowsOf(messages, NOON + 60 * MINUTE, 'c'))).toEqual(['day', 'a*', 'day', 'b*', 'new', 'c*', 'd*', 'e*']);
  });

  it('shows nothing as said in the future', () => {
    const rows = rowsOf([said('a', ADA, NOON + 1e12)], NOON, null);
    expect(rows[0]).toMatchObject({ is: 'day', at: NOON + MINUTE });
  });

  it('names days as people do', () => {
    const day = 24 * 60 * MINUTE;
    expect([0, 1, 2].map((ago) => dayName(NOON - ago * day, NOON, 'en-GB'))).toEqual(['Today', 'Yesterday', 'Saturday 1 March']);
    expect(dayName(NOON - 400 * day, NOON, 'en-GB')).toContain('2024');
  });
});

// [P51]
describe('links', () => {
  const found = (text: string) => pieces(text).filter(({ href }) => href).map(({ text: shown }) => shown);

  it.each([
    ['see https://example.org/a?b=1#c, please', ['https://example.org/a?b=1#c']],
    ['(https://example.org/a_(b))', ['https://example.org/a_(b)']],
    ['HTTP://EXAMPLE.org!', ['HTTP://EXAMPLE.org']],
    ['two: http://a.example and https://b.example.', ['http://a.example', 'https://b.example']],
    ['javascript:alert(1) data:text/html,x ftp://a.example file:///etc vbscript:x', []],
    ['https://', []],
    ['xhttps://a.example', []],
  ])('%s', (text, links) => {
    expect(found(text)).toEqual(links);
    expect(pieces(text).map(({ text: part }) => part).join('')).toBe(text);
  });

  it('can only lead to http and https', () => {
    for (const { href } of pieces('https://a.example javascript:https://b.example http://c.example')) {
      if (href) expect(href).toMatch(/^https?:\/\//);
    }
  });
});

// [P53]
describe('typing', () => {
  it('is said once, and taken back after a rest', async () => {
    const { vi } = await import('vitest');
    vi.useFakeTimers();
    const awareness = new Awareness(new Y.Doc());
    awareness.setLocalState({ user: ADA });
    const typing = new Typing(awareness);
    let changes = 0;
    awareness.on('change', () => (changes += 1));
    for (let key = 0; key < 20; key += 1) typing.typed();
    expect([awareness.getLocalState()?.typing, changes]).toEqual(['chat', 1]);
    vi.advanceTimersByTime(REST_MS);
    expect(awareness.getLocalState()).toEqual({ user: ADA });
    typing.typed();
    awareness.setLocalStateField('typing', 'body');
    typing.rested();
    expect(awareness.getLocalState()?.typing, 'somebody else\'s word stays').toBe('body');
    awareness.destroy();
    vi.useRealTimers();
  });

  it('names people once, and nobody who is not typing here', () => {
    const state = (user: unknown, typing: unknown = 'chat') => ({ user, typing });
    const words = (...states: unknown[]) => typingWords(new Map(states.map((one, at) => [at, one])), ADA.id);
    expect(words(state(ADA), state(BOB, 'body'), state({ id: 'x' }, true), null, 7)).toBe('');
    expect(words(state(BOB), state(BOB))).toBe('Bob is typing…');
    expect(words(state(BOB), state({ id: 'c', name: 'Cy\u202E' }))).toBe('Bob and Cy are typing…');
    expect(words(state(BOB), state({ id: 'c', name: 'Cy' }), state({ id: 'd', name: 'Di' }))).toBe('Several people are typing…');
  });
});

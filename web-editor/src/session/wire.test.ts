import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import * as encoding from 'lib0/encoding';
import { writeSyncStep1, writeSyncStep2, writeUpdate } from 'y-protocols/sync';
import { dataFrame } from './frame';
import { parseNotice } from './notice';
import { syncUrl } from './session';

function frame(write: (encoder: encoding.Encoder) => void): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, 0);
  write(encoder);
  return encoding.toUint8Array(encoder);
}

describe('dataFrame', () => {
  const doc = new Y.Doc();
  doc.getText('t').insert(0, 'x');

  it('knows what the server counts', () => {
    expect(dataFrame(frame((encoder) => writeSyncStep2(encoder, doc)))).toBe('reply');
    expect(dataFrame(frame((encoder) => writeSyncStep2(encoder, new Y.Doc())))).toBe('reply');
    expect(dataFrame(frame((encoder) => writeUpdate(encoder, Y.encodeStateAsUpdate(doc))))).toBe('update');
  });

  it('leaves out state vectors, awareness and anything else', () => {
    expect(dataFrame(frame((encoder) => writeSyncStep1(encoder, doc)))).toBeNull();
    expect(dataFrame(Uint8Array.of(1, 1, 0))).toBeNull();
    expect(dataFrame(Uint8Array.of())).toBeNull();
    expect(dataFrame(Uint8Array.of(0, 3))).toBeNull();
  });
});

describe('parseNotice', () => {
  it('takes what has the right shape', () => {
    expect(parseNotice('{"readonly":true}')).toEqual({ readonly: true, comment: false });
    expect(parseNotice('{"readonly":true,"role":"comment"}')).toEqual({ readonly: true, comment: true });
    expect(parseNotice('{"storage":{"state":"away","since_ms":2000,"reason":"it does not answer"}}')).toEqual({ storage: 'away' });
    expect(parseNotice('{"storage":{"state":"gone"}}')).toEqual({});
    expect(parseNotice('{"version":"1.2"}')).toEqual({ version: '1.2' });
    expect(parseNotice('{"refused":{"frame":3,"reason":"too large"}}')).toEqual({ refused: { frame: 3, reason: 'too large' } });
  });

  it('drops everything else', () => {
    for (const text of ['', '{', 'null', '3', '[]', '"x"']) expect(parseNotice(text)).toBeNull();
    expect(parseNotice('{"readonly":"yes","version":7,"refused":{"frame":"1"},"state":"saved"}')).toEqual({});
    expect(parseNotice('{"refused":{"frame":-1,"reason":"x"}}')).toEqual({});
    expect(parseNotice('{"refused":{"frame":1,"reason":{}}}')).toEqual({ refused: { frame: 1, reason: '' } });
  });

  it('bounds texts', () => {
    expect(parseNotice(JSON.stringify({ version: 'v'.repeat(10_000) }))?.version).toHaveLength(300);
  });
});

describe('syncUrl', () => {
  it('follows the page', () => {
    expect(syncUrl({ protocol: 'http:', host: '127.0.0.1:8080' })).toBe('ws://127.0.0.1:8080/sync');
    expect(syncUrl({ protocol: 'https:', host: 'weft.example' })).toBe('wss://weft.example/sync');
  });
});

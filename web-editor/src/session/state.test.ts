import { describe as group, expect, it } from 'vitest';
import { initialConnection, type Phase } from './connection';
import { AckLedger } from './ledger';
import { describe, type Parts } from './state';

const at = (phase: Phase, down = false) => ({ ...initialConnection, phase, down });
const SYNCED = at({ at: 'synced', since: 0 });
const WAITING = at({ at: 'waiting' }, true);

function parts(change: Partial<Parts>): Parts {
  return {
    connection: initialConnection,
    reach: 'unknown',
    asked: true,
    ledger: new AckLedger(),
    localCopy: 'kept',
    loaded: true,
    readonly: false,
    comment: false,
    typed: 0,
    refused: null,
    storageAway: false,
    version: null,
    ...change,
  };
}

function settled(): AckLedger {
  const ledger = new AckLedger();
  ledger.opened();
  ledger.sent('reply');
  ledger.acked(1);
  return ledger;
}

function typing(): AckLedger {
  const ledger = settled();
  ledger.edited();
  ledger.sent('update');
  return ledger;
}

group('what a page is told', () => {
  it('loads until there is content', () => {
    expect(describe(parts({ loaded: false })).save).toBe('loading');
  });

  it('says saved only when everything is committed', () => {
    expect(describe(parts({ connection: SYNCED })).save).toBe('saving');
    expect(describe(parts({ connection: SYNCED, ledger: typing(), typed: 1 })).save).toBe('saving');
    expect(describe(parts({ connection: SYNCED, ledger: settled() })).save).toBe('saved');
  });

  it('says local without a connection, and whether this browser keeps a copy', () => {
    expect(describe(parts({ connection: WAITING, ledger: typing(), typed: 1 }))).toMatchObject({ save: 'local', localCopy: true, net: 'offline' });
    expect(describe(parts({ connection: WAITING, ledger: typing(), typed: 1, localCopy: 'none' })).localCopy).toBe(false);
  });

  it('has nothing to save for a reader', () => {
    const ledger = new AckLedger();
    ledger.edited();
    expect(describe(parts({ connection: SYNCED, readonly: true, ledger })).save).toBe('saved');
  });

  it('does not keep promising after a refusal', () => {
    const ledger = typing();
    ledger.refusedAt(2);
    expect(describe(parts({ connection: SYNCED, ledger, typed: 1, refused: 'full' }))).toMatchObject({ save: 'local', refused: 'full' });
  });

  it('knows of the storage only from the server it is connected to', () => {
    expect(describe(parts({ connection: SYNCED, storageAway: true })).storageAway).toBe(true);
    expect(describe(parts({ connection: WAITING, storageAway: true })).storageAway).toBe(false);
  });

  it('passes on why the server said no', () => {
    const connection = at({ at: 'denied', code: 4403, reason: 'not yours' }, true);
    expect(describe(parts({ connection }))).toMatchObject({ net: 'denied', code: 4403, reason: 'not yours' });
  });

  // [P83]
  it('is stuck on what the server will not take, and on nothing else', () => {
    const denied = (code: number) => at({ at: 'denied', code, reason: '' }, true);
    for (const code of [4400, 4413, 4422]) expect(describe(parts({ connection: denied(code) })).stuck).toBe(true);
    for (const code of [4401, 4403, 4404]) expect(describe(parts({ connection: denied(code) })).stuck).toBe(false);
    expect(describe(parts({ connection: denied(4400), asked: false })).stuck, 'the name was refused').toBe(false);
    expect(describe(parts({ connection: SYNCED, ledger: typing(), typed: 1 })).stuck).toBe(false);
    expect(describe(parts({ connection: SYNCED, readonly: true, ledger: typing(), typed: 1 })).stuck).toBe(true);
    expect(describe(parts({ connection: SYNCED, readonly: true })).stuck).toBe(false);
  });

  it('connects before it is offline', () => {
    expect(describe(parts({ connection: at({ at: 'dialing' }) })).net).toBe('connecting');
    expect(describe(parts({ connection: at({ at: 'dialing' }, true) })).net).toBe('offline');
  });
});

/**
 * One page's attachment to one document: content, awareness, durable acks and a copy in this browser.
 *
 *   const session = new Session({ url: 'wss://host/sync', name: 'notes/today' });
 *   session.subscribe(() => show(session.state));
 *   session.doc.getText('title').insert(0, 'Hello');
 *   await session.saved();                      // committed by the server
 */
import type { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import type { Aside } from './aside';
import { AckLedger } from './ledger';
import { Link } from './link';
import { LocalCopy } from './local-copy';
import type { Notice, Restored } from './notice';
import { People } from './people';
import { describe, type State } from './state';

export interface SessionOptions {
  /** `ws://host/sync` or `wss://host/sync`; `syncUrl()` gives that of the page's own server. */
  url: string;
  /** The document's name; slashes are allowed. */
  name: string;
  /** Asked before every connection; with `true` when the token is about to end or the server rejected it. */
  token?: (refresh: boolean) => Promise<string | null>;
  /** Keep a copy in this browser (default: yes). */
  offline?: boolean;
}

/** Refused changes are offered again after this time, randomised by half. */
const REFUSED_RETRY_MS = 20_000;

interface Waiter {
  edits: number;
  resolve: () => void;
  reject: (error: Error) => void;
}

export interface SavedOptions {
  /** Ends the waiting, not the saving: `AbortSignal.timeout(10_000)`, for example. */
  signal?: AbortSignal;
}

export class Session {
  readonly name: string;
  readonly doc = new Y.Doc();
  readonly awareness: Awareness;
  /** Whom the server vouches for. */
  readonly people: People;
  state: State;

  /** Names what this browser keeps of the document. */
  readonly #key: string;
  readonly #ledger = new AckLedger();
  readonly #link: Link;
  readonly #localCopy: LocalCopy;
  readonly #abort = new AbortController();
  readonly #listeners = new Set<() => void>();
  readonly #restores = new Set<(restored: Restored) => void>();
  #waiters: Waiter[] = [];
  #readonly = false;
  #comment = false;
  #version: string | null = null;
  #storageAway = false;
  /** Kept until a later reply makes up for it, over reconnects too. */
  #refused: string | null = null;
  #typed = 0;
  #everSynced = false;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: SessionOptions) {
    this.name = options.name;
    this.#key = `weft:${options.name}`;
    const changed = () => this.#refresh();
    // Counts before the provider, which listens next, sends: a frame then knows which edits it carries.
    this.doc.on('update', (_update, origin) => this.#edited(origin));
    this.#localCopy = new LocalCopy({
      key: this.#key,
      doc: this.doc,
      enabled: options.offline !== false,
      isRemote: (origin) => origin === this.#link.provider,
      changed,
    });
    this.#link = new Link({
      url: options.url,
      name: options.name,
      doc: this.doc,
      ledger: this.#ledger,
      token: options.token,
      ready: this.#localCopy.ready,
      changed,
      noticed: (notice) => this.#noticed(notice),
    });
    this.awareness = this.#link.provider.awareness;
    this.people = new People(this.awareness);
    this.#link.provider.on('status', ({ status }) => status === 'disconnected' && this.people.forget());
    this.state = this.#describe();
    addEventListener('beforeunload', (event) => this.#warnBeforeLoss(event), { signal: this.#abort.signal });
    this.#link.dispatch({ is: 'start' });
  }

  /** Calls `listener` after every change of `state`; returns the way to stop. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** While the person composes a character, what others do waits: a step in the same words would tear it. To be said again at each key. */
  composing(is: boolean): void {
    if (is) this.#link.incoming.hold();
    else this.#link.incoming.release();
  }

  /** Calls `listener` before what others do comes into the document; returns the way to stop. */
  onBeforeStep(listener: () => void): () => void {
    const { before } = this.#link.incoming;
    before.add(listener);
    return () => before.delete(listener);
  }

  /** Calls `listener` when a composition has kept what others do waiting for too long and has to end; returns the way to stop. */
  onOverdue(listener: () => void): () => void {
    const { overdue } = this.#link.incoming;
    overdue.add(listener);
    return () => overdue.delete(listener);
  }

  /** Calls `listener` when somebody restored a version; returns the way to stop. */
  onRestored(listener: (restored: Restored) => void): () => void {
    this.#restores.add(listener);
    return () => this.#restores.delete(listener);
  }

  /**
   * Resolves when everything typed so far is committed to the server's database. Waits over outages and reconnects for as long
   * as it takes; rejects when the server denies the document, when the session is destroyed and when `signal` says so.
   */
  async saved({ signal }: SavedOptions = {}): Promise<void> {
    await this.#localCopy.ready;
    signal?.throwIfAborted();
    const edits = this.#ledger.edits;
    if (this.#ledger.covers(edits)) return;
    if (this.state.net === 'denied') throw denied(this.state);
    return new Promise((resolve, reject) => {
      const waiter = { edits, resolve, reject };
      this.#waiters.push(waiter);
      signal?.addEventListener('abort', () => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        reject(signal.reason);
      });
    });
  }

  /** Edits made on this page that the server has not committed yet. */
  get unsaved(): number {
    return Math.max(0, this.#typed - this.#ledger.committed);
  }

  /** There may be a better token: asks for it and goes on with it, without a new connection where there is one. */
  renew(): Promise<void> {
    return this.#link.renew();
  }

  /** Tries again now: after an outage, a denial or a refusal. */
  retry(): void {
    this.#link.dispatch({ is: 'retry' });
  }

  /** What the server lacked when this page was last told what it has: while `state.stuck`, what it refuses and what waits behind. */
  unsent(): Uint8Array {
    return this.#link.sending.unsent();
  }

  /** What was left out of this document and is kept in this browser; null when nothing is. */
  async aside(): Promise<Aside | null> {
    return (await import('./aside')).asideOf(this.#key);
  }

  /** What was left out is needed no more. */
  async dropAside(): Promise<void> {
    return (await import('./aside')).dropAside(this.#key);
  }

  /**
   * The way on while `state.stuck`: sends everything that is not refused, keeps the rest aside (with `keep` false: nowhere), and
   * empties this browser's copy. Then this session is over, and a new one has the document as the server has it. Throws when the
   * server or the browser cannot do its part; then all is as it was.
   */
  async leaveOut({ keep = true }: { keep?: boolean } = {}): Promise<void> {
    const { reason } = this.state;
    // Few pages ever need these; none has to load them at its start.
    const [{ putAside }, refused] = [await import('./aside'), await this.#link.offerApart()];
    if (keep && refused.length > 0) await putAside(this.#key, { at: Date.now(), reason, update: Y.mergeUpdates(refused) });
    await this.#localCopy.clear();
    this.destroy();
  }

  /** Leaves the document. What is not committed stays in the local copy, if there is one. */
  destroy(): void {
    this.#abort.abort();
    clearTimeout(this.#retryTimer);
    this.#link.destroy();
    this.#localCopy.close();
    for (const waiter of this.#waiters.splice(0)) waiter.reject(new Error('the session was closed'));
    this.#listeners.clear();
    this.#restores.clear();
    this.doc.destroy();
  }

  #edited(origin: unknown): void {
    if (origin === this.#link.provider) return;
    this.#ledger.edited();
    // The local copy replays edits of earlier visits; those were not typed now.
    if (!this.#localCopy.isOrigin(origin)) this.#typed = this.#ledger.edits;
    this.#refresh();
  }

  #noticed(notice: Notice): void {
    if (notice.readonly !== undefined) this.#readonly = notice.readonly;
    if (notice.comment !== undefined) this.#comment = notice.comment;
    if (notice.version !== undefined) this.#version = notice.version;
    if (notice.storage !== undefined) this.#storageAway = notice.storage === 'away';
    if (notice.people) this.people.tell(notice.people);
    if (notice.restored) for (const listener of this.#restores) listener(notice.restored);
    if (notice.refused) {
      this.#ledger.refusedAt(notice.refused.frame);
      this.#refused = notice.refused.reason;
      clearTimeout(this.#retryTimer);
      this.#retryTimer = setTimeout(() => this.#offerAgain(), REFUSED_RETRY_MS * (0.75 + Math.random() / 2));
    }
    this.#refresh();
  }

  #offerAgain(): void {
    if (this.#ledger.refused && this.state.net === 'online') this.retry();
  }

  #describe(): State {
    const { connection } = this.#link;
    this.#everSynced ||= connection.phase.at === 'synced';
    // The next connection is told anew.
    if (connection.down) this.#storageAway = false;
    if (this.#ledger.settled) this.#refused = null;
    const localCopy = this.#localCopy.status;
    return describe({
      connection,
      reach: this.#link.reach.reach,
      asked: this.#link.sending.serverHas !== null,
      ledger: this.#ledger,
      localCopy,
      loaded: this.#everSynced || (localCopy === 'kept' && this.doc.store.clients.size > 0),
      readonly: this.#readonly,
      comment: this.#comment,
      typed: this.#typed,
      storageAway: this.#storageAway,
      refused: this.#refused,
      version: this.#version,
    });
  }

  #refresh(): void {
    // Parts report while the constructor still assembles them.
    if (!this.state) return;
    const next = this.#describe();
    this.#settle(next);
    const keys = Object.keys(next) as (keyof State)[];
    if (keys.every((key) => next[key] === this.state[key])) return;
    this.state = next;
    for (const listener of [...this.#listeners]) listener();
  }

  #settle(next: State): void {
    this.#waiters = this.#waiters.filter((waiter) => {
      if (this.#ledger.covers(waiter.edits)) waiter.resolve();
      else if (next.net === 'denied') waiter.reject(denied(next));
      else return true;
      return false;
    });
  }

  #warnBeforeLoss(event: BeforeUnloadEvent): void {
    if (this.unsaved > 0 && !this.#localCopy.keep()) event.preventDefault();
  }
}

/** The WebSocket address of the server this page came from. */
export function syncUrl(page: { protocol: string; host: string } = location): string {
  return `${page.protocol === 'https:' ? 'wss' : 'ws'}://${page.host}/sync`;
}

function denied(state: State): Error {
  return new Error(state.reason || `the server closed the document with code ${state.code}`);
}

/** Carries out what the connection machine asks for, with the stock y-websocket provider. */
import * as decoding from 'lib0/decoding';
import { applyAwarenessUpdate } from 'y-protocols/awareness';
import { WebsocketProvider } from 'y-websocket';
import type * as Y from 'yjs';
import { initialConnection, step, type Connection, type ConnectionEvent, type Effect } from './connection';
import { MESSAGE_ACK, MESSAGE_AWARENESS, MESSAGE_NOTICE, MESSAGE_SYNC, SYNC_QUESTION, SYNC_REPLY, SYNC_UPDATE, tokenFrame, watchedSocket } from './frame';
import { Incoming } from './incoming';
import type { AckLedger } from './ledger';
import { parseNotice, type Notice } from './notice';
import { ReachFinder, healthUrl } from './reach';
import { isContentRefusal, isTooLarge } from './refusal';
import { announceAgain, forgetPeers } from './returning';
import { Sending } from './sending';
import { RENEW_RETRY_MS, expiryOf, renewIn } from './token';

/** The provider's own limit for a silent socket; checked at once when a tab wakes up instead of seconds later. */
const SILENCE_MAX_MS = 30_000;

/** What browsers call the end of a socket of which they were not told. */
const ABNORMAL = 1006;

export interface LinkOptions {
  url: string;
  name: string;
  doc: Y.Doc;
  ledger: AckLedger;
  token: ((refresh: boolean) => Promise<string | null>) | undefined;
  /** Resolves when the browser's copy was read. */
  ready: Promise<void>;
  changed: () => void;
  noticed: (notice: Notice) => void;
}

export class Link {
  connection: Connection = initialConnection;
  readonly provider: WebsocketProvider;
  readonly sending: Sending;
  readonly reach: ReachFinder;
  readonly incoming: Incoming;
  readonly #options: LinkOptions;
  readonly #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** A dial waits for its token; a later dial or hang-up makes it void. */
  #dials = 0;
  #token: string | null = null;
  #renewal: ReturnType<typeof setTimeout> | undefined;
  /** What the server refused was offered once more since it last took everything. */
  #offeredAgain = false;

  constructor(options: LinkOptions) {
    this.#options = options;
    const { doc, ledger, changed } = options;
    this.provider = new WebsocketProvider(options.url, encodeURIComponent(options.name), options.doc, {
      connect: false,
      // Tabs talking to each other past the server would hide unsaved edits and access limits.
      disableBc: true,
      params: { ack: '1' },
      // Reconnecting is decided here: the provider's own delays have no jitter.
      shouldReconnect: () => false,
      WebSocketPolyfill: watchedSocket({
        doc,
        opened: () => {
          ledger.opened();
          this.sending.opened();
        },
        sent: (frame) => {
          ledger.sent(frame, this.sending.more);
          changed();
        },
        ready: () => this.sending.whenReady(),
      }),
    });
    this.sending = new Sending({ doc, provider: this.provider, ready: options.ready });
    this.reach = new ReachFinder(healthUrl(options.url), options.changed);
    this.incoming = new Incoming({ doc, origin: this.provider });
    this.#listen();
    this.#listenToBrowser();
  }

  dispatch(event: ConnectionEvent): void {
    const before = this.connection;
    const [next, effects] = step(before, event, Math.random());
    if (next === before && effects.length === 0) return;
    this.connection = next;
    this.#watchReach(before, event);
    clearTimeout(this.#timer);
    for (const effect of effects) this.#run(effect);
    this.#options.changed();
  }

  /** Asks for a fresh token and hands it over on the living socket; without one dials, if the server had said no. */
  async renew(): Promise<void> {
    const { at } = this.connection.phase;
    if (at === 'denied') return this.dispatch({ is: 'retry' });
    const token = await this.#options.token?.(true).catch(() => null);
    const fresh = token && token !== this.#token;
    if (fresh) this.#use(token);
    const { ws, wsconnected } = this.provider;
    if (fresh && wsconnected && ws) ws.send(tokenFrame(token));
    if (!fresh && this.#token && !this.#abort.signal.aborted && (expiryOf(this.#token) ?? 0) > Date.now()) {
      clearTimeout(this.#renewal);
      this.#renewal = setTimeout(() => void this.renew(), RENEW_RETRY_MS);
    }
  }

  /** Sends what the server lacks apart from what it does not take, and returns the latter. */
  async offerApart(): Promise<Uint8Array[]> {
    const { url, name } = this.#options;
    const { offerApart, offerTo, updateUrl } = await import('./leave-out');
    return offerApart(this.sending.unsent(), offerTo(updateUrl(url, name), this.#token));
  }

  destroy(): void {
    this.#abort.abort();
    clearTimeout(this.#renewal);
    this.dispatch({ is: 'stop' });
    clearTimeout(this.#timer);
    this.incoming.flush();
    this.sending.destroy();
    this.provider.destroy();
  }

  #watchReach(before: Connection, event: ConnectionEvent): void {
    if (event.is === 'synced' || (event.is === 'closed' && hasSpoken(event.code))) return this.reach.heard();
    const failed = event.is === 'closed' || event.is === 'timer';
    if (failed && this.connection.phase.at === 'waiting') this.reach.lost(before.phase.at === 'synced');
  }

  #run(effect: Effect): void {
    switch (effect.do) {
      case 'dial':
        return void this.#dial(effect.refreshToken);
      case 'hangUp':
        this.#dials += 1;
        return this.provider.disconnect();
      case 'timer':
        this.#timer = setTimeout(() => this.dispatch({ is: 'timer' }), effect.ms);
    }
  }

  async #dial(refresh: boolean): Promise<void> {
    this.#dials += 1;
    const dial = this.#dials;
    // Awaited even without a token: while the provider is still taking a socket down it would ignore the call.
    const token = await this.#options.token?.(refresh).catch(() => null);
    if (dial !== this.#dials) return;
    this.#use(token ?? null);
    announceAgain(this.provider.awareness);
    this.provider.connect();
  }

  /** From now on this token opens connections, and it is renewed before it ends. */
  #use(token: string | null): void {
    this.#token = token;
    this.provider.params = token ? { ack: '1', token } : { ack: '1' };
    clearTimeout(this.#renewal);
    const expiry = token && expiryOf(token);
    const wait = expiry ? renewIn(expiry, Date.now(), Math.random()) : null;
    if (wait !== null) this.#renewal = setTimeout(() => void this.renew(), wait);
  }

  #listen(): void {
    const { provider } = this;
    const { ledger, changed, noticed } = this.#options;
    provider.on('status', ({ status }) => {
      if (status === 'connected') this.dispatch({ is: 'opened' });
      if (status === 'disconnected') forgetPeers(provider.awareness);
    });
    provider.on('sync', (synced) => synced && this.dispatch({ is: 'synced', now: Date.now() }));
    provider.on('connection-close', (event) => {
      this.incoming.closed();
      const code = event?.code ?? null;
      this.dispatch({ is: 'closed', code, reason: event?.reason ?? '', now: Date.now(), again: this.#mayOfferAgain(code) });
    });
    this.#listenToDocument();
    provider.messageHandlers[MESSAGE_ACK] = (_encoder, decoder) => {
      ledger.acked(decoding.readVarUint(decoder));
      if (ledger.settled) this.#offeredAgain = false;
      changed();
    };
    provider.messageHandlers[MESSAGE_NOTICE] = (_encoder, decoder) => {
      const notice = parseNotice(decoding.readVarString(decoder));
      if (notice) noticed(notice);
    };
  }

  /** Edits come in steps, and what speaks of them behind them; questions are answered here. All else is the provider's. */
  #listenToDocument(): void {
    const { provider } = this;
    const sync = provider.messageHandlers[MESSAGE_SYNC]!;
    provider.messageHandlers[MESSAGE_SYNC] = (encoder, decoder, ...others) => {
      const kind = decoding.peekVarUint(decoder);
      if (kind !== SYNC_UPDATE && kind !== SYNC_QUESTION && kind !== SYNC_REPLY) return sync(encoder, decoder, ...others);
      decoding.readVarUint(decoder);
      const bytes = decoding.readVarUint8Array(decoder);
      if (kind === SYNC_UPDATE) return this.incoming.update(bytes);
      if (kind === SYNC_REPLY) return this.incoming.reply(bytes, () => (provider.synced = true));
      this.incoming.flushUnlessHeld();
      this.sending.asked(bytes);
    };
    provider.messageHandlers[MESSAGE_AWARENESS] = (_encoder, decoder) => {
      const bytes = decoding.readVarUint8Array(decoder);
      this.incoming.behind(() => applyAwarenessUpdate(provider.awareness, bytes, provider));
    };
  }

  /**
   * In smaller pieces, if it was too large. Else once more as it is: the server then says anew what it has, so that it is known
   * what exactly it does not take.
   */
  #mayOfferAgain(code: number | null): boolean {
    if (isTooLarge(code) && this.sending.shrink()) return true;
    if (!isContentRefusal(code) || this.#offeredAgain || this.sending.serverHas === null) return false;
    this.#offeredAgain = true;
    return true;
  }

  #listenToBrowser(): void {
    const { signal } = this.#abort;
    addEventListener('online', () => this.dispatch({ is: 'wake' }), { signal });
    addEventListener('offline', () => this.dispatch({ is: 'lost' }), { signal });
    addEventListener('focus', () => this.#looked(), { signal });
    document.addEventListener('visibilitychange', () => this.#looked(), { signal });
    // Leaving is told to the others at once; a page restored from the back/forward cache returns by itself.
    addEventListener('pagehide', () => this.dispatch({ is: 'lost' }), { signal });
    addEventListener('pageshow', (event) => event.persisted && this.dispatch({ is: 'wake' }), { signal });
  }

  #looked(): void {
    if (document.visibilityState !== 'visible') return;
    const { provider } = this;
    const silent = provider.wsconnected && Date.now() - provider.wsLastMessageReceived > SILENCE_MAX_MS;
    // After sleep the socket may be dead without anyone having been told.
    if (silent) this.dispatch({ is: 'lost' });
    this.dispatch({ is: 'wake' });
  }
}

/** Whether a socket was closed by the server, with its reason, rather than by the network. */
function hasSpoken(code: number | null): boolean {
  return code !== null && code !== ABNORMAL;
}

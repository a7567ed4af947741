/** Carries out what the connection machine asks for, with the stock y-websocket provider. */
import * as decoding from 'lib0/decoding';
import { WebsocketProvider } from 'y-websocket';
import type * as Y from 'yjs';
import { initialConnection, step, type Connection, type ConnectionEvent, type Effect } from './connection';
import { MESSAGE_ACK, MESSAGE_NOTICE, tokenFrame, watchedSocket } from './frame';
import type { AckLedger } from './ledger';
import { parseNotice, type Notice } from './notice';
import { announceAgain, forgetPeers } from './returning';
import { RENEW_RETRY_MS, expiryOf, renewIn } from './token';

/** The provider's own limit for a silent socket; checked at once when a tab wakes up instead of seconds later. */
const SILENCE_MAX_MS = 30_000;

export interface LinkOptions {
  url: string;
  name: string;
  doc: Y.Doc;
  ledger: AckLedger;
  token: ((refresh: boolean) => Promise<string | null>) | undefined;
  changed: () => void;
  noticed: (notice: Notice) => void;
}

export class Link {
  connection: Connection = initialConnection;
  readonly provider: WebsocketProvider;
  readonly #options: LinkOptions;
  readonly #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** A dial waits for its token; a later dial or hang-up makes it void. */
  #dials = 0;
  #token: string | null = null;
  #renewal: ReturnType<typeof setTimeout> | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
    const { ledger, changed } = options;
    this.provider = new WebsocketProvider(options.url, encodeURIComponent(options.name), options.doc, {
      connect: false,
      // Tabs talking to each other past the server would hide unsaved edits and access limits.
      disableBc: true,
      params: { ack: '1' },
      // Reconnecting is decided here: the provider's own delays have no jitter.
      shouldReconnect: () => false,
      WebSocketPolyfill: watchedSocket({
        opened: () => ledger.opened(),
        sent: (frame) => {
          ledger.sent(frame);
          changed();
        },
      }),
    });
    this.#listen();
    this.#listenToBrowser();
  }

  dispatch(event: ConnectionEvent): void {
    const [next, effects] = step(this.connection, event, Math.random());
    if (next === this.connection && effects.length === 0) return;
    this.connection = next;
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

  destroy(): void {
    this.#abort.abort();
    clearTimeout(this.#renewal);
    this.dispatch({ is: 'stop' });
    clearTimeout(this.#timer);
    this.provider.destroy();
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
    provider.on('connection-close', (event) =>
      this.dispatch({ is: 'closed', code: event?.code ?? null, reason: event?.reason ?? '', now: Date.now() }),
    );
    provider.messageHandlers[MESSAGE_ACK] = (_encoder, decoder) => {
      ledger.acked(decoding.readVarUint(decoder));
      changed();
    };
    provider.messageHandlers[MESSAGE_NOTICE] = (_encoder, decoder) => {
      const notice = parseNotice(decoding.readVarString(decoder));
      if (notice) noticed(notice);
    };
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

/**
 * Why there is no connection: asks the server by plain HTTP after an attempt that failed without a word. A network may let that
 * through and hold up WebSockets.
 */

/** `unknown` also means: the server is there, and the next attempt may succeed. */
export type Reach = 'unknown' | 'away' | 'blocked';

/** Attempts that have to fail while the server answers by HTTP until sockets count as blocked: one may meet a restart. */
export const BLOCKED_ATTEMPTS = 2;
/** An answer that takes longer is none. */
const PROBE_TIMEOUT_MS = 5_000;
/** The server, or a proxy in its place, says of itself that it is not there. */
const SERVER_ERROR = 500;

/** Whether a server answers at this address at all. */
export type Probe = (url: string) => Promise<boolean>;

export class ReachFinder {
  reach: Reach = 'unknown';
  readonly #url: string;
  readonly #changed: () => void;
  readonly #probe: Probe;
  /** Attempts that failed in a row since the server has answered by HTTP. */
  #failed = 0;
  #answers = false;
  /** What is learned about an outage that is over means nothing. */
  #outage = 0;
  #asking = false;

  constructor(url: string, changed: () => void, probe: Probe = answers) {
    this.#url = url;
    this.#changed = changed;
    this.#probe = probe;
  }

  /** A connection could not be made, or broke off, without the server saying why. `opened`: it had worked until then. */
  lost(opened: boolean): void {
    this.#failed = this.#answers && !opened ? this.#failed + 1 : 0;
    if (!this.#asking) void this.#ask();
  }

  /** The server has spoken: it is there, and so is the way to it. */
  heard(): void {
    this.#outage += 1;
    this.#failed = 0;
    this.#answers = false;
    this.#become('unknown');
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    const outage = this.#outage;
    const answers = await this.#probe(this.#url);
    this.#asking = false;
    if (outage !== this.#outage) return;
    this.#answers = answers;
    if (!answers) this.#failed = 0;
    this.#become(answers ? (this.#failed >= BLOCKED_ATTEMPTS ? 'blocked' : 'unknown') : 'away');
  }

  #become(reach: Reach): void {
    if (reach === this.reach) return;
    this.reach = reach;
    this.#changed();
  }
}

/** Where the server of a sync address says that it is alive. */
export function healthUrl(syncUrl: string): string {
  return syncUrl.replace(/^ws/, 'http').replace(/\/sync\/*$/, '/healthz');
}

async function answers(url: string): Promise<boolean> {
  try {
    // Of another origin than the page's one hears that there was an answer, and no more.
    const { status } = await fetch(url, { mode: 'no-cors', cache: 'no-store', signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    return status < SERVER_ERROR;
  } catch {
    return false;
  }
}

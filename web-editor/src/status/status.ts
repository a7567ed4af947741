/** Shows the save and connection state in its fixed place, the banner, and the two toasts that belong to it. */
import { signInLink } from '../api/settings';
import { byId, el } from '../page/dom';
import { toast } from '../page/toast';
import type { Session } from '../session/session';
import { button, copy } from './banner';
import { DOWN_BANNER_MS, DOWN_SHOWN_MS, REFUSED_SHOWN_MS, SAVED_KEPT_MS, SAVED_SHOWN_MS, SAVING_SHOWN_MS, backWords, wordsFor, type Clock, type Words } from './words';

const SIGNED_OUT = 4401;
const DELETED = 4404;

export class StatusView {
  readonly #session: Session;
  readonly #text: () => string;
  readonly #save = byId('save-state');
  readonly #net = byId('net-state');
  readonly #banner = byId('banner');
  #savingSince: number | null = null;
  /** Since when there is something unsaved; null when everything is saved. */
  #unsavedSince: number | null = null;
  #savedSince = 0;
  #downSince: number | null = null;
  #firstVersion: string | null = null;
  #bannerText = '';
  #refusedSince: number | null = null;
  /** The outage that is on was mentioned, be it for a second. */
  #outageShown = false;
  /** The network was away during it, not only the server. */
  #offline = false;
  /** Changes that an outage held up and whose saving is still to be told; null when there was none. */
  #heldUp: number | null = null;
  #watchesDeletion = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `text` is what is on the page, to be copied when the server will not take it. */
  constructor(session: Session, text: () => string) {
    this.#session = session;
    this.#text = text;
    session.subscribe(() => this.#update());
    for (const name of ['online', 'offline']) addEventListener(name, () => this.#update());
    this.#update();
    this.#showAsideOnceLoaded();
  }

  /** The document comes first: the browser opens one database after the other. */
  #showAsideOnceLoaded(): void {
    const stop = this.#session.subscribe(() => {
      if (!this.#session.state.loaded) return;
      stop();
      // What few pages ever need is not loaded with the page.
      void import('./left-out').then(({ showAside }) => showAside(this.#session)).catch(() => undefined);
    });
  }

  #update(): void {
    const { state } = this.#session;
    const now = Date.now();
    if (state.save !== 'saving') this.#savingSince = null;
    else this.#savingSince ??= now;
    if (state.save !== 'saved') this.#unsavedSince ??= now;
    else if (this.#unsavedSince !== null) {
      this.#unsavedSince = null;
      this.#savedSince = now;
    }
    if (state.refused === null) this.#refusedSince = null;
    else this.#refusedSince ??= now;
    if (state.net === 'online') this.#returned();
    else if (this.#downSince === null) {
      this.#downSince = now;
      this.#offline = false;
    }
    this.#offerRefresh(state.version);
    this.#render(now);
  }

  #returned(): void {
    const wasShown = this.#outageShown;
    this.#outageShown = false;
    const wasDown = this.#downSince !== null;
    this.#downSince = null;
    if (wasDown && wasShown) this.#heldUp = this.#session.unsaved;
    if (this.#heldUp === null || this.#session.state.save !== 'saved') return;
    toast(backWords(this.#heldUp, this.#offline));
    this.#heldUp = null;
  }

  #render(now: number): void {
    const { state } = this.#session;
    const clock = this.#clock(now);
    const words = wordsFor(state, clock);
    this.#offline ||= this.#downSince !== null && !navigator.onLine;
    if (state.net === 'offline' && (words.net !== '' || words.banner)) this.#outageShown = true;
    this.#save.dataset.state = words.key;
    this.#net.dataset.state = state.net;
    // Written only when different: every write to a live region may be read out.
    if (this.#save.textContent !== words.save) this.#save.textContent = words.save;
    if (this.#net.textContent !== words.net) this.#net.textContent = words.net;
    this.#renderBanner(words.banner);
    this.#wakeFor(clock);
  }

  #renderBanner(banner: Words['banner']): void {
    const text = banner?.text ?? '';
    if (text === this.#bannerText) return;
    this.#bannerText = text;
    this.#banner.hidden = banner === null;
    this.#banner.dataset.tone = banner?.tone ?? '';
    if (!banner) return this.#banner.replaceChildren();
    const { state } = this.#session;
    const retry = button('Retry', () => this.#session.retry());
    this.#banner.replaceChildren(el('span', {}, text), retry);
    if (state.stuck) void this.#offerToLeaveOut(text, retry);
    if (banner.tone === 'error' && state.loaded && !state.stuck) this.#banner.append(button('Copy text', () => void copy(this.#text())));
    if (state.code === DELETED) void this.#awaitUndeletion();
    if (state.code === DELETED) this.#banner.append(el('a', { class: 'button small', href: '/' }, 'All documents'));
    if (state.code === SIGNED_OUT) void this.#offerSignIn();
  }

  async #awaitUndeletion(): Promise<void> {
    if (this.#watchesDeletion) return;
    this.#watchesDeletion = true;
    const { Undeleted } = await import('./undeleted');
    new Undeleted(this.#session);
  }

  async #offerToLeaveOut(text: string, before: HTMLElement): Promise<void> {
    const { refusedParts } = await import('./left-out');
    if (this.#bannerText === text) before.before(...refusedParts(this.#session));
  }

  async #offerSignIn(): Promise<void> {
    const href = await signInLink();
    const still = this.#session.state.code === SIGNED_OUT && !this.#banner.querySelector('a');
    if (href && still) this.#banner.append(el('a', { class: 'button small primary', href }, 'Sign in'));
  }

  #clock(now: number): Clock {
    const since = (start: number | null): number => (start === null ? 0 : now - start);
    return {
      savingMs: since(this.#savingSince),
      unsavedMs: since(this.#unsavedSince),
      savedMs: since(this.#savedSince),
      refusedMs: since(this.#refusedSince),
      downMs: since(this.#downSince),
      networkUp: navigator.onLine,
      said: this.#save.textContent ?? '',
    };
  }

  /** Some words are due only after a while; look again exactly then. */
  #wakeFor({ savingMs, unsavedMs, savedMs, refusedMs, downMs }: Clock): void {
    clearTimeout(this.#timer);
    const waits = this.#unsavedSince === null ? [SAVED_SHOWN_MS - savedMs] : [SAVED_KEPT_MS - unsavedMs];
    if (this.#savingSince !== null) waits.push(SAVING_SHOWN_MS - savingMs);
    if (this.#refusedSince !== null) waits.push(REFUSED_SHOWN_MS - refusedMs);
    if (this.#downSince !== null) waits.push(DOWN_SHOWN_MS - downMs, DOWN_BANNER_MS - downMs);
    const next = Math.min(...waits.filter((wait) => wait > 0));
    if (Number.isFinite(next)) this.#timer = setTimeout(() => this.#render(Date.now()), next);
  }

  #offerRefresh(version: string | null): void {
    if (version === null) return;
    this.#firstVersion ??= version;
    if (this.#firstVersion === version) return;
    this.#firstVersion = version;
    toast('A new version of Weft is available.', { ms: 0, action: { label: 'Refresh', run: () => location.reload() } });
  }
}

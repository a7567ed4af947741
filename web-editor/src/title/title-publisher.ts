/** Tells the document list about a changed title: some time after the last keystroke, and once more after an outage. */
import { documentInfo, retitleDocument } from '../api/documents';
import { Problem } from '../api/problem';
import type { Session } from '../session/session';
import { seedTitle, titleOf } from './title-text';

const QUIET_MS = 800;

export class TitlePublisher {
  readonly #session: Session;
  #pending = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(session: Session) {
    this.#session = session;
    session.subscribe(() => session.state.net === 'online' && this.#pending && this.#arm());
    addEventListener('pagehide', () => this.#pending && void this.#publish(true));
  }

  edited(): void {
    this.#pending = true;
    this.#arm(true);
  }

  #arm(again = false): void {
    if (again) clearTimeout(this.#timer);
    else if (this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#session.state.net === 'online') void this.#publish(false);
    }, QUIET_MS);
  }

  async #publish(keepalive: boolean): Promise<void> {
    this.#pending = false;
    // The list must not announce what the document may still lose. A page that is closing has no time to wait.
    if (!keepalive) await this.#session.saved().catch(() => undefined);
    const title = titleOf(this.#session.doc).toString().trim();
    try {
      await retitleDocument(this.#session.name, title, keepalive);
    } catch (error) {
      // The title itself is safe in the document; only the list is behind. A refusal will not change by asking again.
      this.#pending = error instanceof Problem && (error.status === 0 || error.status >= 500);
    }
  }
}

/**
 * A document that got its title through the API before anybody typed one here shows that title. Asked once, when the
 * document is known to be stored: one that is opened by its address for the first time does not exist before its first edit.
 */
export function adoptListedTitle(session: Session): void {
  const stop = session.subscribe(look);
  look();

  function look(): void {
    const { state, doc } = session;
    if (state.net !== 'online' || state.save !== 'saved' || doc.store.clients.size === 0) return;
    stop();
    if (!state.readonly && titleOf(doc).length === 0) void adopt(session);
  }
}

async function adopt(session: Session): Promise<void> {
  const info = await documentInfo(session.name).catch(() => null);
  if (!info?.title || info.title === info.name || session.state.readonly) return;
  if (titleOf(session.doc).length === 0) seedTitle(session.doc, info.title);
}

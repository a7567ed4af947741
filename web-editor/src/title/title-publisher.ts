/** Tells the document list about a changed title: some time after the last keystroke, and once more after an outage. */
import { documentInfo, retitleDocument } from '../api/documents';
import { Problem } from '../api/problem';
import type { Session } from '../session/session';
import { UNTITLED } from './title';
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
 * A document that was named through the API shows that title before anybody typed one here. Looking writes nothing: until
 * the first edit the title stands in the empty field as a suggestion, then it becomes text like any other.
 */
export function adoptListedTitle(session: Session, field: HTMLTextAreaElement): void {
  let asked = false;
  const stop = session.subscribe(() => void look());
  void look();

  async function look(): Promise<void> {
    if (asked || session.state.net !== 'online') return;
    asked = true;
    stop();
    const info = await documentInfo(session.name).catch(() => null);
    if (!info?.title || info.title === info.name || titleOf(session.doc).length > 0) return;
    field.placeholder = info.title;
    document.title = `${info.title} · Weft`;
    const stopAdopting = session.subscribe(() => adopt(info.title));
    adopt(info.title);

    function adopt(title: string): void {
      const { state, doc } = session;
      if (titleOf(doc).length > 0) return stopAdopting();
      if (state.net !== 'online' || state.save !== 'saved' || state.readonly || doc.store.clients.size === 0) return;
      stopAdopting();
      field.placeholder = UNTITLED;
      seedTitle(doc, title);
    }
  }
}

/** Notes that this browser has a copy of the document that is open, and what it is called. */
import type { Kind } from '../api/documents';
import type { Session } from '../session/session';
import { titleOf } from '../title/title-text';
import { forgetKept, noteKept } from './kept';

const QUIET_MS = 1_000;
/** No access, or no such document. */
const GONE = [4403, 4404];

export function keepCopy(session: Session, kind: Kind): void {
  let noted = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const note = () => {
    clearTimeout(timer);
    const { state, doc, name } = session;
    if (GONE.includes(state.code ?? 0)) return forgetKept(name);
    noted = state.loaded && state.localCopy && doc.store.clients.size > 0;
    if (noted) noteKept({ name, kind, title: titleOf(doc).toString().trim(), at: Date.now() });
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(note, QUIET_MS);
  };
  session.subscribe(() => (!noted || session.state.net === 'denied') && soon());
  titleOf(session.doc).observe(soon);
  addEventListener('pagehide', note);
}

/**
 * Renames a document from the list. A title lives in the document itself, where people may be editing it right now, so the
 * new one is an edit of the document first and an entry of the list second. Loaded only when somebody renames.
 */
import { retitleDocument, type DocumentInfo } from '../api/documents';
import { Problem } from '../api/problem';
import { pageToken } from '../api/token';
import { editTitle, titleOf } from '../title/title-text';
import { Session, syncUrl } from '../session/session';

/** A document that cannot be reached by then is not renamed. */
const DEADLINE_MS = 8_000;

export async function renameDocument(info: DocumentInfo, title: string): Promise<void> {
  if (info.kind !== 'any') await retitleText(info.name, title);
  await retitleDocument(info.name, title);
}

async function retitleText(name: string, title: string): Promise<void> {
  const session = new Session({ url: syncUrl(), name, token: async () => pageToken(), offline: false });
  // Nobody has to see a visitor for that.
  session.awareness.setLocalState(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Problem(0, 'The document cannot be reached right now. Please try again.')), DEADLINE_MS);
  });
  try {
    await Promise.race([synced(session), late]);
    editTitle(titleOf(session.doc), title, 'rename');
    await Promise.race([session.saved(), late]);
  } finally {
    clearTimeout(timer);
    session.destroy();
  }
}

function synced(session: Session): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (session.state.net === 'online' && session.state.readonly) reject(new Problem(403, 'You may read this document but not rename it.'));
      else if (session.state.net === 'online') resolve();
      else if (session.state.net === 'denied') reject(new Problem(403, session.state.reason || 'You have no access to this document.'));
    };
    session.subscribe(look);
    look();
  });
}

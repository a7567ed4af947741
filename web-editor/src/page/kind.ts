/** A document that came into being by being opened has no kind yet: whoever first edits it here gives it that of the page. */
import { documentInfo, setKind, type Kind } from '../api/documents';
import type { Session } from '../session/session';

export function publishKind(session: Session, kind: Kind): void {
  const { doc } = session;
  const edited = (_update: Uint8Array, _origin: unknown, _doc: unknown, { local }: { local: boolean }) => {
    if (!local) return;
    doc.off('update', edited);
    void publish();
  };
  doc.on('update', edited);

  async function publish(): Promise<void> {
    try {
      // Before it is stored, there is nothing to have a kind.
      await session.saved();
      const info = await documentInfo(session.name);
      if (info?.kind === 'any') await setKind(session.name, kind);
    } catch {
      // Home finds out by itself from the content; this only saves the first look.
    }
  }
}

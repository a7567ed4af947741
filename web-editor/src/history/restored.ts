/** Restores: one's own, and what others are told of theirs. Each can be taken back. */
import { restoreVersion, versions } from '../api/history';
import { sentence } from '../api/problem';
import { cleanName, personIn } from '../presence/person';
import { toast } from '../page/toast';
import type { Restored } from '../session/notice';
import type { Session } from '../session/session';
import { restoredWords } from './words';

export type Restoring = Pick<Session, 'name' | 'awareness' | 'people'>;

/** The notice of one's own restore may come a little after its answer. */
const OWN_NOTICE_MS = 3_000;
let pending = 0;
let until = 0;

/** Restores a version and says so; false if it was refused. */
export async function restore(session: Restoring, id: string, what: string): Promise<boolean> {
  pending += 1;
  try {
    const { before, changed } = await restoreVersion(session.name, id, session.awareness.clientID);
    if (!changed) toast('That is what it says already: nothing had to be restored.');
    else toast(`Restored ${what}.`, before ? { action: { label: 'Undo', run: () => void restore(session, before, 'what was there before') } } : {});
    return true;
  } catch (error) {
    toast(sentence(error), { tone: 'error', ms: 10_000 });
    return false;
  } finally {
    pending -= 1;
    until = performance.now() + OWN_NOTICE_MS;
  }
}

/** Somebody restored a version. */
export function announceRestore(session: Restoring, { by, client, version }: Restored, editable: boolean): void {
  if (pending > 0 || performance.now() < until) return;
  const undo = { action: { label: 'Undo', run: () => void undoRestore(session, version) } };
  toast(`${cleanName(by) || guestAt(session, client) || 'Somebody'} restored ${restoredWords(version, new Date())}.`, editable ? undo : {});
}

/** What a guest calls themselves. Who is signed in is known to the server: a guest may not pass for them. */
function guestAt({ awareness, people }: Restoring, client: number | undefined): string {
  if (client === undefined || people.of(client)) return '';
  return personIn(awareness.getStates().get(client))?.name ?? '';
}

/** The notice says what was restored, not what there was before; the newest version made for it does. */
async function undoRestore(session: Restoring, version: string): Promise<void> {
  const label = `Before restoring ${version}`;
  const all = await versions(session.name).catch(() => []);
  const before = all.find((candidate) => candidate.kind === 'restore' && candidate.label === label);
  if (before) await restore(session, before.id, 'what was there before');
  else toast('The version before it was not found. Open the history to choose one.', { tone: 'error' });
}

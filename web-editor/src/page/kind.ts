/** What a document is, a text or a board: told from its content, else from the list; and the page it belongs to. */
import type * as Y from 'yjs';
import { documentInfo, setKind, type Kind } from '../api/documents';
import type { Session } from '../session/session';

const PATHS: Readonly<Record<Kind, string>> = { document: '/d/', whiteboard: '/w/' };
/** Roots whose content makes a document a text; those of other apps make it nothing. */
const TEXT_ROOTS = ['body', 'text', 'format'];
const BOARD_ROOTS = ['elements'];
/** The list is not waited for any longer: the page then opens as what its address says. */
const LIST_WAIT_MS = 3_000;

/** A document that came into being by being opened has no kind yet: whoever first edits it here gives it that of the page. */
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

/** What there is content of. */
export function kindsIn(doc: Y.Doc): Kind[] {
  const roots: [Kind, readonly string[]][] = [['document', TEXT_ROOTS], ['whiteboard', BOARD_ROOTS]];
  return roots.filter(([, names]) => names.some((name) => hasContent(doc.share.get(name)))).map(([kind]) => kind);
}

/** Asking the document for a root would say of what type it is, which is for its owner to say. */
function hasContent(root: ReturnType<Y.Doc['share']['get']>): boolean {
  if (!root) return false;
  for (let item = root._start; item; item = item.right) if (!item.deleted) return true;
  for (const item of root._map.values()) if (!item.deleted) return true;
  return false;
}

/**
 * Keeps a page shut until it is clear that the document is one for it, and leads to the other page if not. What is of
 * neither kind yet is asked after in the list, where it may have been created as one of them.
 */
export class KindGate {
  isOpen = false;
  readonly #session: Session;
  readonly #kind: Kind;
  readonly #opened: () => void;
  readonly #look = (): void => this.look();
  readonly #stop: () => void;
  #isAsking = false;
  #isLeaving = false;

  /** `opened` is called when the page may show what there is. */
  constructor(session: Session, kind: Kind, opened: () => void) {
    this.#session = session;
    this.#kind = kind;
    this.#opened = opened;
    session.doc.on('update', this.#look);
    this.#stop = session.subscribe(this.#look);
  }

  look(): void {
    if (this.#isLeaving || !this.#session.state.loaded) return;
    const kinds = kindsIn(this.#session.doc);
    if (kinds.includes(this.#kind)) return this.#settle();
    if (kinds.length > 0) return this.#leave(kinds[0]!);
    if (this.isOpen || this.#isAsking) return;
    this.#isAsking = true;
    void this.#ask();
  }

  /** Content of its own: nothing that comes makes it another. */
  #settle(): void {
    this.#session.doc.off('update', this.#look);
    this.#stop();
    this.#open();
  }

  async #ask(): Promise<void> {
    const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), LIST_WAIT_MS));
    const info = await Promise.race([late, documentInfo(this.#session.name).catch(() => null)]);
    const listed = info?.kind;
    if (this.#isLeaving || this.isOpen) return;
    if ((listed === 'document' || listed === 'whiteboard') && listed !== this.#kind) this.#leave(listed);
    else this.#open();
  }

  #open(): void {
    if (this.isOpen) return;
    this.isOpen = true;
    this.#opened();
  }

  #leave(kind: Kind): void {
    this.#isLeaving = true;
    document.body.dataset.loaded = 'false';
    location.replace(PATHS[kind] + location.pathname.slice(PATHS[this.#kind].length) + location.search + location.hash);
  }
}

/** New documents and boards, blank or from a template; each opens in its title. */
import { createDocument, updateDocument, type DocumentInfo } from '../api/documents';
import { Problem, sentence } from '../api/problem';
import { toast } from '../page/toast';
import { pageOf } from './naming';
import type { Template, TemplateKind } from './templates';

export class Creation {
  #busy = false;
  readonly #shown: (busy: boolean) => void;

  /** `shown` is told when a document is on its way and when it is not. */
  constructor(shown: (busy: boolean) => void) {
    this.#shown = shown;
    // Coming back with the browser's button, the page may be the very one that was left.
    addEventListener('pageshow', () => this.#set(false));
  }

  blank(kind: TemplateKind): void {
    void this.#once(() => createDocument({ kind }), () => this.blank(kind));
  }

  from(template: Template): void {
    // A further attempt goes on with the name and the update of the first: whatever of it arrived is not made twice.
    const name = freshName();
    let update: Uint8Array | null = null;
    const attempt = async () => {
      const { templateUpdate } = await import('./template-update');
      update ??= templateUpdate(template);
      await createDocument({ kind: template.kind, name, title: template.name }).catch(unlessThere);
      await updateDocument(name, update);
      return { kind: template.kind, name };
    };
    const again = () => void this.#once(attempt, again);
    again();
  }

  /** One at a time: an impatient second click must not make a second document. */
  async #once(make: () => Promise<Pick<DocumentInfo, 'kind' | 'name'>>, again: () => void): Promise<void> {
    if (this.#busy) return;
    this.#set(true);
    try {
      location.assign(`${pageOf(await make())}?new`);
    } catch (error) {
      this.#set(false);
      const refused = error instanceof Problem && error.status === 403;
      if (refused) toast('Your access does not include creating documents here.', { tone: 'error', ms: 0 });
      else toast(sentence(error), { tone: 'error', ms: 0, action: { label: 'Try again', run: again } });
    }
  }

  #set(busy: boolean): void {
    this.#busy = busy;
    this.#shown(busy);
  }
}

const NAME_CHARS = 12;
/** Without the letters and digits that look alike, as in the names that the server makes up; 32 of them, so that none is likelier. */
const NAME_ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';

function freshName(): string {
  const random = crypto.getRandomValues(new Uint8Array(NAME_CHARS));
  return Array.from(random, (byte) => NAME_ALPHABET[byte % NAME_ALPHABET.length]).join('');
}

/** Nobody else knows the name: a document that exists already is ours, and only the answer was lost. */
function unlessThere(error: unknown): void {
  if (!(error instanceof Problem && error.status === 409)) throw error;
}

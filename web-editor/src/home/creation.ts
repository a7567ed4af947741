/** New documents and boards, blank or from a template; each opens in its title. */
import { createDocument, updateDocument, type DocumentInfo } from '../api/documents';
import { Problem, sentence } from '../api/problem';
import { toast } from '../page/toast';
import { pageOf } from './naming';
import { askPlace, placeFor, prefixes } from './place';
import type { Template, TemplateKind } from './templates';

const FORBIDDEN = 403;
const EXISTS = 409;
const REFUSED = 'Your access does not include creating documents here.';

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
    void this.#placed(kind, (name) => this.#make(kind, name));
  }

  /** Where this person says, under the name they say. */
  named(kind: TemplateKind): void {
    void this.#placed(kind, (name) => this.#make(kind, name), askPlace);
  }

  from(template: Template): void {
    void this.#placed(template.kind, (name) => this.#fill(template, name));
  }

  async #placed(kind: TemplateKind, make: (name: string) => void, ask: (what: string) => Promise<string | null> = placeFor): Promise<void> {
    if (this.#busy || document.querySelector('dialog[open]')) return;
    if (prefixes().length === 0) return void toast(REFUSED, { tone: 'error', ms: 0 });
    const name = await ask(kind === 'whiteboard' ? 'board' : 'document');
    if (name !== null) make(name);
  }

  #make(kind: TemplateKind, name: string): void {
    void this.#once(() => createDocument({ kind, name }), () => this.#make(kind, name));
  }

  #fill(template: Template, name: string): void {
    // A further attempt goes on with the name and the update of the first: whatever of it arrived is not made twice.
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
      const status = error instanceof Problem ? error.status : 0;
      if (status === FORBIDDEN) toast(REFUSED, { tone: 'error', ms: 0 });
      else if (status === EXISTS) toast('There is a document of that name already, maybe a deleted one. Choose another name.', { tone: 'error', ms: 0 });
      else toast(sentence(error), { tone: 'error', ms: 0, action: { label: 'Try again', run: again } });
    }
  }

  #set(busy: boolean): void {
    this.#busy = busy;
    this.#shown(busy);
  }
}

/** Nobody else knows the name: a document that exists already is ours, and only the answer was lost. */
function unlessThere(error: unknown): void {
  if (!(error instanceof Problem && error.status === EXISTS)) throw error;
}

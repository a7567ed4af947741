/** Deletes from the list at once, and takes back whichever deletion is regretted. */
import { deleteDocument, undeleteDocument, type DocumentInfo } from '../api/documents';
import { sentence } from '../api/problem';
import { toast } from '../page/toast';
import { titleText } from './naming';

export interface DeletionView {
  hide: (info: DocumentInfo) => void;
  /** Puts it back; with the focus when the person asked for it. */
  bring: (info: DocumentInfo, focus: boolean) => void;
}

export class Deletion {
  readonly #view: DeletionView;
  /** Deleted here: an answer that was on its way must not bring them back. */
  readonly #gone = new Set<string>();

  constructor(view: DeletionView) {
    this.#view = view;
  }

  isGone(name: string): boolean {
    return this.#gone.has(name);
  }

  async remove(info: DocumentInfo): Promise<void> {
    if (this.#gone.has(info.name)) return;
    this.#gone.add(info.name);
    this.#view.hide(info);
    try {
      await deleteDocument(info.name);
    } catch (error) {
      this.#gone.delete(info.name);
      this.#view.bring(info, false);
      toast(`“${titleText(info)}” was not deleted. ${sentence(error)}`, { tone: 'error' });
      return;
    }
    toast(`“${titleText(info)}” was deleted.`, { action: { label: 'Undo', run: () => void this.#restore(info) } });
  }

  async #restore(info: DocumentInfo): Promise<void> {
    try {
      await undeleteDocument(info.name);
    } catch (error) {
      toast(sentence(error), { tone: 'error', ms: 0, action: { label: 'Try again', run: () => void this.#restore(info) } });
      return;
    }
    this.#gone.delete(info.name);
    this.#view.bring(info, true);
  }
}

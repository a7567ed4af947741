/** A gentle word to somebody who types into a document they may only read. */
import { toast } from '../page/toast';

export function hintReading(readonly: () => boolean): void {
  const hint = (event: KeyboardEvent) => {
    const { target } = event;
    if (event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey || event.key === ' ') return;
    if (target instanceof Element && target.closest('input:not([type=checkbox]), textarea, select, button, [role=menu], dialog')) return;
    if (!readonly()) return;
    // Once is a hint, twice is nagging.
    removeEventListener('keydown', hint);
    toast('View only: you can read this document, not change it.');
  };
  addEventListener('keydown', hint);
}

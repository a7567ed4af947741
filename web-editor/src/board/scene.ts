/** What a binding needs of the board it is on: the elements on the screen, and what is around it. */
import type { Shape, Values } from './entry';
import type { Retype } from './texts';
import type { Undoing } from './undo';

export interface Scene {
  /** All elements in z-order, the deleted ones too. */
  shapes: () => readonly Shape[];
  /** Shows these instead; not to be undone by the person here. */
  show: (shapes: Shape[]) => void;
  /** Elements in the hands of the person here: they are not touched until let go. */
  busy: () => ReadonlySet<string>;
  /** The text somebody here types in. */
  typing: () => string | null;
  retype: Retype;
  /** What changed was taken back or brought back by the person here. */
  undoing: () => Undoing;
  /** The size and the line breaks of a text that has other words than it was measured with. */
  fit: (id: string, values: Values) => Values;
}

export interface Surroundings {
  now: () => number;
  /** A number for `versionNonce`. */
  nonce: () => number;
  /** Nobody else is on the board. */
  alone: () => boolean;
  /** The person here may change the board, so that `push` will be called. */
  editable: () => boolean;
  /** A page that writes texts as strings is behind this client. */
  isOldPage: (client: number) => boolean;
  /** This page is the one to read after such pages. */
  readsAfterOld: () => boolean;
}

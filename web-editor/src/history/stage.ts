/** What shows a document or a board at a moment. */
import type * as Y from 'yjs';
import type { Writer } from './people';

export interface Past {
  /** Only to be looked at. */
  doc: Y.Doc;
  /** What it is compared with, when changes are to be shown. */
  compare: Comparing | null;
  /** It is being played, and the next one follows at once. */
  playing: boolean;
}

export interface Comparing {
  before: Y.Doc;
  inserted: (client: number, clock: number) => number;
  deleted: (client: number, clock: number) => number;
  writer: (number: number) => Writer;
}

export interface Stage {
  show: (past: Past) => void;
  /** How many changes are shown. */
  changes: () => number;
  /** Brings this one into view. */
  look: (change: number) => void;
  /** Brings everything into view, where that is a question. */
  fit?: () => void;
  destroy: () => void;
}

export type MakeStage = (root: HTMLElement) => Promise<Stage>;

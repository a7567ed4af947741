/** What other apps import: a document, its people, and an honest answer to whether it is saved. */
export { Session, syncUrl, type SavedOptions, type SessionOptions } from './session';
export type { Net, Save, State } from './state';

/** The messages in a document: read with care, since anybody may have written anything there; written as one map each. */
import * as Y from 'yjs';
import { personIn, type Person } from '../presence/person';

export const TEXT_MAX = 4_000;
/** Lines beyond this are joined: a message must not push all others out of sight. */
const LINES_MAX = 60;
const ID_MAX = 64;
/** Marks the chat's own edits, which no undo manager follows. */
const ORIGIN = 'chat';

export interface Message {
  id: string;
  from: Person;
  text: string;
  /** Milliseconds since 1970, as the sender's clock had it. */
  at: number;
  /** The CRDT client that brought it. */
  client?: number | undefined;
  /** The shared map itself: what is deleted is this one, not another with the same id. */
  map: Y.Map<unknown>;
}

export type ChatArray = Y.Array<unknown>;

export function chatOf(doc: Y.Doc): ChatArray {
  return doc.getArray('chat');
}

export interface Tail {
  messages: Message[];
  /** There are older ones. */
  more: boolean;
}

/** The latest messages, oldest first; looks at no more than `count` entries. */
export function latest(chat: ChatArray, count: number): Tail {
  const from = Math.max(0, chat.length - count);
  const messages = chat.slice(from).map(messageIn).filter((message) => message !== null);
  return { messages, more: from > 0 };
}

/** What an entry says, or null when it is no message. */
export function messageIn(entry: unknown): Message | null {
  if (!(entry instanceof Y.Map)) return null;
  const [id, text, at] = ['id', 'text', 'at'].map((key) => entry.get(key));
  const from = personIn({ user: entry.get('from') });
  if (typeof id !== 'string' || id === '' || id.length > ID_MAX || !from) return null;
  if (typeof at !== 'number' || !Number.isFinite(at) || at < 0 || at > 8.64e15) return null;
  const words = typeof text === 'string' ? cleanText(text) : '';
  return words ? { id, from, text: words, at, client: entry._item?.id.client, map: entry } : null;
}

/** As it may be shown: bounded, without control characters and without what turns the direction of later text. */
export function cleanText(text: string): string {
  const plain = text.slice(0, TEXT_MAX).replace(/\r\n?/g, '\n').replace(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu, '');
  const lines = plain.replace(/\n{3,}/g, '\n\n').trim().split('\n');
  const [shown, rest] = [lines.slice(0, LINES_MAX), lines.slice(LINES_MAX)];
  return [...shown, ...(rest.length ? [rest.join(' ')] : [])].join('\n');
}

/** Says something; false when there is nothing to say. */
export function post(chat: ChatArray, from: Person, text: string, at: number): boolean {
  const words = cleanText(text);
  if (!words) return false;
  const id = Array.from(crypto.getRandomValues(new Uint8Array(9)), (byte) => byte.toString(16).padStart(2, '0')).join('');
  const { id: author, name, color } = from;
  transact(chat, () => chat.push([new Y.Map<unknown>([['id', id], ['from', { id: author, name, color }], ['text', words], ['at', at]])]));
  return true;
}

/** Deletes one's own message; false when it is somebody else's or gone already. */
export function remove(chat: ChatArray, message: Message, self: Person): boolean {
  if (message.from.id !== self.id) return false;
  const at = chat.toArray().indexOf(message.map);
  if (at < 0) return false;
  transact(chat, () => chat.delete(at));
  return true;
}

function transact(chat: ChatArray, change: () => void): void {
  chat.doc?.transact(change, ORIGIN);
}

/** What somebody wrote, read from an update alone: for a change that is in no document any more, or should not be. */
import * as Y from 'yjs';

/** Of maps, what people write is under this key: texts on boards, messages of the chat. */
const TEXT_KEY = 'text';

/** The letters in the order they were typed in, a line for each block; what was deleted again is not among them. */
export function writtenIn(update: Uint8Array): string {
  const { structs, ds } = Y.decodeUpdate(update);
  let text = '';
  for (const struct of structs) {
    if (!(struct instanceof Y.Item)) continue;
    const { content } = struct;
    if (content instanceof Y.ContentString) text += kept(content.str, struct.id, ds);
    else if (content instanceof Y.ContentType) text += '\n';
    else if (content instanceof Y.ContentAny && struct.parentSub === TEXT_KEY) text += `\n${content.arr.filter((value) => typeof value === 'string').join('\n')}`;
  }
  return text.replace(/\n{2,}/g, '\n').trim();
}

/** Without what the update itself deletes. */
function kept(text: string, { client, clock }: Y.ID, ds: ReturnType<typeof Y.decodeUpdate>['ds']): string {
  let left = '';
  let from = clock;
  for (const range of ds.clients.get(client) ?? []) {
    const [start, end] = [Math.max(from, range.clock), Math.min(clock + text.length, range.clock + range.len)];
    if (start >= end) continue;
    left += text.slice(from - clock, start - clock);
    from = end;
  }
  return left + text.slice(from - clock);
}

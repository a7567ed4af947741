/** The structs of an update in an order in which each comes after those of the same update that it names. */
import * as Y from 'yjs';

export type Struct = Y.Item | Y.GC | Y.Skip;

interface Queue {
  structs: Struct[];
  at: number;
  end: number;
}

interface Wanted {
  client: number;
  /** Until this clock of the client is through. */
  clock: number;
}

/** Each client's structs come in their own order, as Yjs writes them. Structs that wait for each other come anyhow. */
export function* causalOrder(structs: readonly Struct[]): Generator<Struct> {
  const queues = queuesOf(structs);
  for (const [client, { end }] of queues) {
    const stack: Wanted[] = [{ client, clock: end - 1 }];
    const waiting = new Set([client]);
    for (let wanted = stack.at(-1); wanted; wanted = stack.at(-1)) {
      const queue = queues.get(wanted.client)!;
      const struct = queue.structs[queue.at];
      if (!struct || struct.id.clock > wanted.clock) {
        waiting.delete(wanted.client);
        stack.pop();
        continue;
      }
      const missing = namedBy(struct).find((id) => isAhead(id, queues) && !waiting.has(id.client));
      if (missing) {
        stack.push(missing);
        waiting.add(missing.client);
      } else {
        queue.at += 1;
        yield struct;
      }
    }
  }
}

function queuesOf(structs: readonly Struct[]): Map<number, Queue> {
  const queues = new Map<number, Queue>();
  for (const struct of structs) {
    const { client, clock } = struct.id;
    const queue = queues.get(client) ?? { structs: [], at: 0, end: 0 };
    queue.structs.push(struct);
    queue.end = clock + struct.length;
    queues.set(client, queue);
  }
  return queues;
}

function namedBy(struct: Struct): Wanted[] {
  if (!(struct instanceof Y.Item)) return [];
  const { origin, rightOrigin } = struct;
  const parent: unknown = struct.parent;
  return [origin, rightOrigin, parent instanceof Y.ID ? parent : null].filter((id) => id !== null);
}

/** Whether the struct with this id is in the update and has not had its turn. */
function isAhead({ client, clock }: Wanted, queues: Map<number, Queue>): boolean {
  const queue = queues.get(client);
  const next = queue?.structs[queue.at];
  return next !== undefined && next.id.clock <= clock && clock < queue!.end;
}

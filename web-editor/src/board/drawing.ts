/** A drawing out of a file of Excalidraw's, as elements for a board. Pure. */
import type { Shape } from './entry';
import { propertiesOf } from './schema';

type Element = Readonly<Record<string, unknown>>;

export interface Drawing {
  /** Under new ids: the same file may be on the board already, or in its past. */
  shapes: Shape[];
  /** Elements of kinds that boards do not share. */
  left: number;
}

export function drawingOf(elements: readonly Element[], freshId: () => string): Drawing {
  const alive = elements.filter(({ isDeleted }) => isDeleted !== true);
  const shared = alive.filter(({ type }) => propertiesOf(type) !== undefined);
  const fresh = new Map<unknown, string>(shared.map(({ id }) => [id, freshId()]));
  const groups = new Map<unknown, string>();
  const groupOf = (group: unknown): string => {
    if (!groups.has(group)) groups.set(group, freshId());
    return groups.get(group)!;
  };
  return { shapes: shared.map((element) => renamed(element, fresh, groupOf)), left: alive.length - shared.length };
}

/** References to what is not in the file lead nowhere. */
function renamed(element: Element, fresh: ReadonlyMap<unknown, string>, groupOf: (group: unknown) => string): Shape {
  const end = (binding: unknown) => {
    const id = fresh.get((binding as { elementId?: unknown } | null)?.elementId);
    return id === undefined ? null : { ...(binding as object), elementId: id };
  };
  const changed: Record<string, unknown> = { ...element, id: fresh.get(element.id), index: null, frameId: fresh.get(element.frameId) ?? null };
  if (Array.isArray(element.groupIds)) changed.groupIds = element.groupIds.map(groupOf);
  if (Array.isArray(element.boundElements)) {
    changed.boundElements = element.boundElements.filter(({ id }) => fresh.has(id)).map((bound: Element) => ({ ...bound, id: fresh.get(bound.id) }));
  }
  if ('containerId' in element) changed.containerId = fresh.get(element.containerId) ?? null;
  for (const key of ['startBinding', 'endBinding']) if (key in element) changed[key] = end(element[key]);
  return changed as unknown as Shape;
}

/** The same around another middle. */
export function movedTo(shapes: readonly Shape[], { x, y }: { x: number; y: number }): Shape[] {
  const [left, top] = [Math.min(...shapes.map((shape) => Number(shape.x))), Math.min(...shapes.map((shape) => Number(shape.y)))];
  const right = Math.max(...shapes.map((shape) => Number(shape.x) + Number(shape.width)));
  const lower = Math.max(...shapes.map((shape) => Number(shape.y) + Number(shape.height)));
  const [dx, dy] = [x - (left + right) / 2, y - (top + lower) / 2];
  return shapes.map((shape) => ({ ...shape, x: Number(shape.x) + dx, y: Number(shape.y) + dy }));
}

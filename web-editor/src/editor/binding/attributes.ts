/** Attributes of nodes and marks, as far as they make sense. Those in a document are a stranger's input. Pure. */
import type { MarkType, NodeType } from '@tiptap/pm/model';

export type Attributes = Readonly<Record<string, unknown>>;

type Rule = (value: unknown) => boolean;

const text: Rule = (value) => typeof value === 'string';
const flag: Rule = (value) => typeof value === 'boolean';
const simple: Rule = (value) => typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value));
const whole = (least: number, most: number): Rule => (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most;

/** What else drawing, measuring and exporting would trip over; cells mind their own (`../table.ts`). */
const RULES: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  heading: { level: whole(1, 6) },
  codeBlock: { language: text },
  orderedList: { start: whole(-1e9, 1e9), type: text },
  taskItem: { checked: flag },
  image: { blob: text, type: text, width: simple, height: simple, alt: text, upload: text },
  link: { href: text, target: text, rel: text, class: text, title: text },
};
const VALUE_DEPTH_MAX = 10;

/** The given attributes that this type has and that make sense; null if there are none. */
export function attributesFor(type: NodeType | MarkType, given: Attributes | null): Attributes | null {
  if (!given) return null;
  const rules = Object.hasOwn(RULES, type.name) ? RULES[type.name]! : {};
  const kept: Record<string, unknown> = {};
  for (const name of Object.keys(type.spec.attrs ?? {})) {
    if (!Object.hasOwn(given, name)) continue;
    const value = given[name];
    if (Object.hasOwn(rules, name) ? rules[name]!(value) : isPlain(value, 0)) kept[name] = value;
  }
  return Object.keys(kept).length > 0 && valid(type, kept) ? kept : null;
}

export function valid(type: NodeType | MarkType, attributes: Attributes): boolean {
  try {
    // Not in the library's types, and what its `check` calls; marks have none.
    (type as unknown as { checkAttrs?: (attributes: Attributes) => void }).checkAttrs?.(type.create(attributes).attrs);
    return true;
  } catch {
    return false;
  }
}

/** What JSON can say; shared types and bytes are no attribute. */
function isPlain(value: unknown, depth: number): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || depth >= VALUE_DEPTH_MAX) return false;
  if (Array.isArray(value)) return value.every((one) => isPlain(one, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && Object.values(value).every((one) => isPlain(one, depth + 1));
}

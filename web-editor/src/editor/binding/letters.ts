/** The letters of blocks as the editor has them: their marks as formats, their nodes as maps. Pure. */
import type { Node as ProseNode } from '@tiptap/pm/model';
import * as Y from 'yjs';
import { NO_FORMATS, sameValue, type Formats } from './format';

export function eachInline(node: ProseNode, from: number, to: number, visit: (child: ProseNode, start: number, stop: number) => void): void {
  let at = 0;
  for (let index = 0; index < node.childCount && at < to; index += 1) {
    const child = node.child(index);
    const stop = at + child.nodeSize;
    if (stop > from) visit(child, Math.max(from - at, 0), Math.min(to - at, child.nodeSize));
    at = stop;
  }
}

/** Visits each stretch of equal letters of two nodes that has one set of marks in both. */
export function eachPair(a: ProseNode, from: number, b: ProseNode, to: number, length: number, visit: (at: number, was: ProseNode, is: ProseNode) => void): void {
  for (let at = 0; at < length; ) {
    const [one, two] = [a.childAfter(from + at), b.childAfter(to + at)];
    const [was, is] = [one.node!, two.node!];
    visit(at, was, is);
    at += Math.min(one.offset + was.nodeSize - from - at, two.offset + is.nodeSize - to - at);
  }
}

/** Formats to set and, as null, to take away. */
export function difference(was: ProseNode, is: ProseNode): Record<string, unknown> | null {
  if (was.marks === is.marks || (was.marks.length === is.marks.length && was.marks.every((mark, index) => mark.eq(is.marks[index]!)))) return null;
  const change: Record<string, unknown> = {};
  for (const mark of was.marks) if (!mark.isInSet(is.marks)) change[mark.type.name] = null;
  for (const mark of is.marks) if (!mark.isInSet(was.marks)) change[mark.type.name] = markValue(mark.attrs, mark.type.spec.attrs);
  return change;
}

export function formatsOf(node: ProseNode): Formats {
  if (node.marks.length === 0) return NO_FORMATS;
  return Object.fromEntries(node.marks.map((mark) => [mark.type.name, markValue(mark.attrs, mark.type.spec.attrs)]));
}

function markValue(attributes: Readonly<Record<string, unknown>>, spec: Record<string, { default?: unknown }> | null | undefined): object {
  return Object.fromEntries(Object.entries(attributes).filter(([name, value]) => !sameValue(value ?? null, spec?.[name]?.default ?? null)));
}

export function isDefaultValue(node: ProseNode, name: string, value: unknown): boolean {
  return sameValue(value ?? null, node.type.spec.attrs?.[name]?.default ?? null);
}

export function isDefault(node: ProseNode): boolean {
  return Object.entries(node.attrs).every(([name, value]) => isDefaultValue(node, name, value));
}

export function isBreak({ type }: ProseNode): boolean {
  return type.name === 'hardBreak';
}

export function inlineMap(node: ProseNode): Y.Map<unknown> {
  const map = new Y.Map<unknown>([['inline', true]]);
  if (node.type.name === 'foreignInline') return restoreForeign(map, node);
  map.set('type', node.type.name);
  for (const [name, value] of Object.entries(node.attrs)) if (!isDefaultValue(node, name, value)) map.set(`.${name}`, value);
  return map;
}

/** What stands for something of another app is written as what it stands for. */
export function restoreForeign(map: Y.Map<unknown>, { attrs, isBlock }: ProseNode): Y.Map<unknown> {
  const { name, given } = attrs as { name: unknown; given: unknown };
  if (typeof name === 'string') map.set('type', name);
  if (isBlock) map.set('leaf', true);
  map.delete('.name');
  map.delete('.given');
  if (typeof given === 'object' && given !== null) for (const [key, value] of Object.entries(given)) map.set(`.${key}`, value);
  return map;
}

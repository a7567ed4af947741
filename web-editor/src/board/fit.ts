/** Size and line breaks of a text that has other words than it was measured with, as Excalidraw measures. */
import { restoreElements } from '@excalidraw/excalidraw';
import type { ExcalidrawElement } from '@excalidraw/excalidraw/element/types';
import { changedProperties, wordsOf, type Shape, type Values } from './entry';

/** The empty place each alignment leaves before the text, as a part of all that is empty. */
const BEFORE: Readonly<Record<string, number>> = { center: 0.5, right: 1, middle: 0.5, bottom: 1 };

/** `shapes` has the element the text is inside of, if there is one. */
export function fitted(id: string, values: Values, shapes: readonly Shape[]): Values {
  const words = wordsOf(values);
  const container = shapes.find((shape) => shape.id === values.containerId);
  const text = { ...changedProperties(values, undefined), id, text: words, originalText: words, isDeleted: false, version: 1, versionNonce: 1, updated: 1 };
  const all = [...(container ? [container] : []), text] as unknown as ExcalidrawElement[];
  const measured = restoreElements(all, null, { refreshDimensions: true, repairBindings: true }).find((element) => element.id === id);
  if (measured?.type !== 'text') return values;
  const [width, height] = [measured.width, measured.height];
  const shift = (side: 'textAlign' | 'verticalAlign', now: number, before: unknown) => (BEFORE[String(values[side])] ?? 0) * (Number(before) - now);
  return {
    ...values,
    text: measured.text,
    originalText: measured.text === words ? null : words,
    width,
    height,
    x: Number(values.x) + shift('textAlign', width, values.width),
    y: Number(values.y) + shift('verticalAlign', height, values.height),
  };
}

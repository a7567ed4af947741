import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { editTitle, movedCaret, seedTitle, titleOf } from './title-text';

describe('title', () => {
  it('merges two edits of different parts', () => {
    const [a, b] = [new Y.Doc(), new Y.Doc()];
    titleOf(a).insert(0, 'Minutes of May');
    Y.applyUpdate(b, Y.encodeStateAsUpdate(a));
    editTitle(titleOf(a), 'Notes of May', 'a');
    editTitle(titleOf(b), 'Minutes of June', 'b');
    Y.applyUpdate(a, Y.encodeStateAsUpdate(b));
    Y.applyUpdate(b, Y.encodeStateAsUpdate(a));
    expect(titleOf(a).toString()).toBe(titleOf(b).toString());
    expect(titleOf(a).toString()).toContain('June');
    expect(titleOf(a).toString()).toContain('otes of');
  });

  it('does nothing when nothing changed', () => {
    const doc = new Y.Doc();
    titleOf(doc).insert(0, 'Same');
    let updates = 0;
    doc.on('update', () => (updates += 1));
    editTitle(titleOf(doc), 'Same', null);
    expect(updates).toBe(0);
  });

  it('is seeded once, whoever does it', () => {
    const [a, b] = [new Y.Doc(), new Y.Doc()];
    seedTitle(a, 'Plan');
    seedTitle(b, 'Plan');
    Y.applyUpdate(a, Y.encodeStateAsUpdate(b));
    expect(titleOf(a).toString()).toBe('Plan');
  });

  it('keeps the caret at its letter', () => {
    expect(movedCaret(3, 'abcdef', 'XXabcdef')).toBe(5);
    expect(movedCaret(3, 'abcdef', 'abcdefXX')).toBe(3);
    expect(movedCaret(5, 'abcdef', 'abf')).toBe(2 + 0);
  });
});

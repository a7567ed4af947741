import { Editor } from '@tiptap/core';
import { describe, expect, it } from 'vitest';
import { BLOCKS, matchingBlocks } from '../blocks';
import { contentExtensions } from '../editor';
import { isLinkAllowed, linkTarget } from './link-target';
import { slashMatch } from './slash';

describe('the slash menu', () => {
  const at = (html: string, position?: number) => {
    const editor = new Editor({ extensions: contentExtensions(), content: html });
    editor.commands.setTextSelection(position ?? editor.state.doc.content.size - 1);
    const match = slashMatch(editor.state);
    editor.destroy();
    return match;
  };

  // [P22]
  it('opens at the start of a block and after a space, nowhere else', () => {
    expect(at('<p>/</p>')).toEqual({ from: 1, to: 2, query: '' });
    expect(at('<p>some text /head</p>')).toEqual({ from: 11, to: 16, query: 'head' });
    expect(at('<p>and/or</p>')).toBeNull();
    expect(at('<p>/&nbsp;</p>')).toBeNull();
    expect(at('<p>https://x</p>')).toBeNull();
    expect(at('<pre><code>/</code></pre>')).toBeNull();
    expect(at('<p><code>/x</code></p>')).toBeNull();
    expect(at(`<p>/${'x'.repeat(60)}</p>`)).toBeNull();
  });

  // [P22]
  it.each([['h2', 'heading2'], ['head', 'heading1'], ['todo', 'taskList'], ['num', 'orderedList'], ['tab', 'table'], ['pic', 'image'], ['hr', 'divider'], ['heading3', 'heading3'], ['ul', 'bulletList'], ['T', 'text']])(
    'finds %s', (query, id) => expect(matchingBlocks(query)[0]?.id).toBe(id),
  );

  it('shows everything for nothing, and nothing for nonsense', () => {
    expect(matchingBlocks('')).toEqual(BLOCKS);
    expect(matchingBlocks('xyzzy')).toEqual([]);
  });
});

describe('a link', () => {
  // [P23]
  it.each([
    ['example.org', 'https://example.org'],
    ['http://example.org/a?b#c', 'http://example.org/a?b#c'],
    ['localhost:8080/d/x', 'https://localhost:8080/d/x'],
    ['ada@example.org', 'mailto:ada@example.org'],
    ['mailto:ada@example.org', 'mailto:ada@example.org'],
    ['+44 20 7946 0018', 'tel:+442079460018'],
    ['bücher.example/ä', 'https://bücher.example/ä'],
  ])('may lead to %s', (typed, target) => expect(linkTarget(typed)).toBe(target));

  // [P23]
  it.each(['', '  ', 'javascript:alert(1)', ' java\nscript:alert(1)', '\u0001javascript:alert(1)', 'data:text/html,x', 'vbscript:x', 'file:///etc/passwd', 'blob:https://x/1', 'ftp://example.org', 'https://', 'http:///', 'just words', 'x'.repeat(3_000), 'sms:1'])(
    'may not lead to %s', (typed) => expect(linkTarget(typed)).toBeNull(),
  );

  it('has to name its scheme to be kept', () => {
    expect(isLinkAllowed('https://example.org')).toBe(true);
    expect(isLinkAllowed('example.org')).toBe(false);
    expect(isLinkAllowed('JAVASCRIPT:alert(1)')).toBe(false);
    expect(isLinkAllowed('java\tscript:alert(1)')).toBe(false);
  });
});

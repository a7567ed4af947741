import { describe, expect, it } from 'vitest';
import lock from '../package-lock.json';

const versions = new Map<string, Set<string>>();
for (const [path, { version }] of Object.entries<{ version?: string }>(lock.packages)) {
  const name = path.split('node_modules/').at(-1) ?? '';
  if (name && version) versions.set(name, (versions.get(name) ?? new Set()).add(version));
}

describe('the lock file', () => {
  it('has one copy of everything that shared types pass through', () => {
    for (const name of ['yjs', 'lib0', 'y-protocols', 'prosemirror-model', 'prosemirror-state', '@tiptap/y-tiptap']) {
      const copies = Object.keys(lock.packages).filter((path) => path.endsWith(`node_modules/${name}`));
      expect(copies, name).toHaveLength(1);
    }
  });

  it('has every Tiptap package at the version the others expect', () => {
    const tiptap = [...versions].filter(([name]) => name.startsWith('@tiptap/') && name !== '@tiptap/y-tiptap');
    expect(tiptap.length).toBeGreaterThan(10);
    for (const [name, found] of tiptap) expect([...found], name).toEqual(['3.31.3']);
  });
});

import { describe, expect, it } from 'vitest';
import { find } from './search';

const ALL = [
  { name: 'Export as Markdown', words: 'download save' },
  { name: 'Print' },
  { name: 'Find and replace', words: 'search' },
  { name: 'Réservé à Zoë' },
];
const names = (query: string) => find(query, ALL).map(({ name }) => name);

describe('finding commands', () => {
  it('shows all for nothing', () => {
    expect(names('  ')).toEqual(ALL.map(({ name }) => name));
  });

  it('puts the start of the name first, then other words, then anything inside', () => {
    expect(names('p')).toEqual(['Print', 'Export as Markdown', 'Find and replace']);
    expect(names('sea')).toEqual(['Find and replace']);
    expect(names('mark ex')).toEqual(['Export as Markdown']);
  });

  it('minds neither case nor accents', () => {
    expect(names('RESERVE zoe')).toEqual(['Réservé à Zoë']);
  });

  it('finds nothing where a word is missing', () => {
    expect(names('print markdown')).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { byIndex, isIndex } from './order';
import { colour, grain, isId, link } from './values';
import { refusalOf } from './image-data';

describe('values of strangers', () => {
  it('are indices only if Excalidraw can compute with them', () => {
    for (const good of ['a0', 'a1V', 'Zz', 'b10', 'zzzzzzzzzzzzzzzzzzzzzzzzzzz', 'a0G']) expect(isIndex(good), good).toBe(true);
    for (const bad of ['', 'a', 'b1', '00', 'a10', 'zz', 'a 0', 'A00000000000000000000000000', 'a'.repeat(300), 5, null]) expect(isIndex(bad), String(bad)).toBe(false);
  });

  it('are ordered by index, then by id, those without one last', () => {
    const order = [{ id: 'c', index: null }, { id: 'b', index: 'a1' }, { id: 'a', index: 'a1' }, { id: 'd', index: 'Zz' }].sort(byIndex);
    expect(order.map(({ id }) => id)).toEqual(['d', 'a', 'b', 'c']);
  });

  it('are colours, links and ids only if they look so', () => {
    for (const good of ['#fff', '#1e1e1eff', 'transparent', 'rgb(1, 2, 3)', 'hsl(10 20% 30% / 0.5)']) expect(colour(good)).toBe(good);
    for (const bad of ['url(x)', '#ggg', 'red;', '', 5, 'expression(alert)']) expect(colour(bad)).toBeUndefined();
    for (const good of ['https://a.example/b', 'mailto:a@b.c', '/w/other']) expect(link(good)).toBe(good);
    for (const bad of ['javascript:alert(1)', 'data:text/html,x', '//evil.example', ' javascript:x']) expect(link(bad)).toBeUndefined();
    expect(['abc_-9', '__proto__', 'toString', 'a b', ''].map(isId)).toEqual([true, false, false, false, false]);
  });

  it('are rounded to what can be seen', () => {
    expect([grain(1.23456), grain(3), grain(-0), grain(0.001)]).toEqual([1.234375, 3, 0, 0]);
  });
});

describe('a file for the board', () => {
  // [B11]
  it('is refused with a sentence that says what can be put there', () => {
    expect(refusalOf({ name: 'plan.tiff', type: 'image/tiff' })).toBe('plan.tiff cannot be put on the board. Images can be PNG, JPEG, GIF, WebP, AVIF or SVG.');
    expect(refusalOf({ name: 'notes.pdf', type: 'application/pdf' })).toContain('PNG');
    for (const type of ['image/png', 'image/svg+xml', 'image/webp']) expect(refusalOf({ name: 'x', type })).toBeNull();
    expect(refusalOf({ name: 'old.excalidraw', type: '' })).toBeNull();
  });
});

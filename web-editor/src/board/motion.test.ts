import { describe, expect, it } from 'vitest';
import { GAP_MAX_MS, GLIDE_MS, HIDE_MS, LABEL_MS, Motion } from './motion';

describe('a cursor', () => {
  // [B10]
  it('glides from where it is to where it was last said to be', () => {
    const motion = new Motion({ x: 0, y: 0 }, 0);
    motion.moveTo({ x: 80, y: 40 }, 40, true);
    expect(motion.at(40 + GLIDE_MS / 2)).toEqual({ x: 40, y: 20 });
    motion.moveTo({ x: 40, y: 100 }, 40 + GLIDE_MS / 2, true);
    expect(motion.at(40 + GLIDE_MS)).toEqual({ x: 40, y: 60 });
    expect(motion.moving(40 + GLIDE_MS)).toBe(true);
    expect(motion.at(1_000)).toEqual({ x: 40, y: 100 });
    expect(motion.moving(1_000)).toBe(false);
  });

  // [B10]
  it('jumps after a silence and for those who want less motion', () => {
    const motion = new Motion({ x: 0, y: 0 }, 0);
    motion.moveTo({ x: 50, y: 0 }, GAP_MAX_MS + 1, true);
    expect(motion.at(GAP_MAX_MS + 1)).toEqual({ x: 50, y: 0 });
    motion.moveTo({ x: 90, y: 0 }, GAP_MAX_MS + 41, false);
    expect(motion.at(GAP_MAX_MS + 41)).toEqual({ x: 90, y: 0 });
    expect(motion.moving(GAP_MAX_MS + 41)).toBe(false);
  });

  // [B10]
  it('loses its name when still, and then goes', () => {
    const motion = new Motion({ x: 0, y: 0 }, 0);
    expect(motion.shows(LABEL_MS - 1)).toBe('named');
    expect(motion.nextChange(0)).toBe(LABEL_MS);
    expect(motion.shows(LABEL_MS)).toBe('bare');
    // The same place once more is no movement: other things in the message changed.
    motion.moveTo({ x: 0, y: 0 }, LABEL_MS, true);
    expect(motion.nextChange(LABEL_MS)).toBe(HIDE_MS);
    expect(motion.shows(HIDE_MS)).toBe('hidden');
    expect(motion.nextChange(HIDE_MS)).toBeNull();
    motion.moveTo({ x: 1, y: 0 }, HIDE_MS, true);
    expect(motion.shows(HIDE_MS)).toBe('named');
  });
});

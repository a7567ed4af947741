/**
 * Time and frames of the simulated people. Undo groups what was typed by time, so time has to pass between two keys
 * without anybody waiting for it. To be imported before anything that keeps a reference to `Date.now`.
 */
declare const setImmediate: (callback: () => void) => void;

let now = Date.UTC(2026, 0, 1);
let frames = new Map<number, FrameRequestCallback>();
let lastFrame = 0;

Date.now = () => now;
globalThis.requestAnimationFrame = (callback) => {
  lastFrame += 1;
  frames.set(lastFrame, callback);
  return lastFrame;
};
globalThis.cancelAnimationFrame = (frame) => void frames.delete(frame);

export function pass(ms: number): void {
  now += ms;
}

const PAINTS_MAX = 3;

/** Lets everything happen that a browser would do before it paints. */
export async function paint(): Promise<void> {
  await immediately();
  for (let painted = 0; frames.size > 0 && painted < PAINTS_MAX; painted++) {
    now += 16;
    const due = frames;
    frames = new Map();
    for (const callback of due.values()) callback(now);
    await immediately();
  }
}

function immediately(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

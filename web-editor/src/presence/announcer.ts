/** Tells people who cannot see the avatars who comes and goes: several at once in one sentence, and not at all if they like. */
import { el } from '../page/dom';
import type { Present } from './roster';

const STORED = 'weft-announce';
/** What happens within this time is told together. */
const GATHER_MS = 1_500;

export class Announcer {
  readonly #region = el('div', { class: 'unseen', role: 'status', 'aria-live': 'polite', 'aria-label': 'Who comes and goes' });
  #known: Map<string, string> | null = null;
  #came = new Set<string>();
  #left = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    document.body.append(this.#region);
  }

  get enabled(): boolean {
    try {
      return localStorage.getItem(STORED) !== 'off';
    } catch {
      return true;
    }
  }

  set enabled(enabled: boolean) {
    try {
      if (enabled) localStorage.removeItem(STORED);
      else localStorage.setItem(STORED, 'off');
    } catch {
      // Without storage the choice cannot be kept.
    }
  }

  update(people: Present[]): void {
    const now = new Map(people.filter(({ self }) => !self).map(({ id, name }) => [id, name]));
    const before = this.#known;
    this.#known = now;
    // Who was here before us has not come just now.
    if (!before) return;
    for (const [id, name] of now) if (!before.has(id) && !this.#left.delete(name)) this.#came.add(name);
    for (const [id, name] of before) if (!now.has(id) && !this.#came.delete(name)) this.#left.add(name);
    if (this.#came.size + this.#left.size > 0) this.#timer ??= setTimeout(() => this.#tell(), GATHER_MS);
  }

  #tell(): void {
    this.#timer = undefined;
    const sentences = [sentence(this.#came, 'joined'), sentence(this.#left, 'left')];
    this.#came.clear();
    this.#left.clear();
    if (this.enabled) this.#region.textContent = sentences.filter(Boolean).join(' ');
  }
}

/** "Ada and 2 others joined." */
export function sentence(names: Set<string>, verb: string): string {
  const [first, second, ...rest] = names;
  if (!first) return '';
  if (!second) return `${first} ${verb}.`;
  return rest.length === 0 ? `${first} and ${second} ${verb}.` : `${first} and ${rest.length + 1} others ${verb}.`;
}

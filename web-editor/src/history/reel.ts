/** Everything the player shows, fetched: the film as it comes, who wrote it, and its versions. */
import type { Awareness } from 'y-protocols/awareness';
import { authors, historySpan, replay, stateAt, versions, type Author, type Version } from '../api/history';
import { pageToken } from '../api/token';
import { personIn } from '../presence/person';
import { userIn } from '../session/people';
import type { Session } from '../session/session';
import * as Y from 'yjs';
import { Film } from './film';
import { FrameReader } from './frames';
import { Writers } from './people';
import { Rebuild } from './rebuild';

export interface Reel {
  film: Film;
  rebuild: Rebuild;
  writers: Writers;
  versions: Version[];
  /** The past is longer than what is here. */
  cut: boolean;
}

/** The page gets to draw this often while a film is taken in. */
const BUSY_MS = 24;

/** The server stores a little later who a guest is; those who are here say it themselves. */
export function presentAuthors(awareness: Awareness): Author[] {
  return [...awareness.getStates()].flatMap(([client, state]) => {
    const person = personIn(state);
    return person ? [{ client, user: userIn(person.id), name: person.name, color: person.color }] : [];
  });
}

/** What to show while the film is on its way: now as it is here, or the moment asked for as the server makes it. */
export async function firstState({ name, doc, state }: Pick<Session, 'name' | 'doc' | 'state'>, at: string | null, signal: AbortSignal): Promise<Y.Doc | null> {
  if (!at) return state.loaded ? doc : null;
  const past = new Y.Doc({ gc: false });
  Y.applyUpdate(past, await stateAt(name, at, signal));
  return past;
}

/** `progress` hears how much of the time the film covers is here, from 0 to 1. */
export async function fetchReel({ name, awareness }: Pick<Session, 'name' | 'awareness'>, progress: (share: number) => void, signal: AbortSignal): Promise<Reel> {
  const stream = replay(name, signal);
  const [span, known, made] = await Promise.all([
    historySpan(name, signal).catch(() => null),
    authors(name, signal),
    versions(name, signal),
    stream,
  ]);
  const film = new Film();
  const reel: Reel = { film, rebuild: new Rebuild(film), writers: new Writers([...known, ...presentAuthors(awareness)], pageToken() !== null), versions: made, cut: false };
  const reader = (await stream).getReader();
  const frames = new FrameReader();
  let busySince = performance.now();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      frames.take(value, ({ at, author, update }) => film.add(at, reel.writers.of(author, update), update));
      reel.rebuild.grow();
      if (film.full) {
        reel.cut = true;
        await reader.cancel();
        break;
      }
      if (performance.now() - busySince < BUSY_MS) continue;
      if (span) progress((film.moment(film.count) - span.first) / Math.max(1, span.last - span.first));
      await new Promise((resolve) => setTimeout(resolve));
      busySince = performance.now();
    }
  } catch (error) {
    reel.rebuild.destroy();
    throw error;
  }
  return reel;
}

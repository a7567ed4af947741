import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Session } from '../session/session';
import { KEPT_IMAGES_MAX, type KeptImage, type KeptImages, type Keeping } from './kept-images';
import { ELSEWHERE_MAX, Uploads } from './uploads';

const HASH = 'ab'.repeat(32);

/** What a browser keeps, for all its pages. */
function storage(keeping: Keeping = 'kept') {
  const rows = new Map<string, KeptImage>();
  const kept = {
    keep: async (id: string, image: KeptImage) => (keeping === 'kept' && rows.set(id, image), keeping),
    forget: async (id: string) => void rows.delete(id),
    get: async (id: string) => rows.get(id) ?? null,
    ids: async () => [...rows.keys()],
    forgetOld: async () => undefined,
  };
  return { rows, kept: kept as unknown as KeptImages };
}

/** One page of a browser, and the document as it shows it. */
function page({ rows, kept }: ReturnType<typeof storage>, net: Session['state']['net'] = 'online') {
  const shown = new Set<string>();
  const hashes = new Map<string, string>();
  const listeners = new Set<() => void>();
  let commit: () => void = () => undefined;
  const committed = new Promise<void>((resolve) => (commit = resolve));
  const session = {
    name: 'notes',
    state: { net, readonly: false } as Session['state'],
    subscribe: (listener: () => void) => (listeners.add(listener), () => listeners.delete(listener)),
    saved: () => committed,
  };
  const refused: string[] = [];
  const uploads = new Uploads({
    session,
    kept,
    wanted: (id) => shown.has(id) && !hashes.has(id),
    stored: (id, { hash }) => (shown.has(id) ? (hashes.set(id, hash), true) : false),
    refused: (_id, reason) => refused.push(reason),
  });
  const become = (state: Partial<Session['state']>) => {
    session.state = { ...session.state, ...state };
    for (const listener of [...listeners]) listener();
  };
  const show = (id: string) => (shown.add(id), uploads.want(id));
  return { uploads, shown, hashes, rows, refused, commit, become, show };
}

const PICTURE = new Blob(['picture'], { type: 'image/png' });
let sent: number;
let answer: () => Response;
const settle = () => vi.advanceTimersByTimeAsync(10);
const toasts = () => [...document.querySelectorAll('.toast')].map(({ textContent }) => textContent);

beforeEach(() => {
  vi.useFakeTimers();
  sent = 0;
  answer = () => Response.json({ hash: HASH, type: 'image/png', bytes: 7 }, { status: 201 });
  vi.stubGlobal('fetch', async () => ((sent += 1), answer()));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  document.body.replaceChildren();
});

// [P100]
test('an image is kept until the server has the document with its hash, and not only the bytes', async () => {
  const { uploads, rows, show, hashes, commit } = page(storage());
  const id = uploads.add(PICTURE)!;
  await uploads.written(id);
  expect([...rows.keys()]).toEqual([id]);
  expect(sent).toBe(0);
  show(id);
  await settle();
  expect(hashes.get(id)).toBe(HASH);
  expect([...rows.keys()]).toEqual([id]);
  commit();
  await settle();
  expect(rows.size).toBe(0);
});

// [P100] [B11]
test('what an earlier page of this browser could not send is sent by the next that shows it', async () => {
  const browser = storage();
  const first = page(browser, 'offline');
  const id = first.uploads.add(PICTURE)!;
  first.show(id);
  await settle();
  expect(sent).toBe(0);
  const second = page(browser, 'offline');
  second.show(id);
  await settle();
  expect(second.uploads.get(id)?.image.bytes?.size).toBe(PICTURE.size);
  expect(sent).toBe(0);
  second.become({ net: 'online' });
  await settle();
  expect(second.hashes.get(id)).toBe(HASH);
});

// [P100]
test('who may only read sends nothing', async () => {
  const { uploads, show, become } = page(storage(), 'offline');
  const id = uploads.add(PICTURE)!;
  show(id);
  become({ net: 'online', readonly: true });
  await vi.advanceTimersByTimeAsync(120_000);
  expect(sent).toBe(0);
  become({ readonly: false });
  await settle();
  expect(sent).toBe(1);
});

// [P100]
test('an image of somebody else is looked for here, and again when the connection is back', async () => {
  const browser = storage();
  const { uploads, show, become, hashes } = page(browser, 'offline');
  show('theirs');
  await settle();
  expect(uploads.isElsewhere('theirs')).toBe(true);
  // Another tab of this browser had not written it yet.
  browser.rows.set('theirs', { bytes: PICTURE, from: null });
  become({ net: 'online' });
  await settle();
  expect(hashes.get('theirs')).toBe(HASH);
});

// [P103] [B21]
test('an undone image is not sent; a redo finds it, also when it was stored meanwhile', async () => {
  const { uploads, shown, show, hashes, rows, become } = page(storage(), 'offline');
  const id = uploads.add(PICTURE)!;
  show(id);
  await settle();
  shown.delete(id);
  become({ net: 'online' });
  await settle();
  expect(sent).toBe(0);
  expect(rows.size).toBe(1);
  let arrive: (response: Response) => void = () => undefined;
  vi.stubGlobal('fetch', () => ((sent += 1), new Promise<Response>((resolve) => (arrive = resolve))));
  show(id);
  await settle();
  shown.delete(id);
  arrive(answer());
  await settle();
  expect(hashes.size).toBe(0);
  show(id);
  await settle();
  expect(hashes.get(id)).toBe(HASH);
  expect(sent).toBe(1);
});

// [P101]
test.each([['full', /no room for more.*Keep this tab open/], ['none', /does not keep images.*Keep this tab open/]] as const)(
  'where the storage is %s, the person is told that the image is in this tab only, once',
  async (keeping, words) => {
    const { uploads, show, become, hashes } = page(storage(keeping), 'offline');
    const ids = [uploads.add(PICTURE)!, uploads.add(PICTURE)!];
    ids.forEach(show);
    await settle();
    expect(toasts()).toEqual([expect.stringMatching(words)]);
    const leaving = new Event('beforeunload', { cancelable: true });
    dispatchEvent(leaving);
    expect(leaving.defaultPrevented).toBe(true);
    become({ net: 'online' });
    await settle();
    expect([...hashes.keys()]).toEqual(ids);
  },
);

// [P101]
test('what only this tab has is bounded too', async () => {
  const { uploads, shown } = page(storage('full'), 'offline');
  let added = 0;
  while (added < 1_000 && uploads.add(PICTURE)) added += 1;
  expect(added).toBe(200);
  expect(shown.size).toBe(0);
});

// [P33] [B11]
test('what the server refuses for good is said and not sent again; a busy server is asked again', async () => {
  answer = () => Response.json({ title: 'Image too large' }, { status: 413 });
  const { uploads, show, refused, hashes } = page(storage());
  const id = uploads.add(PICTURE)!;
  show(id);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(refused).toEqual(['Image too large']);
  expect(uploads.get(id)?.failed).toBe('Image too large');
  expect(sent).toBe(1);
  answer = () => Response.json({ title: 'Try later' }, { status: 503 });
  uploads.retry(id);
  await settle();
  expect(uploads.get(id)?.failed).toBe('Try later');
  answer = () => Response.json({ hash: HASH, type: 'image/png', bytes: 7 });
  await vi.advanceTimersByTimeAsync(3_000);
  expect(hashes.get(id)).toBe(HASH);
});

test('what a stranger can make more of has a bound: copies of images, and images that are not here', async () => {
  const { uploads } = page(storage('full'), 'offline');
  const copies = Array.from({ length: 300 }, () => uploads.copy({ document: 'other', hash: HASH }));
  expect(copies.filter((id) => id !== null)).toHaveLength(KEPT_IMAGES_MAX);
  for (let id = 0; id <= ELSEWHERE_MAX; id += 1) uploads.want(`${id}`);
  await settle();
  expect([uploads.isElsewhere('0'), uploads.isElsewhere('1'), uploads.isElsewhere(`${ELSEWHERE_MAX}`)]).toEqual([false, true, true]);
  // It is looked for again where it is still shown.
  uploads.want('0');
  await settle();
  expect(uploads.isElsewhere('0')).toBe(true);
});

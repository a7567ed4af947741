/** The player: the past of a document over the document itself, which goes on behind it. */
import './history.css';
import { deleteVersion, momentId, nameVersion, renameVersion, type Version } from '../api/history';
import { Problem, sentence } from '../api/problem';
import { toast } from '../page/toast';
import type { Session } from '../session/session';
import { showAddress, indexOf } from './address';
import { Blame } from './blame';
import { Controls } from './controls';
import { copyToNew } from './copy';
import { askLabel, confirmRestore } from './dialogs';
import { Frame } from './frame';
import { VersionList } from './list';
import { playerKey } from './keys';
import { Playing } from './playing';
import { fetchReel, firstState, type Reel } from './reel';
import { restore } from './restored';
import { compared, sittings, stops, type Sitting } from './sessions';
import type { MakeStage, Stage } from './stage';
import { Timeline } from './timeline';
import { momentWords, shortened } from './words';

export interface PlayerOptions {
  session: Session;
  kind: 'document' | 'whiteboard';
  editable: () => boolean;
  stage: MakeStage;
}

const ADDRESS_QUIET_MS = 300;
const SAVED_WAIT_MS = 3_000;
const NOT_FOUND = 404;

let open: Player | null = null;

export function openPlayer(options: PlayerOptions): void {
  if (open) return;
  open = new Player(options);
  void open.load();
}

class Player {
  readonly #options: PlayerOptions;
  readonly #frame: Frame;
  readonly #controls: Controls;
  readonly #abort = new AbortController();
  #staging: Promise<Stage> | null = null;
  #stage: Stage | null = null;
  #reel: Reel | null = null;
  #timeline: Timeline | null = null;
  #list: VersionList | null = null;
  #sittings: Sitting[] = [];
  #stops: number[] = [];
  #index = 0;
  #playing: Playing | null = null;
  #speed = 4;
  #compare = false;
  #blame: { from: number; to: number; blame: Blame } | null = null;
  #change = -1;
  #addressTimer: ReturnType<typeof setTimeout> | undefined;
  #drawn = 0;

  constructor(options: PlayerOptions) {
    this.#options = options;
    const { kind } = options;
    this.#frame = new Frame({
      kind: kind === 'whiteboard' ? 'board' : 'document',
      close: () => this.close(),
      retry: () => void this.load(),
      restore: () => void this.#restore(),
      copy: () => void this.#copy(),
      link: () => void this.#copyLink(),
      name: () => this.name(),
    });
    this.#controls = new Controls({
      play: () => this.toggle(),
      speed: (speed) => this.#setSpeed(speed),
      step: (by) => this.step(by),
      stop: (by) => this.stop(by),
      compare: (on) => this.#setCompare(on),
      look: (by) => this.#look(by),
      fit: kind === 'whiteboard' ? () => this.#stage?.fit?.() : null,
      speedNow: this.#speed,
    });
    const { signal } = this.#abort;
    addEventListener('keydown', (event) => playerKey(event, this.#frame.root, this), { capture: true, signal });
    Object.assign(window.weft ?? {}, { history: this });
  }

  /** For looking into a running page. */
  get state(): { index: number; count: number; playing: boolean; changes: number } {
    return { index: this.#index, count: this.#reel?.film.count ?? 0, playing: this.#playing !== null, changes: this.#stage?.changes() ?? 0 };
  }

  async load(): Promise<void> {
    const { session, stage } = this.#options;
    const { signal } = this.#abort;
    const asked = new URLSearchParams(location.search).get('at');
    performance.mark('weft-history-open');
    this.#frame.loading();
    try {
      // What was just typed belongs to the past, too.
      await session.saved({ signal: AbortSignal.timeout(SAVED_WAIT_MS) }).catch(() => undefined);
      // A second attempt goes on with the stage of the first.
      const staging = (this.#staging ??= stage(this.#frame.stage));
      staging.catch(() => (this.#staging = null));
      void this.#showFirst(staging, asked).catch(() => undefined);
      const [reel, made] = await Promise.all([fetchReel(session, (share) => this.#frame.progress(share), signal), staging]);
      if (signal.aborted) return reel.rebuild.destroy();
      this.#stage = made;
      this.#mount(reel, asked);
      performance.mark('weft-history-shown');
    } catch (error) {
      if (signal.aborted) return;
      // A document comes into being with its first edit.
      if (error instanceof Problem && error.status === NOT_FOUND) this.#frame.empty();
      else this.#frame.failed(sentence(error));
    }
  }

  /** A long film takes a while; something to look at does not. */
  async #showFirst(staging: Promise<Stage>, asked: string | null): Promise<void> {
    const { signal } = this.#abort;
    const [stage, doc] = await Promise.all([staging, firstState(this.#options.session, asked, signal).catch(() => null)]);
    if (!doc || signal.aborted || this.#reel) return;
    stage.show({ doc, compare: null, playing: false });
    performance.mark('weft-history-first');
  }

  #mount(reel: Reel, asked: string | null): void {
    const { film, writers } = reel;
    this.#reel = reel;
    if (film.count === 0) return this.#frame.empty();
    this.#sittings = sittings(film);
    this.#timeline = new Timeline({ film, writers, seek: (index) => this.jump(index), words: (index) => this.#words(index) });
    this.#list = new VersionList({
      film,
      writers,
      sittings: this.#sittings,
      editable: this.#options.editable(),
      seek: (index) => this.#choose(index),
      name: () => this.name(),
      nameAt: (index, version) => void this.#name(index, version),
      rename: (version) => void this.#rename(version),
    });
    this.#frame.mount(this.#timeline.root, this.#controls.root, this.#list.root);
    this.#versionsChanged();
    if (reel.cut) toast('This history is longer than this page can hold: it is shown up to its limit.', { tone: 'error', ms: 10_000 });
    this.jump(indexOf(asked, film, reel.versions) ?? film.count);
    this.#timeline.slider.focus({ preventScroll: true });
  }

  close(): void {
    this.pause();
    clearTimeout(this.#addressTimer);
    this.#abort.abort();
    this.#timeline?.destroy();
    void this.#staging?.then((stage) => stage.destroy(), () => undefined);
    this.#reel?.rebuild.destroy();
    this.#frame.close();
    showAddress(null);
    if (window.weft && 'history' in window.weft) delete window.weft.history;
    open = null;
  }

  /** Shows the state at this index. */
  jump(index: number): void {
    this.pause();
    this.#go(index);
  }

  #choose(index: number): void {
    this.jump(index);
    if (this.#frame.chosen()) this.#timeline!.slider.focus({ preventScroll: true });
  }

  step(by: number): void {
    this.jump(by < 0 ? (this.#reel?.film.before(this.#index) ?? 0) : this.#index + by);
  }

  /** To the next version or sitting, or the one before. */
  stop(by: number): void {
    const index = by > 0 ? this.#stops.find((stop) => stop > this.#index) : this.#stops.findLast((stop) => stop < this.#index);
    if (index !== undefined) this.jump(index);
  }

  ends(last: boolean): void {
    this.jump(last ? Infinity : 0);
  }

  toggle(): void {
    if (this.#playing) return this.pause();
    const film = this.#reel?.film;
    if (!film || film.count === 0) return;
    if (this.#index >= film.count) this.#go(0);
    this.#playing = new Playing(film, this.#index, this.#speed);
    this.#controls.playing(true);
    let then = performance.now();
    const tick = (now: number) => {
      if (!this.#playing) return;
      const index = film.whole(this.#playing.tick(now - then));
      then = now;
      if (index !== this.#index) this.#go(index);
      this.#timeline?.show(this.#index, this.#playing.position);
      if (this.#playing.ended) return this.pause();
      this.#drawn = requestAnimationFrame(tick);
    };
    this.#drawn = requestAnimationFrame(tick);
  }

  pause(): void {
    if (!this.#playing) return;
    this.#playing = null;
    cancelAnimationFrame(this.#drawn);
    this.#controls.playing(false);
    this.#list?.at(this.#index);
    this.#go(this.#index);
  }

  #go(wanted: number): void {
    const reel = this.#reel;
    if (!reel || !this.#stage) return;
    const { film, rebuild, writers } = reel;
    const index = film.whole(Math.max(0, Math.min(wanted, film.count)));
    this.#index = index;
    const playing = this.#playing !== null;
    const comparing = this.#compare && !playing ? this.#comparing(reel, index) : null;
    this.#stage.show({ doc: rebuild.at(index), compare: comparing && { ...comparing, writer: (number) => writers.get(number) }, playing });
    this.#change = -1;
    this.#controls.changes(comparing ? this.#stage.changes() : null, 0);
    this.#timeline?.show(index);
    if (!playing) this.#list?.at(index);
    const when = index === 0 ? '' : this.#when(index);
    this.#frame.show({ when, name: this.#versionAt(index)?.label ?? '', latest: index === film.count, editable: this.#options.editable() });
    this.#scheduleAddress();
  }

  #comparing({ film, rebuild, writers }: Reel, index: number) {
    const from = compared(film, this.#stops, index);
    if (this.#blame?.from !== from || this.#blame.to !== index) this.#blame = { from, to: index, blame: new Blame(film, writers, from, index) };
    const { blame } = this.#blame;
    return {
      before: rebuild.before(from),
      inserted: (client: number, clock: number) => blame.inserted(client, clock),
      deleted: (client: number, clock: number) => blame.deleted(client, clock),
    };
  }

  /** "Tue 14:02, Grace" */
  #words(index: number): string {
    const { film, writers } = this.#reel!;
    if (index === 0) return 'Before the first edit';
    const name = this.#versionAt(index)?.label;
    return [this.#when(index), writers.get(film.who(index - 1)).name, name].filter(Boolean).join(', ');
  }

  /** With seconds where a minute has several moments. */
  #when(index: number): string {
    const { film } = this.#reel!;
    return momentWords(film.moment(index), new Date(), undefined, film.crowded(index));
  }

  #versionAt(index: number): Version | undefined {
    return this.#reel?.versions.find(({ kind, at }) => kind === 'named' && this.#reel!.film.indexAt(at) === index);
  }

  #versionsChanged(): void {
    const { film, versions } = this.#reel!;
    this.#stops = stops(film, this.#sittings, versions);
    this.#timeline!.mark(versions);
    this.#list!.show(versions);
  }

  #setSpeed(speed: number): void {
    this.#speed = speed;
    if (this.#playing) this.#playing.speed = speed;
  }

  #setCompare(on: boolean): void {
    this.#compare = on;
    this.jump(this.#index);
    if (on) this.#look(1);
  }

  #look(by: number): void {
    const count = this.#stage?.changes() ?? 0;
    if (!this.#compare || count === 0) return;
    this.#change = this.#change < 0 ? (by > 0 ? 0 : count - 1) : (this.#change + by + count) % count;
    this.#stage!.look(this.#change);
    this.#controls.changes(count, this.#change + 1);
  }

  /** The id by which the server knows what is shown. */
  #id(): string {
    return this.#versionAt(this.#index)?.id ?? momentId(this.#reel!.film.moment(this.#index));
  }

  async #restore(): Promise<void> {
    if (!this.#reel) return;
    this.pause();
    const named = this.#versionAt(this.#index)?.label;
    const what = named ? `“${shortened(named)}”` : `the version from ${this.#when(this.#index)}`;
    if (!(await confirmRestore(what, this.#options.kind === 'whiteboard' ? 'board' : 'document'))) return;
    this.#frame.busy(true);
    const done = await restore(this.#options.session, this.#id(), what);
    this.#frame.busy(false);
    if (done && open === this) this.close();
  }

  async #copy(): Promise<void> {
    if (!this.#reel) return;
    this.pause();
    this.#frame.busy(true);
    const { session, kind } = this.#options;
    await copyToNew({ name: session.name, kind, doc: this.#reel.rebuild.at(this.#index), when: this.#when(this.#index) });
    this.#frame.busy(false);
  }

  async #copyLink(): Promise<void> {
    this.#address();
    const url = new URL(location.href);
    url.searchParams.delete('token');
    const link = url.href.replace('history=&', 'history&').replace(/history=$/, 'history');
    await navigator.clipboard.writeText(link).then(
      () => toast('The link to this moment was copied.'),
      () => toast('The browser did not allow copying: the link is in the address bar.', { tone: 'error' }),
    );
  }

  name(): void {
    if (!this.#reel || this.#index === 0 || !this.#options.editable()) return;
    this.pause();
    const version = this.#versionAt(this.#index);
    void (version ? this.#rename(version) : this.#name(this.#index, null));
  }

  async #name(index: number, version: Version | null): Promise<void> {
    const moment = version?.at ?? this.#reel!.film.moment(index);
    const label = await askLabel('Name this version', `The version from ${momentWords(moment, new Date())}.`);
    if (label === null) return;
    if (await this.#changeVersions(() => this.#give(label, version?.id ?? moment))) toast(`Named “${label}”.`);
  }

  async #give(label: string, at: number | string): Promise<void> {
    const { versions } = this.#reel!;
    const made = await nameVersion(this.#options.session.name, label, at);
    // Newest first, like all of them.
    if (made) versions.splice(versions.filter((version) => version.at > made.at).length, 0, made);
  }

  async #rename(version: Version): Promise<void> {
    const label = await askLabel('Rename the version', `The version from ${momentWords(version.at, new Date())}.`, version.label);
    if (label === null || label === version.label) return;
    if (label === '') return this.#takeName(version);
    await this.#changeVersions(async () => {
      await renameVersion(this.#options.session.name, version.id, label);
      version.label = label;
    });
  }

  /** What there was then stays in the past, and gets its name back by Undo. */
  async #takeName({ id, label, at }: Version): Promise<void> {
    const reel = this.#reel!;
    const taken = await this.#changeVersions(async () => {
      await deleteVersion(this.#options.session.name, id);
      reel.versions = reel.versions.filter((version) => version.id !== id);
    });
    const run = () => void this.#changeVersions(() => this.#give(label, at));
    if (taken) toast(`Removed the name “${label}”.`, { action: { label: 'Undo', run } });
  }

  async #changeVersions(change: () => Promise<void>): Promise<boolean> {
    try {
      await change();
      if (open !== this) return true;
      this.#versionsChanged();
      this.#go(this.#index);
      return true;
    } catch (error) {
      toast(sentence(error), { tone: 'error', ms: 10_000 });
      return false;
    }
  }

  #scheduleAddress(): void {
    // Browsers refuse an address that changes too often.
    clearTimeout(this.#addressTimer);
    this.#addressTimer = setTimeout(() => this.#address(), ADDRESS_QUIET_MS);
  }

  #address(): void {
    if (this.#reel) showAddress(this.#index === this.#reel.film.count ? '' : (this.#versionAt(this.#index)?.id ?? String(this.#reel.film.moment(this.#index))));
  }
}

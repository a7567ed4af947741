/** Puts this person into the document's awareness and shows everybody who is there. */
import type { Commands } from '../page/commands';
import { toast } from '../page/toast';
import type { Session } from '../session/session';
import { Announcer } from './announcer';
import { apart } from './apart';
import { Avatars } from './avatars';
import { Follow } from './follow';
import { watchIdle } from './idle';
import { OwnName } from './own-name';
import { keepPerson, onPersonChanged, rememberedPerson, type Person } from './person';
import { Roster, peopleIn, type Present } from './roster';
import { asSigned, becomeSelf, selfPerson, signedName } from './self';

export interface PresenceOptions {
  session: Session;
  commands: Commands;
  root: HTMLElement;
  /** Brings the place where one of these awareness clients works into view; false when it is not known. */
  locate: (clients: readonly number[]) => boolean;
}

export function showPresence({ session, commands, root, locate }: PresenceOptions): void {
  const { awareness } = session;
  let person = selfPerson();
  const chosen = { color: false };
  let people: Present[] = [];
  const roster = new Roster();
  const announcer = new Announcer();
  const follow = new Follow({ awareness, locate, changed: () => avatars.show(people) });
  const avatars = new Avatars(root, { follow: (someone) => follow.toggle(someone), followed: () => follow.id });
  let frame = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const render = () => {
    frame = 0;
    clearTimeout(timer);
    timer = undefined;
    const now = Date.now();
    const here = peopleIn(awareness.getStates(), awareness.clientID, person);
    if (session.state.net === 'online') stepAside(here);
    people = roster.update(here, session.state.net === 'online', now);
    follow.update(people);
    avatars.show(people);
    announcer.update(people);
    const again = roster.nextChange(now);
    if (again !== null) timer = setTimeout(render, again - now);
  };
  const schedule = () => {
    // A hidden tab gets no frames, and whoever looks at it again must not see people who left long ago.
    if (document.visibilityState === 'hidden') timer ??= setTimeout(render, 1_000);
    else frame ||= requestAnimationFrame(render);
  };
  const own = new OwnName(root, person, { signed: signedName() !== null, changed: (changed) => {
    chosen.color ||= changed.color !== person.color;
    remember(changed);
    become(changed);
  } });
  const become = (changed: Person) => {
    person = changed;
    becomeSelf(changed);
    own.show(changed);
    if (awareness.getLocalState() !== null) awareness.setLocalStateField('user', changed);
    schedule();
  };
  const stepAside = (here: [Present, ...Present[]]) => {
    const { name, color } = apart(here, chosen);
    if (name === person.name && color === person.color) return;
    // A name is kept, so that people are found under it again; a colour is only this room's.
    if (name !== person.name) remember({ ...person, name, color: rememberedPerson().color });
    become({ ...person, name, color });
  };
  const tell = (field: 'idle' | 'viewing', value: boolean) => {
    const state = awareness.getLocalState();
    if (state === null || (state[field] === true) === value) return;
    const { [field]: _gone, ...rest } = state;
    awareness.setLocalState(value ? { ...rest, [field]: true } : rest);
  };

  onPersonChanged((changed) => become(asSigned(changed)));
  awareness.on('change', schedule);
  session.subscribe(() => {
    tell('viewing', session.state.readonly);
    schedule();
  });
  become(person);
  watchIdle((idle) => tell('idle', idle));
  addCommands(commands, { own, follow, announcer, people: () => people });
}

/** This browser's guest takes over what was chosen; a name that comes with a token is not theirs to keep. */
function remember({ name, color }: Person): void {
  const guest = rememberedPerson();
  keepPerson({ ...guest, name: signedName() === null ? name : guest.name, color });
}

interface Parts {
  own: OwnName;
  follow: Follow;
  announcer: Announcer;
  people: () => Present[];
}

function addCommands(commands: Commands, { own, follow, announcer, people }: Parts): void {
  const others = () => people().filter(({ self }) => !self);
  commands.add(
    { id: 'person.rename', name: 'Change your name or colour', group: 'People', words: 'profile avatar', run: () => own.open() },
    {
      id: 'person.follow', name: 'Follow the next person', group: 'People', words: 'jump cursor presence',
      enabled: () => others().length > 0,
      run: () => {
        const all = others();
        follow.toggle(all[(all.findIndex(({ id }) => id === follow.id) + 1) % all.length]!);
      },
    },
    { id: 'person.unfollow', name: 'Stop following', group: 'People', enabled: () => follow.id !== null, run: () => follow.stop() },
    {
      id: 'person.announce', name: 'Announce who comes and goes: on or off', group: 'People', words: 'screen reader accessibility',
      run: () => {
        announcer.enabled = !announcer.enabled;
        toast(announcer.enabled ? 'Who comes and goes is announced to screen readers.' : 'Who comes and goes is no longer announced.');
      },
    },
  );
}

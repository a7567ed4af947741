/** Puts this person into the document's awareness and shows everybody who is there. */
import type { Session } from '../session/session';
import { Avatars } from './avatars';
import { OwnName } from './own-name';
import { keepPerson, onPersonChanged, rememberedPerson, type Person } from './person';
import { Roster, peopleIn } from './roster';

export function showPresence(session: Session, root: HTMLElement): void {
  const { awareness } = session;
  let person = rememberedPerson();
  const roster = new Roster();
  const avatars = new Avatars(root);
  let frame = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const render = () => {
    frame = 0;
    const now = Date.now();
    const people = peopleIn(awareness.getStates(), awareness.clientID, person);
    avatars.show(roster.update(people, session.state.net === 'online', now));
    const again = roster.nextChange(now);
    clearTimeout(timer);
    if (again !== null) timer = setTimeout(render, again - now);
  };
  const schedule = () => {
    frame ||= requestAnimationFrame(render);
  };
  const own = new OwnName(root, person, (changed) => {
    keepPerson(changed);
    become(changed);
  });
  const become = (changed: Person) => {
    person = changed;
    own.show(changed);
    awareness.setLocalStateField('user', changed);
    schedule();
  };

  onPersonChanged(become);
  awareness.on('change', schedule);
  session.subscribe(schedule);
  become(person);
}

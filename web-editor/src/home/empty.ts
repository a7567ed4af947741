/** What stands in for the list when it has nothing to show. */
import { el, icon } from '../page/dom';
import { kindIcon } from './icons';
import { TEMPLATES, type Template, type TemplateKind } from './templates';

export interface Choices {
  blank: (kind: TemplateKind) => void;
  from: (template: Template) => void;
}

/** Nothing matches. */
export function nothingFound(query: string, kind: string, widen: () => void): Node[] {
  const what = { whiteboard: 'board', document: 'document' }[kind] ?? 'document or board';
  return [
    el('h2', {}, 'Nothing found'),
    el('p', {}, query ? `No ${what} matches “${query}”.` : `There is no ${what} here yet.`),
    el('button', { type: 'button', class: 'button', onclick: widen }, query ? 'Clear the search' : 'Show everything'),
  ];
}

/** The first visit: blank pages and templates, one click each. */
export function firstSteps({ blank, from }: Choices): Node[] {
  const card = (kind: TemplateKind, name: string, about: string, start: () => void) =>
    el('li', {}, el('button', { type: 'button', class: 'starter', 'data-kind': kind, onclick: start },
      icon(...kindIcon(kind)),
      el('span', { class: 'starter-name' }, name),
      el('span', { class: 'starter-about' }, about),
    ));
  return [
    el('h2', {}, 'No documents yet'),
    el('p', {}, 'Everything you write or draw here is shared live and saved as you go.'),
    el('div', { class: 'empty-actions' },
      el('button', { type: 'button', class: 'button primary', onclick: () => blank('document') }, 'Write the first one'),
      el('button', { type: 'button', class: 'button', onclick: () => blank('whiteboard') }, 'Draw on a board'),
    ),
    el('h3', { id: 'starters' }, 'Or start from a template'),
    el('ul', { class: 'starters', 'aria-labelledby': 'starters' },
      ...TEMPLATES.map((template) => card(template.kind, template.name, template.about, () => from(template))),
    ),
  ];
}

/** The server wants to know who is asking. */
export function accessNeeded(hasToken: boolean): Node[] {
  return hasToken
    ? [
        el('h2', {}, 'Your access has ended'),
        el('p', {}, 'The link you came with is no longer valid. Ask whoever gave it to you for a new one, then open that.'),
      ]
    : [
        el('h2', {}, 'You need a link to come in'),
        el('p', {}, 'This server shows documents only to people with access. Open the link you were given, or ask whoever runs the server for one.'),
      ];
}

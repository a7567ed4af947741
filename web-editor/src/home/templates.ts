/** What a document may start from. Only the names are here: the content is loaded when somebody chooses one. */

export type TemplateKind = 'document' | 'whiteboard';

export interface Template {
  id: string;
  kind: TemplateKind;
  name: string;
  /** What is in it, in a few words. */
  about: string;
}

export const TEMPLATES: readonly Template[] = [
  { id: 'meeting', kind: 'document', name: 'Meeting notes', about: 'Agenda, notes, who does what' },
  { id: 'project', kind: 'document', name: 'Project plan', about: 'Goals, milestones, risks' },
  { id: 'decision', kind: 'document', name: 'Decision record', about: 'Context, options, outcome' },
  { id: 'week', kind: 'document', name: 'Weekly review', about: 'Done, learned, next' },
  { id: 'kanban', kind: 'whiteboard', name: 'Kanban', about: 'To do, doing, done' },
  { id: 'retrospective', kind: 'whiteboard', name: 'Retrospective', about: 'Went well, to improve, actions' },
  { id: 'flow', kind: 'whiteboard', name: 'Flow chart', about: 'Steps and a decision' },
];

export function templatesOf(kind: TemplateKind): Template[] {
  return TEMPLATES.filter((template) => template.kind === kind);
}

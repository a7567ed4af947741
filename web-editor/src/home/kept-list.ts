/** The documents that this browser keeps, as the server would list them. */
import type { DocumentInfo, KindFilter } from '../api/documents';
import { keptDocuments } from '../page/kept';

export async function keptList(query: string, kind: KindFilter): Promise<DocumentInfo[]> {
  const wanted = query.toLowerCase();
  const kept = await keptDocuments();
  const fitting = kept.filter((document) => (!kind || document.kind === kind) && `${document.title}\n${document.name}`.toLowerCase().includes(wanted));
  return fitting.map(({ name, kind, title, at }) => {
    const moment = new Date(at).toISOString();
    return { name, kind, title, created_at: moment, updated_at: moment, present: [], present_count: 0 };
  });
}

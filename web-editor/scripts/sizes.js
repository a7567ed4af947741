// Prints the gzip size of what each page loads at start, and fails above its budget: npm run sizes [DIST]
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const KB = 1024;
const BUDGETS = {
  'index.html': { script: 30 * KB, style: 12 * KB },
  'document.html': { script: 260 * KB, style: 16 * KB },
  'whiteboard.html': { script: 465 * KB, style: 40 * KB },
};
const dist = process.argv[2] ?? 'dist';

const gzip = (file) => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length;

/** Loaded by the page itself right after its first script, so it counts as much. */
const AT_ONCE = /"(?:\.\/|assets\/)(board-[^"]+\.(?:js|css))"/g;

/** What a page fetches without being asked: what its head names, everything that imports statically, and the canvas of a board. */
function loaded(page) {
  const html = readFileSync(join(dist, page), 'utf8');
  const queue = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.(?:js|css))"/g)].map((match) => match[1]);
  const files = new Set();
  while (queue.length > 0) {
    const file = queue.pop();
    if (files.has(file)) continue;
    files.add(file);
    if (!file.endsWith('.js')) continue;
    const code = readFileSync(join(dist, file), 'utf8');
    if (page === 'whiteboard.html') for (const [, name] of code.matchAll(AT_ONCE)) queue.push(`assets/${name}`);
    for (const [, name] of code.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) queue.push(`assets/${name}`);
  }
  return [...files];
}

let failed = false;
for (const [page, budget] of Object.entries(BUDGETS)) {
  const files = loaded(page);
  for (const [kind, extension] of [['script', '.js'], ['style', '.css']]) {
    const bytes = files.filter((file) => file.endsWith(extension)).reduce((sum, file) => sum + gzip(file), 0);
    const over = bytes > budget[kind];
    failed ||= over;
    console.log(`${page.padEnd(14)} ${kind.padEnd(6)} ${(bytes / KB).toFixed(1).padStart(6)} KB gzip of ${budget[kind] / KB} KB${over ? '  OVER BUDGET' : ''}`);
  }
}
process.exit(failed ? 1 : 0);

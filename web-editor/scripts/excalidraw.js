// What Excalidraw needs beside its script, and what of it the boards do without.
import { createReadStream, existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const DIST = fileURLToPath(new URL('../node_modules/@excalidraw/excalidraw/dist/prod', import.meta.url));
const FONTS = join(DIST, 'fonts');

/** Modules left out or put off, each with what stands in for it. */
const STUBS = [
  // Drawing diagrams from text brings 4 MB of mermaid, cytoscape and katex; pasted diagrams stay text.
  [/^@excalidraw\/mermaid-to-excalidraw$/, "export const parseMermaidToExcalidraw = async () => { throw new Error('not available'); };"],
  // The pages are in English; the other 55 languages would be 1.7 MB.
  [/\/locales\/(?!en-|percentages)[\w-]+\.js$/, 'export default {};'],
  // Cutting fonts down for an export needs 1.8 MB of WebAssembly, a worker and a laxer policy. The fonts are split into
  // small files by characters as it is: those a drawing uses go into its export whole.
  [/\/subset-worker\.chunk\.js$/, 'export const WorkerUrl = undefined;'],
  [/\/subset-shared\.chunk\.js$/, `
    export const Commands = { Subset: 'SUBSET' };
    export const toBase64 = async (buffer) => {
      let binary = '';
      for (const byte of new Uint8Array(buffer)) binary += String.fromCharCode(byte);
      return 'data:font/woff2;base64,' + btoa(binary);
    };
    export const subsetToBase64 = toBase64;
    export const subsetToBinary = async (buffer) => buffer;`],
  // Needed only once a file with a drawing in it is written or read: fetched when the page has nothing else to do.
  [/^pako$/, `
    let pako;
    setTimeout(async () => { pako = await import('pako'); }, 2000);
    export const deflate = (...all) => pako.deflate(...all);
    export const inflate = (...all) => pako.inflate(...all);`],
  // Every browser the pages support rounds rectangles itself.
  [/^canvas-roundrect-polyfill$/, 'export {};'],
];

/** Where a font that is missing would be fetched from; the mere mention is against the policy of the pages. */
const ELSEWHERE = '`https://esm.sh/';

const PREFIX = '\0weft-left-out:';

/** Serves the fonts from this server under /fonts/, and leaves out the parts nobody sees. */
export function excalidrawParts() {
  const fonts = () => readdirSync(FONTS, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  let found = false;
  return {
    name: 'weft-excalidraw-parts',
    enforce: 'pre',
    resolveId(source, importer) {
      if (!importer?.includes('@excalidraw')) return null;
      const at = STUBS.findIndex(([pattern]) => pattern.test(source));
      return at < 0 ? null : `${PREFIX}${at}`;
    },
    load: (id) => (id.startsWith(PREFIX) ? STUBS[Number(id.slice(PREFIX.length))][1] : null),
    transform(code, id) {
      if (!id.includes('@excalidraw') || !code.includes(ELSEWHERE)) return null;
      found = true;
      return { code: code.replaceAll(ELSEWHERE, '`${location.origin}/'), map: null };
    },
    generateBundle() {
      if (!found) this.error(`Excalidraw does not name ${ELSEWHERE} any more: see where it looks for fonts now`);
      for (const file of fonts()) {
        const fileName = `fonts/${file.slice(FONTS.length + 1).split(sep).join('/')}`;
        this.emitFile({ type: 'asset', fileName, source: readFileSync(file) });
      }
    },
    configureServer(server) {
      server.middlewares.use('/fonts', (request, response, next) => {
        const file = join(FONTS, decodeURIComponent(request.url.split('?')[0]));
        if (!file.startsWith(FONTS + sep) || !existsSync(file)) return next();
        response.setHeader('content-type', 'font/woff2');
        createReadStream(file).pipe(response);
      });
    },
  };
}

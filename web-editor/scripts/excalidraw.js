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

/** Places in Excalidraw and the packages it brings that the policy of the pages would stop, each with what it becomes. */
const CHANGES = [
  // Where a font that is missing would be fetched from; the mere mention is against the policy.
  ['@excalidraw', '`https://esm.sh/', '`${location.origin}/'],
  // Images are made smaller in WebAssembly, or as here without.
  ['@excalidraw', 'features:["js","wasm"]', 'features:["js"]'],
  ['node_modules/pica', "typeof WebAssembly === 'undefined'", 'true'],
  ['node_modules/image-blob-reduce', "typeof WebAssembly === 'undefined'", 'true'],
  // There is no worker to cut fonts down: see above.
  ['@excalidraw', 'typeof Worker<"u"', 'false'],
];

const PREFIX = '\0weft-left-out:';

/** Serves the fonts from this server under /fonts/, and leaves out the parts nobody sees. */
export function excalidrawParts() {
  const fonts = () => readdirSync(FONTS, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const missing = new Set(CHANGES);
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
      const here = CHANGES.filter(([place, from]) => id.includes(place) && code.includes(from));
      for (const change of here) missing.delete(change);
      return here.length === 0 ? null : { code: here.reduce((changed, [, from, to]) => changed.replaceAll(from, () => to), code), map: null };
    },
    generateBundle() {
      if (missing.size > 0) this.error(`Excalidraw has changed; no longer found: ${[...missing].map(([, from]) => from).join(', ')}`);
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

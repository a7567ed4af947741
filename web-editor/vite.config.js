import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { excalidrawParts } from './scripts/excalidraw.js';

const path = (file) => fileURLToPath(new URL(file, import.meta.url));

/**
 * The theme has to be applied before the first paint, so its script blocks; the server's policy forbids inline scripts.
 * It becomes a classic script with a hashed name, so that it is fetched once.
 */
function blockingTheme() {
  const file = path('./src/page/theme.js');
  return {
    name: 'weft-blocking-theme',
    buildStart() {
      if (this.environment?.mode !== 'dev' && !this.meta.watchMode) {
        this.emitFile({ type: 'asset', name: 'theme.js', source: readFileSync(file, 'utf8') });
      }
    },
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle }) {
        const built = Object.values(bundle ?? {}).find(({ names }) => names?.includes('theme.js'));
        const src = built ? `/${built.fileName}` : '/src/page/theme.js';
        return [{ tag: 'script', attrs: { src }, injectTo: 'head-prepend' }];
      },
    },
  };
}

/** Parts that several pages share are written once: `<!-- include FILE -->`. */
function includes() {
  const include = (html) => html.replace(/<!-- include (\S+) -->/g, (_comment, file) => readFileSync(path(`./${file}`), 'utf8').trim());
  return { name: 'weft-includes', transformIndexHtml: { order: 'pre', handler: include } };
}

/** `/d/{name}` and `/w/{name}` are answered with their pages, as the server does. */
function pagePaths() {
  const rewrite = (request, _response, next) => {
    if (/^\/d\/./.test(request.url)) request.url = '/document.html';
    if (/^\/w\/./.test(request.url)) request.url = '/whiteboard.html';
    next();
  };
  return { name: 'weft-page-paths', configureServer: (server) => void server.middlewares.use(rewrite) };
}

const backend = process.env.WEFT_BACKEND ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [includes(), blockingTheme(), pagePaths(), excalidrawParts()],
  // A second copy of any of these breaks instanceof checks without a word.
  resolve: { dedupe: ['yjs', 'y-protocols', 'lib0', '@tiptap/pm', 'react', 'react-dom'] },
  build: {
    outDir: process.env.WEFT_WEB_OUT ?? 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // From these on light-dark() is native; older targets would get a bulky emulation.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
    rollupOptions: {
      // Marks for server rendering, which there is none of.
      onLog: (level, log, pass) => void (log.code === 'MODULE_LEVEL_DIRECTIVE' || pass(level, log)),
      // The worker's name is its identity: it has no hash and lies at the top, where it may serve every page.
      output: { entryFileNames: ({ name }) => (name === 'worker' ? 'sw.js' : 'assets/[name]-[hash].js') },
      input: { index: path('./index.html'), document: path('./document.html'), whiteboard: path('./whiteboard.html'), worker: path('./src/worker/worker.ts') },
    },
  },
  server: { proxy: { '/api': backend, '/sync': { target: backend, ws: true } } },
  // Machines are slow at times; nothing here is about time.
  test: { environment: 'happy-dom', include: ['src/**/*.test.ts'], testTimeout: 60_000 },
});

// Builds the pages into a folder and precompresses them: node scripts/build.js OUT_DIR [BROTLI_QUALITY]
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';

const [out, quality = '9'] = process.argv.slice(2);
if (!out) throw new Error('usage: node scripts/build.js OUT_DIR [BROTLI_QUALITY]');

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Node 20.19 or newer is needed to build the pages; this is ${process.version}.`);
  process.exit(1);
}

const root = fileURLToPath(new URL('..', import.meta.url));
process.env.WEFT_WEB_OUT = resolve(out);
const { build } = await import('vite');
await build({ root, configFile: join(root, 'vite.config.js'), logLevel: 'warn' });

// Fonts are compressed already; the rest is text.
const TEXT = new Set(['.css', '.html', '.js', '.json', '.svg', '.txt']);
for (const entry of readdirSync(out, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !TEXT.has(extname(entry.name))) continue;
  const file = join(entry.parentPath, entry.name);
  const bytes = readFileSync(file);
  const packed = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: Number(quality), [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
  if (packed.length < bytes.length) writeFileSync(`${file}.br`, packed);
}

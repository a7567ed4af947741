// The examples of the README, taken from it, built and run.

import { readFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, freshName, OUTAGE, test } from './fixtures.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const web = join(root, 'web-editor')
const PAGE = '<!doctype html><body><main><textarea></textarea></main><button>Done</button>'

/** The indented block that follows a bold heading. */
function example (heading) {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const [, block] = new RegExp(`\\*\\*${heading}\\*\\*\\n\\n((?:    .*\\n|\\n)+)`).exec(readme) ?? []
  if (!block) throw new Error(`the README has no example under ${heading}`)
  return block.replace(/^ {4}/gm, '')
}

/** Bundles an example with the packages of the pages, talking to this server about a document of its own. */
async function bundle (heading, weft, name) {
  const { build } = await import(pathToFileURL(createRequire(join(web, 'package.json')).resolve('vite')))
  const code = example(heading)
    .replace('ws://127.0.0.1:8080', weft.origin.replace('http', 'ws'))
    .replace("'./session'", JSON.stringify(join(web, 'src/session/index.ts')))
    .replace(/name: '[^']+'/, `name: ${JSON.stringify(name)}`)
  const folder = mkdtempSync(join(web, 'node_modules', '.example-'))
  try {
    writeFileSync(join(folder, 'example.js'), `${code}\nglobalThis.session = session\n`)
    const { output } = (await build({
      root: folder,
      configFile: false,
      logLevel: 'error',
      resolve: { dedupe: ['yjs', 'y-protocols', 'lib0', '@codemirror/state'] },
      build: { write: false, minify: false, target: 'es2022', lib: { entry: join(folder, 'example.js'), formats: ['iife'], name: 'example' } },
    }))[0]
    return output[0].code
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function run (someone, weft, code) {
  someone.origin = weft.origin
  await someone.page.route('**/favicon.ico', route => route.fulfill({ status: 204 }))
  // A page of the server's own origin without a policy, then the example in it.
  await someone.page.goto(`${weft.origin}/healthz`)
  await someone.page.setContent(PAGE)
  await someone.page.addScriptTag({ content: code })
  await someone.page.waitForFunction(() => globalThis.session?.state.net === 'online')
}

for (const [heading, field] of [['Plain Yjs', 'textarea'], ['Tiptap', '.tiptap'], ['CodeMirror', '.cm-content']]) {
  // [P65]
  test(`the example for ${heading} works as it stands`, async ({ weft, person }) => {
    const name = freshName('example')
    const code = await bundle(heading, weft, name)
    const [ada, bob] = [await person(), await person()]
    await run(ada, weft, code)
    await run(bob, weft, code)
    await ada.page.locator(field).click()
    await ada.page.keyboard.type('from Ada')
    const text = someone => someone.page.locator(field).evaluate(element => element.value ?? element.textContent)
    await expect.poll(() => text(bob)).toContain('from Ada')
    await ada.page.getByRole('button', { name: 'Done' }).click()
    await expect(ada.page).toHaveTitle('Done')
    await expect(ada.page.locator('body')).toHaveAttribute('data-save', 'saved')
  })
}

// [P65]
test('saved() waits until the server has committed, over an outage', async ({ ownWeft: weft, person }) => {
  const code = await bundle('Plain Yjs', weft, freshName('example'))
  const ada = await person({ expected: OUTAGE })
  await run(ada, weft, code)
  await weft.kill()
  await ada.page.locator('textarea').click()
  await ada.page.keyboard.type('kept')
  await ada.page.getByRole('button', { name: 'Done' }).click()
  await expect(ada.page.locator('body')).toHaveAttribute('data-save', 'local')
  expect(await ada.page.title()).toBe('')
  await weft.launch()
  await expect(ada.page).toHaveTitle('Done', { timeout: 30_000 })
})

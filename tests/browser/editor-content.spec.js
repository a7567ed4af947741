import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { expect, freshName, test } from './fixtures.js'
import { clip, json, paste, PNG, two } from './editor-fixtures.js'

const Y = createRequire(new URL('../clients/stock/weft.js', import.meta.url))('yjs')
const HASH = 'ab'.repeat(32)

/** Answers for the routes that keep images, with a delay or a refusal. */
async function keepImages (someone, answer) {
  await someone.page.route('**/blobs', route => answer(route))
  await someone.page.route(`**/blobs/${HASH}*`, route => route.fulfill({ contentType: 'image/png', body: Buffer.from(PNG, 'base64') }))
}
const stored = route => route.fulfill({ status: 201, json: { hash: HASH, type: 'image/png', bytes: 80 } })

// [P33]
test('an image has its place at once, is stored by its hash, and can be tried again', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person, 'image')
  ada.expected = bob.expected = /507|Failed to load resource/
  let refuse = true
  await keepImages(ada, route => refuse ? route.fulfill({ status: 507, json: { title: 'The storage is full' } }) : stored(route))
  await keepImages(bob, stored)
  await ada.type('above')
  await paste(ada, {}, [['sea_view.png', 'image/png', PNG]])
  const figure = someone => someone.text().locator('figure.image')
  await expect(figure(ada)).toHaveAttribute('data-state', 'failed')
  await expect(figure(ada)).toContainText('The storage is full')
  await expect(figure(bob)).toHaveAttribute('data-state', 'awaited')
  const reserved = await figure(bob).locator('.image-frame').boundingBox()
  refuse = false
  await figure(ada).getByRole('button', { name: 'Try again' }).click()
  await expect(figure(bob).getByRole('img', { name: 'sea view' })).toBeVisible()
  expect(await figure(bob).locator('.image-frame').boundingBox()).toEqual(reserved)
  const node = (await json(bob)).content.find(({ type }) => type === 'image')
  expect(node.attrs).toMatchObject({ blob: HASH, width: 4, height: 2, upload: null, type: 'image/png' })
  expect(JSON.stringify(await json(bob))).not.toContain('data:')
  await figure(ada).locator('.image-frame').click()
  const alt = ada.page.getByRole('toolbar', { name: 'Image' }).getByRole('textbox')
  await alt.fill('The sea')
  await ada.page.keyboard.press('Enter')
  await expect(figure(bob).getByRole('img', { name: 'The sea' })).toBeVisible()
  await ada.isSaved()
})

// [P33]
test('a file that is no image is refused in words', async ({ weft, person }) => {
  const ada = await (await person()).open(weft, freshName('no image'))
  await ada.text().click()
  await paste(ada, {}, [['notes.pdf', 'application/pdf', PNG]])
  await expect(ada.page.locator('.toast')).toContainText('notes.pdf cannot be added')
  await ada.reads('')
})

// [P25]
test('what is pasted from elsewhere is structure, loads nothing and runs nothing', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person, 'paste')
  // The browser reports what its policy would keep from running, though the parsed text is never part of a page.
  ada.expected = /inline event handler|script-src-attr blocked|base URI|base-uri blocked/
  const fixtures = await readFile(new URL('../../web-editor/src/editor/paste/clipboards.ts', import.meta.url), 'utf8')
  const clipboard = name => new RegExp(`export const ${name} = \`([^\`]*)\``).exec(fixtures)[1]
  await ada.text().click()
  await paste(ada, { 'text/html': clipboard('WORD'), 'text/plain': 'x' })
  await expect(bob.text().getByRole('heading', { level: 1, name: 'Report' })).toBeVisible()
  await expect(bob.text().locator('ul > li > ul > li')).toHaveText('Nested')
  await expect(bob.text().locator('ol[start="3"] > li')).toHaveText(['Third', 'Fourth'])
  await expect(bob.text().locator('td')).toHaveCount(2)
  await ada.page.keyboard.press('Control+a')
  await paste(ada, { 'text/html': clipboard('DOCS'), 'text/plain': 'x' })
  await expect(bob.text().locator('strong')).toHaveText(['bold'])
  await expect(bob.text().getByRole('checkbox')).toHaveCount(2)
  await expect(bob.text().locator('ul ul li')).toHaveText(['One and a half'])
  await ada.page.keyboard.press('Control+a')
  await paste(ada, { 'text/html': clipboard('HOSTILE'), 'text/plain': 'x' })
  await expect(bob.text().getByRole('link', { name: 'Big' })).toHaveAttribute('href', 'https://evil.example/big.png')
  expect(await bob.text().locator('img:not(.ProseMirror-separator), iframe, script').count()).toBe(0)
})

// [P26]
test('Markdown becomes structure, and one undo leads back to the text', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person, 'markdown')
  await ada.text().click()
  await paste(ada, { 'text/plain': '# Plan\n\n- [x] one\n- [ ] two\n\n| a | b |\n| - | - |\n| 1 | 2 |\n' })
  await expect(bob.text().getByRole('heading', { level: 1 })).toHaveText('Plan')
  await expect(bob.text().getByRole('checkbox')).toHaveCount(2)
  await expect(bob.text().locator('td')).toHaveText(['1', '2'])
  await ada.page.keyboard.press('Control+z')
  await expect(bob.text().getByRole('heading', { level: 1 })).toHaveCount(0)
  await expect(bob.text()).toContainText('# Plan')
  await ada.page.keyboard.press('Control+z')
  // Of the text nothing is left; an empty paragraph may be, which the binding protects.
  await expect.poll(async () => (await bob.words())?.trim()).toBe('')
})

// [P27]
test('find counts, steps, minds case, and replaces all as one step', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person, 'find')
  await ada.type('Cat and cat')
  await ada.page.keyboard.press('Enter')
  await ada.page.keyboard.type('concat')
  await ada.page.keyboard.press('Control+f')
  const bar = ada.page.getByRole('search', { name: 'Find and replace' })
  await expect(bar.getByRole('textbox', { name: 'Find in document' })).toBeFocused()
  await ada.page.keyboard.type('cat')
  await expect(bar.getByRole('status')).toHaveText(/ of 3$/)
  await ada.page.keyboard.press('Enter')
  await expect(ada.text().locator('.found')).toHaveCount(3)
  await expect(bob.text().locator('.found')).toHaveCount(0)
  await bar.getByRole('button', { name: 'Whole words' }).click()
  await expect(bar.getByRole('status')).toHaveText(/ of 2$/)
  await bar.getByRole('button', { name: 'Match case' }).click()
  await expect(bar.getByRole('status')).toHaveText('1 of 1')
  await bar.getByRole('button', { name: 'Match case' }).click()
  await bob.type(' cat')
  await expect(bar.getByRole('status')).toHaveText(/ of 3$/)
  await bar.getByRole('textbox', { name: 'Replace with' }).fill('dog')
  await bar.getByRole('button', { name: 'All' }).click()
  await bob.reads('dog and dog\nconcat dog')
  await bar.getByRole('button', { name: 'Whole words' }).click()
  await expect(bar.getByRole('status')).toHaveText('1 of 1')
  await ada.page.keyboard.press('Escape')
  await expect(bar).toHaveCount(0)
  expect(await ada.page.evaluate(() => { const { from, to } = weft.editor.state.selection; return weft.editor.state.doc.textBetween(from, to) })).toBe('cat')
  await ada.page.keyboard.press('Control+z')
  await bob.reads('Cat and cat\nconcat cat')
})

// [P28]
test('the outline jumps, marks where one is, and the words are counted', async ({ weft, person }) => {
  const ada = await (await person()).open(weft, freshName('outline'))
  await ada.type('# One')
  for (let line = 0; line < 60; line++) await ada.page.keyboard.press('Enter')
  await ada.page.keyboard.type('## Two')
  await ada.page.getByRole('button', { name: 'Document menu' }).click()
  await ada.page.getByRole('menuitem', { name: 'Outline' }).click()
  const outline = ada.page.getByRole('navigation', { name: 'Outline' })
  await expect(outline.getByRole('button')).toHaveText(['One', 'Two'])
  await outline.getByRole('button', { name: 'One' }).click()
  await expect(ada.text().getByRole('heading', { name: 'One' })).toBeInViewport()
  await expect(outline.getByRole('button', { name: 'One' })).toHaveAttribute('aria-current', 'location')
  await expect(ada.page.locator('.count')).toHaveText('2 words · 1 min read')
  await ada.text().getByRole('heading', { name: 'One' }).dblclick({ position: { x: 10, y: 10 } })
  await expect(ada.page.locator('.count')).toHaveText('1 of 2 words')
})

// [P29]
test('the text is exported as Markdown and HTML', async ({ weft, person }) => {
  const ada = await (await person()).open(weft, freshName('export'))
  await ada.context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await ada.title().fill('Plan: A/B')
  await ada.type('## Part')
  await ada.page.keyboard.press('Enter')
  await ada.page.keyboard.type('- **bold** item')
  const saved = async id => {
    const [file] = await Promise.all([ada.page.waitForEvent('download'), ada.page.evaluate(id => weft.commands.available().find(command => command.id === id).run(), id)])
    return [file.suggestedFilename(), await readFile(await file.path(), 'utf8')]
  }
  expect(await saved('document.export-markdown')).toEqual(['Plan A B.md', '# Plan: A/B\n\n## Part\n\n- **bold** item\n'])
  const [name, html] = await saved('document.export-html')
  expect(name).toBe('Plan A B.html')
  expect(html).toMatch(/^<!doctype html>[^]*<title>Plan: A\/B<\/title>[^]*<h1>Plan: A\/B<\/h1><h2 dir="auto">Part<\/h2><ul><li><p dir="auto"><strong>bold<\/strong> item<\/p><\/li><\/ul>/)
  await ada.page.evaluate(() => weft.commands.available().find(({ id }) => id === 'document.copy-markdown').run())
  await expect.poll(() => clip(ada)).toBe('## Part\n\n- **bold** item\n')
})

// [P20]
test('content of another app survives editing around it', async ({ weft, person }) => {
  const { Doc, XmlElement, XmlText } = Y
  const name = freshName('foreign')
  const doc = new Doc()
  const paragraph = new XmlElement('paragraph')
  const mention = new XmlElement('mention')
  mention.setAttribute('label', '@grace')
  const text = new XmlText()
  text.insert(0, 'hello ', { sparkle: { color: '#ff0' } })
  doc.getXmlFragment('body').insert(0, [paragraph, new XmlElement('youtube')])
  paragraph.insert(0, [text, mention])
  const sent = await fetch(`${weft.origin}/api/documents/${encodeURIComponent(name)}/update`, { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: Y.encodeStateAsUpdate(doc) })
  expect(sent.status).toBe(204)
  const [ada, bob] = [await (await person()).open(weft, name), await (await person()).open(weft, name)]
  for (const someone of [ada, bob]) await expect(someone.text().locator('.foreign')).toHaveCount(2)
  await ada.text().getByText('hello').click()
  await ada.page.keyboard.press('Home')
  await ada.page.keyboard.type('say ')
  await expect(bob.text()).toContainText('say hello')
  const shared = await bob.page.evaluate(() => JSON.stringify(weft.doc.getText('text').toDelta().map(({ insert, attributes }) => [insert.toJSON?.() ?? insert, attributes ?? {}])))
  expect(shared).toContain('{"inline":true,"type":"mention",".label":"@grace"}')
  expect(shared).toContain('{"type":"youtube","leaf":true}')
  expect(shared).toContain('["hello ",{"sparkle":{"color":"#ff0"}}]')
  await ada.isSaved()
})

// [P2]
test('undo takes back a burst of typing and puts the caret where it was', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person, 'undo')
  await ada.type('first')
  await bob.reads('first')
  await ada.page.waitForFunction(() => performance.now() - (globalThis.typed ??= performance.now()) > 700)
  await ada.page.evaluate(() => weft.editor.chain().splitBlock().insertContent('second burst').run())
  await bob.text().click()
  await bob.page.keyboard.press('Control+Home')
  await bob.page.keyboard.type('bob ')
  await ada.reads('bob first\nsecond burst')
  await ada.page.keyboard.press('Control+z')
  await bob.reads('bob first')
  const caret = () => ada.page.evaluate(() => weft.editor.state.selection.from)
  await expect.poll(caret).toBe(10)
  await ada.page.keyboard.press('Control+Shift+z')
  await bob.reads('bob first\nsecond burst')
})

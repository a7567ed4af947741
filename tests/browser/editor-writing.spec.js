import { createRequire } from 'node:module'
import { expect, freshName, test } from './fixtures.js'
import { name as nameVersion } from './history.js'
import { json, paste, two } from './editor-fixtures.js'

const Y = createRequire(new URL('../clients/stock/weft.js', import.meta.url))('yjs')

/** Sends content as another app would. */
async function post (weft, name, fill) {
  const doc = new Y.Doc()
  fill(doc.getXmlFragment('body'))
  const sent = await fetch(`${weft.origin}/api/documents/${encodeURIComponent(name)}/update`, { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: Y.encodeStateAsUpdate(doc) })
  expect(sent.status).toBe(204)
}

/** Drops a file in the middle of what `target` finds. */
async function drop (someone, file, target = '.ProseMirror') {
  await someone.page.evaluate(({ file: [name, type, text], target }) => {
    const transfer = new DataTransfer()
    transfer.items.add(new File([text], name, { type }))
    const element = document.querySelector(target)
    const { left, top, width, height } = element.getBoundingClientRect()
    const options = { dataTransfer: transfer, bubbles: true, cancelable: true, clientX: left + width / 2, clientY: top + Math.min(height / 2, 10) }
    element.dispatchEvent(new DragEvent('drop', options))
  }, { file, target })
}

// [P110]
test('what is copied as Markdown and pasted is the same text', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person, 'round trip')
  await ada.context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await ada.text().click()
  await paste(ada, { 'text/html': '<h2>1. A</h2><p># no <u>under</u> H<sub>2</sub>O <mark>m</mark> *a*</p><table><tr><th>a | b</th></tr><tr><td>x<br>y</td></tr></table><pre>a\n\n\n\n```\nb</pre><ul><li>one<ul><li>- two</li></ul></li></ul>', 'text/plain': 'x' })
  await expect(bob.text().locator('u')).toHaveText('under')
  const before = await json(ada)
  await ada.page.evaluate(() => weft.commands.available().find(({ id }) => id === 'document.copy-markdown').run())
  const markdown = () => ada.page.evaluate(() => navigator.clipboard.readText())
  await expect.poll(markdown).toContain('<u>under</u>')
  const text = await markdown()
  await ada.page.keyboard.press('Control+a')
  await ada.page.keyboard.press('Delete')
  await expect(bob.text()).toHaveText('')
  await paste(ada, { 'text/plain': text })
  await expect(bob.text().locator('u')).toHaveText('under')
  expect((await json(ada)).content.slice(0, before.content.length)).toEqual(before.content)
})

// [P111]
test('a dropped Markdown file is inserted below the line it is dropped on', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person, 'drop')
  await ada.type('first')
  await ada.page.keyboard.press('Enter')
  await ada.page.keyboard.type('last')
  await drop(ada, ['notes.md', 'text/markdown', '# Notes\n\nx<sup>2</sup>[^1]\n\n[^1]: A note.\n'], '.ProseMirror > p')
  await expect(bob.text().getByRole('heading', { level: 1 })).toHaveText('Notes')
  await expect(bob.text().locator('sup')).toHaveText(['21'])
  await expect(bob.text().locator('ol > li')).toHaveText(['A note.'])
  expect((await json(bob)).content.map(({ type }) => type)).toEqual(['paragraph', 'heading', 'paragraph', 'horizontalRule', 'orderedList', 'paragraph'])
  await ada.page.keyboard.press('Control+z')
  await bob.reads('first\nlast')
})

// [P112]
test('replacing all replaces all, however many, and says so', async ({ weft, person }) => {
  const name = freshName('replace all')
  await post(weft, name, body => body.insert(0, Array.from({ length: 3000 }, (_, at) => {
    const paragraph = new Y.XmlElement('paragraph')
    paragraph.insert(0, [new Y.XmlText(at === 2999 ? 'cafe\u0301' : 'caf\u00e9 here')])
    return paragraph
  })))
  const ada = await (await person()).open(weft, name)
  await ada.text().click()
  await ada.page.keyboard.press('Control+Home')
  await ada.page.keyboard.press('Control+f')
  const bar = ada.page.getByRole('search', { name: 'Find and replace' })
  await ada.page.keyboard.type('café')
  await expect(bar.getByRole('status')).toHaveText('1 of 3,000')
  await bar.getByRole('button', { name: 'Previous match' }).click()
  await expect(bar.getByRole('status')).toHaveText('3,000 of 3,000')
  await expect(ada.text().locator('.found-here')).toBeInViewport()
  await bar.getByRole('textbox', { name: 'Replace with' }).fill('cafés')
  await bar.getByRole('button', { name: 'All' }).click()
  await expect(bar.getByRole('status')).toHaveText('3,000 replaced')
  expect(await ada.page.evaluate(() => weft.editor.getText().match(/cafés/g).length)).toBe(3000)
  await ada.isSaved()
})

// [P113]
test('a typed link becomes one, Ctrl+Enter ticks a task, and a new table is seen whole', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person, 'typed')
  await ada.type('see [the site](example.org) now')
  await expect(bob.text().getByRole('link', { name: 'the site' })).toHaveAttribute('href', 'https://example.org')
  await bob.reads('see the site now')
  await ada.page.keyboard.press('Enter')
  await ada.page.keyboard.type('[ ] do it')
  await ada.page.keyboard.press('Control+Enter')
  await expect(bob.text().getByRole('checkbox')).toBeChecked()
  await ada.page.keyboard.press('Control+Enter')
  await expect(bob.text().getByRole('checkbox')).not.toBeChecked()
  await expect(bob.text().locator('li')).toHaveCount(1)
  await ada.page.keyboard.press('Enter')
  await ada.page.keyboard.press('Enter')
  while (await ada.page.evaluate(() => weft.editor.view.coordsAtPos(weft.editor.state.selection.from).bottom < innerHeight - 90)) await ada.page.keyboard.press('Enter')
  await ada.page.keyboard.type('/table')
  await expect(ada.page.getByRole('option', { name: /Table/ })).toBeVisible()
  await ada.page.keyboard.press('Enter')
  await expect(ada.text().locator('tr')).toHaveCount(3)
  await expect.poll(() => ada.page.evaluate(() => document.querySelector('.ProseMirror table').getBoundingClientRect().bottom <= innerHeight)).toBe(true)
})

// [P114]
test('a table cell of ten million columns does not stop the page', async ({ weft, person }) => {
  const name = freshName('wide')
  await post(weft, name, body => {
    const [table, row, cell, paragraph] = ['table', 'tableRow', 'tableCell', 'paragraph'].map(type => new Y.XmlElement(type))
    cell.setAttribute('colspan', 1e7)
    cell.setAttribute('rowspan', 1e7)
    paragraph.insert(0, [new Y.XmlText('wide')])
    body.insert(0, [table])
    table.insert(0, [row])
    row.insert(0, [cell])
    cell.insert(0, [paragraph])
  })
  const ada = await (await person()).open(weft, name)
  await expect(ada.text().locator('td')).toHaveAttribute('colspan', '1000')
  await ada.text().locator('td p').click()
  await ada.page.keyboard.press('End')
  await ada.page.keyboard.type(' words')
  await expect(ada.text().locator('td').first()).toHaveText('wide words')
})

// [P115]
test('Hebrew and Arabic begin at the right, with their bullets, bars and columns', async ({ weft, person }) => {
  const ada = await (await person()).open(weft, freshName('right to left'))
  await ada.text().click()
  await paste(ada, { 'text/html': '<p>שלום עולם</p><p>left</p><ul><li>مرحبا</li><li>two</li></ul><ul><li>left</li></ul><blockquote><p>שלום</p></blockquote><ul data-type="taskList"><li data-type="taskItem"><p>مرحبا</p></li></ul><table><tr><th>שלום</th><th>b</th></tr></table>', 'text/plain': 'x' })
  const direction = selector => ada.text().locator(selector).evaluateAll(all => all.map(one => getComputedStyle(one).direction))
  await expect.poll(() => direction(':scope > p')).toEqual(['rtl', 'ltr'])
  expect(await direction('li')).toEqual(['rtl', 'ltr', 'ltr', 'rtl'])
  expect(await direction('blockquote, table')).toEqual(['rtl', 'rtl'])
  const edges = (selector, inner) => ada.text().evaluate((text, [selector, inner]) => {
    const range = document.createRange()
    range.selectNodeContents(text.querySelector(inner ?? selector))
    const [outer, words] = [text.getBoundingClientRect(), range.getBoundingClientRect()]
    return { left: words.left - outer.left, right: outer.right - words.right }
  }, [selector, inner])
  expect((await edges(':scope > p')).right).toBeLessThan(2)
  for (const selector of ['ul > li p', 'blockquote p']) expect((await edges(selector)).right).toBeLessThan(40)
  expect(JSON.stringify(await json(ada))).not.toContain('auto')
})

// [P115]
test('titles, headings in the outline, messages and names of versions in Hebrew begin at the right', async ({ weft, person }) => {
  const HEBREW = `שלום ${process.pid}!`
  const document = freshName('titled')
  const ada = await (await person()).open(weft, document)
  /** Where the words end, and the box they are in. */
  const begins = async (element, side) => {
    await expect(element.first()).toBeVisible()
    const gap = () => element.first().evaluate((box, side) => {
      if (getComputedStyle(box).direction !== (side === 'right' ? 'rtl' : 'ltr')) return 1_000
      if ('value' in box) return getComputedStyle(box).textAlign === 'start' ? 0 : 1_000
      const range = box.ownerDocument.createRange()
      range.selectNodeContents(box)
      const { paddingLeft, paddingRight } = getComputedStyle(box)
      const [outer, words] = [box.getBoundingClientRect(), range.getBoundingClientRect()]
      return side === 'right' ? outer.right - parseFloat(paddingRight) - words.right : words.left - outer.left - parseFloat(paddingLeft)
    }, side)
    // A version has a star before its name.
    await expect.poll(gap).toBeLessThan(20)
  }
  const { page } = ada
  const palette = async () => {
    await page.keyboard.press('Control+k')
    await expect(page.getByRole('combobox')).toBeFocused()
    await page.keyboard.type(HEBREW)
  }
  await ada.title().fill(HEBREW)
  await begins(ada.title(), 'right')
  await ada.text().click()
  await paste(ada, { 'text/html': `<h2>left</h2><h2>${HEBREW}</h2>`, 'text/plain': 'x' })
  await page.getByRole('button', { name: 'Document menu' }).click()
  await page.getByRole('menuitem', { name: 'Outline' }).click()
  await begins(page.locator('.outline-item', { hasText: HEBREW }), 'right')
  await begins(page.locator('.outline-item', { hasText: 'left' }), 'left')
  await page.getByRole('button', { name: /^Chat/ }).click()
  const message = page.getByRole('textbox', { name: 'Message' })
  await message.fill(HEBREW)
  await begins(message, 'right')
  await message.press('Enter')
  await begins(page.locator('.chat-bubble'), 'right')
  await ada.isSaved()
  await nameVersion(weft, document, HEBREW)
  await page.getByRole('button', { name: 'History', exact: true }).click()
  await begins(page.locator('.history-entry b', { hasText: HEBREW }), 'right')
  await begins(page.locator('.history-called'), 'right')
  await begins(page.locator('.history-title'), 'right')
  await page.keyboard.press('Escape')
  await palette()
  await begins(page.getByRole('combobox', { name: 'Search commands and documents' }), 'right')
  await ada.home(weft)
  const card = page.locator('.card', { hasText: HEBREW })
  await begins(card.locator('.card-title'), 'right')
  await palette()
  await begins(page.getByRole('option').filter({ hasText: HEBREW }).locator('.palette-name'), 'right')
  await page.keyboard.press('Escape')
  await card.locator('.card-link').focus()
  await page.keyboard.press('F2')
  await begins(page.getByRole('textbox', { name: 'Title' }), 'right')
})

import { expect, freshName, test } from './fixtures.js'

// [P1]
test('typing goes both ways and is saved', async ({ weft, person }) => {
  const name = freshName('both ways')
  const [ada, bob] = [await (await person()).open(weft, name), await (await person()).open(weft, name)]
  await ada.type('Hello')
  await bob.reads('Hello')
  await bob.type(', wörld 🙂')
  await ada.reads('Hello, wörld 🙂')
  await ada.isSaved()
  await bob.isSaved()
  await expect(ada.saveState()).toHaveText('Saved')
  await (await (await person()).open(weft, name)).reads('Hello, wörld 🙂')
})

// [P1]
test('two who type at once lose no letter', async ({ weft, person }) => {
  const name = freshName('at once')
  const [ada, bob] = [await (await person()).open(weft, name), await (await person()).open(weft, name)]
  await ada.type('middle')
  await bob.reads('middle')
  await bob.text().click()
  await bob.page.keyboard.press('Control+Home')
  await Promise.all([ada.type('-'.repeat(40)), bob.page.keyboard.type('='.repeat(40))])
  const expected = `${'='.repeat(40)}middle${'-'.repeat(40)}`
  await ada.reads(expected)
  await bob.reads(expected)
  await ada.isSaved()
})

// [P2]
test('undo and redo touch only what their user typed', async ({ weft, person }) => {
  const name = freshName('undo')
  const [ada, bob] = [await (await person()).open(weft, name), await (await person()).open(weft, name)]
  await ada.type('ada')
  await bob.reads('ada')
  await bob.type(' bob')
  await ada.reads('ada bob')
  await ada.text().click()
  await ada.page.keyboard.press('Control+z')
  await bob.reads(' bob')
  await ada.page.keyboard.press('Control+Shift+z')
  await bob.reads('ada bob')
  await bob.page.getByRole('button', { name: 'Undo', exact: true }).click()
  await ada.reads('ada')
  await ada.isSaved()
})

// [P1]
test('formatting by toolbar, keys and markdown reaches the others', async ({ weft, person }) => {
  const name = freshName('formats')
  const [ada, bob] = [await (await person()).open(weft, name), await (await person()).open(weft, name)]
  await ada.type('# Plan')
  await ada.page.keyboard.press('Enter')
  await ada.page.keyboard.type('- first')
  await ada.page.keyboard.press('Enter')
  await ada.page.keyboard.type('second')
  await ada.page.keyboard.press('Control+Shift+Home')
  await ada.page.getByRole('button', { name: 'Bold', exact: true }).click()
  await expect(ada.page.getByRole('button', { name: 'Bold', exact: true })).toHaveAttribute('aria-pressed', 'true')
  await expect(bob.text().getByRole('heading', { level: 1 })).toHaveText('Plan')
  await expect(bob.text().getByRole('listitem')).toHaveCount(2)
  await expect(bob.text().locator('li strong').first()).toHaveText('first')
  const json = someone => someone.page.evaluate(() => globalThis.weft.editor.getJSON())
  await expect.poll(() => json(bob)).toEqual(await json(ada))
})

// [P1]
test('the title is shared, names the page and the list', async ({ weft, person }) => {
  const name = freshName('title')
  const [ada, bob] = [await (await person()).open(weft, name), await (await person()).open(weft, name)]
  await ada.title().fill('Shopping for Saturday')
  await expect(bob.title()).toHaveValue('Shopping for Saturday')
  await expect(bob.page).toHaveTitle(/Shopping for Saturday/)
  await ada.isSaved()
  const visitor = await person()
  await expect(async () => {
    await visitor.home(weft)
    await expect(visitor.page.getByRole('link', { name: /Shopping for Saturday/ })).toBeVisible({ timeout: 500 })
  }).toPass()
})

// [P1]
test('what is pasted stays text and cannot run', async ({ weft, person }) => {
  const name = freshName('paste')
  // The browser reports the handler that its policy keeps from running.
  const expected = /inline event handler|script-src-attr blocked inline/
  const [ada, bob] = [await (await person({ expected })).open(weft, name), await (await person()).open(weft, name)]
  await ada.text().click()
  await ada.page.evaluate(() => {
    const data = new DataTransfer()
    data.setData('text/html', '<p>harmless</p><img src=x onerror="window.ran = 1"><script>window.ran = 2</script><a href="javascript:window.ran=3">link</a>')
    document.querySelector('.ProseMirror').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
  })
  await expect(bob.text()).toContainText('harmless')
  for (const someone of [ada, bob]) {
    expect(await someone.page.evaluate(() => globalThis.ran)).toBeUndefined()
    await expect(someone.text().locator('a[href^="javascript"]')).toHaveCount(0)
  }
})

// [P1]
test('a name with slashes, spaces and any script is one document', async ({ weft, person }) => {
  const name = freshName('a/b c/文書 %41')
  const [ada, bob] = [await (await person()).open(weft, name), await (await person()).open(weft, name)]
  await ada.type('found')
  await bob.reads('found')
  expect(await bob.page.evaluate(() => globalThis.weft.session.name)).toBe(name)
})

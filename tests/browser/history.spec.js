import AxeBuilder from '@axe-core/playwright'
import { draw, drag, shapes, tool } from './board.js'
import { expect, freshName, test } from './fixtures.js'
import { open, part, past, ready, shown, slider, state, written } from './history.js'

// [T32] [T37] [T38]
test('the past is scrubbed by mouse and keys, and played to its end', async ({ weft, person }) => {
  const { ada, bob } = await written(weft, person)
  await open(ada)
  await expect(past(ada)).toContainText('The latest version')
  await expect(shown(ada)).toHaveText('Apples and pears. Berries.')
  await expect(past(ada).getByRole('button', { name: 'Restore', exact: true })).toBeHidden()

  await ada.page.keyboard.press('Shift+ArrowLeft')
  await expect(shown(ada)).toHaveText('Apples and pears.')
  await expect(past(ada)).toContainText('Viewing the past')
  await expect(slider(ada)).toHaveAttribute('aria-valuetext', /\d\d:\d\d, .*, First draft$/)
  await ada.page.keyboard.press('ArrowLeft')
  await part(ada, 'Apples and pears.')
  await ada.page.keyboard.press('Home')
  await expect(shown(ada)).toHaveText('')
  await ada.page.keyboard.press('PageUp')
  await expect(shown(ada)).toHaveText('Apples and pears.')

  const box = await slider(ada).boundingBox()
  await ada.page.mouse.move(box.x + box.width - 1, box.y + 20)
  await ada.page.mouse.down()
  // Into the pause between the two, however fast they wrote: before the first edit there is a pause as well.
  await ada.page.mouse.move(box.x + box.width * 0.85, box.y + 20, { steps: 5 })
  await ada.page.mouse.up()
  const words = await part(ada, 'Apples and pears. Berries.')

  // The document goes on behind it.
  await bob.type(' Cherries.')
  await ada.reads('Apples and pears. Berries. Cherries.')
  await expect(shown(ada)).toHaveText(words)

  await past(ada).getByRole('combobox', { name: 'Speed' }).selectOption('16')
  await slider(ada).focus()
  await ada.page.keyboard.press('Home')
  await ada.page.keyboard.press('Space')
  await expect(past(ada).getByRole('button', { name: 'Pause' })).toBeVisible()
  await expect(shown(ada)).toHaveText('Apples and pears. Berries.')
  await expect(past(ada).getByRole('button', { name: 'Play' })).toBeVisible()

  await ada.page.keyboard.press('Escape')
  await expect(past(ada)).toHaveCount(0)
  await expect(ada.page.getByRole('button', { name: 'History', exact: true })).toBeFocused()
  expect(new URL(ada.page.url()).search).toBe('')
  await ada.type('!')
  await bob.reads('Apples and pears. Berries. Cherries.!')
})

// [T35] [T39] [T40]
test('changes are shown by their author; a restore reaches everybody and is undone', async ({ weft, person }) => {
  const { ada, bob } = await written(weft, person)
  await ada.text().click()
  await ada.page.keyboard.press('Control+Home')
  await expect.poll(() => ada.page.evaluate(() => globalThis.weft.editor.state.selection.from)).toBe(1)
  for (let letter = 0; letter < 7; letter++) await ada.page.keyboard.press('Delete')
  await bob.reads('and pears. Berries.')
  await ada.isSaved()
  const { color } = await bob.self()
  await open(ada)
  await past(ada).getByRole('button', { name: 'Show changes' }).click()
  await expect(shown(ada)).toHaveText('Apples and pears. Berries.')
  await expect(shown(ada).locator('[data-change=delete]')).toHaveText('Apples ')
  const added = shown(ada).locator('[data-change=insert]')
  await expect(added).toHaveText(' Berries.')
  await expect(added).toHaveAttribute('title', 'Bob added this')
  expect(await added.evaluate(element => element.style.getPropertyValue('--who').trim())).toBe(color)
  await expect(past(ada)).toContainText('1 of 2')
  await past(ada).getByRole('button', { name: 'Next change' }).click()
  await expect(past(ada)).toContainText('2 of 2')
  await past(ada).getByRole('button', { name: 'Show changes' }).click()
  await expect(shown(ada)).toHaveText('and pears. Berries.')

  await past(ada).getByRole('button', { name: /First draft/ }).first().click()
  await expect(shown(ada)).toHaveText('Apples and pears.')
  await past(ada).getByRole('button', { name: 'Restore', exact: true }).click()
  const question = ada.page.getByRole('dialog', { name: 'Restore “First draft”?' })
  await expect(question).toContainText('nothing written since is lost')
  await question.getByRole('button', { name: 'Restore' }).click()
  await expect(past(ada)).toHaveCount(0)
  for (const someone of [ada, bob]) await someone.reads('Apples and pears.')
  await expect(bob.page.getByText('restored “First draft”')).toBeVisible()
  await expect(ada.page.getByText('Restored “First draft”.')).toBeVisible()
  await expect(ada.page.locator('.toast')).toHaveCount(1)
  await bob.page.locator('.toast').getByRole('button', { name: 'Undo' }).click()
  for (const someone of [ada, bob]) await someone.reads('and pears. Berries.')

  // All of it is in the history now.
  await open(ada)
  await expect(past(ada).getByRole('complementary', { name: 'Versions' })).toContainText('Restored from First draft')
})

// [T41] [T42]
test('a link leads to a moment; versions are named, renamed and filtered', async ({ weft, person }) => {
  const { document, ada } = await written(weft, person, { permissions: ['clipboard-read', 'clipboard-write'] })
  await open(ada)
  const list = past(ada).getByRole('complementary', { name: 'Versions' })
  await expect(list.getByRole('heading', { name: 'Today' })).toBeVisible()
  await expect(list).toContainText('Bob')
  await list.getByRole('button', { name: 'Name this version…' }).click()
  await ada.page.getByRole('textbox', { name: 'Name' }).fill('With berries')
  await ada.page.keyboard.press('Enter')
  await expect(list.getByRole('button', { name: /^With berries/ })).toBeVisible()
  await list.getByRole('button', { name: 'Rename With berries' }).click()
  await ada.page.getByRole('textbox', { name: 'Name' }).fill('Berries in')
  await ada.page.keyboard.press('Enter')
  await expect(list.getByRole('button', { name: /^Berries in/ })).toBeVisible()
  await list.getByRole('button', { name: 'Named only' }).click()
  await expect(list.getByRole('listitem')).toHaveCount(2)

  await list.getByRole('button', { name: /^First draft/ }).click()
  await ada.page.keyboard.press('ArrowLeft')
  await ada.page.keyboard.press('ArrowLeft')
  const words = await part(ada, 'Apples and pears.')
  await past(ada).getByRole('button', { name: 'More' }).click()
  await ada.page.getByRole('button', { name: 'Copy link to this moment' }).click()
  await expect(ada.page.getByText('The link to this moment was copied.')).toBeVisible()
  const link = await ada.page.evaluate(() => navigator.clipboard.readText())
  expect(link).toMatch(/\?history&at=\d+$/)

  const cleo = await person()
  cleo.origin = weft.origin
  await cleo.page.goto(link)
  await ready(cleo)
  await expect(shown(cleo)).toHaveText(words)
  const listed = await fetch(`${weft.origin}/api/documents/${encodeURIComponent(document)}/versions`)
  const { id } = (await listed.json()).versions.find(({ label }) => label === 'First draft')
  await cleo.page.goto(`${weft.origin}/d/${encodeURIComponent(document)}?history&at=${id}`)
  await ready(cleo)
  await expect(shown(cleo)).toHaveText('Apples and pears.')
  await expect(past(cleo)).toContainText('“First draft” · Viewing the past')
})

// [T43]
test('a moment is copied to a new document', async ({ weft, person }) => {
  const { ada } = await written(weft, person)
  await ada.title().fill('Fruit')
  await ada.isSaved()
  await open(ada)
  await past(ada).getByRole('button', { name: /First draft/ }).first().click()
  await past(ada).getByRole('button', { name: 'More' }).click()
  await ada.page.getByRole('button', { name: 'Copy to a new document' }).click()
  await ada.page.getByRole('button', { name: 'Open', exact: true }).click()
  await expect(ada.title()).toHaveValue(/^ ?\(copy of /)
  await ada.canEdit()
  await ada.reads('Apples and pears.')
})

// [T36] [T37]
test('a board is played back as it was drawn', async ({ weft, person }) => {
  const board = freshName('film')
  const ada = await (await person()).openBoard(weft, board)
  await draw(ada, 'rectangle', [300, 250], [450, 350])
  await tool(ada, 'freehand')
  await drag(ada, [500, 300], [560, 340], [620, 280], [700, 380])
  await expect.poll(async () => (await shapes(ada)).length).toBe(2)
  await ada.isSaved()
  await open(ada)
  const region = count => past(ada).getByRole('region', { name: `The board at this moment, ${count}` })
  await expect(region('2 shapes')).toBeVisible()
  await ada.page.keyboard.press('Home')
  await expect(region('0 shapes')).toBeVisible()
  await ada.page.keyboard.press('Space')
  await expect(region('2 shapes')).toBeVisible()
  await expect(past(ada).getByRole('button', { name: 'Play' })).toBeVisible()
  await past(ada).getByRole('button', { name: 'Show changes' }).click()
  await expect(past(ada).locator('.history-outline')).toHaveCount(2)
  // No key of the player draws on the board behind it.
  await slider(ada).focus()
  for (const key of ['v', 'Control+a', 'Delete', 'r']) await ada.page.keyboard.press(key)
  await ada.page.keyboard.press('Home')
  await ada.page.keyboard.press('Escape')
  await expect(past(ada)).toHaveCount(0)
  expect((await shapes(ada)).length).toBe(2)
  expect(await ada.page.evaluate(() => globalThis.weft.board.canvas.api.getAppState().activeTool.type)).not.toBe('rectangle')
})

for (const colorScheme of ['light', 'dark']) {
  // [T44]
  test(`the player is accessible and fits, ${colorScheme}`, async ({ weft, person }) => {
    const { ada } = await written(weft, person, { colorScheme })
    await ada.page.keyboard.press('Control+Shift+H')
    await ready(ada)
    await past(ada).getByRole('button', { name: 'Show changes' }).click()
    const axe = async where => {
      await ada.page.evaluate(() => Promise.all(document.getAnimations().map(animation => animation.finished.catch(() => {}))))
      const { violations } = await new AxeBuilder({ page: ada.page }).analyze()
      const grave = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact))
      expect(grave.map(({ id, nodes }) => ({ id, at: nodes.map(({ target, failureSummary }) => `${target}: ${failureSummary}`) })), where).toEqual([])
    }
    await axe('with changes')
    await ada.page.setViewportSize({ width: 360, height: 720 })
    await ada.page.getByRole('button', { name: 'Versions' }).click()
    await axe('narrow, with the list')
    expect(await ada.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
    for (const button of await past(ada).getByRole('button').all()) {
      const box = await button.boundingBox()
      if (box) expect(box.x + box.width, await button.textContent()).toBeLessThanOrEqual(361)
    }
  })
}

// [T33] [T46]
test('who may only read sees the past by its authenticated people, and restores nothing', async ({ closedWeft: weft, person }) => {
  const name = freshName('closed')
  const ada = await (await person()).visit(weft, name, weft.mint({ [name]: 'write' }, '--sub', 'ada'))
  await ada.canEdit()
  await ada.type('Only for readers.')
  await ada.isSaved()
  const bob = await person()
  bob.origin = weft.origin
  await bob.page.goto(`${weft.origin}/d/${encodeURIComponent(name)}?history&at=1&token=${weft.mint({ [name]: 'read' }, '--sub', 'bob')}`)
  await ready(bob)
  await expect(past(bob)).toContainText('Before the first edit')
  await bob.page.keyboard.press('ArrowRight')
  await expect(shown(bob)).toHaveText('O')
  await expect(slider(bob)).toHaveAttribute('aria-valuetext', new RegExp(`, (ada|${(await ada.self()).name})$`))
  for (const name of ['Restore', 'Name this version…']) await expect(past(bob).getByRole('button', { name, exact: true })).toBeHidden()
  await bob.page.keyboard.press('Escape')
  await expect(past(bob)).toHaveCount(0)
  expect(new URL(bob.page.url()).search).toBe('')
})

// [T31]
test('a long past is there soon, and any moment of it at once', async ({ weft, person }) => {
  test.setTimeout(400_000)
  const updates = Number(process.env.WEFT_HISTORY_UPDATES ?? 3_000)
  const ada = await (await person()).open(weft, freshName('long'))
  await ada.type('start ')
  await ada.page.evaluate(async updates => {
    const { doc } = globalThis.weft
    const text = doc.getText('text')
    const Mark = text.toDelta()[0].insert.constructor
    for (let edit = 0; edit < updates; edit++) {
      if (edit % 200 === 199) text.insertEmbed(text.length, new Mark())
      else if (edit % 10 === 9) text.delete(text.length - 1, 1)
      else text.insert(text.length, 'word '[edit % 5])
      if (edit % 100 === 0) await new Promise(resolve => setTimeout(resolve))
    }
  }, updates)
  await expect(ada.saveState()).toHaveAttribute('data-state', 'saved', { timeout: 300_000 })
  await open(ada)
  const { count } = await state(ada)
  expect(count).toBeGreaterThan(updates)
  const figures = await ada.page.evaluate(() => {
    const at = name => performance.getEntriesByName(name).at(-1).startTime
    const { history } = globalThis.weft
    const { count } = history.state
    const jumps = []
    for (let jump = 0; jump < 60; jump++) {
      const wanted = Math.floor((jump * 0.6180339887 % 1) * count)
      const before = performance.now()
      history.jump(wanted)
      jumps.push(performance.now() - before)
    }
    jumps.sort((a, b) => a - b)
    const since = name => at(name) - at('weft-history-open')
    return { first: since('weft-history-first'), whole: since('weft-history-shown'), median: jumps[30], p95: jumps[57], most: jumps[59] }
  })
  console.log(`history of ${count} updates: first frame ${figures.first.toFixed(0)} ms, whole ${figures.whole.toFixed(0)} ms; jump median ${figures.median.toFixed(1)} ms, p95 ${figures.p95.toFixed(1)} ms, most ${figures.most.toFixed(1)} ms`)
  expect(figures.median, 'milliseconds of a jump').toBeLessThan(250)
})

// [T45]
test('a document without a past says so, and so does a server that is away', async ({ weft, person }) => {
  const ada = await person({ expected: /404|ERR_FAILED|Failed to load/ })
  ada.origin = weft.origin
  await ada.page.goto(`${weft.origin}/d/${encodeURIComponent(freshName('none'))}?history`)
  await expect(past(ada)).toContainText(/no such document|Nothing has been written/)
  await ada.page.keyboard.press('Escape')
  await expect(past(ada)).toHaveCount(0)
  await ada.canEdit()
  await ada.type('x')
  await ada.isSaved()
  await ada.page.route('**/replay', route => route.abort())
  await ada.page.getByRole('button', { name: 'History', exact: true }).click()
  await expect(past(ada)).toContainText('cannot be reached')
  await ada.page.unroute('**/replay')
  await past(ada).getByRole('button', { name: 'Try again' }).click()
  await ready(ada)
  expect((await state(ada)).count).toBeGreaterThan(0)
})

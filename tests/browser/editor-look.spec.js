import { expectAccessible } from './axe.js'
import { expect, freshName, test } from './fixtures.js'
import { paste, two } from './editor-fixtures.js'

const TEXT = '# Notes\n\nSee [the paper](https://example.org/paper) for **more**.\n\n- [x] done\n- [ ] open\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\n```rust\nfn main() {}\n```\n\n## Last\n\nWords to choose'

async function write (someone) {
  await someone.text().click()
  await paste(someone, { 'text/plain': TEXT })
  await expect(someone.text().locator('td')).toHaveCount(2)
}

for (const colorScheme of ['light', 'dark']) {
  // [P8]
  test(`menus, bars, find and outline are accessible, ${colorScheme}`, async ({ weft, person }) => {
    const ada = await (await person({ colorScheme })).open(weft, freshName('axe editor'))
    const { page } = ada
    await ada.title().fill('Accessible')
    await write(ada)
    await expectAccessible(page, 'with all blocks')
    await ada.text().locator('p').last().click()
    await page.keyboard.press('End')
    await page.keyboard.type(' /')
    await expect(page.getByRole('listbox', { name: 'Insert' })).toBeVisible()
    await expectAccessible(page, 'with the slash menu')
    await page.keyboard.press('Escape')
    await ada.text().getByText('Words to choose').dblclick({ position: { x: 10, y: 10 } })
    await expect(page.getByRole('toolbar', { name: 'Selection' })).toBeVisible()
    await expectAccessible(page, 'with the bar at a selection')
    await page.keyboard.press('Control+Shift+k')
    await page.keyboard.type('nonsense here')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('dialog', { name: 'Link' }).getByRole('alert')).toHaveText(/Enter a web address/)
    await expectAccessible(page, 'with the form for a link')
    await page.keyboard.press('Escape')
    await ada.text().locator('a').click()
    await expect(page.getByRole('dialog', { name: 'Link' })).toBeVisible()
    await expectAccessible(page, 'with a link\'s box')
    await ada.text().locator('td').first().click()
    await expect(page.getByRole('toolbar', { name: 'Table' })).toBeVisible()
    await expectAccessible(page, 'with the bar of a table')
    await page.keyboard.press('Control+f')
    await page.keyboard.type('o')
    await expect(ada.text().locator('.found').first()).toBeVisible()
    await expectAccessible(page, 'with find')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Document menu' }).click()
    await expectAccessible(page, 'with the document menu')
    await page.getByRole('menuitem', { name: 'Outline' }).click()
    await page.locator('.count').click()
    await expect(page.getByRole('navigation', { name: 'Outline' })).toBeVisible()
    await expectAccessible(page, 'with the outline and the counts')
  })
}

// [P7]
test('at 360 px by touch everything is reached and nothing sticks out', async ({ weft, person }) => {
  const ada = await (await person({ viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true })).open(weft, freshName('touch'))
  const { page } = ada
  await write(ada)
  const inside = async (part, what) => {
    const box = await part.boundingBox()
    expect(box.x, what).toBeGreaterThanOrEqual(0)
    expect(box.x + box.width, what).toBeLessThanOrEqual(360)
    expect(box.y, what).toBeGreaterThanOrEqual(0)
    expect(box.y + box.height, what).toBeLessThanOrEqual(640)
    expect(await page.evaluate(() => document.documentElement.scrollWidth), what).toBeLessThanOrEqual(360)
  }
  await page.keyboard.type(' /')
  await inside(page.getByRole('listbox', { name: 'Insert' }), 'the slash menu')
  await page.getByRole('option', { name: /^Numbered list/ }).tap()
  await expect(ada.text().locator('ol')).toHaveCount(1)
  await ada.text().getByRole('checkbox').last().tap()
  await expect(ada.text().getByRole('checkbox').last()).toBeChecked()
  await ada.text().locator('td').first().tap()
  await inside(page.getByRole('toolbar', { name: 'Table' }), 'the bar of a table')
  await page.getByRole('toolbar', { name: 'Table' }).getByRole('button', { name: 'Add row below' }).tap()
  await expect(ada.text().locator('tr')).toHaveCount(3)
  await page.keyboard.press('Control+a')
  await inside(page.getByRole('toolbar', { name: 'Selection' }), 'the bar at a selection')
  await page.getByRole('button', { name: 'Document menu' }).tap()
  await inside(page.getByRole('menu', { name: 'Document menu' }), 'the document menu')
  await page.getByRole('menuitem', { name: 'Find and replace' }).tap()
  await inside(page.getByRole('search'), 'find')
  await page.keyboard.press('Escape')
  const image = page.getByRole('toolbar', { name: 'Formatting' }).getByRole('button', { name: 'Image' })
  await image.scrollIntoViewIfNeeded()
  await expect(image).toBeInViewport()
})

// [P34] [P1]
test('five people write at once and end with the same text', async ({ weft, person }) => {
  const name = freshName('five')
  const people = []
  for (let index = 0; index < 5; index++) people.push(await (await person()).open(weft, name))
  const [ada] = people
  await ada.type(['one', 'two', 'three', 'four', 'five'].join('\n'))
  for (const someone of people) await expect.poll(() => someone.words()).toContain('five')
  await Promise.all(people.map(async (someone, index) => {
    // What others write in the very moment of a click may take the click away; people click again then.
    await expect(async () => {
      await someone.text().locator('p').nth(index).click()
      expect(await someone.page.evaluate(() => globalThis.weft.editor.state.selection.$from.index(0))).toBe(index)
    }).toPass()
    await someone.page.keyboard.press('End')
    await someone.page.keyboard.type(`-${'abcde'[index].repeat(12)}`, { delay: 15 })
  }))
  const letters = text => [...text].filter(sign => 'abcde'.includes(sign)).length
  await expect.poll(async () => (await Promise.all(people.map(someone => someone.words()))).every((text, _at, all) => text === all[0])).toBe(true)
  const text = await ada.words()
  for (const sign of 'abcde') expect(text).toContain(sign.repeat(12))
  expect(letters(text)).toBeGreaterThanOrEqual(60)
  await expect(ada.page.locator('.peer-caret')).toHaveCount(4)
  for (const someone of people) await someone.isSaved()
})

// [P34]
test('what others write above moves neither the caret nor the line that is read', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person, 'still')
  await ada.text().click()
  await ada.page.evaluate(() => weft.editor.commands.setContent(Array.from({ length: 120 }, (_, index) => `<p>line ${index}</p>`).join('')))
  await expect(bob.text()).toContainText('line 119')
  const line = ada.text().getByText('line 80', { exact: true })
  await line.click()
  // As painted: a browser keeps what is read in its place when it paints, not when it is asked in between.
  const at = () => line.evaluate(element => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(() =>
    resolve(Math.round(element.getBoundingClientRect().top))))))
  const caret = () => ada.page.evaluate(() => weft.editor.state.selection.$from.parent.textContent)
  const before = await at()
  await bob.text().click()
  await bob.page.keyboard.press('Control+Home')
  for (let index = 0; index < 12; index++) {
    await bob.page.keyboard.type('new')
    await bob.page.keyboard.press('Enter')
  }
  await expect.poll(() => ada.text().locator('p').count()).toBe(132)
  expect(Math.abs(await at() - before)).toBeLessThanOrEqual(2)
  expect(await caret()).toBe('line 80')
})

// [P34]
test('200 pages with 50 carets stay fluid', async ({ weft, person }) => {
  test.slow()
  const [ada, bob] = await two(weft, person, 'long')
  await ada.page.evaluate(() => weft.editor.commands.setContent(Array.from({ length: 2000 }, (_, index) => `<p>${`paragraph ${index} `.repeat(25)}</p>`).join('')))
  await expect(bob.text()).toContainText('paragraph 1999')
  const { writing, frames } = await bob.page.evaluate(async () => {
    const { awareness, doc } = weft.session
    const { view } = weft.editor
    const body = doc.getText('text')
    weft.editor.commands.focus(5)
    const cursor = () => ({ ...awareness.getLocalState().cursor })
    await new Promise(resolve => setTimeout(resolve, 200))
    const here = cursor()
    const move = step => {
      for (let client = 1; client <= 50; client++) {
        awareness.states.set(client, { user: { id: `p${client}`, name: `Person ${client}`, color: '#2563eb' }, cursor: here, step })
        awareness.meta.set(client, { clock: step, lastUpdated: Date.now() })
      }
      awareness.emit('change', [{ added: [], updated: Array.from({ length: 50 }, (_, index) => index + 1), removed: [] }, 'test'])
    }
    const gaps = []
    let last = performance.now()
    let ticking = true
    const tick = now => { gaps.push(now - last); last = now; if (ticking) requestAnimationFrame(tick) }
    requestAnimationFrame(tick)
    const times = []
    for (let step = 0; step < 40; step++) {
      move(step)
      const start = performance.now()
      view.dispatch(view.state.tr.insertText('x', 10))
      times.push(performance.now() - start)
      await new Promise(requestAnimationFrame)
    }
    ticking = false
    const middle = list => list.sort((a, b) => a - b)[Math.floor(list.length * 0.5)]
    return { writing: middle(times), frames: middle(gaps), body: body.length }
  })
  const arriving = await ada.page.evaluate(async () => {
    const { doc } = weft.session
    const text = doc.getText('text')
    const middle = Math.floor(text.length / 2)
    const times = []
    for (let step = 0; step < 20; step++) {
      const start = performance.now()
      doc.transact(() => text.insert(middle, 'y'), 'test')
      times.push(performance.now() - start)
      await new Promise(requestAnimationFrame)
    }
    return times.sort((a, b) => a - b)[10]
  })
  console.log(`2,000 paragraphs, 50 carets: a key ${writing.toFixed(1)} ms, a change of others ${arriving.toFixed(1)} ms, frame ${frames.toFixed(1)} ms (medians)`)
  expect(writing).toBeLessThan(60)
  expect(arriving).toBeLessThan(120)
})

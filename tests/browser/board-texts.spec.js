// Several people in one text of a board.

import { agree, draw, lookHome, onScreen, shape, shapes, write } from './board.js'
import { expect, freshName, OUTAGE, test } from './fixtures.js'

const field = ({ page }) => page.locator('.excalidraw-wysiwyg')

async function openField (someone) {
  const [x, y] = await onScreen(someone, await shape(someone, 'text'))
  await someone.page.mouse.dblclick(x + 8, y + 10)
  await expect(field(someone)).toBeFocused()
}

async function sharing (weft, person, words, ...options) {
  const name = freshName('board')
  const ada = await (await person(...options)).openBoard(weft, name)
  const bob = await (await person(...options)).openBoard(weft, name)
  await lookHome(ada, bob)
  await write(ada, [400, 300], words)
  await agree(1, ada, bob)
  return [ada, bob]
}

const words = async someone => (await shape(someone, 'text')).originalText

// [B30]
for (const last of ['the first', 'the second']) {
  test(`two in one text keep their words when ${last} leaves last`, async ({ weft, person }) => {
    const [ada, bob] = await sharing(weft, person, 'start')
    for (const someone of [ada, bob]) {
      await openField(someone)
      await someone.page.keyboard.press('End')
    }
    await Promise.all([ada.page.keyboard.type(' anna'), bob.page.keyboard.type(' bert')])
    const [first, second] = last === 'the second' ? [ada, bob] : [bob, ada]
    await first.page.keyboard.press('Escape')
    await first.isSaved()
    await second.page.keyboard.press('Escape')
    await agree(1, ada, bob)
    const text = await words(ada)
    expect([...text].sort().join('')).toBe([...'start anna bert'].sort().join(''))
    await Promise.all([ada.isSaved(), bob.isSaved()])
    await ada.page.reload()
    await expect(ada.page.locator('body[data-canvas="ready"]')).toBeAttached()
    await agree(1, bob, ada)
    expect(await words(ada)).toBe(text)
  })
}

// [B30]
test('what the other types shows in the open field, and the caret stays where it was', async ({ weft, person }) => {
  const [ada, bob] = await sharing(weft, person, 'one three')
  await openField(ada)
  await openField(bob)
  await ada.page.keyboard.press('End')
  await bob.page.keyboard.press('Home')
  await bob.page.keyboard.type('zero ')
  await expect(field(ada)).toHaveValue('zero one three')
  await ada.page.keyboard.type(' four')
  await expect(field(bob)).toHaveValue('zero one three four')
  await bob.page.keyboard.type('half ')
  await expect(field(ada)).toHaveValue('zero half one three four')
  for (const { page } of [ada, bob]) await page.keyboard.press('Escape')
  await agree(1, ada, bob)
  const { width } = await shape(ada, 'text')
  expect(width, 'the text is as wide as its words').toBeGreaterThan(180)
})

// [B30]
test('words typed into one text offline are all there at the return', async ({ weft, person }) => {
  const [ada, bob] = await sharing(weft, person, 'start', { expected: OUTAGE })
  for (const [someone, more, key] of [[ada, ' anna', 'End'], [bob, 'bert ', 'Home']]) {
    await someone.context.setOffline(true)
    await openField(someone)
    await someone.page.keyboard.press(key)
    await someone.page.keyboard.type(more)
    await someone.page.keyboard.press('Escape')
  }
  await ada.context.setOffline(false)
  await bob.context.setOffline(false)
  for (const someone of [ada, bob]) await expect.poll(() => words(someone)).toBe('bert start anna')
  await agree(1, ada, bob)
})

// [B31]
test('undo takes back one\'s own words in a text and leaves those of the others', async ({ weft, person }) => {
  const [ada, bob] = await sharing(weft, person, 'start')
  for (const [someone, more] of [[ada, ' anna'], [bob, ' bert']]) {
    await openField(someone)
    await someone.page.keyboard.press('End')
    await someone.page.keyboard.type(more)
    await someone.page.keyboard.press('Escape')
    await agree(1, ada, bob)
    await expect.poll(() => words(ada)).toContain(more)
    await expect.poll(() => words(bob)).toContain(more)
  }
  await ada.page.keyboard.press('Control+z')
  await expect.poll(() => words(bob)).toBe('start bert')
  await agree(1, ada, bob)
  await ada.page.keyboard.press('Control+Shift+z')
  await expect.poll(() => words(bob)).toBe('start anna bert')
  await agree(1, ada, bob)
  await ada.page.keyboard.press('Control+z')
  await expect.poll(() => words(bob)).toBe('start bert')
  // The next takes back that the text was made, and with that "start".
  await ada.page.keyboard.press('Control+z')
  await expect.poll(() => words(bob)).toBe(' bert')
  await agree(1, ada, bob)
})

// [B33]
test('a text of another script runs from right to left where it is typed', async ({ weft, person }) => {
  const [ada, bob] = await sharing(weft, person, 'مرحبا بالعالم')
  await openField(ada)
  const { direction, dir } = await field(ada).evaluate(area => ({ direction: getComputedStyle(area).direction, dir: area.dir }))
  expect([direction, dir]).toEqual(['rtl', 'auto'])
  await ada.page.keyboard.press('End')
  await ada.page.keyboard.type(' abc')
  await ada.page.keyboard.press('Escape')
  await agree(1, ada, bob)
  expect(await words(bob)).toBe('مرحبا بالعالم abc')
  expect((await shapes(bob)).length).toBe(1)
})

// [B38]
for (const when of ['offline', 'while it is being typed']) {
  test(`two labels of a shape, one of which comes ${when}, are both on everybody's board`, async ({ weft, person }) => {
    const name = freshName('labels')
    const [ada, bob, cleo] = await Promise.all([1, 2, 3].map(async () => (await person({ expected: OUTAGE })).openBoard(weft, name)))
    await lookHome(ada, bob, cleo)
    await draw(ada, 'rectangle', [400, 300], [600, 400])
    await agree(1, ada, bob, cleo)
    await ada.page.keyboard.press('Escape')
    for (const someone of [ada, bob]) {
      await someone.context.setOffline(true)
      await someone.page.mouse.dblclick(500, 350)
      await expect(field(someone)).toBeFocused()
    }
    await Promise.all([ada.page.keyboard.type('Anna says'), bob.page.keyboard.type('Bert says so')])
    await bob.page.keyboard.press('Escape')
    if (when === 'offline') await ada.page.keyboard.press('Escape')
    for (const someone of [ada, bob]) await someone.context.setOffline(false)
    for (const someone of [ada, cleo]) await expect.poll(async () => (await shapes(someone)).length).toBe(3)
    await ada.page.keyboard.press('Escape')
    await agree(3, ada, bob, cleo)
    const all = await shapes(cleo)
    const box = all.find(({ type }) => type === 'rectangle')
    const texts = all.filter(({ type }) => type === 'text')
    const [label, free] = texts[0].containerId ? texts : texts.reverse()
    expect([label.containerId, free.containerId]).toEqual([box.id, undefined])
    expect(box.boundElements).toEqual([{ id: label.id, type: 'text' }])
    expect(free.x).toBeGreaterThan(box.x + box.width)
    expect(texts.map(({ originalText }) => originalText).sort()).toEqual(['Anna says', 'Bert says so'])
    await cleo.isSaved()
    await cleo.page.reload()
    await expect(cleo.page.locator('body[data-canvas="ready"]')).toBeAttached()
    await agree(3, ada, cleo)
  })
}

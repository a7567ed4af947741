import { expectAccessible } from './axe.js'
import { draw, shapes } from './board.js'
import { expect, freshName, test } from './fixtures.js'
import { open, past, ready, slider } from './history.js'

const region = (someone, count) => past(someone).getByRole('region', { name: `The board at this moment, ${count}` })

/** A board with three shapes, drawn one after the other. */
async function drawn (weft, person, options = {}) {
  const board = freshName('film')
  const ada = await (await person(options)).openBoard(weft, board)
  const places = [['rectangle', [300, 250], [450, 350]], ['ellipse', [500, 250], [600, 350]], ['diamond', [650, 250], [750, 350]]]
  for (const [at, [name, from, to]] of places.entries()) {
    await draw(ada, name, from, to)
    await expect.poll(async () => (await shapes(ada)).length).toBe(at + 1)
  }
  await ada.isSaved()
  return { ada, board }
}

/** Steps back until the board has as many shapes. */
async function back (someone, count) {
  await expect(async () => {
    await someone.page.keyboard.press('ArrowLeft')
    await expect(region(someone, count)).toBeVisible({ timeout: 100 })
  }).toPass()
}

for (const colorScheme of ['light', 'dark']) {
  // [T44]
  test(`the player over a board is accessible and fits, ${colorScheme}`, async ({ weft, person }) => {
    test.slow()
    const { ada } = await drawn(weft, person, { colorScheme })
    await open(ada)
    await expect(region(ada, '3 shapes')).toBeVisible()
    await expectAccessible(ada.page, 'the latest')
    await back(ada, '2 shapes')
    await past(ada).getByRole('button', { name: 'Show changes' }).click()
    await past(ada).getByRole('button', { name: 'Next change' }).click()
    await expectAccessible(ada.page, 'with changes')
    await past(ada).getByRole('button', { name: 'More' }).click()
    await expectAccessible(ada.page, 'with the menu')
    await ada.page.keyboard.press('Escape')
    await past(ada).getByRole('button', { name: 'Restore', exact: true }).click()
    await expectAccessible(ada.page, 'with the question')
    await ada.page.keyboard.press('Escape')
    await ada.page.setViewportSize({ width: 360, height: 720 })
    await past(ada).getByRole('button', { name: 'Versions' }).click()
    await expectAccessible(ada.page, 'narrow, with the list')
    expect(await ada.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
    const outside = await past(ada).getByRole('button').evaluateAll(buttons => buttons.filter(button => button.getBoundingClientRect().right > 361).map(button => button.ariaLabel ?? button.textContent))
    expect(outside).toEqual([])
    // What was chosen is seen: the list lay over it.
    await past(ada).getByRole('complementary', { name: 'Versions' }).getByRole('listitem').first().getByRole('button').first().click()
    await expect(past(ada).getByRole('complementary', { name: 'Versions' })).toBeHidden()
    await expect(slider(ada)).toBeFocused()
    await expect(region(ada, '3 shapes')).toBeVisible()
  })
}

// [T41] [T47]
test('a link leads to a moment of a board, also of a named one', async ({ weft, person }) => {
  const { ada, board } = await drawn(weft, person, { permissions: ['clipboard-read', 'clipboard-write'] })
  await open(ada)
  await back(ada, '1 shape')
  await past(ada).getByRole('button', { name: 'More' }).click()
  await ada.page.getByRole('button', { name: 'Copy link to this moment' }).click()
  await expect(ada.page.getByText('The link to this moment was copied.')).toBeVisible()
  const link = await ada.page.evaluate(() => navigator.clipboard.readText())
  expect(link).toMatch(/\/w\/.*\?history&at=\d+$/)
  const bob = await person()
  bob.origin = weft.origin
  await bob.page.goto(link)
  await ready(bob)
  await expect(region(bob, '1 shape')).toBeVisible()

  await bob.page.keyboard.press('F2')
  await bob.page.getByRole('textbox', { name: 'Name' }).fill('Only a box')
  await bob.page.keyboard.press('Enter')
  await expect(past(bob)).toContainText('“Only a box” · Viewing the past')
  await expect.poll(() => new URL(bob.page.url()).searchParams.get('at')).toMatch(/^named-\d+$/)
  await ada.page.goto(bob.page.url())
  await ready(ada)
  await expect(region(ada, '1 shape')).toBeVisible()
  await expect(past(ada)).toContainText('“Only a box”')
  expect(new URL(ada.page.url()).pathname).toBe(`/w/${encodeURIComponent(board)}`)
})

// [T43]
test('a moment of a board is copied to a board of its own', async ({ weft, person }) => {
  const { ada, board } = await drawn(weft, person)
  await open(ada)
  await back(ada, '2 shapes')
  await past(ada).getByRole('button', { name: 'More' }).click()
  await ada.page.getByRole('button', { name: 'Copy to a new board' }).click()
  await ada.page.getByRole('button', { name: 'Open', exact: true }).click()
  await expect(ada.page.locator('body[data-loaded="true"][data-canvas="ready"]')).toBeAttached()
  expect(decodeURIComponent(new URL(ada.page.url()).pathname)).not.toBe(`/w/${board}`)
  await expect.poll(async () => (await shapes(ada)).map(({ type }) => type).sort()).toEqual(['ellipse', 'rectangle'])
  await expect(ada.page.getByRole('textbox', { name: 'Board title' })).toHaveValue(/copy of /)
})

// [T49]
test('a finger scrubs through the past', async ({ weft, person }) => {
  const { ada } = await drawn(weft, person, { hasTouch: true })
  await open(ada)
  await expect(region(ada, '3 shapes')).toBeVisible()
  const box = await slider(ada).boundingBox()
  const devtools = await ada.context.newCDPSession(ada.page)
  const touch = (type, share) => devtools.send('Input.dispatchTouchEvent', { type, touchPoints: share === undefined ? [] : [{ x: box.x + box.width * share, y: box.y + box.height / 2 }] })
  await touch('touchStart', 0.98)
  for (let share = 0.9; share > 0.01; share -= 0.1) await touch('touchMove', share)
  await touch('touchMove', 0.001)
  await expect(region(ada, '0 shapes')).toBeVisible()
  await touch('touchMove', 0.999)
  await touch('touchEnd')
  await expect(region(ada, '3 shapes')).toBeVisible()
  await ada.page.touchscreen.tap(box.x + 1, box.y + box.height / 2)
  await expect(region(ada, '0 shapes')).toBeVisible()
})

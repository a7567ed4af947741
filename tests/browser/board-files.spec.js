// Drawings that are dropped on a board.

import { agree, draw, lookHome, shapes } from './board.js'
import { expect, freshName, test } from './fixtures.js'

const ellipse = { id: 'from-file', type: 'ellipse', x: 0, y: 0, width: 80, height: 40 }
const drawing = (...elements) => JSON.stringify({ type: 'excalidraw', version: 2, elements })

async function drop ({ page }, { name, type = '', content, base64 = false }) {
  await page.evaluate(({ name, type, content, base64 }) => {
    const data = new DataTransfer()
    const bytes = base64 ? Uint8Array.from(atob(content), char => char.charCodeAt(0)) : content
    data.items.add(new File([bytes], name, { type }))
    document.querySelector('canvas.interactive').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true, clientX: 500, clientY: 400 }))
  }, { name, type, content, base64 })
}

async function two (weft, person) {
  const name = freshName('board')
  const ada = await (await person()).openBoard(weft, name)
  const bob = await (await person()).openBoard(weft, name)
  await lookHome(ada, bob)
  await draw(bob, 'rectangle', [300, 200], [400, 260])
  await agree(1, ada, bob)
  return [ada, bob]
}

const kinds = async someone => (await shapes(someone)).map(({ type }) => type)
const question = ({ page }) => page.getByRole('dialog', { name: /Put .* on the board/ })

// [B34]
test('a dropped drawing asks first: nothing happens without an answer, and added it leaves what is there', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person)
  const file = { name: 'plan.excalidraw', content: drawing(ellipse) }
  await drop(ada, file)
  await expect(question(ada)).toBeVisible()
  expect(await kinds(bob)).toEqual(['rectangle'])
  await ada.page.keyboard.press('Escape')
  await expect(question(ada)).toBeHidden()
  expect(await kinds(ada)).toEqual(['rectangle'])
  // Twice the same file is twice the drawing.
  for (const count of [2, 3]) {
    await drop(ada, file)
    await question(ada).getByRole('button', { name: 'Add' }).click()
    await agree(count, ada, bob)
  }
  expect(await kinds(bob)).toEqual(['rectangle', 'ellipse', 'ellipse'])
  await ada.page.keyboard.press('Control+z')
  await agree(2, ada, bob)
})

// [B34]
for (const how of ['the button of the message', 'Ctrl+Z']) {
  test(`a drawing that replaces the board is told to the others and undone by ${how}`, async ({ weft, person }) => {
    const [ada, bob] = await two(weft, person)
    await drop(ada, { name: 'plan.excalidraw', content: drawing(ellipse) })
    await question(ada).getByRole('button', { name: 'Replace' }).click()
    await expect.poll(() => kinds(bob)).toEqual(['ellipse'])
    await expect(bob.page.locator('.toast')).toContainText(/.+ replaced the board with a file\. .+ can undo it/)
    if (how === 'Ctrl+Z') await ada.page.keyboard.press('Control+z')
    else await ada.page.locator('.toast').getByRole('button', { name: 'Undo' }).click()
    await expect.poll(() => kinds(bob)).toEqual(['rectangle'])
    await agree(1, ada, bob)
  })
}

// [B34]
test('an image with its drawing in it asks as well, and one without is an image', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, person)
  const payload = Buffer.from(JSON.stringify({ version: '1', encoding: 'bstring', compressed: false, encoded: drawing(ellipse) })).toString('base64')
  const image = inside => `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20">${inside}<rect width="40" height="20" fill="#2f9e44"/></svg>`
  const marked = `<!-- svg-source:excalidraw --><metadata><!-- payload-type:application/vnd.excalidraw+json --><!-- payload-version:2 --><!-- payload-start -->${payload}<!-- payload-end --></metadata>`
  await drop(ada, { name: 'plan.svg', type: 'image/svg+xml', content: image(marked) })
  await question(ada).getByRole('button', { name: 'Add' }).click()
  await agree(2, ada, bob)
  expect(await kinds(bob)).toEqual(['rectangle', 'ellipse'])
  await drop(ada, { name: 'plain.svg', type: 'image/svg+xml', content: image('') })
  await agree(3, ada, bob)
  expect(await kinds(bob)).toEqual(['rectangle', 'ellipse', 'image'])
})

// [B34]
test('an empty board takes a drawing without a question, and what is none is refused with a sentence', async ({ weft, person }) => {
  const ada = await (await person()).openBoard(weft, freshName('board'))
  await drop(ada, { name: 'broken.excalidraw', content: '{"type":"excalidraw","elements":[' })
  await expect(ada.page.locator('.toast')).toContainText('broken.excalidraw is not a drawing that can be read.')
  await drop(ada, { name: 'plan.excalidraw', content: drawing(ellipse, { ...ellipse, id: 'page', type: 'embeddable', link: 'https://evil.example' }) })
  await expect.poll(() => kinds(ada)).toEqual(['ellipse'])
  await expect(ada.page.locator('.toast').last()).toContainText('Left out: 1')
})

// [B35]
test('the help closes by Escape and by its button, keeps the focus inside and gives it back', async ({ weft, person }) => {
  const { page } = await (await person()).openBoard(weft, freshName('board'))
  const help = page.locator('.HelpDialog')
  const focusIsInside = () => page.evaluate(() => document.querySelector('.Modal').contains(document.activeElement))
  for (const away of [() => page.keyboard.press('Escape'), () => page.getByRole('button', { name: 'Close', exact: true }).click()]) {
    await page.keyboard.press('?')
    await expect(help).toBeVisible()
    await expect.poll(focusIsInside).toBe(true)
    for (const key of ['Tab', 'Tab', 'Tab', 'Shift+Tab', 'Shift+Tab', 'Shift+Tab', 'Shift+Tab']) {
      await page.keyboard.press(key)
      expect(await focusIsInside(), key).toBe(true)
    }
    await away()
    await expect(help).toBeHidden()
    await expect(page.locator('.excalidraw-container')).toBeFocused()
  }
})

// [B36]
test.describe('on a phone on its side', () => {
  test.use({ viewport: { width: 740, height: 360 }, hasTouch: true })
  test('the lower bar leaves the board its height, and everything in it is there', async ({ weft, person }) => {
    const { page } = await (await person({ viewport: { width: 740, height: 360 }, hasTouch: true })).openBoard(weft, freshName('board'))
    const menu = page.locator('.App-bottom-bar .main-menu-trigger')
    const { y } = await menu.boundingBox()
    expect(360 - y, 'pixels at the lower edge').toBeLessThanOrEqual(40)
    const between = await page.evaluate(() => document.elementFromPoint(370, 340)?.tagName)
    expect(between, 'what is between the buttons').toBe('CANVAS')
    await menu.click()
    await expect(page.getByText('Export image...')).toBeVisible()
    const help = await page.getByText('Help', { exact: true }).boundingBox()
    expect(help.y + help.height).toBeLessThanOrEqual(360)
  })
})

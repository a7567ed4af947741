// Drawing on boards and looking at what is on them.

import { expect } from './fixtures.js'

const KEYS = { select: 'v', rectangle: 'r', diamond: 'd', ellipse: 'o', arrow: 'a', line: 'l', freehand: 'p', text: 't', laser: 'k' }

/** What is each page's own; the order shows in the list. */
const OWN = ['index', 'version', 'versionNonce', 'updated', 'lastCommittedPoint', 'status', 'customData']

/** Elements that are not deleted, as this person's canvas has them, in z-order. */
export async function shapes ({ page }) {
  return await page.evaluate(own => globalThis.weft.board.shapes().filter(shape => !shape.isDeleted).map(shape =>
    JSON.parse(JSON.stringify({ ...shape, ...Object.fromEntries(own.map(key => [key, undefined])) },
      // Coordinates travel rounded to what can be seen.
      (_key, value) => typeof value === 'number' ? Math.round(value * 8) / 8 : value ?? undefined))), OWN)
}

export async function shape (someone, type) {
  return (await shapes(someone)).find(shape => shape.type === type)
}

export const tool = async ({ page }, name) => await page.keyboard.press(KEYS[name])

/** Presses, moves through all points and lets go. */
export async function drag ({ page }, ...points) {
  await press({ page }, ...points)
  await page.mouse.up()
}

/** The same without letting go. */
export async function press ({ page }, [x, y], ...points) {
  await page.mouse.move(x, y)
  await page.mouse.down()
  for (const [toX, toY] of points) await page.mouse.move(toX, toY, { steps: 4 })
}

export async function draw (someone, name, from, to) {
  await tool(someone, name)
  await drag(someone, from, to)
}

export async function write (someone, [x, y], words) {
  await tool(someone, 'text')
  await someone.page.mouse.click(x, y)
  await expect(someone.page.locator('.excalidraw-wysiwyg')).toBeFocused()
  await someone.page.keyboard.type(words)
  await someone.page.keyboard.press('Escape')
}

/** Waits until everybody has the same board, with this many elements. */
export async function agree (count, first, ...others) {
  await expect.poll(async () => (await shapes(first)).length, 'elements on the board').toBe(count)
  for (const other of others) {
    await expect(async () => expect(await shapes(other), 'the other board').toEqual(await shapes(first))).toPass({ timeout: 15_000 })
  }
}

/** Where this person's screen shows a point of the scene. */
export async function onScreen ({ page }, { x, y }) {
  return await page.evaluate(([x, y]) => {
    const { scrollX, scrollY, zoom } = globalThis.weft.board.view()
    const box = document.getElementById('canvas').getBoundingClientRect()
    return [(x + scrollX) * zoom + box.left, (y + scrollY) * zoom + box.top]
  }, [x, y])
}

/** The same part of the scene for everybody, so that screen points mean the same. */
export async function lookHome (...people) {
  for (const { page } of people) await page.evaluate(() => globalThis.weft.board.look({ ...globalThis.weft.board.view(), scrollX: 0, scrollY: 0, zoom: 1 }))
}

export const cursorOf = async (whose, seenBy) => {
  const { client } = await whose.self()
  return seenBy.page.locator(`.board-cursor[data-client="${client}"]`)
}

/** A picture as bytes: one colour, this large. */
export async function picture ({ page }, { type = 'image/png', side = 64, noise = false } = {}) {
  return await page.evaluate(async ([type, side, noise]) => {
    const canvas = new OffscreenCanvas(side, side)
    const context = canvas.getContext('2d')
    context.fillStyle = '#c2255c'
    context.fillRect(0, 0, side, side)
    if (noise) {
      const data = context.createImageData(side, side)
      for (let at = 0; at < data.data.length; at++) data.data[at] = at % 4 === 3 ? 255 : Math.random() * 256
      context.putImageData(data, 0, 0)
    }
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type })).arrayBuffer())
    return [...bytes]
  }, [type, side, noise])
}

/** Drops a file onto the middle of the canvas. */
export async function drop ({ page }, { name, type, bytes }) {
  await page.evaluate(([name, type, bytes]) => {
    const transfer = new DataTransfer()
    transfer.items.add(new File([new Uint8Array(bytes)], name, { type }))
    const target = document.querySelector('.excalidraw')
    const at = { clientX: innerWidth / 2, clientY: innerHeight / 2, bubbles: true, cancelable: true, dataTransfer: transfer }
    target.dispatchEvent(new DragEvent('dragover', at))
    target.dispatchEvent(new DragEvent('drop', at))
  }, [name, type, bytes])
}

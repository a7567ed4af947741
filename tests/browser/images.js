// Images of texts and boards, on their way to a server that is away, busy or slow.

import { paste, PNG } from './editor-fixtures.js'
import { expect } from './fixtures.js'

export const figures = (someone, page = someone.page) => someone.text(page).locator('figure.image')

/** Shown out of what the server has. */
export const storedIn = (someone, page) => figures(someone, page).and(someone.page.locator('[data-state="shown"]'))

export const pastePicture = (someone, name = 'sea_view.png') => paste(someone, {}, [[name, 'image/png', PNG]])

/** The image has been drawn, from wherever. */
export async function isDrawn (someone, page = someone.page, count = 1) {
  await expect.poll(() => page.evaluate(() => [...document.querySelectorAll('figure.image img')].filter(img => img.complete && img.naturalWidth > 0).length)).toBe(count)
}

/** What this browser keeps for the server, all documents together. */
export async function keptImages ({ page }) {
  return await page.evaluate(() => new Promise((resolve, reject) => {
    const opening = indexedDB.open('weft-images')
    opening.onerror = reject
    opening.onsuccess = () => {
      const counting = opening.result.transaction('images').objectStore('images').count()
      counting.onsuccess = () => resolve(counting.result)
    }
  }))
}

/** Fills what this browser keeps with images of another document. */
export async function fillKept ({ page }, images) {
  await page.evaluate(images => new Promise((resolve, reject) => {
    const opening = indexedDB.open('weft-images', 1)
    opening.onupgradeneeded = () => opening.result.createObjectStore('images')
    opening.onerror = reject
    opening.onsuccess = () => {
      const writing = opening.result.transaction('images', 'readwrite')
      for (let at = 0; at < images; at++) writing.objectStore('images').put({ bytes: new Blob(['x']), from: null, addedMs: Date.now() }, ['elsewhere', `image ${at}`])
      writing.oncomplete = resolve
    }
  }), images)
}

/** When requests to images went out, in milliseconds; `method` is GET for the images themselves, POST for what is sent. */
export function watchRequests (someone, method) {
  const times = []
  someone.context.on('request', request => {
    if (request.method() === method && /\/blobs(\/|$)/.test(new URL(request.url()).pathname)) times.push(Date.now())
  })
  return times
}

/** Requests grow rare: after a first burst each pause is longer than the one before could have been. */
export async function growRare (times, burst) {
  await expect.poll(() => times.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(burst + 3)
  const [first, , third] = times.slice(burst)
  // The pauses are at least 0.5, 1 and 2 s long.
  expect(third - first, `pauses after ${times.map(time => time - times[0])}`).toBeGreaterThan(1_000)
}

/** Online for so long that the server has answered something meanwhile. */
export async function isBack (someone) {
  await someone.page.waitForFunction(() => globalThis.weft.session.state.net === 'online')
  await someone.page.evaluate(() => fetch('/healthz').then(response => response.text()))
}

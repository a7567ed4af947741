import { expect, freshName, test } from './fixtures.js'

const background = page => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
const brightness = color => color.match(/\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 3

// [P7]
test('light and dark follow the system, and a choice stays', async ({ weft, person }) => {
  const [day, night] = [await (await person({ colorScheme: 'light' })).home(weft), await (await person({ colorScheme: 'dark' })).home(weft)]
  expect(brightness(await background(day.page))).toBeGreaterThan(200)
  expect(brightness(await background(night.page))).toBeLessThan(60)
  await day.page.getByRole('button', { name: 'Switch to dark theme' }).click()
  expect(brightness(await background(day.page))).toBeLessThan(60)
  await day.open(weft, freshName('dark'))
  expect(brightness(await background(day.page)), 'on every page, after loading').toBeLessThan(60)
  await day.page.getByRole('button', { name: 'Switch to light theme' }).click()
  expect(brightness(await background(day.page))).toBeGreaterThan(200)
})

// [P7]
test('at 360 px nothing sticks out and everything can be reached', async ({ weft, person }) => {
  const ada = await person({ viewport: { width: 360, height: 640 }, hasTouch: true })
  const name = freshName('narrow')
  await ada.open(weft, name)
  await ada.title().fill('A rather long title that has to wrap on a narrow screen')
  await ada.type(`a very long word: ${'x'.repeat(120)} and more`)
  await ada.isSaved()
  await expectNoOverflow(ada.page)
  for (const name of ['Bold', 'Undo', 'Code block']) {
    const button = ada.page.getByRole('button', { name, exact: true })
    await button.scrollIntoViewIfNeeded()
    await expect(button).toBeInViewport()
  }
  await expect(ada.saveState()).toBeInViewport()
  await ada.home(weft)
  await expectNoOverflow(ada.page)
})

async function expectNoOverflow (page) {
  const { content, window } = await page.evaluate(() => ({ content: document.documentElement.scrollWidth, window: innerWidth }))
  expect(content).toBeLessThanOrEqual(window)
}

// [P7]
test('pages come with a policy, and files that are not there are a 404', async ({ weft, request }) => {
  for (const path of ['/', '/d/some%20document']) {
    const response = await request.get(`${weft.origin}${path}`, { headers: { accept: 'text/html' } })
    expect(response.status()).toBe(200)
    const policy = response.headers()['content-security-policy']
    expect(policy).toContain("default-src 'self'")
    expect(policy).not.toContain("script-src 'self' 'unsafe-inline'")
    expect(response.headers()['x-content-type-options']).toBe('nosniff')
  }
  const missing = await request.get(`${weft.origin}/assets/missing.js`)
  expect(missing.status()).toBe(404)
})

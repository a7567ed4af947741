import AxeBuilder from '@axe-core/playwright'
import { expect } from '@playwright/test'

const GRAVE = ['serious', 'critical']

/** Fails with what axe finds serious on the page as it is now. `exclude` is a selector of what is not ours to mend. */
export async function expectAccessible (page, where, exclude) {
  // What is still fading in has not its contrast yet.
  await page.evaluate(() => Promise.all(document.getAnimations().map(animation => animation.finished.catch(() => {}))))
  const axe = new AxeBuilder({ page })
  const { violations } = await (exclude ? axe.exclude(exclude) : axe).analyze()
  const grave = violations.filter(({ impact }) => GRAVE.includes(impact))
  const described = grave.map(({ id, help, nodes }) => ({ id, help, at: nodes.map(({ target, failureSummary }) => `${target}: ${failureSummary}`) }))
  expect(described, where).toEqual([])
}

import { expect, freshName, test as base } from './fixtures.js'
import { Weft } from '../clients/stock/weft.js'

const REFUSED = /Failed to load resource: the server responded with a status of 40[13]/
const KEY = 'a secret of the tests, long enough'

const test = base.extend({
  /** A server whose tokens come from a path of its own origin, answered by `signIn` of the page. */
  signInWeft: async ({}, use) => {
    const weft = await Weft.start({ args: ['--auth-key', KEY, '--token-url', '/login/token', '--sign-in-url', 'https://login.example/in?app=weft'] })
    weft.mint = (documents, ...more) => weft.token(KEY, documents, more)
    await use(weft)
    await weft.dispose()
  },
})

/** Answers the page's questions for tokens, as the app that people sign in to would. */
async function answerTokens (someone, next) {
  const asked = []
  await someone.page.route('**/login/token*', route => {
    asked.push(new URL(route.request().url()).searchParams.get('document'))
    const token = next(asked.length)
    return token ? route.fulfill({ json: { token } }) : route.fulfill({ status: 401, json: {} })
  })
  return asked
}

// [P64] [X9]
test('a page without a token gets one where tokens come from', async ({ signInWeft: weft, person }) => {
  const name = freshName('signin')
  const ada = await person({ expected: REFUSED })
  const asked = await answerTokens(ada, () => weft.mint({ [name]: 'write' }, '--sub', 'ada'))
  await ada.visit(weft, name, null)
  await ada.canEdit()
  await ada.type('let in')
  await ada.isSaved()
  expect(new Set(asked)).toEqual(new Set([name]))
})

// [P64] [X9] [X3]
test('a token that is about to end is renewed without anybody noticing', async ({ signInWeft: weft, person }) => {
  const name = freshName('renewed')
  const ada = await person()
  let sockets = 0
  ada.page.on('websocket', () => { sockets += 1 })
  const asked = await answerTokens(ada, () => weft.mint({ [name]: 'write' }, '--sub', 'ada', '--expires', '1h'))
  const ends = Date.now() + 12_000
  await ada.visit(weft, name, weft.mint({ [name]: 'write' }, '--sub', 'ada', '--expires', '12s'))
  await ada.canEdit()
  await ada.type('before')
  await ada.isSaved()
  await expect.poll(() => asked.length, { timeout: 20_000 }).toBe(1)
  await expect.poll(() => Date.now() > ends + 1_000, { timeout: 20_000 }).toBe(true)
  await ada.type(' and after')
  await ada.isSaved()
  await expect(ada.page.getByTestId('banner')).toBeHidden()
  expect(sockets, 'the connection stayed').toBe(1)
})

// [P64] [X4]
test('who cannot be renewed is asked to sign in, keeps what was typed, and is back after it', async ({ signInWeft: weft, person }) => {
  const name = freshName('signin')
  const ada = await person({ expected: REFUSED })
  let signedIn = false
  await answerTokens(ada, () => signedIn && weft.mint({ [name]: 'write' }, '--sub', 'ada'))
  await ada.visit(weft, name, weft.mint({ [name]: 'write' }, '--sub', 'ada', '--expires', '6s'))
  await ada.canEdit()
  await ada.type('typed in time')
  await ada.isSaved()
  await expect(ada.page.getByText('Your access is missing or has expired')).toBeVisible({ timeout: 30_000 })
  const link = ada.page.getByRole('link', { name: 'Sign in' })
  await expect(link).toBeVisible()
  const target = new URL(await link.getAttribute('href'))
  expect(target.origin + target.pathname).toBe('https://login.example/in')
  expect(target.searchParams.get('return')).toBe(`${weft.origin}/d/${encodeURIComponent(name)}`)
  await ada.type(', and too late')
  await expect(ada.saveState()).toHaveText('Saved on this device')
  signedIn = true
  await ada.page.evaluate(() => dispatchEvent(new Event('focus')))
  await ada.isSaved()
  await expect(ada.page.getByTestId('banner')).toBeHidden()
  const bob = await (await person()).visit(weft, name, weft.mint({ [name]: 'read' }))
  await bob.reads('typed in time, and too late')
})

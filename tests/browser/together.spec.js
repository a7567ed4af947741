import { two } from './editor-fixtures.js'
import { expect, OUTAGE, test } from './fixtures.js'

const html = someone => someone.page.evaluate(() => weft.editor.getHTML().replaceAll(' dir="auto"', ''))
const caretAt = (someone, position) => someone.page.evaluate(position => { weft.editor.commands.setTextSelection(position); weft.editor.view.focus() }, position)
const agree = async (...people) => {
  for (const someone of people) await someone.isSaved()
  await expect.poll(async () => new Set(await Promise.all(people.map(html))).size).toBe(1)
  return html(people[0])
}

/** Lets `one` and `other` work apart: `one` has no network meanwhile. */
async function apart (one, work) {
  await one.page.context().setOffline(true)
  await expect(one.page.locator('.banner:not([hidden])').first()).toBeVisible()
  await work()
  await one.page.context().setOffline(false)
}

// [P130]
test('what is typed stays when somebody offline changes the kind of its block', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, () => person({ expected: OUTAGE }), 'kinds')
  await ada.type('Topic of today')
  await bob.reads('Topic of today')
  await apart(ada, async () => {
    await caretAt(ada, 5)
    await ada.page.keyboard.press('Control+Alt+2')
    await caretAt(bob, 15)
    await bob.page.keyboard.type(' words typed by B without a pause')
  })
  expect(await agree(ada, bob)).toBe('<h2>Topic of today words typed by B without a pause</h2>')
})

// [P130]
test('two Enters in one paragraph make three', async ({ weft, person }) => {
  const [ada, bob] = await two(weft, () => person({ expected: OUTAGE }), 'enters')
  await ada.type('hello world')
  await bob.reads('hello world')
  await apart(ada, async () => {
    await caretAt(ada, 6)
    await ada.page.keyboard.press('Enter')
    await caretAt(bob, 9)
    await bob.page.keyboard.press('Enter')
  })
  expect(await agree(ada, bob)).toBe('<p>hello</p><p> wo</p><p>rld</p>')
})

const WORDS = '<p>A wrote this. And B wrote this.</p>'
/** What Ada does, what her text is then, and what is left of it when she takes it back after Bob has written in it. */
const STRUCTURES = {
  heading: { make: ({ page }) => page.keyboard.press('Control+Alt+1'), inside: 'h1', made: WORDS.replace(/p>/g, 'h1>'), left: WORDS },
  list: { make: ({ page }) => page.keyboard.press('Control+Shift+8'), inside: 'li', made: `<ul><li>${WORDS}</li></ul>`, left: WORDS },
  table: {
    make: ({ page }) => page.getByRole('button', { name: 'Table', exact: true }).click(),
    inside: 'th',
    made: /^<p>A wrote this\.<\/p><table.*<th[^>]*><p> And B wrote this\.<\/p><\/th>/,
    left: /^<p>A wrote this\.<\/p><p> And B wrote this\.<\/p>/,
  },
}

// [P131]
for (const [name, { make, inside, made, left }] of Object.entries(STRUCTURES)) {
  test(`undoing a ${name} leaves what others wrote in it`, async ({ weft, person }) => {
    const [ada, bob] = await two(weft, person, 'undone')
    await ada.type('A wrote this.')
    await ada.page.waitForFunction(() => weft.session.unsaved === 0)
    await ada.page.evaluate(() => weft.editor.storage.together.binding.undo.stopCapturing())
    await make(ada)
    const target = bob.text().locator(inside).first()
    await expect(target).toBeVisible()
    await bob.page.evaluate(inside => {
      const at = weft.editor.view.posAtDOM(document.querySelector(`.ProseMirror ${inside}`), 0)
      weft.editor.commands.setTextSelection(weft.editor.state.doc.resolve(at + (inside === 'h1' ? 0 : 1)).end())
      weft.editor.view.focus()
    }, inside)
    await bob.page.keyboard.type(' And B wrote this.')
    await expect(ada.text().locator(inside).first()).toContainText(' And B wrote this.')
    const like = wanted => wanted instanceof RegExp ? expect.stringMatching(wanted) : wanted
    expect(await agree(ada, bob)).toEqual(like(made))
    await ada.page.keyboard.press('Control+z')
    expect(await agree(ada, bob)).toEqual(like(left))
    await ada.page.keyboard.press('Control+Shift+z')
    expect(await agree(ada, bob)).toEqual(like(made))
  })
}

// [P133]
for (const [name, seconds] of [['at once', 0], ['for longer than a minute', 30]]) {
  test(`a character that is composed ${name} stays whole`, async ({ weft, person }) => {
    const { ada, bob, input } = await composing(weft, person)
    await caretAt(bob, 3)
    await bob.page.keyboard.press('Enter')
    await caretAt(bob, 11)
    await bob.page.keyboard.press('Enter')
    await caretAt(bob, 13)
    await bob.page.keyboard.type('B')
    await bob.isSaved()
    for (const text of ['nih', 'niha', 'nihao']) {
      await ada.page.clock.fastForward(seconds * 1000)
      await input.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length })
    }
    await input.send('Input.insertText', { text: '你好' })
    const text = await agree(ada, bob)
    expect(text).toMatch(/^<p>fi<\/p><p>rst<\/p><p>s<\/p>/)
    expect(text).not.toContain('ni')
    expect(text.replace('B', '')).toContain('<p>econd 你好</p>')
  })
}

// [P133]
test('a composition that nobody goes on with is written, and then what others did comes', async ({ weft, person }) => {
  const { ada, bob } = await composing(weft, person)
  await caretAt(bob, 10)
  await bob.page.keyboard.press('Enter')
  await bob.isSaved()
  await ada.page.clock.fastForward(30_000)
  expect(await html(ada)).toBe('<p>first</p><p>second ni</p>')
  await ada.page.clock.fastForward(31_000)
  expect(await agree(ada, bob)).toBe('<p>first</p><p>se</p><p>cond ni</p>')
  await ada.page.keyboard.type('x')
  expect(await agree(ada, bob)).toBe('<p>first</p><p>se</p><p>cond nix</p>')
})

/** One of two has begun to compose at the end of a text. */
async function composing (weft, person) {
  const [ada, bob] = await two(weft, async () => {
    const someone = await person()
    await someone.page.clock.install()
    return someone
  }, 'composed')
  await ada.type('first')
  await ada.page.keyboard.press('Enter')
  await ada.page.keyboard.type('second ')
  await bob.reads('first\nsecond ')
  await ada.isSaved()
  const input = await ada.page.context().newCDPSession(ada.page)
  await input.send('Input.imeSetComposition', { text: 'ni', selectionStart: 2, selectionEnd: 2 })
  return { ada, bob, input }
}

// [P130] The same as the letters test beside the editor, on two real pages.
test('no letter is lost or doubled on two pages that write and change at once', async ({ weft, person }) => {
  const seed = Number(process.env.WEFT_SEED ?? Math.floor(Math.random() * 1e6))
  console.log(`letters on two pages, seed ${seed}`)
  const people = await two(weft, () => person({ expected: OUTAGE }), 'letters')
  await people[0].type('begin')
  await people[1].reads('begin')
  const work = (someone, index, rounds) => someone.page.evaluate(async ([seed, index, rounds]) => {
    let state = seed * 2 + index + 1
    const random = below => (state = (state * 1103515245 + 12345) % 2147483648) % below
    const { editor } = weft
    const operations = ['setParagraph', 'toggleBulletList', 'toggleOrderedList', 'toggleTaskList', 'toggleBlockquote', 'toggleCodeBlock', 'splitBlock']
    let next = globalThis.nextLetter ?? 0x4e00 + index * 0x2000
    let typed = ''
    for (let round = 0; round < rounds; round += 1) {
      const size = editor.state.doc.content.size
      editor.commands.setTextSelection(1 + random(size))
      if (random(3) === 0) {
        const kind = random(operations.length + 1)
        if (kind < operations.length) editor.commands[operations[kind]]()
        else editor.commands.toggleHeading({ level: 1 + random(3) })
      }
      for (let letters = 1 + random(8); letters > 0; letters -= 1) {
        const letter = String.fromCharCode(next++)
        editor.view.dispatch(editor.state.tr.insertText(letter))
        typed += letter
        await new Promise(resolve => setTimeout(resolve, 1))
      }
    }
    globalThis.nextLetter = next
    return typed
  }, [seed + rounds, index, rounds])
  const typed = []
  for (let turn = 0; turn < 3; turn += 1) {
    const held = people[turn % 2]
    typed.push(...await Promise.all(people.map((someone, index) => work(someone, index, 15))))
    await apart(held, async () => typed.push(...await Promise.all(people.map((someone, index) => work(someone, index, 15)))))
  }
  await agree(...people)
  const shown = await people[0].page.evaluate(() => weft.editor.state.doc.textContent)
  const letters = typed.join('')
  const counts = new Map([...shown].map(letter => [letter, 0]))
  for (const letter of shown) counts.set(letter, counts.get(letter) + 1)
  expect([...letters].filter(letter => !counts.has(letter)), 'lost').toEqual([])
  expect([...letters].filter(letter => counts.get(letter) > 1), 'doubled').toEqual([])
})

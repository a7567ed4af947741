// What the scripted hour (hour.js) runs in each page, and its dice.

/** A random number of this person's own, so that a seed gives each the same plan. */
export function dice (of) {
  let state = of >>> 0
  const next = () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) >>> 0
    return (Math.imul(state ^ (state >>> 13), 0x297a2d39) >>> 0) / 2 ** 32
  }
  return { chance: part => next() < part, whole: (from, to) => from + Math.floor(next() * (to - from + 1)), pick: all => all[Math.floor(next() * all.length)] }
}

/** Runs in the page: looks at the text right before and right after a key, and holds the key back where it would do something else than is meant. */
export function watching (own) {
  const WORD = /[abc]\d{4}/g
  const hour = globalThis.hour = { expect: null, outcome: null }
  const text = (doc = globalThis.weft.editor.state.doc) => doc.textBetween(0, doc.content.size, '\n', '\ufffc')
  const words = doc => { const all = new Map(); for (const [word] of text(doc).matchAll(WORD)) all.set(word, (all.get(word) ?? 0) + 1); return all }
  const fewer = (one, other) => [...one].filter(([word, times]) => (other.get(word) ?? 0) < times).map(([word]) => word)
  const before = (at, length) => at.parent.textBetween(Math.max(0, at.parentOffset - length), at.parentOffset, '', '\ufffc')
  const after = (at, length) => at.parent.textBetween(at.parentOffset, Math.min(at.parent.content.size, at.parentOffset + length), '', '\ufffc')
  const here = () => globalThis.weft.editor.state.selection.$from
  const near = () => `${before(here(), 40)}|${after(here(), 40)}`
  const within = (...names) => here().path.some(node => names.includes(node.type?.name))
  const isMeant = ({ kind, text, others }) => {
    const { selection, doc } = globalThis.weft.editor.state
    const { $from, $to, from, to, empty } = selection
    if (!$from.parent.isTextblock || selection.$anchorCell) return false
    if (kind === 'start') return empty && $from.parentOffset === 0
    if (kind === 'inside') return empty && within('listItem', 'taskItem', 'tableCell', 'tableHeader', 'codeBlock')
    if (kind === 'eat') return empty && before($from, text.length) === text
    if (kind === 'structure' && /[abc\d]$/.test(before($from, 1)) && /^\d/.test(after($from, 1))) return false
    if (kind !== 'selection') return ['paste', 'undo', 'mark'].includes(kind) || empty
    const chosen = doc.textBetween(from, to, '\n', '\ufffc')
    if (empty || !/^\s*([abc]\d{4}\s*)+$/.test(chosen) || /[abc\d]$/.test(before($from, 1)) || /^\d/.test(after($to, 1))) return false
    return others || chosen.match(WORD).every(word => word[0] === own)
  }
  // What others did comes right behind what the key did, before its event is over: only what is this person's own counts.
  let [kept, watched] = [null, null]
  const watch = ({ transaction: { before, doc, docChanged, meta } }) => {
    const shared = Object.values(meta).find(value => value?.shared)
    if (!kept || !docChanged || (shared && !shared.undo)) return
    const [was, now] = [words(before), words(doc)]
    const [gone, back] = [fewer(was, now), fewer(now, was)]
    kept.gone = [...kept.gone.filter(word => !back.includes(word)), ...gone.filter(word => !kept.back.includes(word))]
    kept.back = [...kept.back.filter(word => !gone.includes(word)), ...back.filter(word => !kept.gone.includes(word))]
  }
  const isIt = event => hour.expect && (event.type === 'keydown' ? event.key.toLowerCase() : event.type) === hour.expect.on
  for (const type of ['keydown', 'cut', 'paste']) {
    addEventListener(type, event => {
      if (!isIt(event)) return
      if (watched !== globalThis.weft.editor) (watched = globalThis.weft.editor).on('transaction', watch)
      if (isMeant(hour.expect)) return void (kept = { gone: [], back: [], near: near(), text: hour.expect.kind === 'undo' ? text() : null })
      event.preventDefault()
      event.stopImmediatePropagation()
      hour.outcome = { refused: true }
    }, true)
    addEventListener(type, event => {
      if (isIt(event) && kept) [hour.outcome, kept] = [kept, null]
    })
  }
  Object.assign(hour, { text, near, within,
    ready () {
      const ok = document.activeElement?.classList.contains('ProseMirror') && globalThis.weft.editor.state.selection.empty && here().parent.isTextblock
      return { ok, lead: ok && /[^\s\ufffc]$/.test(before(here(), 1)), text: text(), near: near() }
    },
    /** A point in a block to click on: where somebody else is, where own words are, or anywhere. */
    async point (kind, roll) {
      const blocks = [...document.querySelectorAll('.ProseMirror :is(p, h1, h2, h3, pre code)')]
      const wanted = { others: () => [...document.querySelectorAll('.ProseMirror .peer-caret')].map(caret => caret.closest('p, h1, h2, h3, code')).filter(Boolean),
        own: () => blocks.filter(block => block.textContent.includes(own)), last: () => blocks.slice(-1), any: () => blocks }[kind]()
      const all = wanted.length > 0 ? wanted : blocks
      const block = all[Math.floor(roll * all.length)]
      if (!block) return null
      block.scrollIntoView({ block: 'center' })
      await new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))
      const { left, top, width, height } = [...block.getClientRects()].at(-1) ?? block.getBoundingClientRect()
      const [x, y] = [left + Math.min(width - 4, 10 + roll * width), top + Math.min(height - 6, height * 0.3 + 4)]
      return document.elementFromPoint(x, y)?.closest('.ProseMirror') ? { x, y } : null
    },
  })
}

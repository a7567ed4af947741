import { describe, expect, it } from 'vitest';
import { cleanPasted } from './clean';
import { DOCS, DOCS_NOTES, GITHUB, GITHUB_NOTES, HOSTILE, MAIL, WORD, WORD_NOTES } from './clipboards';
import { looksLikeMarkdown } from './markdown-text';

const tight = (html: string) => html.replace(/\s+/g, ' ').replace(/>\s+</g, '><').trim();

describe('what is pasted', () => {
  // [P25]
  it('from Word has its headings, marks, tables and lists, and none of its styles', () => {
    const html = tight(cleanPasted(WORD));
    expect(html).toContain('<h1>Report</h1>');
    expect(html).toContain('<b>bold</b>');
    expect(html).toContain('<i>slanted</i>');
    expect(html).toContain('<u>lined</u>');
    expect(html).toContain('<ul><li><p>First</p><ul><li><p>Nested</p></li></ul></li><li><p>Second</p></li></ul>');
    expect(html).toContain('<ol start="3"><li><p>Third</p></li><li><p>Fourth</p></li></ol>');
    expect(html).toMatch(/<td><p>A1<\/p><\/td>/);
    expect(html).not.toMatch(/style|class|mso|o:p|file:|·|<p>\s*(&nbsp;)?\s*<\/p>/i);
    expect(html).toContain('Chart');
  });

  // [P25]
  it('from Google Docs is not all bold, and its lists nest', () => {
    const html = tight(cleanPasted(DOCS));
    expect(html).toContain('<h2>Plan</h2>');
    expect(html).toContain('Some <strong>bold</strong><em> slanted</em><s> gone</s>');
    expect(html).toContain('<a href="https://example.org/a">a link</a>');
    expect(html).toContain('<li><p>One</p><ul><li><p>One and a half</p></li></ul></li><li><p>Two</p></li>');
    expect(html).toContain('<ul data-type="taskList"><li data-type="taskItem" data-checked="true"><p>Done</p></li><li data-type="taskItem" data-checked="false"><p>Open</p></li></ul>');
    expect(html).not.toMatch(/<b[ >]|style|dir=|<img|<br/);
    expect(html).toContain('<a href="https://lh7-rt.googleusercontent.com/docsz/AD_4n">Image</a>');
  });

  // [P25]
  it('from GitHub keeps tasks and the language of code', () => {
    const html = tight(cleanPasted(GITHUB));
    expect(html).toContain('data-type="taskList"');
    expect(html).toMatch(/data-checked="true"[^>]*> ?Read/);
    expect(html).toMatch(/<pre class="language-shell">cd weft cargo run<\/pre>/);
    expect(html).toContain('<code>cargo run</code>');
  });

  // [P25]
  it('cannot run, load or lead astray', () => {
    const html = cleanPasted(HOSTILE);
    expect(html).toContain('text');
    expect(html).toContain('<a href="https://ok.example">c</a>');
    expect(html).toContain('<a href="https://evil.example/big.png">Big</a>');
    expect(html).not.toMatch(/script|onclick|style|iframe|<img|svg|form|input|button|object|base|data:|pixel/i);
  });

  // [P111]
  it('keeps what is raised, lowered and highlighted', () => {
    expect(tight(cleanPasted(WORD_NOTES))).toContain('<p>H<sub>2</sub>O and x<sup>2</sup>, <mark>marked</mark>.');
    expect(tight(cleanPasted(DOCS_NOTES))).toContain('x<sup>2</sup> is <mark>bright</mark> here');
    expect(cleanPasted('<p>E=mc<sup style="vertical-align: super">2</sup> <mark style="background: #ff0">so</mark> <span style="background-color: rgb(30, 30, 30)">code</span></p>')).toBe('<p>E=mc<sup>2</sup> <mark>so</mark> code</p>');
  });

  // [P111]
  it.each([
    ['Word', WORD_NOTES, ['.<sup>1</sup> More.<sup>2</sup></p>', '<hr>', '<ol><li><p>The <b>first</b> note.</p></li><li><p>The second.</p></li></ol>']],
    ['Google Docs', DOCS_NOTES, ['here<sup>1</sup></p>', '<hr>', '<ol><li><p>A note.</p></li><li><p>Another.</p></li></ol>']],
    ['GitHub', GITHUB_NOTES, ['Said<sup>1</sup>, see <a href="https://a.example/#section-2">2</a>.', '<ol><li><p>A note. </p></li></ol>']],
  ])('has the footnotes of %s as raised numbers and a list of notes', (_program, html, parts) => {
    const clean = tight(cleanPasted(html));
    for (const part of parts) expect(clean).toContain(part);
    expect(clean).not.toMatch(/fn|\[1\]|↩/);
  });

  it('from a mail is not in the table that laid it out', () => {
    expect(tight(cleanPasted(MAIL))).toBe('<p>Dear reader,</p>news');
  });

  // [P25]
  it('from this editor keeps its images and shape', () => {
    const hash = 'a'.repeat(64);
    const html = cleanPasted(`<p data-pm-slice="1 1 []">one</p><img src="http://127.0.0.1/api/documents/x/blobs/${hash}" data-blob="${hash}" data-document="x" alt="A" width="10" height="5"><ul data-type="taskList"><li data-type="taskItem" data-checked="true"><p>t</p></li></ul>`);
    expect(html).toContain(`<img data-blob="${hash}" data-document="x" alt="A" width="10" height="5">`);
    expect(html).toContain('data-pm-slice="1 1 []"');
    expect(html).toContain('data-checked="true"');
    expect(cleanPasted(`<img src="https://evil.example/x" data-blob="../../${hash}">`)).not.toContain('<img');
  });
});

describe('plain text', () => {
  // [P26]
  it.each(['# Title\n\nText', '- one\n- two', '1. one\n2. two', '- [ ] task', '```\ncode\n```', '| a | b |\n| --- | --- |\n| 1 | 2 |', 'see [this](https://example.org)', '> quoted\n\nand **bold** text'])(
    'that is Markdown is seen as such: %s', (text) => expect(looksLikeMarkdown(text)).toBe(true),
  );

  // [P26]
  it.each(['', 'Just a sentence.', 'Two lines\nof text', '# hash', '5 * 3 * 2 = 30', 'a - b', '-5 degrees\nand falling', 'https://example.org', 'const a = [1];\n// # no\nexport { a };', 'snake_case_name and __init__', '#include <stdio.h>\nint main() {\n}'])(
    'that is not stays as it is: %s', (text) => expect(looksLikeMarkdown(text)).toBe(false),
  );
});

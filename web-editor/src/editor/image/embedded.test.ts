import { afterEach, describe, expect, it } from 'vitest';
import type { Uploads } from '../../images/uploads';
import { ownSchema } from '../editor';
import { fromMarkdown } from '../export/markdown';
import { cleanPasted } from '../paste/clean';
import { DOCS } from '../paste/clipboards';
import { looksLikeMarkdown, withoutImages } from '../paste/markdown-text';
import { EmbeddedImages } from './embedded';

const PNG = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAQAAAACCAIAAADwyuo0AAAAEElEQVR4nGNwy7sDRwzIHACd6gyBrljQsAAAAABJRU5ErkJggg==';
const DOT = 'data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7';
const SVG = 'data:image/svg+xml,%3Csvg/%3E';

/** The upload queue of a page, as far as a text that is read needs it. */
function queue(room = Infinity) {
  const added: Blob[] = [];
  const uploads = { add: (bytes: Blob) => (added.length < room ? `upload ${added.push(bytes)}` : null) };
  return { added, uploads: uploads as unknown as Uploads };
}

function paste(html: string, room?: number) {
  const { added, uploads } = queue(room);
  const images = new EmbeddedImages(uploads);
  const clean = cleanPasted(html, (address) => images.take(address));
  images.tell();
  return { added, clean };
}

const toasts = () => [...document.querySelectorAll('.toast')].map(({ textContent }) => textContent);
afterEach(() => document.body.replaceChildren());

describe('an image whose bytes stand in pasted HTML', () => {
  // [P33]
  it('is uploaded, once however often it is there, and has the size it is to be shown in', () => {
    const { added, clean } = paste(`<p>a <img src="${PNG}" alt="Sea"></p><p><img src="${PNG}" width="40"> <img src="${PNG}" width="30" height="20"></p>`);
    expect(clean).toBe('<p>a <img alt="Sea" width="4" height="2" data-upload="upload 1" data-type="image/png"></p><p><img width="40" height="20" data-upload="upload 1" data-type="image/png"> <img width="30" height="20" data-upload="upload 1" data-type="image/png"></p>');
    expect(added.map(({ type, size }) => [type, size])).toEqual([['image/png', 73]]);
    expect(toasts()).toEqual([]);
  });

  // [P33]
  it('is taken for what its bytes are, not for what the address calls it', () => {
    expect(paste(`<img src="${PNG.replace('image/png', 'image/x-png')}">`).added.map(({ type }) => type)).toEqual(['image/png']);
  });

  // [P33]
  it('is left out with a word where it cannot be had', () => {
    expect(paste(`<p>a</p><img src="${SVG}" alt="Chart">`)).toEqual({ added: [], clean: '<p>a</p>Chart' });
    expect(paste('<img src="data:image/png;base64,%%">').added).toEqual([]);
    expect(paste(`<img src="${PNG}">`, 0).clean).toBe('');
    expect(paste('<p>a<img src="file:///C:/clip_image002.png"></p>').clean).toBe('<p>a</p>');
    expect(toasts()).toEqual([
      'An image was left out. Images may be PNG, JPEG, GIF, WebP or AVIF.',
      'An image was left out: it cannot be read.',
      expect.stringContaining('Add this image when the server has got some of them.'),
      'An image was left out: only the place where another program keeps it was copied. Copy the image by itself.',
    ]);
  });

  // [P33]
  it('is nothing where it only keeps a place, counts who looks, or shows a box to check', () => {
    expect(paste(`<p>a<img src="${DOT}"><img src="${PNG}" width="1" height="1"></p>${DOCS}`).added).toEqual([]);
    expect(toasts()).toEqual([]);
  });
});

describe('an image whose bytes stand in Markdown', () => {
  const schema = ownSchema();
  const read = (text: string) => {
    const { added, uploads } = queue();
    const content = fromMarkdown(schema, text, { document: 'd', uploads });
    schema.nodeFromJSON({ type: 'doc', content }).check();
    return { added: added.length, content };
  };
  const IMAGE = { type: 'image', attrs: { upload: 'upload 1', blob: null, type: 'image/png', width: 4, height: 2, alt: 'Sea' } };

  // [P33]
  it.each([
    ['in the text', `a ![Sea](${PNG}) b`, ['paragraph', 'image', 'paragraph']],
    ['by reference, as Google Docs exports it', `![Sea][image1]\n\n[image1]: <${PNG}>`, ['image']],
    ['as an element', `a <img src="${PNG}" alt="Sea">`, ['paragraph', 'image']],
    ['in a heading', `# a ![Sea](${PNG})`, ['heading', 'image']],
  ])('is uploaded %s', (_where, text, types) => {
    const { added, content } = read(text);
    expect(content.map(({ type }) => type)).toEqual(types);
    expect(content.find(({ type }) => type === 'image')).toEqual(IMAGE);
    expect(added).toBe(1);
  });

  // [P33]
  it('is uploaded in a cell', () => {
    const { added, content } = read(`| a |\n| --- |\n| ![Sea](${PNG}) |`);
    expect(content[0]!.content![1]!.content![0]!.content).toEqual([IMAGE]);
    expect(added).toBe(1);
  });

  // [P26]
  it('makes a text Markdown, however large it is', () => {
    const large = `data:image/png;base64,${'A'.repeat(1_000_000)}=`;
    expect(looksLikeMarkdown(`![](${large})`)).toBe(true);
    expect(looksLikeMarkdown(`![][1]\n\n[1]: <${large}>`)).toBe(true);
    expect(looksLikeMarkdown(large)).toBe(false);
    expect(withoutImages(`![](${large})`)).toBe('![](data:image/)');
  });

  // [P33]
  it('is left out with a word where it cannot be had', () => {
    expect(read(`a ![Chart](${SVG})`).content).toEqual([{ type: 'paragraph', content: [{ type: 'text', text: 'a Chart' }] }]);
    expect(toasts()).toEqual(['An image was left out. Images may be PNG, JPEG, GIF, WebP or AVIF.']);
  });
});

/** Drawings of the home page, as paths for `icon`. */

export const SHEET = ['M5.5 3h6L15 6.500V16a1 1 0 0 1-1 1H5.500a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1Z', 'M11.200 3v3.800H15M7.300 10.200h4.800M7.300 13.200h3.200'];
export const BOARD = ['M4 4h12a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1Z', 'M10 14v3M6 11c1.500-5 3 1 4.200-2 1-2.500 2 1.500 3.800-2'];
export const DOTS = ['M5 10h.01M10 10h.01M15 10h.01'];
export const CHEVRON = ['m6 8 4 4 4-4'];
export const GRID = ['M4 4h5v5H4ZM11 4h5v5h-5ZM4 11h5v5H4ZM11 11h5v5h-5Z'];
export const ROWS = ['M4 5.500h12M4 10h12M4 14.500h12'];

/** Of a document of this kind. */
export function kindIcon(kind: string): string[] {
  return kind === 'whiteboard' ? BOARD : SHEET;
}

/** `data:image/png;base64,…` as bytes; a fetch of it would be against the page's policy. Throws where it is none. */
export function readDataUrl(address: string): { type: string; bytes: Uint8Array<ArrayBuffer> } {
  const [whole, type = '', base64, body = ''] = /^data:([^;,]*)[^,]*?(;base64)?,(.*)$/is.exec(address) ?? [];
  if (whole === undefined) throw new Error('no data: address');
  const text = body.includes('%') ? decodeURIComponent(body) : body;
  const bytes = base64 ? Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0)) : new TextEncoder().encode(text);
  return { type: type.toLowerCase(), bytes };
}

export function blobOf(address: string): Blob {
  const { type, bytes } = readDataUrl(address);
  return new Blob([bytes], { type });
}

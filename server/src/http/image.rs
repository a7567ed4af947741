//! What the bytes of an image are, by their looks. What a client says of them is never asked.

use weft_storage::BlobType;

/// Bytes at the start that tell the type of every image that has one.
pub const SNIFFED_BYTES: usize = 256;
/// The length and the kind of a box, in ISO base media files.
const BOX_HEAD_BYTES: usize = 8;

/// Returns the type of an image that starts like this; [`SNIFFED_BYTES`] are enough.
///
/// SVG is none: it can hold scripts.
#[must_use]
pub fn sniff(start: &[u8]) -> Option<BlobType> {
    let start = &start[..start.len().min(SNIFFED_BYTES)];
    let has = |at: usize, word: &[u8]| start.get(at..at + word.len()) == Some(word);
    // The first chunk of a PNG is its header, of 13 bytes.
    if has(0, b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR") {
        return Some(BlobType::Png);
    }
    if has(0, b"\xff\xd8\xff") {
        return Some(BlobType::Jpeg);
    }
    if has(0, b"GIF87a") || has(0, b"GIF89a") {
        return Some(BlobType::Gif);
    }
    if has(0, b"RIFF") && has(8, b"WEBPVP8") && start.get(15).is_some_and(|kind| b" LX".contains(kind)) {
        return Some(BlobType::Webp);
    }
    is_avif(start).then_some(BlobType::Avif)
}

/// The first box names the brands that the file is of: one of AVIF's has to be among them.
fn is_avif(start: &[u8]) -> bool {
    let Some((length, rest)) = start.split_first_chunk::<4>() else { return false };
    let length = u32::from_be_bytes(*length) as usize;
    if !rest.starts_with(b"ftyp") || length < 2 * BOX_HEAD_BYTES || !length.is_multiple_of(4) {
        return false;
    }
    let brands = &start[BOX_HEAD_BYTES..length.min(start.len())];
    // The second word is the version of the first brand.
    let named = brands.chunks_exact(4).enumerate().filter(|(at, _)| *at != 1);
    named.into_iter().any(|(_, brand)| brand == b"avif" || brand == b"avis")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [O1]
    #[test]
    fn every_type_is_told_by_its_first_bytes() {
        for (start, kind) in [
            (&b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01"[..], BlobType::Png),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", BlobType::Jpeg),
            (b"GIF87a\x01\0\x01\0", BlobType::Gif),
            (b"GIF89a\x01\0\x01\0", BlobType::Gif),
            (b"RIFF\x24\0\0\0WEBPVP8 ", BlobType::Webp),
            (b"RIFF\x24\0\0\0WEBPVP8X", BlobType::Webp),
            (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", BlobType::Avif),
            (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", BlobType::Avif),
        ] {
            assert_eq!(sniff(start), Some(kind));
            assert_eq!(sniff(&[start, &[0; 1_000]].concat()), Some(kind), "{kind:?} with more");
            assert_eq!(sniff(&start[1..]), None, "{kind:?} without its first byte");
        }
    }

    /// [O1]
    #[test]
    fn what_could_run_or_is_no_image_is_none() {
        for start in [
            &b""[..],
            b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>",
            b"<?xml version=\"1.0\"?><svg/>",
            b"<!DOCTYPE html><script>alert(1)</script>",
            b"<html><!--\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR",
            b"\x89PNG\r\n\x1a\n<script>",
            b"%PDF-1.7",
            b"BM\x36\0\0\0",
            b"GIF88a",
            b"RIFF\x24\0\0\0WAVEfmt ",
            b"RIFF\x24\0\0\0WEBP<svg",
            b"\0\0\0\x1cftypheic\0\0\0\0mif1heic",
            b"\0\0\0\x14ftypmp42avifmp42",
            b"\0\0\0\x08ftyp",
            b"\0\0\0\0ftypavif",
            b"\xff\xff\xff\xffftypavif",
        ] {
            assert_eq!(sniff(start), None, "{}", String::from_utf8_lossy(start));
        }
    }
}

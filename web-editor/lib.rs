//! The pages of Weft, built by Vite and carried inside the binary.
//!
//! No web framework in here: the server asks for an [`Asset`] and turns it into a response.

use std::borrow::Cow;
use std::fmt::Write;

use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/web"]
struct Files;

/// One file of the pages, ready to be sent.
#[derive(Debug, Clone)]
pub struct Asset {
    /// The file as it is.
    pub bytes: Cow<'static, [u8]>,
    /// The file compressed with brotli, if that is smaller. For clients that accept `br`; answer with `Vary: Accept-Encoding`.
    pub brotli: Option<Cow<'static, [u8]>>,
    /// A strong validator of the uncompressed file, quotes included.
    pub etag: String,
    /// The value for `Content-Type`.
    pub content_type: &'static str,
    /// The name contains a hash of the content: it may be cached for ever.
    pub immutable: bool,
}

/// The HTML pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// The list of documents, at `/`.
    Home,
    /// A rich text document, at `/d/{name}`.
    Document,
    /// A whiteboard, at `/w/{name}`.
    Whiteboard,
}

/// The file at `path` (`assets/name-hash.js`), without a leading slash. Pages are not files: see [`page`].
pub fn asset(path: &str) -> Option<Asset> {
    if path.ends_with(".br") || path.ends_with(".html") {
        return None;
    }
    load(path)
}

/// The HTML of a page; `None` when built with `WEFT_WEB=skip`.
pub fn page(page: Page) -> Option<Asset> {
    load(match page {
        Page::Home => "index.html",
        Page::Document => "document.html",
        Page::Whiteboard => "whiteboard.html",
    })
}

fn load(path: &str) -> Option<Asset> {
    let EmbeddedFile { data, metadata } = Files::get(path)?;
    Some(Asset {
        bytes: data,
        brotli: Files::get(&format!("{path}.br")).map(|file| file.data),
        etag: etag(&metadata.sha256_hash()),
        content_type: content_type(path),
        immutable: names_its_content(path),
    })
}

/// Vite puts a hash into the name of everything it writes to `assets/`; of the fonts most come with one of 32 digits.
fn names_its_content(path: &str) -> bool {
    let hashed = |font: &str| {
        let digits = font.strip_suffix(".woff2").and_then(|stem| stem.rsplit_once('-'));
        digits.is_some_and(|(_, digits)| digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    path.starts_with("assets/") || path.strip_prefix("fonts/").is_some_and(hashed)
}

/// Half of the hash tells files apart well enough and keeps the header short.
fn etag(hash: &[u8; 32]) -> String {
    let mut tag = String::with_capacity(34);
    tag.push('"');
    for byte in &hash[..16] {
        write!(tag, "{byte:02x}").expect("writing to a string cannot fail");
    }
    tag.push('"');
    tag
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("png") => "image/png",
        Some("svg") => "image/svg+xml",
        Some("txt") => "text/plain; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const PAGES: [Page; 3] = [Page::Home, Page::Document, Page::Whiteboard];

    /// Empty when the crate was built with `WEFT_WEB=skip`.
    fn built() -> Vec<String> {
        Files::iter().map(Cow::into_owned).collect()
    }

    #[test]
    fn every_page_is_there_or_none_is() {
        let found = PAGES.map(|name| page(name).is_some());
        assert_eq!(found, [!built().is_empty(); 3]);
    }

    #[test]
    fn a_page_names_only_assets_that_exist() {
        for page in PAGES.into_iter().filter_map(page) {
            assert_eq!(page.content_type, "text/html; charset=utf-8");
            assert!(!page.immutable);
            let html = String::from_utf8(page.bytes.into_owned()).expect("pages are written as UTF-8");
            for name in html.split('"').filter_map(|part| part.strip_prefix("/assets/")) {
                let asset = asset(&format!("assets/{name}")).expect("the page refers to a built file");
                assert!(asset.immutable);
            }
        }
    }

    /// [B9]
    #[test]
    fn the_fonts_of_the_board_are_here_with_their_type() {
        let paths = built().into_iter().filter(|path| path.starts_with("fonts/"));
        let fonts: Vec<Asset> = paths.filter_map(|path| asset(&path)).collect();
        assert!(fonts.iter().all(|font| font.content_type == "font/woff2" && font.brotli.is_none()));
        let immutable = fonts.iter().filter(|font| font.immutable).count();
        assert!(immutable * 10 >= fonts.len() * 9, "{immutable} of {} name their content", fonts.len());
        assert!(asset("fonts/Xiaolai/nothing.woff2").is_none());
    }

    #[test]
    fn only_a_name_with_a_hash_lasts_for_ever() {
        assert!(names_its_content("assets/index-Cr2yhgMA.js"));
        assert!(!names_its_content("fonts/Lilita/Lilita-Regular-i7dPXF7wUgHyaiLlUPCXVZ4PfzAb9cEf.woff2"));
        assert!(names_its_content("fonts/X/X-Regular-069e77aac84590e2e991d0a0176d34f2.woff2"));
        assert!(!names_its_content("fonts/Virgil/Virgil-Regular.woff2"));
        assert!(!names_its_content("index.html"));
    }

    #[test]
    fn etags_differ_between_files_and_are_quoted() {
        let files: Vec<Asset> = built().iter().filter_map(|path| asset(path)).collect();
        assert!(
            files
                .iter()
                .all(|file| file.etag.len() == 34 && file.etag.starts_with('"') && file.etag.ends_with('"'))
        );
        let distinct = |of: fn(&Asset) -> &[u8]| files.iter().map(of).collect::<HashSet<_>>().len();
        // The same font may be there under two names.
        assert_eq!(distinct(|file| file.etag.as_bytes()), distinct(|file| &file.bytes));
    }

    #[test]
    fn only_files_are_assets() {
        for path in ["", "assets", "assets/", "../Cargo.toml", "/etc/passwd", "index.html", "index.html.br"] {
            assert!(asset(path).is_none(), "{path:?} is not an asset");
        }
    }
}

//! Which server this is, for pages that outlive an update of it.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};
use weft_web_editor::{Page, page};

/// Returns the version, and behind a plus what the pages are made of: a page that hears another one than before is not the
/// server's any more.
#[must_use]
pub fn version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| {
        let mut hasher = Sha256::new();
        // Every file of a page is named in it by a hash of its content.
        for asset in [Page::Home, Page::Document, Page::Whiteboard].into_iter().filter_map(page) {
            hasher.update(asset.etag);
        }
        let hash: [u8; 32] = hasher.finalize().into();
        let pages: String = hash[..4].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}+{pages}", env!("CARGO_PKG_VERSION"))
    });
    &VERSION
}

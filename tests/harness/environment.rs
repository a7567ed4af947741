//! What the caller of the tests has set: the only place here that reads the environment.
#![expect(
    clippy::disallowed_methods,
    reason = "the server reads its environment in config.rs, the tests theirs here"
)]

use std::path::{Path, PathBuf};

/// The root of the workspace.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests crate is a folder of the workspace")
}

/// The server under test: `WEFT_BIN`, or the release build in the target folder.
pub fn server_binary() -> PathBuf {
    let path =
        std::env::var_os("WEFT_BIN").map_or_else(|| target_folder().join("release/weft"), PathBuf::from);
    assert!(path.exists(), "no server at {}: cargo build --release -p weft-server", path.display());
    path
}

/// The URL of a PostgreSQL server on which databases may be created: `WEFT_TEST_POSTGRES_URL`.
pub fn postgres_url() -> String {
    std::env::var("WEFT_TEST_POSTGRES_URL").expect(
        "WEFT_TEST_POSTGRES_URL names a PostgreSQL server to create databases on; tests/run starts one",
    )
}

/// The seed the caller asks for with `WEFT_TEST_SEED`, to repeat a failure.
pub fn seed() -> Option<u64> {
    let text = std::env::var("WEFT_TEST_SEED").ok()?;
    Some(text.parse().expect("WEFT_TEST_SEED is a number"))
}

fn target_folder() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), PathBuf::from)
}

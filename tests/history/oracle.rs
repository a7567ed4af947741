//! Random moments of generated histories against stock Yjs. The long form is the same command by hand:
//!
//! cd tests/clients/differential && WEFT_BIN=... node moments.js --updates 100000 --moments 1000

use std::path::Path;
use std::process::Command;

use weft_tests::environment::{seed, server_binary};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/differential");

const SEED: u64 = 5;

/// [T1] [T4]
#[test]
fn random_moments_equal_what_stock_yjs_makes_of_the_raw_updates() {
    if !["yjs", "ws"].iter().all(|name| Path::new(FOLDER).join("node_modules").join(name).exists()) {
        let installed =
            Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(FOLDER).status();
        assert!(installed.expect("npm runs").success(), "npm ci failed in {FOLDER}");
    }
    // Any other seed is printed by the command itself.
    let seed = seed().unwrap_or(SEED).to_string();
    let run = Command::new("node")
        .args(["moments.js", "--updates", "2000", "--moments", "40", "--seed", &seed])
        .current_dir(FOLDER)
        .env("WEFT_BIN", server_binary())
        .status();
    assert!(run.expect("node runs").success(), "the seed {seed} and the difference are above");
}

//! Random moments of generated histories against stock Yjs, and what is measured on long ones, in short forms. By hand:
//!
//! cd tests/clients/differential
//! WEFT_BIN=... node moments.js --updates 100000 --moments 1000
//! WEFT_BIN=... node trace.js automerge-paper.json.gz
//! WEFT_BIN=... node large.js

use std::path::Path;
use std::process::Command;

use weft_tests::environment::{seed, server_binary};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/differential");

const SEED: u64 = 5;

/// Runs one of the scripts. Any other seed is printed by the script itself.
fn run(script: &str, options: &[&str]) {
    if !["yjs", "ws"].iter().all(|name| Path::new(FOLDER).join("node_modules").join(name).exists()) {
        let installed =
            Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(FOLDER).status();
        assert!(installed.expect("npm runs").success(), "npm ci failed in {FOLDER}");
    }
    let seed = seed().unwrap_or(SEED).to_string();
    let run = Command::new("node")
        .arg(script)
        .args(options)
        .args(["--seed", &seed])
        .current_dir(FOLDER)
        .env("WEFT_BIN", server_binary())
        .status();
    assert!(run.expect("node runs").success(), "the seed {seed} and the difference are above");
}

/// [T1] [T4]
#[test]
fn random_moments_equal_what_stock_yjs_makes_of_the_raw_updates() {
    run("moments.js", &["--updates", "2000", "--moments", "40"]);
}

/// [T1] [T4]
#[test]
fn random_moments_of_a_typed_text_are_what_was_typed_until_then() {
    run("trace.js", &["--edits", "2000", "--jumps", "20", "--cold", "1"]);
}

/// [T20] [T24]
#[test]
fn a_large_text_and_board_are_restored_from_a_few_changes_and_from_nothing() {
    run("large.js", &["--bytes", "20000", "--times", "1"]);
}

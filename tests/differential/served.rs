//! The same clients over real sockets against the server process, which is killed and stopped in between.
//!
//! `WEFT_DIFFERENTIAL_EDITS` sets how many edits there are, `WEFT_DIFFERENTIAL_SEED` the seed of the first session. A
//! million takes ten minutes on two cores, longer than a test may; then the clients are run by themselves:
//!
//! ```text
//! cd tests/clients/differential && node served.js 1 1000000
//! ```

use std::process::Command;

use weft_tests::environment::server_binary;

const EDITS: u64 = 20_000;

/// The sessions from here on include one, 102,726, whose late joiner held less than the clients: Yjs had tidied what it read.
const SEED: u64 = 102_700;

/// [H3] [W1] [D1]
#[test]
fn clients_late_joiners_and_a_restarted_server_hold_the_same() {
    super::install_clients();
    let edits = super::number("WEFT_DIFFERENTIAL_EDITS").unwrap_or(EDITS);
    let seed = super::number("WEFT_DIFFERENTIAL_SEED").unwrap_or(SEED);
    println!("{edits} edits from WEFT_DIFFERENTIAL_SEED={seed}");
    let run = Command::new("node")
        .args(["served.js", &seed.to_string(), &edits.to_string()])
        .env("WEFT_BIN", server_binary())
        .current_dir(super::clients_folder())
        .status();
    assert!(run.expect("node runs").success(), "the clients say above what differs");
}

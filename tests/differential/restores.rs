//! Restores against stock Yjs: what a client sees afterwards is what was there at the moment, and what others had not sent
//! yet comes through.
//!
//! `WEFT_DIFFERENTIAL_SESSIONS` and `WEFT_DIFFERENTIAL_SEED` as in the other tests.

use weft_server::document::replica::restore::restore;
use weft_server::document::replica::{Outcome, Replica};

use super::{Clients, install_clients, number, text};

/// [T20] [T21] [T22]
#[test]
fn stock_clients_see_what_was_there_and_keep_what_they_wrote() {
    install_clients();
    let histories = number("WEFT_DIFFERENTIAL_SESSIONS").unwrap_or(200);
    let seed = number("WEFT_DIFFERENTIAL_SEED").unwrap_or(5_000_000);
    println!("{histories} histories from WEFT_DIFFERENTIAL_SEED={seed}");
    let (mut played, mut skipped, mut restores, mut name) = (0, 0, 0, "a page".to_owned());
    let mut clients = Clients::start("restores.js", seed, histories);
    loop {
        let (tag, payload) = clients.hear();
        let mut answer = vec![];
        match tag {
            b'N' => (played, name) = (played + 1, text(&payload)),
            b'S' => skipped += 1,
            b'R' => {
                restores += 1;
                answer = vec![restored(&payload, &name)];
            }
            b'F' => panic!("WEFT_DIFFERENTIAL_SEED={}", text(&payload)),
            b'D' => break,
            other => panic!("unknown request {other}"),
        }
        clients.answer(&answer);
    }
    println!("{played} played, {skipped} skipped, {restores} restores");
    assert!(played > histories / 2, "most histories can be played");
}

/// Restores as the server does: both states are its own encodings, and the update is taken by its replica.
fn restored(both: &[u8], name: &str) -> Vec<u8> {
    let fail = |why: &dyn std::fmt::Display| -> ! { panic!("WEFT_DIFFERENTIAL_SEED={name} {why}") };
    let (len, both) = both.split_first_chunk().expect("a length comes first");
    let (live, old) = both.split_at(u32::from_le_bytes(*len) as usize);
    let [live, old] =
        [live, old].map(|state| Replica::from_state(state).unwrap_or_else(|error| fail(&error)));
    let [live, old] = [live, old].map(|replica| replica.encode_state().unwrap_or_else(|error| fail(&error)));
    let Some(update) = restore(&live, &old).unwrap_or_else(|error| fail(&error)) else { return vec![] };
    let mut replica = Replica::from_state(&live).unwrap_or_else(|error| fail(&error));
    let outcome = replica.apply(&update).unwrap_or_else(|error| fail(&error));
    assert_eq!(outcome, Outcome::Applied, "WEFT_DIFFERENTIAL_SEED={name}");
    update
}

//! Updates against one replica: each is refused, or is a gap, or is applied; and whatever was applied can be encoded, loaded,
//! and replayed from the journal to the same.
//!
//! An input is a row of records: one byte of how, two of how long, then the update. A panic inside the CRDT, which the server
//! would contain, ends the fuzzer.

use weft_protocol::validate::{self, Limits};

use crate::server::replica::restore::restore;
use crate::server::replica::{Outcome, Replica, ReplicaError};

/// Updates of one input; later bytes are ignored.
const UPDATES_MAX: usize = 48;

/// Plays an input.
///
/// # Panics
/// When a promise is broken.
pub fn attack(input: &[u8]) {
    let mut play = Play::default();
    for (how, update) in records(input).take(UPDATES_MAX) {
        play.take(how & 1 != 0, update);
    }
    play.check();
}

/// Cuts an input into records.
pub fn records(mut input: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || {
        let [how, low, high, rest @ ..] = input else { return None };
        let len = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
        let (update, behind) = rest.split_at(len);
        input = behind;
        Some((*how, update))
    })
}

/// A replica with the journal of what it accepted.
#[derive(Default)]
pub struct Play {
    pub replica: Replica,
    journal: Vec<Vec<u8>>,
}

impl Play {
    /// Takes an update as the server does, and returns whether it was wholly applied.
    ///
    /// # Panics
    /// When the CRDT failed, or something refused had an effect.
    pub fn take(&mut self, is_answer: bool, update: &[u8]) -> bool {
        let before = self.replica.state_vector();
        let outcome =
            if is_answer { self.replica.apply_available(update) } else { self.replica.apply(update) };
        match outcome {
            Ok(Outcome::Applied) => self.journal.push(update.to_vec()),
            Ok(Outcome::Trimmed { accepted } | Outcome::Part { accepted }) => {
                self.journal.push(accepted);
            }
            Err(error @ (ReplicaError::Panicked { .. } | ReplicaError::Undecodable { .. })) => {
                panic!("[H2] {error}")
            }
            Ok(Outcome::Known | Outcome::Gap) | Err(_) => {
                assert_eq!(self.replica.state_vector(), before, "[H2] what is not taken has no effect");
                return false;
            }
        }
        true
    }

    /// Encodes, loads, compares and replays.
    ///
    /// # Panics
    /// When they differ.
    pub fn check(&self) {
        let state = self.replica.encode_state().expect("[H2] what was applied encodes");
        Replica::verify_state(&state).expect("[D6] what was encoded loads");
        self.replica.preview_of(["t", "t"], "m").expect("[O6] what was applied can be looked at");
        self.replica.preview_of(["m", "m"], "t").expect("[O6] what was applied can be looked at");
        let mut joined = Replica::new();
        let answer = joined.apply_available(&state);
        assert!(!matches!(answer, Err(_) | Ok(Outcome::Part { .. } | Outcome::Gap)), "{answer:?}");
        self.check_difference();
        self.check_restore(&state);
        let mut replayed = Replica::new();
        for row in &self.journal {
            let outcome = replayed.apply(row).expect("[D7] what was accepted is accepted again");
            assert_ne!(outcome, Outcome::Gap, "[D7] no row is journaled before its causes");
        }
        assert_eq!(replayed.state_vector(), self.replica.state_vector(), "[D7] a replay is the same");
        let again = replayed.encode_state().expect("[H2] what was replayed encodes");
        assert_same(&again, &state);
    }

    /// Taken back to half of what is known, nothing is left to do.
    fn check_restore(&self, state: &[u8]) {
        let mut half = Replica::new();
        let rows = &self.journal[..self.journal.len() / 2];
        rows.iter().for_each(|row| drop(half.apply(row)));
        let half = half.encode_state().expect("[H2] what was applied encodes");
        let Some(update) = restore(state, &half).expect("[T23] both are whole") else { return };
        let mut live = Replica::from_state(state).expect("[D6] what was encoded loads");
        assert_eq!(live.apply(&update), Ok(Outcome::Applied), "[T20] the edit is taken");
        let restored = live.encode_state().expect("[H2] what was applied encodes");
        assert_eq!(restore(&restored, &half), Ok(None), "[T20] it has the content of then");
    }

    /// Half of what is known, and then the difference, is everything.
    fn check_difference(&self) {
        let mut half = Replica::new();
        let rows = &self.journal[..self.journal.len() / 2];
        rows.iter().for_each(|row| drop(half.apply(row)));
        let lacks = self.replica.diff(&half.state_vector()).expect("[W1] a difference encodes");
        half.apply(&lacks).expect("[W1] a difference is taken");
        assert_eq!(half.state_vector(), self.replica.state_vector(), "[W1] nothing is missing then");
    }
}

/// Compares two states struct by struct: the keys of a map in a value have no order.
fn assert_same(one: &[u8], other: &[u8]) {
    let read = |state| validate::parse(state, &Limits::OWN_STATE).expect("our own");
    let (one, other) = (read(one), read(other));
    assert_eq!(one.sections(), other.sections(), "[D7] a replay is the same");
    assert_eq!(one.deletes(), other.deletes(), "[D7] a replay is the same");
    for (a, b) in one.structs().iter().zip(other.structs()) {
        assert_eq!((a, one.place(a)), (b, other.place(b)), "[D7] a replay is the same");
    }
}

//! What deciding about an update and applying it costs: `cargo bench -p weft-server --bench replica`.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use weft_protocol::validate::{self, Limits};
use weft_server::document::replica::Replica;
use yrs::{Doc, OffsetKind, Options, Text, Transact};

const TYPED: usize = 50_000;
const EDITS: u64 = 40_000;

fn main() {
    let typed = typing(TYPED);
    report("typing, one character an update", &typed);
    report("edits all over a text, one in four deletes", &editing(EDITS));
    report_state(&editing(EDITS));
}

/// What a client sends that types at the end of a text.
fn typing(characters: usize) -> Vec<Vec<u8>> {
    let doc = client();
    let text = doc.get_or_insert_text("text");
    let typed = (0..u32::try_from(characters).expect("fits")).map(|at| {
        let mut transaction = doc.transact_mut();
        text.insert(&mut transaction, at, "a");
        transaction.encode_update_v1()
    });
    typed.collect()
}

/// What a client sends that inserts and deletes at random places.
fn editing(edits: u64) -> Vec<Vec<u8>> {
    let doc = client();
    let text = doc.get_or_insert_text("text");
    let mut state = 42u64;
    let mut random = move |below: u32| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        u32::try_from((state >> 33) % u64::from(below)).expect("below a u32")
    };
    let edit = |_| {
        let mut transaction = doc.transact_mut();
        let len = text.len(&transaction);
        if len > 100 && random(4) == 0 {
            text.remove_range(&mut transaction, random(len - 3), 1 + random(3));
        } else {
            text.insert(&mut transaction, random(len + 1), ["a", "word ", "é", "😀"][random(4) as usize]);
        }
        transaction.encode_update_v1()
    };
    (0..edits).map(edit).collect()
}

fn client() -> Doc {
    Doc::with_options(Options { offset_kind: OffsetKind::Utf16, ..Options::default() })
}

fn report(what: &str, updates: &[Vec<u8>]) {
    let count = u32::try_from(updates.len()).expect("fits");
    let bytes: usize = updates.iter().map(Vec::len).sum();
    println!("{what}: {count} updates, {} bytes each", bytes / updates.len());
    let parsed = best(|| timed(|| updates.iter().for_each(|update| drop(black_box(parse(update))))));
    let apply =
        |replica: &mut Replica| updates.iter().for_each(|update| drop(replica.apply(update).expect("legal")));
    let applied = best(|| {
        let mut replica = Replica::new();
        timed(|| apply(&mut replica))
    });
    let mut replica = Replica::new();
    apply(&mut replica);
    let again = best(|| timed(|| apply(&mut replica)));
    for (step, took) in [("validate", parsed), ("apply", applied), ("apply again, known", again)] {
        println!("  {step:<20} {:>8} ns an update", (took / count).as_nanos());
    }
}

fn report_state(updates: &[Vec<u8>]) {
    let mut replica = Replica::new();
    updates.iter().for_each(|update| drop(replica.apply(update).expect("legal")));
    let estimate = replica.approximate_bytes();
    let state = replica.encode_state().expect("encodes");
    println!("a state of {} bytes, estimated as {estimate}", state.len());
    let vector = replica.state_vector();
    let steps: [(&str, Duration); 7] = [
        ("validate", best(|| timed(|| drop(black_box(parse(&state)))))),
        ("load", best(|| timed(|| drop(black_box(Replica::from_state(&state).expect("our own")))))),
        ("apply again, known", best(|| timed(|| drop(black_box(replica.apply(&state)))))),
        ("verify", best(|| timed(|| Replica::verify_state(&state).expect("our own")))),
        ("encode", best(|| timed(|| drop(black_box(replica.encode_state()))))),
        ("diff to an equal peer", best(|| timed(|| drop(black_box(replica.diff(&vector)))))),
        ("state vector", best(|| timed(|| drop(black_box(replica.state_vector()))))),
    ];
    for (step, took) in steps {
        println!("  {step:<22} {:>10.1} us", took.as_secs_f64() * 1e6);
    }
}

fn parse(update: &[u8]) -> validate::Update<'_> {
    validate::parse(update, &Limits::OWN_STATE).expect("legal")
}

fn timed(run: impl FnOnce()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}

/// The shortest of some runs: what else the machine does only makes them longer.
fn best(run: impl FnMut() -> Duration) -> Duration {
    std::iter::repeat_with(run).take(7).min().expect("seven runs")
}

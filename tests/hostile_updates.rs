//! Hostile updates against the replica: seeded mutations of real updates, and structurally hostile ones.
//!
//! Every update is refused, or is a gap, or is applied; and whatever was applied, the state still encodes to
//! something that loads. The loop runs in a child process of this test, because what goes wrong inside a CRDT that
//! is not memory-safe is an abort, a signal or a loop, and the test has to outlive it to name the seed.
//!
//! `WEFT_HOSTILE_UPDATES` sets the number of updates, `WEFT_HOSTILE_SEED` the first seed.
#![expect(
    clippy::disallowed_methods,
    reason = "the server reads its environment in config.rs, this test here"
)]

#[path = "corpus/hostile_update.rs"]
mod hostile_update;
#[path = "corpus/xorshift.rs"]
mod xorshift;

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::Duration;

use hostile_update::Forge;
use weft_server::document::replica::{Outcome, Replica, ReplicaError};
use xorshift::Random;

/// Updates against one replica; several in a row reach states that one alone does not.
const UPDATES_PER_SEED: u64 = 40;
/// Seeds of one child; a child that dies names the last one it began.
const SEEDS_PER_CHILD: u64 = 500;
/// Longest time one child may take, for a loop without end. Thirty times what it takes.
const CHILD_LIMIT: Duration = Duration::from_secs(120);
const SEED: &str = "WEFT_HOSTILE_CHILD_SEED";

/// [H2] [O6]
#[test]
fn hostile_updates_are_refused_or_survived() {
    let updates = number("WEFT_HOSTILE_UPDATES").unwrap_or(200_000);
    let first = number("WEFT_HOSTILE_SEED").unwrap_or(1);
    println!("{updates} updates from WEFT_HOSTILE_SEED={first}");
    let mut totals = BTreeMap::<String, u64>::new();
    let end = first + updates.div_ceil(UPDATES_PER_SEED);
    for seed in (first..end).step_by(usize::try_from(SEEDS_PER_CHILD).expect("small")) {
        let output = run_child(seed, SEEDS_PER_CHILD.min(end - seed));
        for (what, count) in output {
            *totals.entry(what).or_default() += count;
        }
    }
    println!("{totals:?}");
    for reached in ["applied", "known", "gap", "refused", "parent", "misplaced"] {
        assert!(
            totals.get(reached).is_some_and(|count| *count > updates / 1000),
            "{reached} is hardly reached"
        );
    }
}

fn number(name: &str) -> Option<u64> {
    Some(std::env::var(name).ok()?.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// Runs some seeds in a process of their own and returns what became of the updates.
fn run_child(seed: u64, seeds: u64) -> BTreeMap<String, u64> {
    let itself = std::env::current_exe().expect("the test is a program");
    let mut child = Command::new(itself)
        .args(["--exact", "child", "--ignored", "--nocapture"])
        .env(SEED, format!("{seed} {seeds}"))
        .env("RUST_BACKTRACE", "0")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the test runs itself");
    let mut errors = child.stderr.take().expect("piped");
    let last_words = std::thread::spawn(move || {
        let mut text = Vec::new();
        std::io::Read::read_to_end(&mut errors, &mut text)
            .map(|_| String::from_utf8_lossy(&text).into_owned())
    });
    let watched = watch(child);
    let words = last_words.join().expect("reads").expect("reads");
    match watched {
        Ok(text) => text.lines().filter_map(counted).collect(),
        Err(what) => {
            let tail: Vec<&str> = words.lines().rev().take(12).collect();
            let began = words.lines().rev().find(|line| line.starts_with("WEFT_HOSTILE_SEED="));
            panic!("{what} in {began:?}\n{}", tail.into_iter().rev().collect::<Vec<_>>().join("\n"))
        }
    }
}

fn counted(line: &str) -> Option<(String, u64)> {
    let (what, count) = line.strip_prefix("count ")?.split_once(' ')?;
    Some((what.to_owned(), count.parse().ok()?))
}

/// Waits for a child and returns what it wrote.
fn watch(mut child: std::process::Child) -> Result<String, String> {
    let mut output = child.stdout.take().expect("piped");
    let (sender, receiver) = std::sync::mpsc::sync_channel(1);
    std::thread::spawn(move || {
        let mut text = String::new();
        let _ = std::io::Read::read_to_string(&mut output, &mut text);
        let _ = sender.send(text);
    });
    let text = receiver.recv_timeout(CHILD_LIMIT).map_err(|_| {
        let _ = child.kill();
        format!("an update took more than {CHILD_LIMIT:?}")
    })?;
    let status = child.wait().map_err(|error| error.to_string())?;
    if status.success() { Ok(text) } else { Err(format!("the process ended with {status}")) }
}

/// The loop itself; does nothing unless [`run_child`] started it.
#[test]
#[ignore = "run in a process of its own by hostile_updates_are_refused_or_survived"]
fn child() {
    let Ok(seeds) = std::env::var(SEED) else { return };
    let (first, count) = seeds.split_once(' ').expect("seed and count");
    let first: u64 = first.parse().expect("a number");
    let count: u64 = count.parse().expect("a number");
    // Panics inside the CRDT are contained and counted, not printed.
    std::panic::set_hook(Box::new(|_| {}));
    let mut totals = BTreeMap::new();
    for seed in first..first + count {
        eprintln!("WEFT_HOSTILE_SEED={seed}");
        if let Err(what) = attack(seed, &mut totals) {
            eprintln!("{what}");
            std::process::exit(1);
        }
    }
    totals.iter().for_each(|(what, count)| println!("count {what} {count}"));
}

/// Sends one replica a row of hostile updates.
fn attack(seed: u64, totals: &mut BTreeMap<&'static str, u64>) -> Result<(), String> {
    let mut random = Random::new(seed);
    let mut replica = Replica::new();
    let mut forge = Forge::default();
    for _ in 0..UPDATES_PER_SEED {
        let before = replica.state_vector();
        let update = forge.next(&mut random, clocks(&before));
        let available = random.below(2) == 0;
        let outcome = if available { replica.apply_available(&update) } else { replica.apply(&update) };
        *totals.entry(name(&outcome)).or_default() += 1;
        match outcome {
            Ok(Outcome::Applied | Outcome::Trimmed { .. } | Outcome::Part { .. }) => forge.remember(update),
            // Contained, the document would be rebuilt from storage; but what is contained may have gone unnoticed
            // elsewhere, and no update is known that gets here.
            Err(error @ (ReplicaError::Panicked { .. } | ReplicaError::Undecodable { .. })) => {
                return Err(format!("{error}: {}", hex(&update)));
            }
            _ if replica.state_vector() != before => return Err(format!("changed by {}", hex(&update))),
            _ => {}
        }
    }
    check(&replica, &mut random, totals)
}

/// Returns the clocks of the clients the forge plays.
fn clocks(state_vector: &[u8]) -> [u64; 4] {
    let known = weft_protocol::validate::state_vector(state_vector).expect("our own");
    std::array::from_fn(|client| {
        let clock = known.iter().find(|(known, _)| *known == client as u64).map_or(0, |(_, clock)| *clock);
        u64::from(clock)
    })
}

fn check(
    replica: &Replica,
    random: &mut Random,
    totals: &mut BTreeMap<&'static str, u64>,
) -> Result<(), String> {
    let state = replica.encode_state().map_err(|error| format!("not encoded: {error}"))?;
    Replica::verify_state(&state).map_err(|error| format!("not loaded again: {error}: {}", hex(&state)))?;
    for (text, board) in [("t", "m"), ("m", "t")] {
        replica
            .preview_of([text, text], board)
            .map_err(|error| format!("not seen: {error}: {}", hex(&state)))?;
    }
    *totals.entry("verified").or_default() += 1;
    for _ in 0..4 {
        let clocks: Vec<u8> =
            (0..4).flat_map(|client| [client, u8::try_from(random.below(12)).expect("small")]).collect();
        let vector = [&[4][..], &clocks].concat();
        let diff =
            replica.diff(&vector).map_err(|error| format!("no diff from {}: {error}", hex(&vector)))?;
        let read = Replica::new().apply_available(&diff);
        if let Err(error) = read {
            return Err(format!("a diff is refused: {error}: {}", hex(&diff)));
        }
    }
    Ok(())
}

fn name(outcome: &Result<Outcome, ReplicaError>) -> &'static str {
    match outcome {
        Ok(Outcome::Applied) => "applied",
        Ok(Outcome::Trimmed { .. }) => "trimmed",
        Ok(Outcome::Known) => "known",
        Ok(Outcome::Gap) => "gap",
        Ok(Outcome::Part { .. }) => "part",
        Err(ReplicaError::Refused(_)) => "refused",
        Err(ReplicaError::Parent { .. }) => "parent",
        Err(ReplicaError::Misplaced { .. }) => "misplaced",
        Err(ReplicaError::Panicked { .. }) => "panicked",
        Err(_) => "other",
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

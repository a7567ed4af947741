//! What items at one place of a document cost: `cargo bench -p weft-server --bench crowd`.
//!
//! Each row is one update: how long the CRDT takes when nothing holds it back, what the replica says within its limits, and
//! for how long it keeps the thread that asks.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use std::time::Instant;

use weft_protocol::lib0::write_var_uint;
use weft_protocol::validate::Limits;
use weft_server::document::replica::Replica;

type Item = (u64, u32, Option<(u64, u32)>, Option<(u64, u32)>);

fn main() {
    println!("{:<44} {:>7} {:>8} {:>12} {:>12}", "", "items", "KiB", "alone ms", "at most ms");
    for items in [1_000, 2_000, 4_000, 8_000, 16_000] {
        report("strangers in one gap, hostile", &[], &strangers(items));
        report("one author, other right neighbours, hostile", &text(items), &scattered(items));
    }
    for items in [2_000, 16_000] {
        report("typing behind one's own", &[], &typed(items));
        report("one author, always in front", &[], &in_front(items, |_| 1));
        report("each author in front of the last", &[], &in_front(items, |n| n + 1));
    }
}

fn report(what: &str, before: &[u8], items: &[Item]) {
    let update = encoded(items);
    let loaded = |limits| {
        let mut replica = Replica::with_limits(limits);
        if !before.is_empty() {
            replica.apply(before).expect("legal");
        }
        replica
    };
    let mut unbounded = loaded(Limits::OWN_STATE);
    let start = Instant::now();
    unbounded.apply(&update).expect("only limits refuse it");
    let alone = start.elapsed();
    let mut bounded = loaded(Limits::default());
    let start = Instant::now();
    let short = bounded.apply_if_short(&update);
    let at_most = start.elapsed();
    let became = match short {
        Ok(Some(_)) => "applied here".to_owned(),
        Ok(None) => match bounded.apply(&update) {
            Ok(_) => "applied elsewhere".to_owned(),
            Err(error) => error.to_string(),
        },
        Err(error) => format!("refused: {error}"),
    };
    println!(
        "{what:<44} {:>7} {:>8.1} {:>12.2} {:>12.2}  {became}",
        items.len(),
        update.len() as f64 / 1024.0,
        alone.as_secs_f64() * 1e3,
        at_most.as_secs_f64() * 1e3,
    );
}

fn strangers(items: u64) -> Vec<Item> {
    (0..items).map(|n| (n + 1, 0, None, None)).collect()
}

fn text(len: u64) -> Vec<u8> {
    let mut update = vec![1, 1, 1, 0, 4, 1, 1, b't'];
    write_var_uint(&mut update, len);
    update.extend((0..len).map(|_| b'x'));
    update.push(0);
    update
}

fn scattered(items: u64) -> Vec<Item> {
    let clock = |n: u64| u32::try_from(n).expect("small");
    (0..items).map(|n| (2, clock(n), None, Some((1, clock(n))))).collect()
}

fn typed(items: u64) -> Vec<Item> {
    let clock = |n: u64| u32::try_from(n).expect("small");
    (0..items).map(|n| (1, clock(n), n.checked_sub(1).map(|last| (1, clock(last))), None)).collect()
}

fn in_front(items: u64, author: impl Fn(u64) -> u64) -> Vec<Item> {
    let one = author(0) == author(1);
    let id = |n: u64| (author(n), if one { u32::try_from(n).expect("small") } else { 0 });
    let item = |n: u64| (id(n).0, id(n).1, None, n.checked_sub(1).map(&id));
    (0..items).map(item).collect()
}

/// Writes one letter an item into the list `t`; authors ascend, their items follow each other.
fn encoded(items: &[Item]) -> Vec<u8> {
    let mut out = Vec::new();
    let sections = || items.chunk_by(|a, b| a.0 == b.0);
    write_var_uint(&mut out, sections().count() as u64);
    for section in sections() {
        write_var_uint(&mut out, section.len() as u64);
        write_var_uint(&mut out, section[0].0);
        write_var_uint(&mut out, u64::from(section[0].1));
        for (_, _, left, right) in section {
            let flags = if left.is_some() { 0x80 } else { 0 } | if right.is_some() { 0x40 } else { 0 };
            out.push(4 | flags);
            for (client, clock) in left.iter().chain(right) {
                write_var_uint(&mut out, *client);
                write_var_uint(&mut out, u64::from(*clock));
            }
            if flags == 0 {
                out.extend([1, 1, b't']);
            }
            out.extend([1, b'a']);
        }
    }
    out.push(0);
    out
}

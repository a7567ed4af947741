//! Updates that crash, hang, swell or poison a CRDT that trusts them (yrs 0.28.1), and updates without end.

use std::net::SocketAddr;

use weft_tests::client::Client;
use weft_tests::frames::{self, Message, hex, put_bytes, put_uint};
use weft_tests::socket::Socket;

use crate::attack::{Answer, Attack, Seen};
use crate::gaps;
use crate::siege::{attacker, outcome};

/// Options of the server under these attacks: bounds that a test can reach.
pub const OPTIONS: [&str; 6] =
    ["--limit-frame-bytes", "4194304", "--limit-document-bytes", "8388608", "--limit-idle-ms", "500"];

const FRAME_BYTES_MAX: usize = 4 << 20;
const DOCUMENT_BYTES_MAX: usize = 8 << 20;
const NESTED_ARRAYS: usize = 20_000;

/// Every attack of the family.
pub fn attacks() -> Vec<Attack> {
    [crashing(), contained(), crowded(), gaps::attacks(), legal_but_much(), limits()]
        .into_iter()
        .flatten()
        .collect()
}

/// What no client may send, each with what it does to a CRDT that takes it.
pub fn refused() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let digits = [
        ("table for nothing", "makes a CRDT reserve half a gigabyte for four bytes", "ffffff7f0000"),
        ("bare count", "counts 2^28 sections and ends", "ffffff7f"),
        ("update clock at the end", "panics in the block store", "010107ffffffff0f000800"),
        (
            "reference at the end",
            "panics in the block store by a reference",
            "010101feffffff0f000a010101000a",
        ),
        (
            "abort",
            "aborts the process",
            "010301feffffff0f000c008080406407ffffffff0f0002010206000a0d0701ffffffff0f0b",
        ),
        ("legacy JSON", "makes a snapshot that no longer decodes", "010101000201017400027b7d00"),
        (
            "big integer",
            "stores a number that comes back as another type",
            "010101002801016d016b017a000000000000000100",
        ),
        ("hook", "shifts the meaning of what follows", "01010700070101780502686b00"),
        (
            "integer that JSON cannot hold",
            "stores an embed that readers refuse",
            "01010700050101741a7b226e223a31323334353637383930313233343536373030307d00",
        ),
        ("trailing byte", "appends a byte to an update", "000000"),
        ("nothing at all", "sends an update without a byte", ""),
        ("half an update", "ends an update within its first item", "0101070004010174"),
        (
            "section named twice",
            "has two sections of one client",
            "02 01 09 00 04 01 01 74 01 61 01 09 05 04 01 01 74 01 61 00",
        ),
        ("item of itself", "places an item behind itself", "01 01 09 00 84 09 00 01 61 00"),
        ("gap with flags", "sends a gap that Yjs and yrs read differently", "01 01 09 00 8a 09 00 01 00"),
        ("length overflow", "deletes 2^32 clocks from 2^30 on", "00 01 09 01 80808080 04 80808080 10"),
        ("move", "moves an item, which no released Yjs does", "01 01 09 00 0b 01 01 74 00 01 00 00 00"),
        ("subdocument", "puts a document into a document", "01 01 09 00 09 01 01 74 01 67 76 00 00"),
        ("inserted text that is not UTF-8", "inserts FF FE as text", "01 01 09 00 04 01 01 74 02 ff fe 00"),
    ];
    let mut all: Vec<_> = digits.into_iter().map(|(name, does, digits)| (name, does, hex(digits))).collect();
    all.push(("nested arrays", "overflows the stack by arrays within arrays", nested_arrays(NESTED_ARRAYS)));
    all
}

/// An update that sets a map entry to arrays within arrays.
pub fn nested_arrays(depth: usize) -> Vec<u8> {
    [hex("010101002801016d016b01"), [0x75, 1].repeat(depth), vec![0x7e, 0]].concat()
}

/// Each is sent both as a live update and as a sync reply, which go different ways.
fn crashing() -> Vec<Attack> {
    let attack = |(name, what, update): (&'static str, &'static str, Vec<u8>)| {
        Attack::new((name, what), "H2", Answer::Close(4400), move |address| {
            let update = update.clone();
            async move {
                let reply = alone(address, frames::step2(&update)).await;
                let live = alone(address, frames::update(&update)).await;
                if matches!(reply, Seen::Closed(4400, _)) { live } else { reply }
            }
        })
        .peak_mib(8)
    };
    refused().into_iter().map(attack).collect()
}

async fn alone(address: SocketAddr, frame: Vec<u8>) -> Seen {
    let mut socket = attacker(address).await;
    socket.send(frame).await.expect("the socket is open");
    outcome(&mut socket).await
}

/// What may be refused or held aside as a gap, but must neither take effect nor harm.
fn contained() -> Vec<Attack> {
    let attack = |name, what, answer, update: Vec<u8>| {
        Attack::new((name, what), "H2", answer, move |address| {
            let frame = frames::update(&update);
            async move {
                let mut socket = attacker(address).await;
                for _ in 0..20 {
                    // The socket may be closed by then.
                    socket.send(frame.clone()).await.unwrap_or_default();
                }
                outcome(&mut socket).await
            }
        })
        .peak_mib(8)
    };
    vec![
        attack(
            "state that cannot be encoded",
            "makes a state that can be read and never written",
            Answer::Close(4400),
            vec![1, 1, 255, 19, 136, 102, 18, 231, 124, 65, 80, 0, 0, 0],
        ),
        attack(
            "endless loop",
            "makes a CRDT search for ever",
            Answer::Close(4400),
            hex(
                "0301078080402901016102696406677569642d31760002070da6070b0162047472756588010b00020308a1070d090800030a\
                 00020702050d07000302ffffffff07020506",
            ),
        ),
        attack(
            "deletion of the unwritten",
            "deletes what nobody has written",
            Answer::Served,
            hex("0001e80701000a"),
        ),
    ]
}

/// An update of one letter at the beginning of the text, by one client.
pub fn letter(client: u64, clock: u64) -> Vec<u8> {
    let mut update = hex("0101");
    section(&mut update, client, clock);
    update.push(0);
    update
}

fn section(update: &mut Vec<u8>, client: u64, clock: u64) {
    put_uint(update, client);
    put_uint(update, clock);
    update.extend_from_slice(&[4, 1, 4]);
    update.extend_from_slice(b"text");
    put_bytes(update, b"x");
}

fn crowded() -> Vec<Attack> {
    vec![
        Attack::new(
            ("many authors at one place", "has 10,000 authors write at the same place, in one update"),
            "H7",
            Answer::Close(4400),
            |address| async move {
                let mut update = Vec::new();
                put_uint(&mut update, 10_000);
                for client in (0..10_000).rev() {
                    update.push(1);
                    section(&mut update, 5_000_000 + client, 0);
                }
                update.push(0);
                in_document(address, "crowd-at-once", vec![frames::update(&update)]).await
            },
        ),
        Attack::new(
            (
                "author after author at one place",
                "has 5,000 authors write at the same place, one after the other",
            ),
            "H6",
            Answer::Served,
            |address| async move {
                let updates = (0..5_000).map(|client| frames::update(&letter(6_000_000 + client, 0)));
                in_document(address, "crowd-in-turn", updates.collect()).await
            },
        ),
        Attack::new(
            ("many deletions", "deletes 500,000 single clocks of nobody"),
            "H6",
            Answer::Served,
            |address| async move {
                let frame = frames::update(&deletions(500_000));
                in_document(address, "deletions", vec![frame]).await
            },
        )
        .peak_mib(96),
        Attack::new(
            ("too many deletions", "counts 2^21 + 1 deletions"),
            "H6",
            Answer::Close(4400),
            |address| async move {
                let mut update = hex("0001 09");
                put_uint(&mut update, (1 << 21) + 1);
                update.resize(FRAME_BYTES_MAX - 64, 1);
                in_document(address, "too-many", vec![frames::update(&update)]).await
            },
        ),
    ]
}

fn deletions(count: u64) -> Vec<u8> {
    let mut update = hex("0001 09");
    put_uint(&mut update, count);
    for n in 0..count {
        put_uint(&mut update, n * 2);
        update.push(1);
    }
    update
}

fn legal_but_much() -> Vec<Attack> {
    vec![
        Attack::new(
            ("deletion of everything", "deletes the whole text of others, who may write it again"),
            "W3",
            Answer::Served,
            |address| async move {
                let mut owner = Client::join(address, "prey").await;
                owner.append("all of this").await.expect("the socket is open");
                owner.until("the ack", Client::saved).await;
                let mut vandal = Client::join(address, "prey").await;
                vandal.replace("").await.expect("the socket is open");
                owner.until("the deletion", |owner| owner.text().is_empty()).await;
                owner.append("again").await.expect("the socket is open");
                owner.until("the ack", Client::saved).await;
                Seen::Served
            },
        ),
        Attack::new(
            ("replayed history", "sends the same 200 updates 50 times, newest first"),
            "D2",
            Answer::Served,
            |address| async move {
                let once = (0..200).rev().map(|clock| frames::update(&letter(8_500_000, clock)));
                let once: Vec<_> = once.collect();
                in_document(address, "replay", (0..50).flat_map(|_| once.clone()).collect()).await
            },
        ),
        Attack::new(
            ("edit after edit", "sends 5,000 edits as fast as it can"),
            "H6",
            Answer::Served,
            |address| async move {
                let edits = (0..5_000).map(|clock| frames::update(&letter(8_600_000, clock)));
                in_document(address, "typist", edits.collect()).await
            },
        ),
    ]
}

/// An update whose frame has exactly `bytes`.
fn frame_of(client: u64, clock: u64, bytes: usize) -> Vec<u8> {
    let mut text = bytes - 64;
    loop {
        let mut update = hex("0101");
        put_uint(&mut update, client);
        put_uint(&mut update, clock);
        update.extend_from_slice(&[4, 1, 4]);
        update.extend_from_slice(b"text");
        put_bytes(&mut update, &vec![b'x'; text]);
        update.push(0);
        let frame = frames::update(&update);
        if frame.len() == bytes {
            return frame;
        }
        text += bytes - frame.len();
    }
}

fn limits() -> Vec<Attack> {
    vec![
        Attack::new(
            ("update of exactly the limit", "sends an update whose frame has the most bytes allowed"),
            "H4",
            Answer::Served,
            |address| async move {
                let frame = frame_of(9_000_000, 0, FRAME_BYTES_MAX);
                in_document(address, "exactly", vec![frame]).await
            },
        )
        .peak_mib(96),
        Attack::new(
            ("update one byte over the limit", "sends an update whose frame has a byte too many"),
            "H4",
            Answer::CloseOrEnd(4413),
            |address| async move {
                let frame = frame_of(9_100_000, 0, FRAME_BYTES_MAX + 1);
                in_document(address, "one-over", vec![frame]).await
            },
        )
        .peak_mib(32),
        Attack::new(
            ("document that grows to its limit", "writes more than a document may hold"),
            "H6",
            Answer::CloseOrEnd(4413),
            |address| async move {
                let mut frames = Vec::new();
                let mut clock = 0;
                while frames.len() * (1 << 20) < DOCUMENT_BYTES_MAX + (2 << 20) {
                    let frame = frame_of(9_200_000, clock, 1 << 20);
                    clock += text_len(&frame);
                    frames.push(frame);
                }
                in_document(address, "grown", frames).await
            },
        )
        .peak_mib(128),
    ]
}

fn text_len(frame: &[u8]) -> u64 {
    u64::try_from(frame.iter().rev().skip(1).take_while(|byte| **byte == b'x').count())
        .expect("a small number")
}

/// Sends frames in a document of their own, and finds out what became of the sender once the server has taken them in.
pub async fn in_document(address: SocketAddr, document: &str, frames: Vec<Vec<u8>>) -> Seen {
    let path = format!("/sync/{document}");
    let mut socket = Socket::open(address, &path).await.expect("the server upgrades");
    for frame in frames {
        if socket.send(frame).await.is_err() {
            break;
        }
    }
    outcome(&mut socket).await
}

/// The count of an ack.
pub fn ack(message: &Message) -> Option<u64> {
    if let Message::Ack(n) = message { Some(*n) } else { None }
}

//! Messages that are malformed, out of order, misleading or too many.

use rand::Rng;
use weft_tests::frames::{self, hex, put_uint};
use weft_tests::raw::{BINARY, Raw, masked};
use weft_tests::seed::seeded;
use weft_tests::socket::Socket;
use weft_tests::wait::SOON;

use crate::attack::{Answer, Attack, Seen};
use crate::framing::{pour, pour_unread};
use crate::siege::{TARGET, attacker, ended, outcome, still_welcome};

const RANDOM_FRAMES: usize = 200;

/// Every attack of the family.
pub fn attacks() -> Vec<Attack> {
    [envelopes(), crowded_frames(), out_of_order(), floods(), state_vectors()].into_iter().flatten().collect()
}

/// An attack that is one message.
pub fn message(naming: (&'static str, &'static str), answer: Answer, frame: Vec<u8>) -> Attack {
    messages(naming, "H1", answer, vec![frame])
}

/// An attack that is a row of messages of one session.
pub fn messages(
    naming: (&'static str, &'static str),
    rule: &'static str,
    answer: Answer,
    frames: Vec<Vec<u8>>,
) -> Attack {
    Attack::new(naming, rule, answer, move |address| {
        let frames = frames.clone();
        async move {
            let mut socket = attacker(address).await;
            send_all(&mut socket, frames).await;
            outcome(&mut socket).await
        }
    })
}

async fn send_all(socket: &mut Socket, frames: Vec<Vec<u8>>) {
    for frame in frames {
        // The server may have closed the socket by then.
        socket.send(frame).await.unwrap_or_default();
    }
}

fn envelopes() -> Vec<Attack> {
    let bad = Answer::Close(4400);
    let digits = [
        ("empty message", "sends a message without a type", ""),
        ("sync without a kind", "ends a sync message behind its type", "00"),
        ("sync of an unknown kind", "sends the sync message 3", "000300"),
        ("update without a length", "ends an update behind its kind", "0002"),
        ("update shorter than its length", "announces nine bytes and sends one", "00020900"),
        ("length beyond the frame", "announces 4 GiB in a frame of seven bytes", "0002ffffffff0f00"),
        ("type that never ends", "sends a type of twelve bytes", "ffffffffffffffffffffffff"),
        ("length that never ends", "sends a length of ten bytes", "0002ffffffffffffffffffff"),
        ("number over 2^53", "sends a length of 2^53", "000280808080808080 10"),
        ("bytes behind an update", "appends two bytes to an update", "000202000009"),
        ("good and bad in one frame", "puts a malformed message behind a good one", "0002020000 0002ff"),
        (
            "unknown type behind a good one",
            "puts a message of type 77 behind a good one",
            "0002020000 4d0100",
        ),
    ];
    let attack = |(name, what, digits)| message((name, what), bad, hex(digits));
    digits.into_iter().map(attack).chain([random_frames()]).collect()
}

fn random_frames() -> Attack {
    Attack::new(
        ("random bytes", "sends 200 random messages, each in a session of its own"),
        "H1",
        Answer::Served,
        |address| async move {
            let frames: Vec<Vec<u8>> = {
                let mut random = seeded("random frames");
                let one = |_| {
                    let mut frame: Vec<u8> =
                        (0..random.random_range(1..40)).map(|_| random.random()).collect();
                    frame[0] = random.random_range(0..5);
                    frame
                };
                (0..RANDOM_FRAMES).map(one).collect()
            };
            for frame in frames {
                let mut socket = attacker(address).await;
                socket.send(frame.clone()).await.expect("the socket is open");
                match outcome(&mut socket).await {
                    Seen::Served => {}
                    Seen::Closed(4400 | 4401, reason) if !reason.is_empty() => {}
                    other => panic!("{frame:?}: {other}"),
                }
            }
            Seen::Served
        },
    )
    .log_lines(2 * RANDOM_FRAMES)
}

/// Frames of very many messages: a few bytes each on the wire, far more as messages.
fn crowded_frames() -> Vec<Attack> {
    let crowd = |naming, answer, message: &'static [u8], count: usize| {
        Attack::new(naming, "H6", answer, move |address| async move {
            let mut raw = Raw::upgrade(address, TARGET).await;
            pour(&mut raw, &masked(BINARY, &message.repeat(count)), 1).await;
            ended(&mut raw, SOON).await
        })
    };
    vec![
        crowd(
            ("five million messages in a frame", "packs 16 MiB with empty state vectors"),
            Answer::CloseOrEnd(4400),
            &[0, 0, 0],
            (16 << 20) / 3 - 8,
        ),
        crowd(
            ("four million requests in a frame", "packs 16 MiB with requests for the whole document"),
            Answer::CloseOrEnd(4400),
            &[0, 0, 1, 0],
            (16 << 20) / 4 - 8,
        ),
        crowd(
            ("million empty awareness in a frame", "packs 16 MiB with awareness of nobody"),
            Answer::CloseOrEnd(4400),
            &[1, 1, 0],
            (16 << 20) / 3 - 8,
        ),
    ]
}

fn out_of_order() -> Vec<Attack> {
    let served = Answer::Served;
    let own_update = {
        let mut update = hex("0101");
        put_uint(&mut update, 990_001);
        update.extend(hex("00 04 01 05 6f74686572 01 21 00"));
        frames::update(&update)
    };
    vec![
        messages(
            ("edit before the handshake", "sends an edit before its SyncStep1"),
            "W1",
            served,
            vec![own_update.clone()],
        ),
        messages(("replayed edit", "sends the same edit 5,000 times"), "D2", served, vec![own_update; 5_000]),
        messages(("forged ack", "sends the server's own message 100"), "W4", served, vec![hex("64 ff7f")]),
        messages(
            ("forged notice", "sends the server's own message 101"),
            "W4",
            served,
            vec![hex("65 02 7b7d")],
        ),
        messages(
            ("forged denial", "sends the server's own refusal of access"),
            "W4",
            served,
            vec![hex("02 00 04 6e6f7065")],
        ),
        messages(
            ("unknown type", "sends a message of type 2^53 - 1"),
            "W4",
            served,
            vec![hex("ffffffffffffff0f 00")],
        ),
        messages(
            ("thousand unknown types", "sends 1,000 messages of a type that does not exist"),
            "W4",
            served,
            vec![hex("4d 00"); 1_000],
        ),
    ]
}

fn floods() -> Vec<Attack> {
    let served = Answer::Served;
    vec![
        messages(
            ("sync flood", "asks 5,000 times for the whole document, and reads it"),
            "H6",
            served,
            vec![frames::step1(&frames::EMPTY_STATE_VECTOR); 5_000],
        ),
        Attack::new(
            ("sixty-four floods", "asks for the whole document from 64 sessions at once, 4,000 times each"),
            "H6",
            served,
            |address| async move {
                let mut floods = Vec::new();
                let chunk = masked(BINARY, &frames::step1(&frames::EMPTY_STATE_VECTOR)).repeat(4_000);
                for _ in 0..64 {
                    let mut raw = Raw::upgrade(address, TARGET).await;
                    let chunk = chunk.clone();
                    floods
                        .push(tokio::spawn(async move { pour_unread(&mut raw, &chunk, chunk.len()).await }));
                }
                for flood in floods {
                    flood.await.expect("a flood only sends");
                }
                still_welcome(address).await
            },
        )
        .log_lines(80),
        messages(
            ("query flood", "asks 5,000 times who is here"),
            "H6",
            served,
            vec![frames::QUERY_AWARENESS.to_vec(); 5_000],
        ),
    ]
}

fn state_vectors() -> Vec<Attack> {
    let bad = Answer::Close(4400);
    let vector = |naming, answer, bytes: Vec<u8>| message(naming, answer, frames::step1(&bytes));
    let clients = |count: u64| {
        let mut bytes = Vec::new();
        put_uint(&mut bytes, count);
        for client in 0..count {
            put_uint(&mut bytes, client * 3);
            put_uint(&mut bytes, 1);
        }
        bytes
    };
    let mut twenty = vec![frames::step1(&clients(200_000)); 20];
    twenty.push(frames::step1(&clients(1)));
    vec![
        vector(("state vector of nothing", "sends a state vector without a count"), bad, Vec::new()),
        vector(("state vector count", "counts 2^28 clients in four bytes"), bad, hex("ffffff7f")),
        vector(
            ("state vector cut off", "ends a state vector within its second client"),
            bad,
            hex("02 01 01 02"),
        ),
        vector(("clock overflow", "claims a clock of 2^32"), bad, hex("01 01 8080808010")),
        vector(
            ("clock over 2^30", "claims a clock that the CRDT cannot count to"),
            bad,
            hex("01 01 8180808004"),
        ),
        vector(("client named twice", "names a client twice in a state vector"), bad, hex("02 01 01 01 02")),
        vector(("bytes behind a state vector", "appends a byte to a state vector"), bad, hex("01 01 01 00")),
        vector(("million clients", "names 2^20 clients in a state vector"), Answer::Served, clients(1 << 20))
            .peak_mib(96),
        vector(("more than a million clients", "names one client too many"), bad, clients((1 << 20) + 1)),
        messages(
            ("twenty crowded state vectors", "names 200,000 clients, 20 times"),
            "H6",
            Answer::Served,
            twenty,
        )
        .peak_mib(64),
        vector(
            ("clock of the future", "claims to know far more of a client than the server does"),
            Answer::Served,
            hex("01 01 ffffffff03"),
        ),
    ]
}

//! Updates that crash, hang, swell or poison a CRDT that trusts them (yrs 0.28.1), and legitimate ones that look odd.

use weft_tests::client::Client;
use weft_tests::frames::{self, Message, hex};
use weft_tests::socket::Socket;
use weft_tests::store::Store;
use weft_tests::weft::Weft;

use crate::siege::{Outcome, Siege, assert_closed_with, outcome};

const SWELLING_LIMIT: u64 = 48 * 1024 * 1024;
const NESTED_ARRAYS: usize = 20_000;

/// What no client may send, each with what it does to a CRDT that takes it.
fn refused_updates() -> Vec<(&'static str, Vec<u8>)> {
    let digits = [
        ("half a gigabyte of table for four bytes", "ffffff7f0000"),
        ("a bare count", "ffffff7f"),
        ("panic in the block store: a clock at the end of its range", "010107ffffffff0f000800"),
        ("panic in the block store: a reference at the end of the range", "010101feffffff0f000a010101000a"),
        (
            "abort of the process",
            "010301feffffff0f000c008080406407ffffffff0f0002010206000a0d0701ffffffff0f0b",
        ),
        ("a snapshot that no longer decodes: legacy JSON content", "010101000201017400027b7d00"),
        ("a big integer that comes back as another type", "010101002801016d016b017a000000000000000100"),
        ("a hook that shifts what follows", "01010700070101780502686b00"),
        (
            "an embed with an integer that JSON readers refuse",
            "01010700050101741a7b226e223a31323334353637383930313233343536373030307d00",
        ),
        ("trailing bytes", "000000"),
        ("nothing at all", ""),
        ("half an update", "0101070004010174"),
    ];
    let mut all: Vec<_> = digits.into_iter().map(|(does, digits)| (does, hex(digits))).collect();
    all.push(("stack overflow by nested arrays", nested_arrays(NESTED_ARRAYS)));
    all
}

/// What may be refused or held aside as a gap, but must neither take effect nor harm.
fn contained_updates() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        (
            "a state that can no longer be encoded",
            vec![1, 1, 255, 19, 136, 102, 18, 231, 124, 65, 80, 0, 0, 0],
        ),
        (
            "an endless loop",
            hex(
                "0301078080402901016102696406677569642d31760002070da6070b0162047472756588010b00020308a1070d090800030a\
                 00020702050d07000302ffffffff07020506",
            ),
        ),
        ("deletion of what nobody has written", hex("0001e80701000a")),
    ]
}

/// An update that sets a map entry to arrays within arrays.
fn nested_arrays(depth: usize) -> Vec<u8> {
    [hex("010101002801016d016b01"), [0x75, 1].repeat(depth), vec![0x7e, 0]].concat()
}

/// [H1] [H2]
#[tokio::test(flavor = "multi_thread")]
async fn updates_that_break_a_crdt_are_refused_and_harm_nobody() {
    let mut siege = Siege::start().await;
    for (does, update) in refused_updates() {
        for frame in [frames::update(&update), frames::step2(&update)] {
            let mut attacker = siege.attacker().await;
            attacker.send(frame).await.expect("the socket is open");
            assert_closed_with(&outcome(&mut attacker).await, 4400, does);
        }
        siege.holds().await;
    }
    siege.assert_memory_stayed_below(SWELLING_LIMIT);
    siege.assert_unharmed().await;
}

/// [H1] [H2]
#[tokio::test(flavor = "multi_thread")]
async fn updates_that_may_be_a_gap_are_held_or_refused_and_never_take_effect() {
    let mut siege = Siege::start().await;
    for (does, update) in contained_updates() {
        for frame in [frames::update(&update), frames::step2(&update)] {
            let mut attacker = siege.attacker().await;
            for _ in 0..20 {
                // The socket may be closed by then.
                attacker.send(frame.clone()).await.unwrap_or_default();
            }
            let outcome = outcome(&mut attacker).await;
            if outcome != Outcome::Served {
                assert_closed_with(&outcome, 4400, does);
            }
        }
        siege.holds().await;
    }
    siege.assert_memory_stayed_below(SWELLING_LIMIT);
    siege.assert_unharmed().await;
}

/// [H1]
#[tokio::test(flavor = "multi_thread")]
async fn the_same_bytes_as_state_vector_and_awareness_harm_nobody() {
    let mut siege = Siege::start().await;
    for (does, bytes) in refused_updates().into_iter().chain(contained_updates()) {
        for frame in [frames::step1(&bytes), frames::awareness(&bytes)] {
            let mut attacker = siege.attacker().await;
            attacker.send(frame).await.expect("the socket is open");
            let outcome = outcome(&mut attacker).await;
            if outcome != Outcome::Served {
                assert_closed_with(&outcome, 4400, does);
            }
        }
        siege.holds().await;
    }
    for bomb in [hex("ffffff7f"), hex("ffffffff07"), hex("ffffff7f0000")] {
        for frame in [frames::step1(&bomb), frames::awareness(&bomb)] {
            let mut attacker = siege.attacker().await;
            attacker.send(frame).await.expect("the socket is open");
            assert_closed_with(&outcome(&mut attacker).await, 4400, "a count without its elements");
        }
    }
    siege.assert_memory_stayed_below(SWELLING_LIMIT);
    siege.assert_unharmed().await;
}

/// [H3]
#[tokio::test]
async fn legitimate_updates_that_look_odd_are_taken_and_survive_a_restart() {
    let mut weft = Weft::start(Store::sqlite()).await;
    let legitimate: [(&str, &[&str]); 4] = [
        ("halves of an emoji", &["010107000401017404f09f988000", "000107010101", "000107010001"]),
        ("collected blocks", &["0103070001010161010002880700017d030107010003"]),
        ("binary", &["010101002301016d016b02010200"]),
        ("nested sixteen deep", &[]),
    ];
    for (document, updates) in legitimate {
        let deep = nested_arrays(16);
        let updates: Vec<Vec<u8>> = updates.iter().map(|digits| hex(digits)).collect();
        let updates = if updates.is_empty() { vec![deep] } else { updates };
        let path = format!("/sync/{}?ack=1", document.replace(' ', "%20"));
        let mut author = Socket::open(weft.address(), &path).await.expect("the server upgrades");
        let goal = u64::try_from(updates.len()).expect("a few");
        for update in updates {
            author.send(frames::update(&update)).await.expect("the socket is open");
        }
        while author.find(ack).await < goal {}
    }
    weft.kill().await;
    weft.launch_again().await;
    for (document, _) in legitimate {
        Client::join(weft.address(), document).await;
    }
}

fn ack(message: &Message) -> Option<u64> {
    if let Message::Ack(n) = message { Some(*n) } else { None }
}

//! Frames whose envelope is wrong, and text where bytes belong.

use rand::Rng;
use weft_tests::frames::hex;
use weft_tests::seed::seeded;

use crate::siege::{Outcome, Siege, assert_closed_with, outcome};

const RANDOM_FRAMES: usize = 300;

/// [H1] [W7]
#[tokio::test(flavor = "multi_thread")]
async fn malformed_envelopes_close_with_4400_and_harm_nobody() {
    let malformed = [
        ("an empty frame", ""),
        ("a sync message without a kind", "00"),
        ("a sync message of an unknown kind", "000300"),
        ("an update without its length", "0002"),
        ("an update shorter than its length", "00020900"),
        ("a length beyond the frame by far", "0002ffffffff0f00"),
        ("a number that never ends", "ffffffffffffffffffffffff"),
        ("a length that never ends", "0002ffffffffffffffffffffff"),
        ("awareness without its length", "01"),
        ("awareness shorter than its length", "010501"),
        ("awareness with fewer entries than it says", "010103"),
        ("bytes behind an update", "000202000009"),
    ];
    let mut siege = Siege::start().await;
    for (attack, digits) in malformed {
        let mut attacker = siege.attacker().await;
        attacker.send(hex(digits)).await.expect("the socket is open");
        assert_closed_with(&outcome(&mut attacker).await, 4400, attack);
    }
    siege.holds().await;
    siege.assert_unharmed().await;
}

/// [H1]
#[tokio::test(flavor = "multi_thread")]
async fn text_frames_are_not_taken_for_messages() {
    let siege = Siege::start().await;
    for text in ["", "hello", "\u{0}\u{2}\u{2}\u{0}\u{0}"] {
        let mut attacker = siege.attacker().await;
        attacker.send_text(text).await.expect("the socket is open");
        let Outcome::Closed(Some((code, _))) = outcome(&mut attacker).await else {
            panic!("the text frame {text:?} did not close the socket with a code");
        };
        assert!([4400, 1003].contains(&code), "{text:?}: {code}");
    }
    siege.assert_unharmed().await;
}

/// [H1]
#[tokio::test(flavor = "multi_thread")]
async fn awareness_that_is_not_json_does_not_reach_the_others() {
    let siege = Siege::start().await;
    let states: [&[u8]; 4] = [b"{", b"\xff\xfe", b"[[[[[[[[", b""];
    for state in states {
        let mut payload = vec![1, 9, 1];
        weft_tests::frames::put_bytes(&mut payload, state);
        let mut attacker = siege.attacker().await;
        attacker.send(weft_tests::frames::awareness(&payload)).await.expect("the socket is open");
        assert_closed_with(&outcome(&mut attacker).await, 4400, "awareness that is not JSON");
    }
    siege.assert_unharmed().await;
}

/// [H1]
#[tokio::test(flavor = "multi_thread")]
async fn random_frames_are_refused_or_ignored_and_harm_nobody() {
    let mut random = seeded("random frames");
    let mut siege = Siege::start().await;
    for _ in 0..RANDOM_FRAMES {
        let mut frame: Vec<u8> = (0..random.random_range(1..40)).map(|_| random.random()).collect();
        frame[0] = random.random_range(0..5);
        let mut attacker = siege.attacker().await;
        attacker.send(frame.clone()).await.expect("the socket is open");
        let outcome = outcome(&mut attacker).await;
        if outcome != Outcome::Served {
            assert_closed_with(&outcome, 4400, &format!("{frame:?}"));
        }
    }
    siege.holds().await;
    siege.assert_unharmed().await;
}

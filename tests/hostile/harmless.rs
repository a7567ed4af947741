//! What looks hostile and is not: it has to work.

use weft_tests::client::Client;
use weft_tests::frames::{self, hex};
use weft_tests::raw::{BINARY, BINARY_BEGIN, LAST, MIDDLE, Raw, masked};
use weft_tests::replica::Replica;
use weft_tests::socket::Socket;
use weft_tests::store::Store;
use weft_tests::weft::Weft;

use crate::siege::Siege;
use crate::updates::{ack, nested_arrays};

const CONTROL_PING: u8 = 0x89;

/// [H4]
#[tokio::test(flavor = "multi_thread")]
async fn a_fragmented_message_with_a_ping_inside_works() {
    let siege = Siege::start().await;
    let mut author = Raw::upgrade(siege.address(), "/sync/fragments").await;
    let frame = frames::update(&Replica::default().append("in pieces"));
    let (begin, rest) = frame.split_at(1);
    let (middle, last) = rest.split_at(rest.len() / 2);
    author.frame(BINARY_BEGIN, begin).await.expect("the server reads");
    author.frame(CONTROL_PING, b"are you there?").await.expect("the server reads");
    author.frame(MIDDLE, middle).await.expect("the server reads");
    author.frame(LAST, last).await.expect("the server reads");
    let mut reader = Client::join(siege.address(), "fragments").await;
    reader.until("the message of three fragments", |reader| reader.text() == "in pieces").await;
    siege.assert_unharmed().await;
}

/// [H4]
#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_trickle_in_one_by_one_are_a_message_like_any_other() {
    let siege = Siege::start().await;
    let mut author = Raw::upgrade(siege.address(), "/sync/trickle").await;
    for byte in masked(BINARY, &frames::update(&Replica::default().append("drop by drop"))) {
        author.send(&[byte]).await.expect("the server reads");
        tokio::task::yield_now().await;
    }
    let mut reader = Client::join(siege.address(), "trickle").await;
    reader.until("the message", |reader| reader.text() == "drop by drop").await;
    siege.assert_unharmed().await;
}

/// [W4]
#[tokio::test(flavor = "multi_thread")]
async fn a_frame_may_hold_hundreds_of_messages() {
    let siege = Siege::start().await;
    let replica = Replica::default();
    let edits: Vec<_> = (0..500).map(|_| frames::update(&replica.append("m"))).collect();
    let mut author = Socket::open(siege.address(), "/sync/batch?ack=1").await.expect("the server upgrades");
    author.send(edits.concat()).await.expect("the socket is open");
    while author.find(ack).await < 500 {}
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

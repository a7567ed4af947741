//! A client that reads too slowly gets the newest state instead of everything that led to it.

use weft_tests::client::Client;
use weft_tests::store::Store;
use weft_tests::weft::Weft;

const EDITS: usize = 200;
const EDIT_BYTES: usize = 128 * 1024;

/// [F1]
#[tokio::test(flavor = "multi_thread")]
async fn who_did_not_read_for_a_while_gets_one_difference_and_holds_the_same() {
    let weft = Weft::start(Store::sqlite()).await;
    // It reads only when it is told to wait for something.
    let mut slow = Client::join(weft.address(), "slow").await;
    let mut writer = Client::join(weft.address(), "slow").await;
    for edit in 0..EDITS {
        writer.replace(&format!("{edit:04}").repeat(EDIT_BYTES / 4)).await.expect("the socket is open");
        writer.until("the ack", Client::saved).await;
    }
    let last = writer.text();
    slow.until("the newest text", |slow| slow.text() == last).await;
    let (read, written) = (slow.received_bytes(), EDITS * EDIT_BYTES);
    println!("{read} of {written} bytes were sent to the slow client");
    assert!(read < written / 4, "{read} of {written} bytes were sent to a client that did not read");
    writer.replace("and on").await.expect("the socket is open");
    slow.until("the next edit", |slow| slow.text() == "and on").await;
}

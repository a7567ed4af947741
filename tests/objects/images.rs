//! Images: what is taken, how it is served, and what bounds it.

use serde_json::Value;
use weft_tests::client::Client;
use weft_tests::http::{self, Answer};
use weft_tests::store::Store;
use weft_tests::token::{SECRET, token};
use weft_tests::weft::Weft;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR";
const PLACE: &str = "/api/documents/team%2Fnotes/blobs";

/// Returns something that starts like a PNG and has so many bytes.
fn png(bytes: usize) -> Vec<u8> {
    let rest = (0..bytes - PNG.len()).map(|n| u8::try_from(n % 251).expect("below 251"));
    PNG.iter().copied().chain(rest).collect()
}

async fn post(weft: &Weft, place: &str, bytes: &[u8]) -> Answer {
    http::send(weft.address(), &format!("POST {place}"), &[("Content-Type", "text/html")], bytes)
        .await
        .expect("an answer")
}

async fn get(weft: &Weft, path: &str) -> Answer {
    http::fetch(weft.address(), path).await.expect("an answer")
}

fn said(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).expect("JSON")
}

/// Stores an image and returns its hash.
async fn stored(weft: &Weft, place: &str, bytes: &[u8]) -> String {
    let answer = post(weft, place, bytes).await;
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    said(&answer)["hash"].as_str().expect("a hash").to_owned()
}

fn has(answer: &Answer, line: &str) -> bool {
    answer.head.lines().any(|found| found.eq_ignore_ascii_case(line))
}

/// Fails unless the answer is a problem that says `what`, and is counted.
async fn refused(weft: &Weft, answer: &Answer, (status, what): (u16, &str), limit: Option<&str>) {
    let text = String::from_utf8_lossy(&answer.body);
    assert_eq!(answer.status, status, "{text}");
    assert!(answer.head.contains("application/problem+json") && text.contains(what), "{text}");
    if let Some(limit) = limit {
        let metrics = http::metrics(weft.address(), &[]).await;
        assert!(metrics.contains(&format!("weft_refused_total{{limit=\"{limit}\"}} 1")), "{metrics}");
    }
}

/// [O3] [O1] [D1]
#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_was_answered_is_there_after_a_crash_byte_for_byte() {
    for store in [Store::sqlite(), Store::postgres()] {
        let mut weft = Weft::start(store).await;
        // Not a whole number of pieces, and more than one.
        let image = png(1_000_001);
        let answer = post(&weft, PLACE, &image).await;
        assert_eq!(answer.status, 201);
        let view = said(&answer);
        assert_eq!((&view["type"], &view["bytes"]), (&"image/png".into(), &1_000_001.into()));
        let hash = view["hash"].as_str().expect("a hash").to_owned();
        assert!(has(&answer, &format!("location: {PLACE}/{hash}")), "{}", answer.head);
        weft.kill().await;
        weft.launch_again().await;
        let answer = get(&weft, &format!("{PLACE}/{hash}")).await;
        assert_eq!(answer.status, 200);
        assert!(answer.body == image, "{} bytes came back", answer.body.len());
        for line in [
            "content-length: 1000001",
            "content-type: image/png",
            "x-content-type-options: nosniff",
            "content-security-policy: default-src 'none'; sandbox",
            "cache-control: private, max-age=31536000, immutable",
            "cross-origin-resource-policy: same-origin",
            &format!("content-disposition: inline; filename=\"{hash}.png\""),
            &format!("etag: \"{hash}\""),
        ] {
            assert!(has(&answer, line), "{line} in\n{}", answer.head);
        }
        let again = post(&weft, PLACE, &image).await;
        assert_eq!((again.status, said(&again)), (200, view), "the same bytes are the same image");
    }
}

/// [O3]
#[tokio::test(flavor = "multi_thread")]
async fn who_has_an_image_is_told_so_and_who_asks_for_its_head_gets_that() {
    let weft = Weft::start(Store::sqlite()).await;
    let path = format!("{PLACE}/{}", stored(&weft, PLACE, &png(300_000)).await);
    let hash = path.rsplit('/').next().expect("the hash");
    for known in [format!("\"{hash}\""), format!("W/\"x\", W/\"{hash}\""), "*".to_owned()] {
        let headers = [("If-None-Match", known.as_str())];
        let answer = http::request(weft.address(), &format!("GET {path}"), &headers, "").await;
        let answer = answer.expect("an answer");
        assert_eq!((answer.status, answer.body.len()), (304, 0), "{known}");
    }
    let head = http::request(weft.address(), &format!("HEAD {path}"), &[], "").await.expect("an answer");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert!(has(&head, "content-length: 300000") && has(&head, "content-type: image/png"), "{}", head.head);
}

/// [O1]
#[tokio::test(flavor = "multi_thread")]
async fn only_images_are_taken_whatever_they_say_they_are() {
    let weft = Weft::start(Store::sqlite()).await;
    let page = b"<!DOCTYPE html><script>alert(1)</script>".repeat(1_000);
    for bytes in [&b""[..], b"<svg onload='alert(1)'/>", &page, b"%PDF-1.7", &png(40)[1..]] {
        let headers = [("Content-Type", "image/png")];
        let answer = http::send(weft.address(), &format!("POST {PLACE}"), &headers, bytes).await;
        refused(&weft, &answer.expect("an answer"), (415, "image/png, image/jpeg, image/gif"), None).await;
    }
    // A page behind the first bytes of an image is an image, and is never shown as anything else.
    let polyglot = [b"GIF89a=1;/*", &page[..], b"*/"].concat();
    let answer = get(&weft, &format!("{PLACE}/{}", stored(&weft, PLACE, &polyglot).await)).await;
    assert!(has(&answer, "content-type: image/gif") && has(&answer, "x-content-type-options: nosniff"));
    assert!(has(&answer, "content-security-policy: default-src 'none'; sandbox"), "{}", answer.head);
}

/// [O2] [R3]
#[tokio::test(flavor = "multi_thread")]
async fn one_image_and_all_of_a_document_have_their_bounds() {
    let options = [
        ["--limit-blob-bytes", "20000"],
        ["--limit-blobs-per-document", "3"],
        ["--limit-blob-bytes-per-document", "50000"],
    ];
    let weft = Weft::start_with(Store::sqlite(), options.as_flattened()).await;
    let answer = post(&weft, PLACE, &png(20_001)).await;
    refused(&weft, &answer, (413, "at most 20000 bytes (limit blob-bytes)"), Some("blob_bytes")).await;
    for bytes in [20_000, 19_999] {
        stored(&weft, PLACE, &png(bytes)).await;
    }
    let answer = post(&weft, PLACE, &png(10_002)).await;
    let limit = "blob_bytes_per_document";
    refused(&weft, &answer, (413, "50000 bytes together (limit blob-bytes-per"), Some(limit)).await;
    stored(&weft, PLACE, &png(10_001)).await;
    let answer = post(&weft, PLACE, &png(100)).await;
    let limit = "blobs_per_document";
    refused(&weft, &answer, (413, "3 images, the most it may (limit blobs-per"), Some(limit)).await;
    assert_eq!(post(&weft, PLACE, &png(10_001)).await.status, 200, "it has that one");
    stored(&weft, "/api/documents/other/blobs", &png(100)).await;
}

/// [O3] [X1]
#[tokio::test(flavor = "multi_thread")]
async fn an_image_is_read_with_a_token_in_its_address_and_only_in_its_own_document() {
    let weft = Weft::start_with(Store::sqlite(), &["--auth-key", SECRET]).await;
    let key = |user: &str, document: &str, role: &str| token(user, &[(document, role)]);
    let ada = key("ada", "mine", "write");
    let hash = stored(&weft, &format!("/api/documents/mine/blobs?token={ada}"), &png(500)).await;
    let status = async |document: &str, token: &str| {
        get(&weft, &format!("/api/documents/{document}/blobs/{hash}?token={token}")).await.status
    };
    assert_eq!(status("mine", &key("bob", "mine", "read")).await, 200);
    assert_eq!(status("mine", &key("eve", "theirs", "admin")).await, 403);
    // The same hash asked of a document that she may read.
    assert_eq!(status("theirs", &key("eve", "theirs", "admin")).await, 404);
    assert_eq!(status("theirs", &ada).await, 403);
    assert_eq!(get(&weft, &format!("/api/documents/mine/blobs/{hash}")).await.status, 401);
    let bob = key("bob", "mine", "comment");
    assert_eq!(post(&weft, &format!("/api/documents/mine/blobs?token={bob}"), &png(9_000)).await.status, 403);
}

/// [O3]
#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_document_hides_its_images_until_it_is_undeleted() {
    let weft = Weft::start(Store::sqlite()).await;
    let ask =
        async |line: &str| http::request(weft.address(), line, &[], "").await.expect("an answer").status;
    let mut client = Client::join(weft.address(), "team/notes").await;
    client.append("text").await.expect("the socket is open");
    client.until("the ack", Client::saved).await;
    let path = format!("{PLACE}/{}", stored(&weft, PLACE, &png(300_000)).await);
    assert_eq!(ask("DELETE /api/documents/team%2Fnotes").await, 204);
    assert_eq!(get(&weft, &path).await.status, 404);
    assert_eq!(post(&weft, PLACE, &png(200)).await.status, 404);
    assert_eq!(ask("POST /api/documents/team%2Fnotes/undelete").await, 204);
    assert!(get(&weft, &path).await.body == png(300_000));
    let back = Client::join(weft.address(), "team/notes").await;
    let mut back = back;
    back.until("its text", |client| client.text() == "text").await;
}

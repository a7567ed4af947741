//! Images that are none, too large, never there or never read, and hashes that are paths.

use std::net::SocketAddr;
use std::time::Duration;

use weft_tests::http;
use weft_tests::raw::Raw;
use weft_tests::wait::SOON;

use crate::attack::{Answer, Attack};
use crate::framing::pour;
use crate::patience::one_more;
use crate::siege::{all_answered, answered};

/// Ten seconds without a byte end an upload; a busy machine may take longer to notice.
const PATIENCE: Duration = Duration::from_secs(40);
const CONNECTIONS: usize = 100;
const PLACE: &str = "/api/documents/target/blobs";
const GIF: &[u8] = b"GIF89a\x01\0\x01\0";

/// The head of an upload and the first bytes of its body.
fn post(headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("POST {PLACE} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");
    [head.as_bytes(), body].concat()
}

fn whole(headers: &str, body: &[u8]) -> Vec<u8> {
    post(&format!("{headers}Content-Length: {}\r\n", body.len()), body)
}

async fn said(address: SocketAddr, bytes: &[u8]) -> crate::attack::Seen {
    let mut raw = Raw::connect(address).await;
    raw.send(bytes).await.unwrap_or_default();
    answered(&mut raw, SOON).await
}

fn request(
    naming: (&'static str, &'static str),
    rule: &'static str,
    answer: Answer,
    bytes: Vec<u8>,
) -> Attack {
    Attack::new(naming, rule, answer, move |address| {
        let bytes = bytes.clone();
        async move { said(address, &bytes).await }
    })
    .peak_mib(24)
}

/// Every attack by images.
pub fn attacks() -> Vec<Attack> {
    [wrong(), bounded()].into_iter().flatten().collect()
}

fn wrong() -> Vec<Attack> {
    let none = Answer::Problem(415);
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>";
    let page = b"<!DOCTYPE html><script>alert(document.domain)</script>";
    let get = |hash: &str| format!("GET {PLACE}/{hash} HTTP/1.1\r\nHost: localhost\r\n\r\n").into_bytes();
    vec![
        request(
            ("page as an image", "uploads a page of HTML as image/png"),
            "O1",
            none,
            whole("Content-Type: image/png\r\n", page),
        ),
        request(
            ("SVG with a script", "uploads an image that runs a script"),
            "O1",
            none,
            whole("Content-Type: image/svg+xml\r\n", svg),
        ),
        request(
            ("page within an image", "hides a page of HTML behind the first bytes of a GIF"),
            "O1",
            Answer::Status(201),
            whole("", &[b"GIF89a=1;/*", &page[..]].concat()),
        ),
        request(
            ("gzip as an image", "says that its image is packed"),
            "H9",
            none,
            whole("Content-Encoding: gzip\r\n", GIF),
        ),
        request(
            ("path for a hash", "asks for the image ../../../etc/passwd, encoded"),
            "O3",
            Answer::Problem(400),
            get("..%2f..%2f..%2fetc%2fpasswd"),
        ),
        request(
            ("hash of 64 dots", "asks for an image by dots"),
            "O3",
            Answer::Problem(400),
            get(&".".repeat(64)),
        ),
        request(
            ("image of another document", "asks for a hash that is not this document's"),
            "O3",
            Answer::Problem(404),
            get(&"0".repeat(64)),
        ),
    ]
}

fn bounded() -> Vec<Attack> {
    vec![
        request(
            ("image over the limit", "announces an image of a terabyte"),
            "O2",
            Answer::Problem(413),
            post("Content-Length: 1099511627776\r\n", GIF),
        ),
        Attack::new(
            ("endless image", "sends a chunked image of 40 MiB"),
            "O2",
            Answer::Problem(413),
            |address| async move {
                let mut raw = Raw::connect(address).await;
                raw.send(&post("Transfer-Encoding: chunked\r\n", b"a\r\n")).await.expect("it reads");
                raw.send(&[GIF, b"\r\n"].concat()).await.expect("it reads");
                let chunk = [b"4000\r\n".to_vec(), vec![b' '; 0x4000], b"\r\n".to_vec()].concat();
                pour(&mut raw, &chunk, 40 << 20).await;
                answered(&mut raw, SOON).await
            },
        )
        .peak_mib(32),
        Attack::new(
            ("slow images", "begins 100 images and never ends them"),
            "O2",
            Answer::Problem(408),
            |address| async move {
                let mut slow = Vec::new();
                for _ in 0..CONNECTIONS {
                    let mut raw = Raw::connect(address).await;
                    raw.send(&post("Content-Length: 9000000\r\n", GIF)).await.expect("the server reads");
                    slow.push(raw);
                }
                all_answered(&mut slow, PATIENCE).await
            },
        )
        .beside_others(),
        Attack::new(
            ("never reading images", "asks for an image of 10 MB on 100 connections and reads nothing"),
            "O2",
            Answer::Status(200),
            |address| async move {
                let image = [GIF, &[7; 10_000_000]].concat();
                let line = format!("POST {PLACE}");
                let stored = http::send(address, &line, &[], &image).await.expect("an answer");
                let view: serde_json::Value = serde_json::from_slice(&stored.body).expect("JSON");
                let hash = view["hash"].as_str().expect("a hash").to_owned();
                let get = format!("GET {PLACE}/{hash} HTTP/1.1\r\nHost: localhost\r\n\r\n");
                let mut unread = Vec::new();
                for _ in 0..CONNECTIONS {
                    let mut raw = Raw::connect(address).await;
                    raw.send(get.as_bytes()).await.expect("the server reads");
                    unread.push(raw);
                }
                one_more(address).await
            },
        )
        .peak_mib(96),
    ]
}

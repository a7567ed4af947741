//! The past: states at moments, bursts, replays, versions, and who wrote what.

#[path = "history/authors.rs"]
mod authors;
#[path = "history/commands.rs"]
mod commands;
#[path = "history/hostile.rs"]
mod hostile;
#[path = "history/moments.rs"]
mod moments;
#[path = "history/naming.rs"]
mod naming;
#[path = "history/oracle.rs"]
mod oracle;
#[path = "history/replays.rs"]
mod replays;
#[path = "history/restores.rs"]
mod restores;
#[path = "history/thinning.rs"]
mod thinning;
#[path = "history/versions.rs"]
mod versions;

use serde_json::Value;
use weft_protocol::lib0::Reader;
use weft_tests::http::{self, Answer};
use weft_tests::replica::Replica;
use weft_tests::weft::Weft;

const DOCUMENT: &str = "/api/documents/team%2Fnotes";

async fn ask(weft: &Weft, line: &str, token: Option<&str>, body: &str) -> Answer {
    let (method, path) = line.split_once(' ').expect("a method and a path");
    let bearer = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<_> = bearer.iter().map(|bearer| ("Authorization", bearer.as_str())).collect();
    let line = format!("{method} {DOCUMENT}{path}");
    let mut answer = http::request(weft.address(), &line, &headers, body).await.expect("an answer");
    if answer.head.to_lowercase().contains("transfer-encoding: chunked") {
        answer.body = unchunked(&answer.body);
    }
    answer
}

async fn json(weft: &Weft, path: &str) -> Value {
    let answer = ask(weft, &format!("GET {path}"), None, "").await;
    assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
    serde_json::from_slice(&answer.body).expect("JSON")
}

async fn bytes(weft: &Weft, path: &str) -> Vec<u8> {
    let answer = ask(weft, &format!("GET {path}"), None, "").await;
    assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
    answer.body
}

/// Brings an update as a server does, which is answered when it is committed.
async fn post(weft: &Weft, update: &[u8]) {
    let answer = http::send(weft.address(), &format!("POST {DOCUMENT}/update"), &[], update).await;
    assert_eq!(answer.expect("an answer").status, 204);
}

fn text_of(state: &[u8]) -> String {
    let replica = Replica::default();
    replica.merge(state);
    replica.text()
}

/// Time, author and update of a frame.
type Frame = (u64, String, Vec<u8>);

fn frames(mut body: &[u8]) -> Vec<Frame> {
    let mut frames = Vec::new();
    while !body.is_empty() {
        let mut reader = Reader::new(body);
        let at_ms = reader.var_uint().expect("a time");
        let author = reader.var_string().expect("an author").to_owned();
        let update = reader.var_bytes().expect("an update").to_vec();
        frames.push((at_ms, author, update));
        body = &body[reader.at()..];
    }
    frames
}

/// Puts the chunks of a body together; the last one has to be there.
fn unchunked(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    loop {
        let end = body.windows(2).position(|window| window == b"\r\n").expect("the size of a chunk");
        let size =
            std::str::from_utf8(&body[..end]).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
        let size = size.expect("a number");
        if size == 0 {
            return whole;
        }
        whole.extend_from_slice(&body[end + 2..end + 2 + size]);
        body = &body[end + 2 + size + 2..];
    }
}

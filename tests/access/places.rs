//! Where a token may be, and what happens without a good one.

use weft_tests::frames;
use weft_tests::http;
use weft_tests::socket::Socket;
use weft_tests::token::{claims, mint_json, now, token};
use weft_tests::wait::SOON;

use super::{closed, send, state};

/// [X1]
#[tokio::test(flavor = "multi_thread")]
async fn a_token_opens_from_each_of_its_four_places() {
    let weft = closed().await;
    let token = token("ada", &[("notes", "write")]);
    let bearer = format!("Bearer {token}");
    let protocol = format!("chat, weft.token.{token}");
    let mut sockets = vec![
        Socket::open(weft.address(), &format!("/sync/notes?token={token}")).await.expect("upgraded"),
        Socket::open_with(weft.address(), "/sync/notes", &[("authorization", &bearer)])
            .await
            .expect("upgraded"),
        // The client library checks that the server chose one of the protocols it offered.
        Socket::open_with(weft.address(), "/sync/notes", &[("sec-websocket-protocol", &protocol)])
            .await
            .expect("upgraded with the protocol echoed"),
    ];
    let mut late = Socket::open(weft.address(), "/sync/notes").await.expect("upgraded");
    send(&mut late, frames::token(&token)).await;
    sockets.push(late);
    for socket in &mut sockets {
        assert_eq!(state(socket).await, frames::EMPTY_UPDATE);
    }
}

/// [X1] [X3] [W7]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_good_token_is_told_so_and_closed_for_good() {
    let weft = closed().await;
    let mut expired = claims("ada", &[("notes", "write")], 0);
    expired["exp"] = (now() - 1).into();
    let mut early = claims("ada", &[("notes", "write")], 3_600);
    early["nbf"] = (now() + 600).into();
    let good = token("ada", &[("notes", "write")]);
    let forged = format!("{}A{}", &good[..good.len() - 2], &good[good.len() - 1..]);
    let unsigned = unsigned_token();
    let cases = [
        ("not-a-token", 4401, "not understood"),
        (forged.as_str(), 4401, "not signed"),
        (unsigned.as_str(), 4401, ""),
        (&mint_json(expired), 4401, "expired"),
        (&mint_json(early), 4401, "not valid yet"),
        (&token("ada", &[("other", "write")]), 4403, "does not name"),
        (&token("ada", &[]), 4403, "does not name"),
    ];
    for (token, code, reason) in cases {
        let mut socket =
            Socket::open(weft.address(), &format!("/sync/notes?token={token}")).await.expect("upgraded");
        let denied = socket.message().await;
        assert!(matches!(denied, frames::Message::Denied(_)), "{denied:?}");
        let (closed, why) = socket.end(SOON).await.expect("a close frame");
        assert_eq!(closed, code, "{why}");
        assert!(why.contains(reason), "{why}");
        let answer = bearer(&weft, "GET /api/documents/notes", token).await;
        assert_eq!(answer.status, if code == 4401 { 401 } else { 403 }, "{token}");
    }
}

/// [X1]
#[tokio::test(flavor = "multi_thread")]
async fn a_socket_without_a_token_gets_nothing_but_its_refusal() {
    let weft = closed().await;
    let mut socket = Socket::open(weft.address(), "/sync/notes").await.expect("upgraded");
    send(&mut socket, frames::step1(&frames::EMPTY_STATE_VECTOR)).await;
    assert!(matches!(socket.message().await, frames::Message::Denied(_)), "nothing came before");
    assert_eq!(socket.end(SOON).await.expect("a close frame").0, 4401);
    assert_eq!(http::status(weft.address(), "/api/documents").await, 401);
    assert_eq!(http::status(weft.address(), "/healthz").await, 200);
}

/// [X7]
#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_is_no_token_and_no_token_is_logged() {
    let weft = weft_tests::weft::Weft::start_with(weft_tests::store::Store::sqlite(), &LOUD).await;
    let token = token("ada", &[("notes", "write"), ("others", "read")]);
    let cookie = format!("token={token}");
    let mut socket =
        Socket::open_with(weft.address(), "/sync/notes", &[("cookie", &cookie)]).await.expect("upgraded");
    send(&mut socket, frames::step1(&frames::EMPTY_STATE_VECTOR)).await;
    assert_eq!(socket.end(SOON).await.expect("a close frame").0, 4401);
    let protocol = format!("weft.token.{token}");
    let bearer = format!("Bearer {token}");
    for headers in [("authorization", bearer.as_str()), ("sec-websocket-protocol", protocol.as_str())] {
        let mut socket =
            Socket::open_with(weft.address(), "/sync/notes", &[headers]).await.expect("upgraded");
        state(&mut socket).await;
        send(&mut socket, frames::token(&token)).await;
        send(&mut socket, frames::token("nonsense.of.mine")).await;
        socket.end(SOON).await;
    }
    let path = format!("/sync/elsewhere?token={token}");
    Socket::open(weft.address(), &path).await.expect("upgraded").end(SOON).await;
    http::fetch(weft.address(), &format!("/api/documents?token={token}")).await.expect("an answer");
    http::fetch(weft.address(), &format!("/d/notes?token={token}")).await.expect("an answer");
    let signature = token.rsplit('.').next().expect("three parts");
    assert!(weft.lines_logged() > 20, "it logs a lot");
    assert!(!weft.logged(signature), "the token's signature is in the log");
    assert!(!weft.logged("nonsense.of.mine"), "a bad token is in the log");
}

const LOUD: [&str; 4] = ["--auth-key", weft_tests::token::SECRET, "--log", "trace"];

async fn bearer(weft: &weft_tests::weft::Weft, line: &str, token: &str) -> http::Answer {
    let bearer = format!("Bearer {token}");
    http::request(weft.address(), line, &[("Authorization", &bearer)], "").await.expect("an answer")
}

/// `{"alg":"none"}` and claims that open everything.
fn unsigned_token() -> String {
    "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJkb2N1bWVudHMiOnsiKiI6ImFkbWluIn19.".to_owned()
}

//! Who is in a document, asked from outside.

use serde_json::{Value, json};
use weft_tests::frames;
use weft_tests::http;
use weft_tests::socket::Socket;
use weft_tests::store::Store;
use weft_tests::token::{SECRET, token};
use weft_tests::wait::{SOON, until};
use weft_tests::weft::Weft;

async fn ask(weft: &Weft, path: &str) -> Value {
    let answer = http::fetch(weft.address(), path).await.expect("an answer");
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    serde_json::from_slice(&answer.body).expect("JSON")
}

/// Opens a session and shows a cursor in it.
async fn enter(weft: &Weft, path: &str, client: u64, state: &Value) -> Socket {
    let mut socket = Socket::open(weft.address(), path).await.expect("the server upgrades");
    let shown = frames::awareness(&frames::awareness_of(client, 1, &state.to_string()));
    socket.send(shown).await.expect("the socket is open");
    socket
}

/// [O5]
#[tokio::test(flavor = "multi_thread")]
async fn who_is_here_is_told_with_the_document_and_with_the_list() {
    let weft = Weft::start(Store::sqlite()).await;
    for name in ["busy", "calm"] {
        let body = json!({ "name": name }).to_string();
        let created = http::request(weft.address(), "POST /api/documents", &[], &body).await;
        assert_eq!(created.expect("an answer").status, 201);
    }
    assert_eq!(ask(&weft, "/api/documents/busy/presence").await, json!({ "present": [], "count": 0 }));
    assert_eq!(ask(&weft, "/api/documents/never/presence").await["count"], 0);
    let mut kept = Vec::new();
    for n in 0..7 {
        let user = json!({ "id": format!("id{n}"), "name": format!("<b>\u{202e}N{n}"), "color": "#D01E69" });
        kept.push(enter(&weft, "/sync/busy", n, &json!({ "user": user, "cursor": null })).await);
    }
    let second_tab = json!({ "user": { "id": "id0", "name": "<b> N0" } });
    kept.push(enter(&weft, "/sync/busy", 100, &second_tab).await);
    until("everybody is seen", SOON, async || {
        let here = ask(&weft, "/api/documents/busy/presence").await;
        here["count"] == 7 && here["present"][0]["tabs"] == 2
    })
    .await;
    let here = ask(&weft, "/api/documents/busy/presence").await;
    let first = json!({ "id": "id0", "name": "<b> N0", "color": "#d01e69", "tabs": 2, "user": null });
    assert_eq!((&here["present"][0], here["present"].as_array().map(Vec::len)), (&first, Some(7)));
    let list = ask(&weft, "/api/documents").await;
    let of = |name: &str| {
        let rows = list["documents"].as_array().expect("a list");
        rows.iter().find(|row| row["name"] == name).expect("it is listed").clone()
    };
    let face = json!({ "id": "id0", "name": "<b> N0", "color": "#d01e69" });
    assert_eq!((&of("busy")["present_count"], &of("busy")["present"][0]), (&json!(7), &face));
    assert_eq!(of("busy")["present"].as_array().map(Vec::len), Some(5));
    assert_eq!((&of("calm")["present_count"], &of("calm")["present"]), (&json!(0), &json!([])));
    drop(kept);
    until("nobody is seen", SOON, async || ask(&weft, "/api/documents/busy/presence").await["count"] == 0)
        .await;
}

/// [O5] [X1]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_passes_for_an_authenticated_user() {
    let weft = Weft::start_with(Store::sqlite(), &["--auth-key", SECRET]).await;
    let state = json!({ "user": { "id": "a", "name": "Ada" } });
    let mut kept = Vec::new();
    for (client, user) in [(1, "ada"), (2, "eve")] {
        let path = format!("/sync/mine?token={}", token(user, &[("mine", "read")]));
        kept.push(enter(&weft, &path, client, &state).await);
    }
    let path = format!("/api/documents/mine/presence?token={}", token("bob", &[("mine", "read")]));
    until("both are seen", SOON, async || ask(&weft, &path).await["count"] == 2).await;
    let here = ask(&weft, &path).await;
    let users: Vec<_> = (0..2).map(|n| here["present"][n]["user"].clone()).collect();
    assert_eq!(users, [json!("ada"), json!("eve")]);
}

//! Previews over HTTP, and the kinds that are learned by the way.

use serde_json::{Value, json};
use weft_tests::client::Client;
use weft_tests::http::{self, Answer};
use weft_tests::store::Store;
use weft_tests::weft::Weft;
use yrs::{Doc, Map, MapPrelim, Transact, XmlElementPrelim, XmlFragment, XmlTextPrelim};

async fn ask(weft: &Weft, line: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    http::request(weft.address(), line, headers, body).await.expect("an answer")
}

fn said(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    serde_json::from_slice(&answer.body).expect("JSON")
}

fn tag(answer: &Answer) -> String {
    let line = answer.head.lines().find_map(|line| line.strip_prefix("etag: "));
    line.expect("it has a tag").to_owned()
}

async fn kind(weft: &Weft, name: &str) -> Value {
    said(&ask(weft, &format!("GET /api/documents/{name}"), &[], "").await)["kind"].clone()
}

async fn edit(weft: &Weft, name: &str, update: &[u8]) {
    let line = format!("POST /api/documents/{name}/update");
    assert_eq!(http::send(weft.address(), &line, &[], update).await.expect("an answer").status, 204);
}

/// An update that adds a paragraph to a text.
fn paragraph(text: &str) -> Vec<u8> {
    let doc = Doc::new();
    let body = doc.get_or_insert_xml_fragment("body");
    let mut transaction = doc.transact_mut();
    let children = vec![XmlTextPrelim::new(text).into()];
    body.push_back(&mut transaction, XmlElementPrelim::new("paragraph", children));
    transaction.encode_update_v1()
}

/// An update of another application.
fn counter() -> Vec<u8> {
    let doc = Doc::new();
    let counters = doc.get_or_insert_map("counters");
    let mut transaction = doc.transact_mut();
    counters.insert(&mut transaction, "clicks", 1);
    transaction.encode_update_v1()
}

/// An update that draws a rectangle on a board.
fn rectangle() -> Vec<u8> {
    let doc = Doc::new();
    let elements = doc.get_or_insert_map("elements");
    let mut transaction = doc.transact_mut();
    let place = [("x", 1.0), ("y", 2.0), ("width", 30.0), ("height", 40.0)];
    let element = elements.insert(&mut transaction, "a", place.into_iter().collect::<MapPrelim>());
    element.insert(&mut transaction, "type", "rectangle");
    transaction.encode_update_v1()
}

/// [O6]
#[tokio::test(flavor = "multi_thread")]
async fn a_preview_follows_the_edits_and_says_when_there_were_none() {
    for store in [Store::sqlite(), Store::postgres()] {
        let weft = Weft::start(store).await;
        let preview = "GET /api/documents/notes/preview";
        assert_eq!(ask(&weft, preview, &[], "").await.status, 404, "there is no such document");
        ask(&weft, "POST /api/documents", &[], r#"{"name":"notes"}"#).await;
        let empty = ask(&weft, preview, &[], "").await;
        assert_eq!(said(&empty), json!({ "kind": "empty" }));
        edit(&weft, "notes", &paragraph("first")).await;
        let first = ask(&weft, preview, &[], "").await;
        let blocks = json!([{ "type": "paragraph", "text": "first" }]);
        assert_eq!(said(&first), json!({ "kind": "document", "blocks": blocks }));
        assert!(first.head.contains("cache-control: private, no-cache"), "{}", first.head);
        let tags = [tag(&empty), tag(&first)];
        assert_ne!(tags[0], tags[1]);
        let known = ask(&weft, preview, &[("If-None-Match", &tags.join(", "))], "").await;
        assert_eq!((known.status, known.body.len()), (304, 0));
        let again = ask(&weft, preview, &[], "").await;
        assert_eq!((said(&again), tag(&again)), (said(&first), tags[1].clone()), "kept");
        edit(&weft, "notes", &paragraph("second")).await;
        let second = ask(&weft, preview, &[("If-None-Match", &tags[1])], "").await;
        assert_eq!(said(&second)["blocks"].as_array().map(Vec::len), Some(2));
        assert_eq!(ask(&weft, "DELETE /api/documents/notes", &[], "").await.status, 204);
        assert_eq!(ask(&weft, preview, &[], "").await.status, 404);
    }
}

/// [O6] [L4]
#[tokio::test(flavor = "multi_thread")]
async fn a_preview_opens_no_document() {
    let mut weft = Weft::start(Store::sqlite()).await;
    edit(&weft, "board", &rectangle()).await;
    weft.kill().await;
    weft.launch_again().await;
    let told = said(&ask(&weft, "GET /api/documents/board/preview", &[], "").await);
    assert_eq!(told["bounds"], json!([1.0, 2.0, 30.0, 40.0]));
    assert_eq!(told["shapes"][0]["type"], "rectangle");
    ask(&weft, "GET /api/documents", &[], "").await;
    assert!(http::metrics(weft.address(), &[]).await.contains("weft_documents_open 0"));
}

/// [O4]
#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_a_first_edit_made_is_found_as_what_it_is() {
    let weft = Weft::start(Store::sqlite()).await;
    let mut client = Client::join(weft.address(), "plain").await;
    client.append("a flat text").await.expect("the socket is open");
    client.until("the ack", Client::saved).await;
    edit(&weft, "notes", &paragraph("text")).await;
    edit(&weft, "board", &rectangle()).await;
    edit(&weft, "other", &counter()).await;
    let learned = [("plain", "document"), ("notes", "document"), ("board", "whiteboard"), ("other", "any")];
    for (name, learned) in learned {
        assert_eq!(kind(&weft, name).await, "any", "{name}");
        said(&ask(&weft, &format!("GET /api/documents/{name}/preview"), &[], "").await);
        assert_eq!(kind(&weft, name).await, learned, "{name}");
    }
    let boards = said(&ask(&weft, "GET /api/documents?kind=whiteboard", &[], "").await);
    assert_eq!(boards["documents"].as_array().map(Vec::len), Some(1));
}

/// [O4]
#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_said_a_document_is_it_stays() {
    let weft = Weft::start(Store::sqlite()).await;
    edit(&weft, "board", &paragraph("text on a board")).await;
    let patch = async |body: &str| ask(&weft, "PATCH /api/documents/board", &[], body).await;
    assert_eq!(patch(r#"{"title":"Plan"}"#).await.status, 200);
    assert_eq!(said(&patch(r#"{"kind":"whiteboard"}"#).await)["title"], "Plan");
    said(&ask(&weft, "GET /api/documents/board/preview", &[], "").await);
    assert_eq!(kind(&weft, "board").await, "whiteboard");
    assert_eq!(said(&patch(r#"{"title":null}"#).await)["kind"], "whiteboard");
    for wrong in ["{}", r#"{"kind":"sheet"}"#, r#"{"kind":7}"#, r#"{"name":"x"}"#] {
        assert_eq!(patch(wrong).await.status, 400, "{wrong}");
    }
}

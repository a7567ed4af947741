//! What is acknowledged is in the store, whatever ends the server or takes its storage away.

#[path = "durability/crew.rs"]
mod crew;
#[path = "durability/journal.rs"]
mod journal;
#[path = "durability/postgres.rs"]
mod postgres;
#[path = "durability/sqlite.rs"]
mod sqlite;

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use rand::Rng;
use serde_json::{Value, json};
use weft_tests::client::Client;
use weft_tests::frames;
use weft_tests::node::Node;
use weft_tests::postgres::PrivatePostgres;
use weft_tests::replica::Replica;
use weft_tests::seed::seeded;
use weft_tests::socket::{Arrival, Socket};
use weft_tests::store::Store;
use weft_tests::wait::{SOON, throughout, until};
use weft_tests::weft::Weft;

const KILLS_PER_STORE: u32 = 25;
const MOST_EDITS_BETWEEN_KILLS: u64 = 160;
const OUTAGE: Duration = Duration::from_secs(10);
const WRITERS_PER_DOCUMENT: usize = 2;

/// A server and published clients that type into several of its documents.
struct Rig {
    weft: Weft,
    typists: Node,
    documents: Vec<String>,
}

impl Rig {
    async fn start(store: Store) -> Rig {
        let weft = Weft::start(store).await;
        let documents = ["prose", "notes/2026", "a b", "日記", "plan", "list"].map(str::to_owned).to_vec();
        let mut typists = Node::start("typist.js");
        let open = json!({"url": weft.sync_url(), "documents": documents, "writers": WRITERS_PER_DOCUMENT});
        typists.ask("open", open).await;
        Rig { weft, typists, documents }
    }

    async fn ask(&mut self, command: &str) -> Value {
        self.typists.ask(command, json!({})).await
    }

    async fn ask_more(&mut self, command: &str, more: u64) -> Value {
        self.typists.ask(command, json!({"more": more})).await
    }

    /// Fails unless clients that come without any state find everything that `report` calls acknowledged, once.
    async fn assert_acknowledged_is_there(&mut self, report: &Value) {
        assert_eq!(report["overclaimed"], json!(false), "an ack counted frames that were never sent");
        let read = json!({"url": self.weft.sync_url(), "documents": self.documents});
        let found = self.typists.ask("read", read).await;
        let found: BTreeMap<String, Vec<String>> =
            serde_json::from_value(found).expect("markers of each document");
        for writer in report["writers"].as_array().expect("a list of writers") {
            assert_has_acknowledged(&found, writer);
        }
    }

    /// Ends the typing and fails unless everything typed is acknowledged and everybody holds the same.
    async fn assert_settles(&mut self) {
        self.ask("pause").await;
        let report = self.ask("settle").await;
        assert_eq!(report["typed"], report["acked"]);
        self.assert_acknowledged_is_there(&report).await;
        let url = json!({"url": self.weft.sync_url()});
        self.typists.ask("allEqual", url).await;
    }
}

fn assert_has_acknowledged(found: &BTreeMap<String, Vec<String>>, writer: &Value) {
    let document = writer["document"].as_str().expect("a name");
    let label = writer["label"].as_str().expect("a label");
    let acked = writer["acked"].as_u64().expect("a count");
    let markers = &found[document];
    let unique: HashSet<&str> = markers.iter().map(String::as_str).collect();
    assert_eq!(unique.len(), markers.len(), "{document}: an edit is there twice");
    let missing: Vec<u64> =
        (1..=acked).filter(|n| !unique.contains(format!("{label}:{n}").as_str())).collect();
    assert!(
        missing.is_empty(),
        "{label}: {} of {acked} acknowledged edits are lost: {missing:?}",
        missing.len()
    );
}

fn count(report: &Value, field: &str) -> u64 {
    report[field].as_u64().unwrap_or_else(|| panic!("{field} is a count: {report}"))
}

/// Types, kills at seeded moments, restarts on the same port, and looks after each kill for what was acknowledged.
async fn survives_kills(store: Store, name: &str) {
    let mut random = seeded("moments of the kills");
    let mut rig = Rig::start(store).await;
    rig.ask("type").await;
    let mut in_flight = 0;
    for _ in 0..KILLS_PER_STORE {
        let moment = if random.random_bool(0.5) { "untilAcked" } else { "untilTyped" };
        rig.ask_more(moment, random.random_range(0..MOST_EDITS_BETWEEN_KILLS)).await;
        rig.weft.kill().await;
        let report = rig.ask("disconnect").await;
        in_flight += u32::from(count(&report, "typed") > count(&report, "acked"));
        rig.weft.launch_again().await;
        rig.assert_acknowledged_is_there(&report).await;
        rig.ask("connect").await;
    }
    rig.assert_settles().await;
    let total = count(&rig.ask("report").await, "acked");
    println!(
        "{name}: {KILLS_PER_STORE} kills, {in_flight} with edits in flight, {total} acknowledged edits, 0 lost"
    );
    assert!(in_flight > 0, "no kill met an edit on its way: the moments prove nothing");
}

/// [D1]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_by_kills_on_sqlite() {
    survives_kills(Store::sqlite(), "SQLite").await;
}

/// [D1]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_by_kills_on_postgresql() {
    survives_kills(Store::postgres(), "PostgreSQL").await;
}

/// [D4]
#[tokio::test(flavor = "multi_thread")]
async fn while_postgresql_is_away_acks_wait_and_then_everything_is_there() {
    let postgres = PrivatePostgres::start();
    let mut rig = Rig::start(Store::at(postgres.url().to_owned())).await;
    rig.ask("type").await;
    let healthy = rig.ask_more("untilAcked", 200).await;
    assert_eq!(rig.weft.status("/readyz").await, 200);

    postgres.stop();
    until("/readyz tells that storage is away", SOON, async || rig.weft.status("/readyz").await == 503).await;
    let before = rig.ask("report").await;
    let (weft, typists) = (&rig.weft, &mut rig.typists);
    throughout("503 and no ack while storage is away", OUTAGE, async || {
        let now = typists.ask("report", json!({})).await;
        weft.status("/readyz").await == 503 && now["acked"] == before["acked"]
    })
    .await;
    let during = rig.ask("report").await;
    assert!(count(&during, "typed") > count(&before, "typed"), "the clients typed on");
    assert_eq!(during["sockets"], healthy["sockets"], "open documents work on without storage");

    postgres.start_again();
    until("/readyz tells that storage is back", SOON, async || rig.weft.status("/readyz").await == 200).await;
    let typed = count(&rig.ask("report").await, "typed");
    until("the acks have caught up", SOON, async || count(&rig.ask("report").await, "acked") > typed).await;
    rig.assert_settles().await;
    assert_eq!(rig.ask("report").await["sockets"], healthy["sockets"], "nobody had to reconnect");
}

/// [D5]
#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_cannot_be_loaded_is_never_shown_empty() {
    let postgres = PrivatePostgres::start();
    let mut weft = Weft::start(Store::at(postgres.url().to_owned())).await;
    let mut writer = Client::join(weft.address(), "shelved").await;
    writer.append("kept").await.expect("the socket is open");
    writer.until("the ack", Client::saved).await;
    assert!(weft.stop().await.success());
    weft.launch_again().await;

    postgres.stop();
    let mut early = Socket::open(weft.address(), "/sync/shelved?ack=1").await.expect("the server upgrades");
    early.send(frames::step1(&frames::EMPTY_STATE_VECTOR)).await.expect("the socket is open");
    early.send(frames::step2(&Replica::default().append("intruder"))).await.expect("the socket is open");
    let ended = loop {
        match early.arrival(SOON).await {
            Some(Arrival::Frame(frame)) => assert_shows_nothing(&frame),
            Some(Arrival::Ended(end)) => break end,
            None => panic!("the session is neither told to retry nor served"),
        }
    };
    assert_eq!(ended.map(|(code, _)| code), Some(4503), "storage away: try again later");

    postgres.start_again();
    until("/readyz tells that storage is back", SOON, async || weft.status("/readyz").await == 200).await;
    let reader = Client::join(weft.address(), "shelved").await;
    assert_eq!(reader.text(), "kept", "nothing that was not acknowledged, everything that was");
}

fn assert_shows_nothing(frame: &[u8]) {
    match frames::decode(frame) {
        frames::Message::Step2(update) => panic!("a document was shown without storage: {update:?}"),
        frames::Message::Ack(n) => panic!("{n} frames were acknowledged without storage"),
        _ => {}
    }
}

/// [L2]
#[tokio::test(flavor = "multi_thread")]
async fn a_termination_while_typing_flushes_tells_clients_and_ends_well() {
    let mut rig = Rig::start(Store::sqlite()).await;
    rig.ask("type").await;
    rig.ask_more("untilAcked", 300).await;
    let status = rig.weft.stop().await;
    assert_eq!(status.code(), Some(0), "{status}");
    let report = rig.ask("disconnect").await;
    let closes = report["closes"].as_array().expect("a list of codes");
    let told = closes.iter().filter(|&code| code == 1012).count();
    assert!(
        told >= rig.documents.len() * WRITERS_PER_DOCUMENT,
        "every client is told of the restart: {closes:?}"
    );

    rig.weft.launch_again().await;
    rig.assert_acknowledged_is_there(&report).await;
    rig.ask("connect").await;
    rig.assert_settles().await;
}

/// [L2]
#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_accepted_before_a_termination_is_there_even_unacknowledged() {
    let mut weft = Weft::start(Store::sqlite()).await;
    let mut writer = Client::join(weft.address(), "last words").await;
    let mut reader = Client::join(weft.address(), "last words").await;
    writer.append("last words").await.expect("the socket is open");
    reader.until("the edit at the other client", |reader| reader.text() == "last words").await;
    assert!(weft.stop().await.success());
    weft.launch_again().await;
    let late = Client::join(weft.address(), "last words").await;
    assert_eq!(late.text(), "last words");
}

/// [D1]
#[tokio::test(flavor = "multi_thread")]
async fn a_restart_shows_every_acknowledged_byte_of_a_large_document() {
    let mut weft = Weft::start(Store::sqlite()).await;
    let mut writer = Client::join(weft.address(), "large").await;
    for part in 0..40 {
        writer.append(&format!("{part:05}").repeat(5_000)).await.expect("the socket is open");
    }
    writer.until("all acks", Client::saved).await;
    let written = writer.text();
    weft.kill().await;
    weft.launch_again().await;
    let reader = Client::join(weft.address(), "large").await;
    assert!(reader.text() == written, "{} of {} bytes are back", reader.text().len(), written.len());
}

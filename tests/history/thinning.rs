//! Generated pasts, thinned out: every moment that stays is what it was, whatever of it is read from where.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use rand::Rng as _;
use rand::rngs::StdRng;
use weft_protocol::ids::{ClientId, DocumentId, DocumentName, WriterId};
use weft_protocol::validate::{Limits, parse};
use weft_server::document::loading::rebuild;
use weft_server::document::replica::Replica;
use weft_server::durable::Durable;
use weft_server::history::moments::{Checkpoints, state_at};
use weft_server::thinning::Thinning;
use weft_server::thinning::thinner::Tally;
use weft_storage::journal::{JournalHandle, JournalLimits};
use weft_storage::memory::MemoryStore;
use weft_storage::postgres::PostgresStore;
use weft_storage::sqlite::SqliteStore;
use weft_storage::{
    Append, Frontier, NewSnapshot, OrderedUpdates, SnapshotKind, Store, StoreOptions, StoredUpdate,
    VersionBounds,
};
use weft_tests::seed::seeded;
use yrs::updates::decoder::Decode;
use yrs::{
    Any, Array, ArrayRef, Doc, Map, MapPrelim, MapRef, OffsetKind, Options, Text, TextRef, Transact,
    XmlFragment, XmlFragmentRef, XmlTextPrelim,
};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Moments that are compared.
const MOMENTS: usize = 24;
const BEGINNING: i64 = 1_700_000_000_000;
const WRITERS: [WriterId; 3] = [WriterId(11), WriterId(12), WriterId(5)];
const AUTHORS: [Option<&str>; 4] = [Some("ada"), Some("bob"), None, None];

/// Somebody who edits.
struct Editor {
    doc: Doc,
    text: TextRef,
    list: ArrayRef,
    map: MapRef,
    page: XmlFragmentRef,
    /// Updates of everybody that it has.
    seen: usize,
}

impl Editor {
    fn new(client: u64) -> Self {
        let mut options = Options::with_client_id(yrs::block::ClientID::new(client));
        options.offset_kind = OffsetKind::Utf16;
        let doc = Doc::with_options(options);
        let (text, list) = (doc.get_or_insert_text("text"), doc.get_or_insert_array("list"));
        let (map, page) = (doc.get_or_insert_map("map"), doc.get_or_insert_xml_fragment("page"));
        Self { doc, text, list, map, page, seen: 0 }
    }

    fn hear(&mut self, all: &[Bytes]) {
        let mut txn = self.doc.transact_mut();
        for update in &all[self.seen..] {
            txn.apply_update(yrs::Update::decode_v1(update).expect("ours")).expect("ours");
        }
        self.seen = all.len();
    }

    /// One edit of any kind; people mostly type and draw.
    fn edit(&self, rng: &mut StdRng) -> Bytes {
        let mut txn = self.doc.transact_mut();
        let length = self.text.len(&txn);
        match rng.random_range(0..20) {
            0..7 => self.text.insert(&mut txn, length, "word "),
            7 => self.text.insert(&mut txn, rng.random_range(0..=length), "é"),
            8 if length > 9 => self.text.remove_range(&mut txn, rng.random_range(0..length - 8), 5),
            9 if length > 9 => {
                let bold = [("bold".into(), Any::Bool(rng.random()))].into();
                self.text.format(&mut txn, rng.random_range(0..length - 8), 6, bold);
            }
            10..14 => drop(self.list.push_back(&mut txn, Any::from(rng.random_range(0..1_000)))),
            14 if self.list.len(&txn) > 3 => {
                let at = rng.random_range(0..self.list.len(&txn) - 2);
                self.list.remove_range(&mut txn, at, 2);
            }
            15..17 => {
                let key = format!("key{}", rng.random_range(0..4));
                self.map.insert(&mut txn, key, Any::from(rng.random_range(0..1_000)));
            }
            17 => {
                let nested = MapPrelim::from([("x", Any::from(1)), ("y", Any::from(2))]);
                self.map.insert(&mut txn, format!("key{}", rng.random_range(0..4)), nested);
            }
            18 => {
                self.map.remove(&mut txn, &format!("key{}", rng.random_range(0..4)));
            }
            _ => {
                let at = rng.random_range(0..=self.page.len(&txn));
                self.page.insert(&mut txn, at, XmlTextPrelim::new("paragraph"));
            }
        }
        txn.encode_update_v1().into()
    }
}

fn document() -> (DocumentId, DocumentName) {
    let name = DocumentName::new("past").expect("legal");
    (DocumentId::of(&name), name)
}

/// A past of so many updates: who typed at the same time, three servers one after the other and sometimes together, pauses, and
/// some updates that come twice.
fn generated(rng: &mut StdRng, updates: usize) -> Vec<(WriterId, Append)> {
    let (document, name) = document();
    let mut editors: Vec<_> = (1..=4).map(|client| Editor::new(client * 1_000_003)).collect();
    let mut all = Vec::<Bytes>::new();
    let mut rows = Vec::new();
    let (mut at_ms, mut seqs) = (BEGINNING, BTreeMap::<WriterId, u64>::new());
    let mut server = 0;
    while rows.len() < updates {
        if rng.random_bool(0.1) {
            server = rng.random_range(0..WRITERS.len());
        }
        let together = rng.random_bool(0.1);
        let people = rng.random_range(1..=editors.len());
        for _ in 0..rng.random_range(1..120) {
            let who = rng.random_range(0..people);
            if rng.random_bool(0.3) {
                editors[who].hear(&all);
            }
            let update = editors[who].edit(rng);
            let writer = if together { WRITERS[rng.random_range(0..2)] } else { WRITERS[server] };
            at_ms += rng.random_range(0..3_000);
            let payload = if rng.random_bool(0.01) { all.first().unwrap_or(&update) } else { &update };
            for payload in
                [Some(payload.clone()), (*payload != update).then(|| update.clone())].into_iter().flatten()
            {
                let seq = seqs.entry(writer).or_default();
                *seq += 1;
                let author = AUTHORS[who].map(str::to_owned);
                let (seq, name) = (*seq, name.clone());
                rows.push((writer, Append { document, name, seq, received_at_ms: at_ms, author, payload }));
            }
            all.push(update);
        }
        at_ms += rng.random_range(0..20 * MINUTE);
    }
    rows
}

/// A past in a store, with a way to thin it out.
struct Past {
    store: Arc<dyn Store>,
    durable: Durable,
    ends_ms: i64,
}

impl Past {
    async fn of(store_of: impl AsyncFn(WriterId) -> Arc<dyn Store>, rows: &[(WriterId, Append)]) -> Self {
        for writer in WRITERS {
            let store = store_of(writer).await;
            let its: Vec<_> = rows.iter().filter(|row| row.0 == writer).map(|row| row.1.clone()).collect();
            for batch in its.chunks(200) {
                store.append(batch).await.expect("appended");
            }
        }
        let store = store_of(WriterId(99)).await;
        let runtime = tokio::runtime::Handle::current();
        let journal = JournalHandle::spawn(store.clone(), JournalLimits::default(), &runtime);
        let durable = Durable::new(store.clone(), journal, runtime);
        let ends_ms = rows.iter().map(|row| row.1.received_at_ms).max().unwrap_or(BEGINNING);
        Self { store, durable, ends_ms }
    }

    async fn save(&self, taken_at_ms: i64, kind: SnapshotKind) {
        let (document, _) = document();
        let (state, frontier) = (self.state(taken_at_ms).await, self.reach(taken_at_ms).await);
        let (label, author) = (Some("Draft".to_owned()).filter(|_| kind != SnapshotKind::Auto), None);
        let bounds = VersionBounds::default();
        let new = NewSnapshot { document, taken_at_ms, frontier, state, kind, label, author, bounds };
        self.store.save_snapshot(new).await.expect("saved");
    }

    async fn reach(&self, at_ms: i64) -> Frontier {
        self.store.reach_at(document().0, &Frontier::new(), at_ms).await.expect("read").frontier
    }

    async fn state(&self, at_ms: i64) -> Bytes {
        state_at(&self.durable, &Checkpoints::default(), document().0, at_ms).await.expect("a state").state
    }

    async fn thin(&self, policy: &str, now_ms: i64) -> Tally {
        let (durable, policy) = (self.durable.clone(), policy.parse().expect("legal"));
        let row = self.store.document(document().0).await.expect("read").expect("there");
        Thinning { durable, policy, now_ms }.document(&row, 0).await.expect("thinned out")
    }

    async fn updates(&self) -> Vec<StoredUpdate> {
        let all = self.store.frontier(document().0).await.expect("read");
        let mut ordered = OrderedUpdates::open(self.store.clone(), document().0, &Frontier::new(), &all)
            .await
            .expect("opened");
        let mut updates = Vec::new();
        while let Some(next) = ordered.next().await.expect("no hole") {
            updates.push(next.update);
        }
        updates
    }
}

fn same(a: &Bytes, b: &Bytes) -> bool {
    let replica = |state: &Bytes| Replica::from_state(state).expect("a state");
    replica(a).holds_the_same_as(&replica(b)).expect("readable")
}

/// How much of each client is in a state.
fn clocks(state: &Bytes) -> yrs::StateVector {
    yrs::Update::decode_v1(state).expect("a state").state_vector()
}

/// How many updates each author made; without one, each client.
fn counts(updates: &[StoredUpdate]) -> BTreeMap<(Option<String>, Option<ClientId>), u64> {
    let client = |update: &StoredUpdate| {
        let parsed = parse(&update.payload, &Limits::OWN_STATE).expect("an update");
        parsed.sections().first().map(|section| section.client)
    };
    let mut counts = BTreeMap::new();
    for update in updates {
        let author = update.author.clone();
        let client = if author.is_none() { client(update) } else { None };
        *counts.entry((author, client)).or_default() += update.updates();
    }
    counts
}

async fn stays_what_it_was(
    purpose: &str,
    store_of: impl AsyncFn(WriterId) -> Arc<dyn Store>,
    updates: usize,
) {
    let mut rng = seeded(purpose);
    let rows = generated(&mut rng, updates);
    let past = Past::of(store_of, &rows).await;
    let named_ms = rows[rows.len() / 2].1.received_at_ms;
    past.save(named_ms, SnapshotKind::Named).await;
    past.save(past.ends_ms, SnapshotKind::Auto).await;
    let before = past.updates().await;
    let minutes = past.ends_ms / MINUTE - BEGINNING / MINUTE + 1;
    let minute = |_| (BEGINNING / MINUTE + rng.random_range(0..minutes)) * MINUTE - 1;
    let mut moments: Vec<_> = (0..MOMENTS).map(minute).collect();
    // Some of them are whole hours.
    moments.extend(moments.clone().iter().step_by(4).map(|at_ms| at_ms.div_euclid(HOUR) * HOUR - 1));
    moments.extend([named_ms, past.ends_ms, i64::MAX]);
    let mut states = BTreeMap::new();
    for at_ms in moments {
        states.insert(at_ms, past.state(at_ms).await);
    }
    let mut within = BTreeMap::new();
    for at_ms in states.keys().filter(|at_ms| **at_ms < past.ends_ms).map(|at_ms| at_ms - MINUTE / 2) {
        within.insert(at_ms, clocks(&past.state(at_ms).await));
    }
    // To minutes, and later what is older to hours.
    let policy = "1d=1m,4d=1h";
    for (now_ms, step_ms, fewer) in
        [(past.ends_ms + DAY + 2 * MINUTE, MINUTE, 2), (past.ends_ms + 4 * DAY + 2 * HOUR, HOUR, 1)]
    {
        let tally = past.thin(policy, now_ms).await;
        println!("{purpose}: {tally:?}");
        assert!(tally.rows_after * fewer < tally.rows_before && tally.unproven == 0, "{tally:?}");
        assert!(tally.bytes_after < tally.bytes_before);
        let after = past.updates().await;
        assert_eq!(
            counts(&after),
            counts(&before),
            "every update is its author's, and none is lost or doubled"
        );
        for (at_ms, state) in &states {
            let stays = at_ms.saturating_add(1).rem_euclid(step_ms) == 0
                || [named_ms, past.ends_ms, i64::MAX].contains(at_ms);
            if stays {
                assert!(same(&past.state(*at_ms).await, state), "at {at_ms}");
            }
        }
        for (at_ms, known) in &within {
            let shown = clocks(&past.state(*at_ms).await);
            assert!(
                shown.iter().all(|(client, clock)| *clock <= known.get(client)),
                "before its time: {at_ms}"
            );
        }
        let again = past.thin(policy, now_ms).await;
        assert_eq!(again, Tally::default(), "what was done is done");
        let loaded = past.store.load(document().0).await.expect("loaded");
        assert!(same(&rebuilt(loaded), &states[&i64::MAX]), "loading is what it was");
    }
    // With every snapshot broken the journal is the document.
    let query =
        weft_storage::SnapshotQuery { document: document().0, with_auto: true, below: None, limit: 0 };
    for row in past.store.snapshots(query).await.expect("listed") {
        past.store.quarantine_snapshot(row.id, "broken on purpose").await.expect("put aside");
    }
    let alone = past.store.load(document().0).await.expect("no hole");
    assert!(alone.snapshot.is_none() && same(&rebuilt(alone), &states[&i64::MAX]));
}

fn rebuilt(stored: weft_storage::Stored) -> Bytes {
    let loaded = rebuild(stored).expect("readable");
    assert!(loaded.aside.is_empty() && loaded.ahead.is_empty());
    loaded.replica.encode_state().expect("writable").into()
}

/// [T11] [T12] [T13]
#[tokio::test(flavor = "multi_thread")]
async fn every_moment_that_stays_is_what_it_was() {
    let memory = MemoryStore::new(WRITERS[0]);
    let of = async |writer| Arc::new(memory.with_writer(writer)) as Arc<dyn Store>;
    stays_what_it_was("in memory", of, 4_000).await;
}

/// [T11] [T12] [T13]
#[tokio::test(flavor = "multi_thread")]
async fn every_moment_that_stays_is_what_it_was_in_sqlite() {
    let sqlite =
        SqliteStore::open("sqlite::memory:", WRITERS[0], StoreOptions::default()).await.expect("opened");
    sqlite.migrate().await.expect("migrated");
    let of = async |writer| Arc::new(sqlite.with_writer(writer)) as Arc<dyn Store>;
    stays_what_it_was("in SQLite", of, 1_500).await;
}

/// [T11] [T12] [T13]
#[tokio::test(flavor = "multi_thread")]
async fn every_moment_that_stays_is_what_it_was_in_postgres() {
    let url = weft_tests::postgres::fresh_database();
    let postgres = PostgresStore::open(&url, WRITERS[0], StoreOptions::default()).await.expect("opened");
    postgres.migrate().await.expect("migrated");
    let of = async |writer| Arc::new(postgres.with_writer(writer)) as Arc<dyn Store>;
    stays_what_it_was("in PostgreSQL", of, 1_500).await;
}

/// A letter of client 7 behind the one before it.
fn letter(clock: u8) -> Bytes {
    match clock {
        0 => Bytes::from_static(&[1, 1, 7, 0, 4, 1, 4, b't', b'e', b'x', b't', 1, b'x', 0]),
        _ => Bytes::from(vec![1, 1, 7, clock, 0x84, 7, clock - 1, 1, b'x', 0]),
    }
}

/// Letters typed by one author at these seconds.
async fn typed(letters: &[(i64, u8)]) -> Past {
    let (document, name) = document();
    let row = |((at_s, clock), seq): (&(i64, u8), u64)| {
        let received_at_ms = BEGINNING.div_euclid(HOUR) * HOUR + at_s * 1_000;
        let (name, payload) = (name.clone(), letter(*clock));
        (WRITERS[0], Append { document, name, seq, received_at_ms, author: None, payload })
    };
    let rows: Vec<_> = letters.iter().zip(1..).map(row).collect();
    let memory = MemoryStore::new(WRITERS[0]);
    Past::of(async |writer| Arc::new(memory.with_writer(writer)) as Arc<dyn Store>, &rows).await
}

/// [T12]
#[tokio::test(flavor = "multi_thread")]
async fn what_no_snapshot_holds_is_left_alone() {
    let past = typed(&[(0, 0), (1, 1), (2, 2), (90, 3), (91, 4)]).await;
    let (before, now_ms) = (past.updates().await, past.ends_ms + 2 * DAY);
    assert_eq!(past.thin("1d=1m", now_ms).await, Tally::default(), "there is none");
    past.save(past.ends_ms - 1_000, SnapshotKind::Named).await;
    assert_eq!(past.thin("1d=1m", now_ms).await, Tally::default(), "it lacks the last one");
    assert_eq!(past.updates().await, before);
    past.save(past.ends_ms, SnapshotKind::Auto).await;
    let tally = past.thin("1d=1m", past.ends_ms + DAY / 2).await;
    assert_eq!(tally, Tally::default(), "nothing is old enough");
    past.thin("1d=1m", now_ms).await;
    let rows: Vec<_> = past.updates().await.iter().map(|one| (one.first_seq(), one.seq)).collect();
    assert_eq!(rows, [(1, 3), (4, 4), (5, 5)], "the version's moment lies between the last two");
}

/// [T12]
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_its_causes_or_does_not_read_is_left_alone() {
    let past = typed(&[(0, 0), (1, 1), (60, 2), (61, 9), (62, 3), (120, 4), (121, 5)]).await;
    past.save(past.ends_ms, SnapshotKind::Auto).await;
    past.thin("1d=1m", past.ends_ms + 2 * DAY).await;
    let rows: Vec<_> = past.updates().await.iter().map(|one| (one.first_seq(), one.seq)).collect();
    assert_eq!(rows, [(1, 2), (3, 3), (4, 4), (5, 5), (6, 7)], "9 waits for 8, which never came");
}

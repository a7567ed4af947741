//! What a commit costs: rows a second and time per commit, by batch size, on SQLite and, if its URL is given, on PostgreSQL.
//!
//! `cargo bench -p weft-storage --bench append [-- postgres://USER@HOST/DATABASE]`; the database is migrated and filled.
#![expect(clippy::disallowed_methods, reason = "a bench measures time")]

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use tokio::runtime::Runtime;
use weft_protocol::ids::{DocumentId, DocumentName, Seq, WriterId};
use weft_storage::journal::{JournalHandle, JournalLimits, Refused};
use weft_storage::{Append, Store, open};

/// A keystroke with its envelope.
const PAYLOAD_BYTES: usize = 40;
const DOCUMENTS: usize = 4_000;

/// Documents that are edited in turn.
struct Editing {
    documents: Vec<(DocumentId, DocumentName, Seq)>,
    next: usize,
    received_at_ms: i64,
}

impl Editing {
    fn new(documents: usize) -> Result<Self, Box<dyn Error>> {
        let named = |n| {
            let name = DocumentName::new(format!("bench-{n}"))?;
            Ok((DocumentId::of(&name), name, 0))
        };
        let documents = (0..documents).map(named).collect::<Result<_, Box<dyn Error>>>()?;
        let received_at_ms = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
        Ok(Self { documents, next: 0, received_at_ms })
    }

    fn batch(&mut self, rows: usize) -> Vec<Append> {
        (0..rows).map(|_| self.append()).collect()
    }

    fn append(&mut self) -> Append {
        let documents = self.documents.len();
        let (document, name, seq) = &mut self.documents[self.next % documents];
        self.next += 1;
        *seq += 1;
        Append {
            document: *document,
            name: name.clone(),
            seq: *seq,
            received_at_ms: self.received_at_ms,
            author: None,
            payload: Bytes::from_static(&[7; PAYLOAD_BYTES]),
        }
    }
}

/// Commits batches for two seconds.
async fn measure(store: &dyn Store, editing: &mut Editing, rows: usize) -> Result<(), Box<dyn Error>> {
    store.append(&editing.batch(rows)).await?;
    let begun = Instant::now();
    let mut took = Vec::new();
    while begun.elapsed() < Duration::from_secs(2) {
        let batch = editing.batch(rows);
        let at = Instant::now();
        store.append(&batch).await?;
        took.push(at.elapsed());
    }
    took.sort_unstable();
    let busy: Duration = took.iter().sum();
    let rate = f64::from(u32::try_from(took.len() * rows)?) / busy.as_secs_f64();
    let (p50, p99) = (took[took.len() / 2], took[took.len() * 99 / 100]);
    let documents = editing.documents.len().min(rows);
    println!("{rows:>8} {documents:>9} {rate:>10.0} {p50:>12.1?} {p99:>12.1?}");
    Ok(())
}

/// Pushes rows through the journal as fast as it takes them.
fn measure_journal(runtime: &Runtime, store: Arc<dyn Store>) -> Result<(), Box<dyn Error>> {
    let journal = JournalHandle::spawn(store, JournalLimits::default(), runtime.handle());
    let mut editing = Editing::new(DOCUMENTS)?;
    let begun = Instant::now();
    for _ in 0..400_000 {
        match journal.append(editing.append()) {
            Ok(()) | Err(Refused::Full { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let pushed = begun.elapsed();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    runtime.block_on(journal.drain(deadline))?;
    let health = journal.health();
    let rate = f64::from(u32::try_from(health.rows)?) / begun.elapsed().as_secs_f64();
    let push = pushed / 400_000;
    println!("journal: {rate:.0} rows/s in {} commits, {push:.0?} a push beside it", health.commits);
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let folder = std::env::temp_dir().join(format!("weft-bench-{}", std::process::id()));
    let sqlite = format!("sqlite://{}/weft.db", folder.display());
    let postgres = std::env::args().skip(1).find(|argument| argument.starts_with("postgres"));
    for url in [Some(sqlite), postgres].into_iter().flatten() {
        println!("{}\n{:>8} {:>9} {:>10} {:>12} {:>12}", url, "batch", "documents", "rows/s", "p50", "p99");
        let fresh = || WriterId(rand::random::<u64>() >> 1 | 1);
        for documents in [1, DOCUMENTS] {
            for rows in [1, 100, 1_000] {
                let store = runtime.block_on(open(&url, fresh()))?;
                runtime.block_on(store.migrate())?;
                runtime.block_on(measure(&*store, &mut Editing::new(documents)?, rows))?;
            }
        }
        let store = runtime.block_on(open(&url, fresh()))?;
        measure_journal(&runtime, store)?;
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

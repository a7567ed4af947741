//! `weft check`: verifies what is stored, and changes nothing.

pub mod examination;

use std::io::{IsTerminal, Write};
use std::sync::Arc;

use weft_protocol::ids::{DocumentId, DocumentName, Seq, WriterId};
use weft_storage::{
    DocumentRow, Frontier, SnapshotId, SnapshotQuery, SnapshotRow, Store, StoreError, StoredUpdate, Stretch,
};

use crate::config::Check;
use crate::document::replica::Replica;
use crate::serve;
use examination::Examination;

/// Documents listed at once.
const DOCUMENTS_PAGE: u32 = 200;
/// Updates and bytes read at once.
const ROWS_PAGE: u32 = 1_024;
const BYTES_PAGE: u32 = 1 << 20;

/// What was looked at.
#[derive(Debug, Default)]
struct Count {
    documents: u64,
    updates: u64,
    snapshots: u64,
    problems: u64,
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { documents, updates, snapshots, problems } = self;
        write!(
            f,
            "{documents} documents, {updates} updates, {snapshots} snapshots checked: {problems} problems"
        )
    }
}

/// Checks one document or all of them.
///
/// # Errors
/// What the database says; that something is wrong.
pub fn run(wanted: &Check) -> anyhow::Result<()> {
    let runtime = serve::storage_runtime()?;
    let count = runtime.block_on(async {
        let store = serve::open(&wanted.database.url, serve::fresh_writer()).await?;
        let mut checking = Checking { store, count: Count::default() };
        match &wanted.document {
            Some(name) => checking.one(name).await?,
            None => checking.all().await?,
        }
        anyhow::Ok(checking.count)
    })?;
    println!("{count}");
    match count.problems {
        0 => Ok(()),
        problems => Err(anyhow::anyhow!("{problems} problems found; the lines above say where")),
    }
}

/// How far a writer's updates were read.
struct Cursor {
    writer: WriterId,
    above: Seq,
    last: Seq,
    /// When the last one came that was read, or the first one.
    at_ms: i64,
}

/// Returns the writer to go on with: nobody gets far ahead of the others in time, so that little has to wait.
fn next_of(cursors: &mut [Cursor]) -> Option<&mut Cursor> {
    cursors.iter_mut().filter(|cursor| cursor.above < cursor.last).min_by_key(|cursor| cursor.at_ms)
}

struct Checking {
    store: Arc<dyn Store>,
    count: Count,
}

impl Checking {
    async fn one(&mut self, name: &str) -> anyhow::Result<()> {
        let id = DocumentId::of(&DocumentName::new(name)?);
        let row = self.store.document(id).await?;
        let row = row.ok_or_else(|| anyhow::anyhow!("there is no document {name}"))?;
        Ok(self.document(&row).await?)
    }

    async fn all(&mut self) -> anyhow::Result<()> {
        let mut behind = None;
        loop {
            let page = self.store.every_document(behind, DOCUMENTS_PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            behind = Some(last.id);
            for row in &page {
                self.document(row).await?;
            }
        }
    }

    async fn document(&mut self, row: &DocumentRow) -> Result<(), StoreError> {
        self.count.documents += 1;
        self.progress(row);
        let journal = self.store.frontier(row.id).await?;
        self.snapshots(row, &journal).await?;
        let mut examination = Examination::default();
        let mut cursors = self.cursors(row, &journal).await?;
        while let Some(cursor) = next_of(&mut cursors) {
            let read = self.page(row, cursor).await?;
            self.count.updates += read.iter().map(StoredUpdate::updates).sum::<u64>();
            for update in read {
                cursor.at_ms = cursor.at_ms.max(update.received_at_ms);
                for wrong in examination.take(&update) {
                    self.problem(row, &wrong);
                }
            }
            self.progress(row);
        }
        let (wrong, ahead) = examination.finish();
        wrong.iter().for_each(|wrong| self.problem(row, wrong));
        match ahead {
            Some(0) => {}
            Some(ahead) => {
                self.note(&format!("{}: {ahead} updates wait for others that are not stored", row.name));
            }
            None => {
                let what = "too many updates come before others they build on, so it is not told whether all of those are stored";
                self.note(&format!("{}: {what}", row.name));
            }
        }
        Ok(())
    }

    /// Returns where to start with each writer.
    async fn cursors(&self, row: &DocumentRow, journal: &Frontier) -> Result<Vec<Cursor>, StoreError> {
        let mut cursors = Vec::new();
        for (writer, last) in journal.iter() {
            let first = Stretch { writer, above: 0, up_to: last, rows_max: 1, bytes_max: BYTES_PAGE };
            let at_ms = match self.store.stretch(row.id, first).await {
                // Told when its page is read.
                Err(StoreError::Gap { .. }) => i64::MIN,
                read => read?.first().map_or(i64::MIN, |update| update.received_at_ms),
            };
            cursors.push(Cursor { writer, above: 0, last, at_ms });
        }
        Ok(cursors)
    }

    /// Reads on, and says what is missing.
    async fn page(
        &mut self,
        row: &DocumentRow,
        cursor: &mut Cursor,
    ) -> Result<Vec<StoredUpdate>, StoreError> {
        let Cursor { writer, above, last, .. } = *cursor;
        let mut stretch = Stretch { writer, above, up_to: last, rows_max: ROWS_PAGE, bytes_max: BYTES_PAGE };
        match self.store.stretch(row.id, stretch).await {
            Err(StoreError::Gap { missing_from, missing_to, .. }) => {
                let what = format!("updates of writer {} lack {missing_from} to {missing_to}", writer.0);
                self.problem(row, &what);
                stretch.up_to = missing_from - 1;
                cursor.above = missing_to;
                self.store.stretch(row.id, stretch).await
            }
            read => {
                let read = read?;
                cursor.above = read.last().map_or(last, |update| update.seq);
                Ok(read)
            }
        }
    }

    async fn snapshots(&mut self, row: &DocumentRow, journal: &Frontier) -> Result<(), StoreError> {
        let mut below = None;
        loop {
            let query = SnapshotQuery { document: row.id, with_auto: true, below, limit: 0 };
            let page = self.store.snapshots(query).await?;
            let Some(last) = page.last() else { return Ok(()) };
            below = Some(last.id);
            for snapshot in &page {
                self.count.snapshots += 1;
                if let Some(why) = &snapshot.quarantined {
                    let SnapshotId(id) = snapshot.id;
                    self.note(&format!("{}: snapshot {id} is in quarantine: {why}", row.name));
                } else if let Err(why) = self.snapshot(snapshot, journal).await? {
                    self.problem(row, &format!("snapshot {}: {why}", snapshot.id.0));
                }
            }
        }
    }

    async fn snapshot(
        &self,
        row: &SnapshotRow,
        journal: &Frontier,
    ) -> Result<Result<(), String>, StoreError> {
        let snapshot = match self.store.inspect_snapshot(row.document, row.id).await {
            Ok(Some(Ok(snapshot))) => snapshot,
            Ok(Some(Err(why))) => return Ok(Err(why)),
            Ok(None) => return Ok(Ok(())),
            Err(error @ StoreError::TooLarge { .. }) => return Ok(Err(error.to_string())),
            Err(error) => return Err(error),
        };
        if !journal.covers(&snapshot.frontier) {
            return Ok(Err("it claims updates that the journal does not have".to_owned()));
        }
        Ok(Replica::verify_state(&snapshot.state).map_err(|why| format!("it does not decode: {why}")))
    }

    fn problem(&mut self, row: &DocumentRow, what: &str) {
        self.count.problems += 1;
        self.note(&format!("{}: {what}", row.name));
    }

    #[expect(clippy::unused_self, reason = "beside its sisters")]
    fn note(&self, line: &str) {
        clear();
        println!("{line}");
    }

    /// Says on a terminal how far it is.
    fn progress(&self, row: &DocumentRow) {
        if std::io::stderr().is_terminal() {
            clear();
            let Count { documents, updates, snapshots, .. } = self.count;
            eprint!("{documents} documents, {updates} updates, {snapshots} snapshots; now {}", row.name);
            // The next line comes all the same.
            let _ = std::io::stderr().flush();
        }
    }
}

/// Takes the line of progress away.
fn clear() {
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K");
    }
}

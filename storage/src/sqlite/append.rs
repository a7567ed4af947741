//! The hot path: appending a batch.

use std::sync::LazyLock;

use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;
use weft_protocol::ids::DocumentId;

use super::SqliteStore;
use super::failure::{failed, is_conflict};
use crate::activity::Touches;
use crate::document::search_text;
use crate::error::StoreError;
use crate::update::Append;

/// Takes the write lock at once instead of failing half way when another process writes.
pub(super) const BEGIN: &str = "BEGIN IMMEDIATE";

/// A row that exists must hold the same payload. If it does, nothing happens; if not, NULL is put where NULL cannot be,
/// which fails the statement and with it the transaction. A merged row holds what was there before. So the usual case costs no look at the table beforehand.
const INSERT_UPDATES: &str = "\
INSERT INTO updates (document_id, writer, seq, received_at, author, payload) VALUES ";
const REPEATED_UPDATES: &str = "\
 ON CONFLICT (document_id, writer, seq) DO UPDATE SET payload = NULL
 WHERE updates.payload <> excluded.payload AND updates.first_seq IS NULL";

const TOUCH_DOCUMENT: &str = "\
INSERT INTO documents (id, name, search, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?4)
ON CONFLICT (id) DO UPDATE SET updated_at = excluded.updated_at WHERE updated_at < excluded.updated_at - ?5";

const HELD_PAYLOAD: &str = "\
SELECT payload FROM updates WHERE document_id = ?1 AND writer = ?2 AND seq = ?3 AND first_seq IS NULL";

/// Statements for 1, 2, 4, ... 512 rows. A batch is cut into these, so that ten prepared statements serve every size.
static INSERTS: LazyLock<Vec<String>> = LazyLock::new(|| (0..10).map(|log| insert_rows(1 << log)).collect());

/// Writes out the statement for `rows` rows. The parameters have no numbers: SQLite finds a numbered one by a search through
/// all of them, which for 512 rows costs more than inserting.
fn insert_rows(rows: usize) -> String {
    format!("{INSERT_UPDATES}{}{REPEATED_UPDATES}", vec!["(?, ?, ?, ?, ?, ?)"; rows].join(", "))
}

impl SqliteStore {
    pub(super) async fn append_rows(&self, batch: &[Append]) -> Result<(), StoreError> {
        let writer = self.sql_writer()?;
        batch.iter().try_for_each(|append| append.checked_seq(self.writer).map(drop))?;
        let touches = self.activity.due(batch)?;
        let mut connection = self.writing().await?;
        // A single statement is its own transaction: two hops to the driver's thread less.
        let appended = if touches.is_empty() && batch.len().is_power_of_two() && batch.len() <= 512 {
            insert(&mut connection, writer, batch).await
        } else {
            transact(&mut connection, writer, batch, &touches).await
        };
        match appended {
            Ok(()) => {
                self.activity.done(&touches);
                Ok(())
            }
            Err(error) if is_conflict(&error) => Err(self.conflict(&mut connection, batch, &error).await?),
            Err(error) => Err(failed(&error, "updates", batch_key(batch))),
        }
    }

    /// Finds the row that differs from what is stored, or from an earlier row of the same batch.
    async fn conflict(
        &self,
        connection: &mut SqliteConnection,
        batch: &[Append],
        error: &sqlx::Error,
    ) -> Result<StoreError, StoreError> {
        let writer = self.sql_writer()?;
        for append in batch {
            let seq = append.checked_seq(self.writer)?;
            let query =
                sqlx::query_scalar(HELD_PAYLOAD).bind(append.document.0.to_vec()).bind(writer).bind(seq);
            let held: Option<Vec<u8>> = query
                .fetch_optional(&mut *connection)
                .await
                .map_err(|error| failed(&error, "updates", append.key(self.writer)))?;
            let differs = |other: &Append| {
                (other.document, other.seq) == (append.document, append.seq)
                    && other.payload != append.payload
            };
            if held.is_some_and(|payload| payload != append.payload) || batch.iter().any(differs) {
                let (document, seq) = (append.document, append.seq);
                return Ok(StoreError::Conflict { document, writer: self.writer, seq });
            }
        }
        Ok(failed(error, "updates", batch_key(batch)))
    }
}

async fn transact(
    connection: &mut SqliteConnection,
    writer: i64,
    batch: &[Append],
    touches: &Touches<'_>,
) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin_with(BEGIN).await?;
    touch_and_insert(&mut transaction, writer, batch, touches).await?;
    transaction.commit().await
}

async fn touch_and_insert(
    connection: &mut SqliteConnection,
    writer: i64,
    batch: &[Append],
    touches: &Touches<'_>,
) -> Result<(), sqlx::Error> {
    for (id, append) in touches {
        touch(connection, *id, append).await?;
    }
    let mut rest = batch;
    while !rest.is_empty() {
        let rows = 1 << rest.len().ilog2().min(9);
        let (now, later) = rest.split_at(rows);
        insert(connection, writer, now).await?;
        rest = later;
    }
    Ok(())
}

async fn touch(
    connection: &mut SqliteConnection,
    id: DocumentId,
    append: &Append,
) -> Result<(), sqlx::Error> {
    sqlx::query(TOUCH_DOCUMENT)
        .bind(id.0.to_vec())
        .bind(append.name.as_str().to_owned())
        .bind(search_text(&append.name, None))
        .bind(append.received_at_ms)
        .bind(crate::ACTIVITY_RESOLUTION_MS)
        .execute(connection)
        .await
        .map(drop)
}

/// Inserts a power of two of rows, at most 512.
async fn insert(connection: &mut SqliteConnection, writer: i64, rows: &[Append]) -> Result<(), sqlx::Error> {
    let statement = INSERTS[rows.len().ilog2() as usize].as_str();
    let mut query = sqlx::query(statement);
    for append in rows {
        let seq = i64::try_from(append.seq).expect("checked before the transaction began");
        query = query
            .bind(append.document.0.to_vec())
            .bind(writer)
            .bind(seq)
            .bind(append.received_at_ms)
            .bind(append.author.clone())
            .bind(append.payload.to_vec());
    }
    query.execute(connection).await.map(drop)
}

/// Names a batch in an error that the driver does not blame on one row.
fn batch_key(batch: &[Append]) -> String {
    match batch {
        [] => "no rows".into(),
        [only] => format!("{}, seq {}", only.document, only.seq),
        [first, ..] => format!("{} rows from {}, seq {}", batch.len(), first.document, first.seq),
    }
}

//! The hot path: appending a batch.

use std::collections::HashMap;

use sqlx::postgres::{PgArguments, PgConnection, Postgres};
use sqlx::query::Query;
use weft_protocol::ids::{DocumentId, Seq};

use super::failure::{failed, is_conflict, is_doubled};
use super::{PostgresStore, give_back};
use crate::activity::Touches;
use crate::document::{ACTIVITY_RESOLUTION_MS, search_text};
use crate::error::StoreError;
use crate::update::Append;

/// A row that exists must hold the same payload. If it does, nothing happens; if not, NULL is put where NULL cannot be,
/// which fails the statement and with it the transaction. So the usual case is one round trip and no look at the table. A
/// merged row holds what was there before.
const APPEND: &str = "\
INSERT INTO updates (document_id, writer, seq, received_at, author, payload)
SELECT document_id, $1, seq, received_at, author, payload
FROM unnest($2::bytea[], $3::bigint[], $4::bigint[], $5::text[], $6::bytea[])
    AS appended (document_id, seq, received_at, author, payload)
ON CONFLICT (document_id, writer, seq) DO UPDATE SET payload = NULL
    WHERE updates.payload <> excluded.payload AND updates.first_seq IS NULL";

/// The same, with documents to create ($7 to $10: id, name, search, time) or to move when older than $11. A row that
/// somebody holds, perhaps to save a snapshot, is not waited for: moving it can be left to the next batch.
const APPEND_AND_TOUCH: &str = "\
WITH touched AS (
    SELECT * FROM unnest($7::bytea[], $8::text[], $9::text[], $10::bigint[]) AS touched (id, name, search, at)
), created AS (
    INSERT INTO documents (id, name, search, created_at, updated_at)
    SELECT id, name, search, at, at FROM touched ORDER BY id
    ON CONFLICT (id) DO NOTHING
), free AS (
    SELECT documents.id, touched.at FROM documents JOIN touched ON touched.id = documents.id
    WHERE documents.updated_at < touched.at - $11
    FOR NO KEY UPDATE OF documents SKIP LOCKED
), moved AS (
    UPDATE documents SET updated_at = free.at FROM free WHERE documents.id = free.id
)
INSERT INTO updates (document_id, writer, seq, received_at, author, payload)
SELECT document_id, $1, seq, received_at, author, payload
FROM unnest($2::bytea[], $3::bigint[], $4::bigint[], $5::text[], $6::bytea[])
    AS appended (document_id, seq, received_at, author, payload)
ON CONFLICT (document_id, writer, seq) DO UPDATE SET payload = NULL
    WHERE updates.payload <> excluded.payload AND updates.first_seq IS NULL";

const DIFFERING: &str = "\
SELECT appended.at
FROM unnest($2::bytea[], $3::bigint[], $4::bytea[]) WITH ORDINALITY AS appended (document_id, seq, payload, at)
JOIN updates USING (document_id, seq)
WHERE updates.writer = $1 AND updates.payload <> appended.payload AND updates.first_seq IS NULL
ORDER BY appended.at LIMIT 1";

impl PostgresStore {
    pub(super) async fn append_rows(&self, batch: &[Append]) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        let touches = self.activity.due(batch)?;
        let mut connection = self.appending_connection().await?;
        let appended = self.append_through(&mut connection, batch, &touches).await;
        give_back(connection, appended)?;
        self.activity.done(&touches);
        Ok(())
    }

    async fn append_through(
        &self,
        connection: &mut PgConnection,
        batch: &[Append],
        touches: &Touches<'_>,
    ) -> Result<(), StoreError> {
        let Err(error) = self.execute(connection, batch, touches).await? else { return Ok(()) };
        if is_doubled(&error) {
            let single = self.without_doubles(batch)?;
            return match self.execute(connection, &single, touches).await? {
                Ok(()) => Ok(()),
                Err(error) => Err(self.blame(connection, &single, error).await?),
            };
        }
        Err(self.blame(connection, batch, error).await?)
    }

    /// The inner result is the database's answer, the outer one whether there was an answer and data to ask with.
    async fn execute(
        &self,
        connection: &mut PgConnection,
        batch: &[Append],
        touches: &Touches<'_>,
    ) -> Result<Result<(), sqlx::Error>, StoreError> {
        let statement = if touches.is_empty() { APPEND } else { APPEND_AND_TOUCH };
        let mut query = self.bind_rows(statement, batch)?;
        if !touches.is_empty() {
            query = bind_touches(query, touches);
        }
        self.within(async { Ok(query.execute(connection).await.map(drop)) }, "updates", "batch").await
    }

    fn bind_rows(
        &self,
        statement: &'static str,
        batch: &[Append],
    ) -> Result<Query<'static, Postgres, PgArguments>, StoreError> {
        let seqs: Vec<i64> =
            batch.iter().map(|append| append.checked_seq(self.writer)).collect::<Result<_, _>>()?;
        Ok(sqlx::query(statement)
            .bind(self.sql_writer()?)
            .bind(batch.iter().map(|append| &append.document.0[..]).collect::<Vec<_>>())
            .bind(seqs)
            .bind(batch.iter().map(|append| append.received_at_ms).collect::<Vec<_>>())
            .bind(batch.iter().map(|append| append.author.as_deref()).collect::<Vec<_>>())
            .bind(batch.iter().map(|append| &append.payload[..]).collect::<Vec<_>>()))
    }

    /// Leaves out rows that an earlier one of the batch equals: the statement may meet every key only once.
    fn without_doubles(&self, batch: &[Append]) -> Result<Vec<Append>, StoreError> {
        let mut seen: HashMap<(DocumentId, Seq), &Append> = HashMap::new();
        let mut single = Vec::with_capacity(batch.len());
        for append in batch {
            match seen.insert((append.document, append.seq), append) {
                Some(earlier) if earlier.payload != append.payload => {
                    let (document, seq) = (append.document, append.seq);
                    return Err(StoreError::Conflict { document, writer: self.writer, seq });
                }
                Some(_) => {}
                None => single.push(append.clone()),
            }
        }
        Ok(single)
    }

    /// Turns the database's answer into an error that names the row, where it is one that differs from what is stored.
    async fn blame(
        &self,
        connection: &mut PgConnection,
        batch: &[Append],
        error: sqlx::Error,
    ) -> Result<StoreError, StoreError> {
        let differing: Option<i64> = if is_conflict(&error) {
            let query = sqlx::query_scalar(DIFFERING)
                .bind(self.sql_writer()?)
                .bind(batch.iter().map(|append| &append.document.0[..]).collect::<Vec<_>>())
                .bind(batch.iter().map(|append| append.seq.cast_signed()).collect::<Vec<_>>())
                .bind(batch.iter().map(|append| &append.payload[..]).collect::<Vec<_>>());
            self.within(query.fetch_optional(connection), "updates", "batch").await?
        } else {
            None
        };
        let place = differing.and_then(|at| usize::try_from(at - 1).ok());
        Ok(match place.and_then(|place| batch.get(place)) {
            Some(append) => {
                StoreError::Conflict { document: append.document, writer: self.writer, seq: append.seq }
            }
            None => failed(&error, "updates", batch_key(batch)),
        })
    }
}

fn bind_touches(
    query: Query<'static, Postgres, PgArguments>,
    touches: &Touches<'_>,
) -> Query<'static, Postgres, PgArguments> {
    query
        .bind(touches.keys().map(|id| &id.0[..]).collect::<Vec<_>>())
        .bind(touches.values().map(|append| append.name.as_str()).collect::<Vec<_>>())
        .bind(touches.values().map(|append| search_text(&append.name, None)).collect::<Vec<_>>())
        .bind(touches.values().map(|append| append.received_at_ms).collect::<Vec<_>>())
        .bind(ACTIVITY_RESOLUTION_MS)
}

/// Names a batch in an error that the driver does not blame on one row.
fn batch_key(batch: &[Append]) -> String {
    match batch {
        [] => "no rows".into(),
        [only] => format!("{}, seq {}", only.document, only.seq),
        [first, ..] => format!("{} rows from {}, seq {}", batch.len(), first.document, first.seq),
    }
}

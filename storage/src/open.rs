//! Picking a store by URL.

use std::sync::Arc;

use weft_protocol::ids::WriterId;

use crate::Store;
use crate::error::StoreError;
use crate::options::StoreOptions;
use crate::postgres::PostgresStore;
use crate::sqlite::SqliteStore;

/// Opens the database of `url` with the default bounds, see [`open_with`].
///
/// # Errors
/// Those of [`open_with`].
pub async fn open(url: &str, writer: WriterId) -> Result<Arc<dyn Store>, StoreError> {
    open_with(url, writer, StoreOptions::default()).await
}

/// Opens the database of `url`: `sqlite://path`, `sqlite::memory:`, `postgres://...` or `postgresql://...`. Does not migrate.
///
/// # Errors
/// [`StoreError::Unusable`] if the URL or what it points to cannot serve, [`StoreError::Unavailable`] if the database does not
/// answer.
pub async fn open_with(
    url: &str,
    writer: WriterId,
    options: StoreOptions,
) -> Result<Arc<dyn Store>, StoreError> {
    match url.split_once(':') {
        Some(("sqlite", _)) => Ok(Arc::new(SqliteStore::open(url, writer, options).await?)),
        Some(("postgres" | "postgresql", _)) => Ok(Arc::new(PostgresStore::open(url, writer, options).await?)),
        Some((scheme, _)) => Err(StoreError::Unusable {
            what: format!("{scheme}:..."),
            why: "the scheme must be sqlite or postgres".into(),
        }),
        None => Err(StoreError::Unusable {
            what: "URL".into(),
            why: "it has no scheme; write sqlite://PATH, sqlite::memory: or postgres://USER:PASSWORD@HOST/DATABASE".into(),
        }),
    }
}

//! Every store against the one contract, and what each of them promises beyond it.
//!
//! The contract holds what the rules say of stores: [D3] a repeated append changes nothing and another payload under its key is
//! a conflict; [D5] a hole is an error; [D6] broken snapshots are put aside and two generations kept.
//!
//! The PostgreSQL part needs `WEFT_TEST_POSTGRES_URL`, which `tests/run` sets, and fails without it.

use weft_storage::contract::FIRST;
use weft_storage::memory::MemoryStore;
use weft_storage::postgres::PostgresStore;
use weft_storage::sqlite::SqliteStore;
use weft_storage::{Store, StoreOptions};
use weft_tests::store::Scratch;

#[path = "storage/outage.rs"]
mod outage;
#[path = "storage/place.rs"]
mod place;

mod memory {
    use super::*;

    async fn subject() -> (MemoryStore, ()) {
        (MemoryStore::new(FIRST), ())
    }

    weft_storage::contract_tests!(subject);
}

/// [D3] [D5] [D6]
mod sqlite {
    use super::*;

    async fn subject() -> (SqliteStore, Scratch) {
        let scratch = Scratch::new("contract");
        (open_sqlite(&scratch).await, scratch)
    }

    weft_storage::contract_tests!(subject);
}

mod sqlite_in_memory {
    use super::*;

    async fn subject() -> (SqliteStore, ()) {
        let opened = SqliteStore::open("sqlite::memory:", FIRST, StoreOptions::default()).await;
        let store = opened.expect("opened");
        store.migrate().await.expect("migrated");
        (store, ())
    }

    weft_storage::contract_tests!(subject);
}

/// [D3] [D5] [D6]
mod postgres {
    use super::*;

    async fn subject() -> (PostgresStore, ()) {
        let url = weft_tests::postgres::fresh_database();
        let store = PostgresStore::open(&url, FIRST, StoreOptions::default()).await.expect("opened");
        store.migrate().await.expect("migrated");
        (store, ())
    }

    weft_storage::contract_tests!(subject);
}

async fn open_sqlite(scratch: &Scratch) -> SqliteStore {
    let url = format!("sqlite://{}", scratch.path().join("folder/weft.db").display());
    let store = SqliteStore::open(&url, FIRST, StoreOptions::default()).await.expect("opened");
    store.migrate().await.expect("migrated");
    store
}

//! Faults of a real PostgreSQL: acks wait, the state is told, nothing acknowledged is lost, and nobody restarts anything.

use std::time::Duration;

use weft_tests::postgres::{Holder, PrivatePostgres};
use weft_tests::proxy::Proxy;
use weft_tests::store::Store;
use weft_tests::wait::{SOON, until};
use weft_tests::weft::Weft;

use crate::crew::{Crew, NOTICED, Signs};

async fn crew(postgres: &PrivatePostgres) -> Crew {
    Crew::start(Store::at(postgres.url().to_owned())).await
}

/// [D4] [D9] [L1]
#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_database_is_waited_for() {
    let postgres = PrivatePostgres::start();
    let mut crew = crew(&postgres).await;
    let signs = Signs { part: "storage", why: "connection refused at 127.0.0.1:" };
    crew.rides_out(signs, || postgres.stop(), || postgres.start_again()).await;
}

/// [D4] [D9] [L1]
#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_database_is_waited_for() {
    let postgres = PrivatePostgres::start();
    let mut crew = crew(&postgres).await;
    let signs = Signs { part: "journal", why: "a commit has had no answer for" };
    crew.rides_out(signs, || postgres.freeze(), || postgres.thaw()).await;
}

/// Long enough for statements to be given up and for new connections to get no answer either.
///
/// [D3] [D4] [L1]
#[tokio::test(flavor = "multi_thread")]
async fn a_database_frozen_beyond_every_timeout_is_waited_for() {
    let postgres = PrivatePostgres::start();
    let mut crew = crew(&postgres).await;
    let signs = Signs { part: "journal", why: "no answer from 127.0.0.1:" };
    crew.rides_out(signs, || postgres.freeze(), || postgres.thaw()).await;
}

/// [D4] [D9] [L1]
#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_database_is_waited_for_and_told_of_before_anybody_writes() {
    let postgres = PrivatePostgres::start();
    let mut crew = crew(&postgres).await;
    let read_only = |value: &str| {
        postgres.sql(&format!("alter system set default_transaction_read_only = {value}"));
        postgres.sql("select pg_reload_conf()");
    };
    read_only("on");
    crew.is_unready(Signs { part: "storage", why: "read-only" }).await;
    let signs = Signs { part: "journal", why: "read-only transaction" };
    crew.rides_out(signs, || {}, || read_only("off")).await;
}

/// [D4] [D9] [L1]
#[tokio::test(flavor = "multi_thread")]
async fn a_locked_table_is_waited_for() {
    let postgres = PrivatePostgres::start();
    let mut crew = crew(&postgres).await;
    let lock = Holder::start(postgres.url(), "begin; lock table updates; select pg_sleep(600)");
    let held = "select count(*) from pg_locks where mode = 'AccessExclusiveLock' and granted";
    until("the table is locked", SOON, async || postgres.sql(held) != "0").await;
    let signs = Signs { part: "journal", why: "canceling statement due to statement timeout" };
    crew.rides_out(signs, || {}, || drop(lock)).await;
}

/// [D4] [D9] [L1]
#[tokio::test(flavor = "multi_thread")]
async fn a_database_without_connections_left_is_waited_for() {
    let postgres = PrivatePostgres::start();
    postgres.sql("alter system set max_connections = 20");
    postgres.stop();
    postgres.start_again();
    let mut crew = crew(&postgres).await;
    postgres.sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'weft'");
    let hog = || Holder::start(postgres.url(), "select pg_sleep(600)");
    let hogs: Vec<_> = (0..30).map(|_| hog()).collect();
    until("others have every connection", SOON, async || !postgres.answers()).await;
    let signs = Signs { part: "storage", why: "has no connection left" };
    crew.rides_out(signs, || {}, || drop(hogs)).await;
}

/// [D3] [D4]
#[tokio::test(flavor = "multi_thread")]
async fn errors_of_every_passing_kind_are_retried() {
    let postgres = PrivatePostgres::start();
    let mut crew = crew(&postgres).await;
    // A deadlock, a failed serialization, a full disk, a lock that was not waited for, an end of the backend by hand, a
    // switch to a standby, too little memory, a table that is not there, a right that is missing.
    let passing = ["40P01", "40001", "53100", "55P03", "57P01", "25006", "53200", "42P01", "42501"];
    let codes = passing.join("','");
    postgres.sql("create sequence faults");
    postgres.sql(&format!(
        "create function fail() returns trigger language plpgsql as $$
         declare codes text[] := array['{codes}']; at bigint := nextval('faults');
         begin
           if at <= {} then raise exception 'fault' using errcode = codes[at]; end if;
           return new;
         end $$",
        passing.len()
    ));
    postgres.sql("create trigger fail before insert on updates for each statement execute function fail()");
    crew.types().await;
    crew.is_saved().await;
    let attempts: usize = postgres.sql("select last_value from faults").parse().expect("a number");
    assert!(attempts > passing.len(), "every fault struck: {attempts}");
    crew.recovers().await;
}

/// [D3]
#[tokio::test(flavor = "multi_thread")]
async fn backends_ended_by_hand_cost_nothing() {
    let postgres = PrivatePostgres::start();
    let mut crew = crew(&postgres).await;
    let end = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'weft'";
    let mut ended = 0;
    until("enough backends were ended while everybody typed", NOTICED, async || {
        crew.types().await;
        ended += postgres.sql(end).parse::<u32>().expect("a number");
        ended >= 10
    })
    .await;
    crew.recovers().await;
}

/// The database has committed, and only the word of it is lost.
///
/// [D3] [D1]
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_to_a_commit_doubles_nothing() {
    const LOST: u32 = 5;
    let postgres = PrivatePostgres::start();
    let (base, address) = postgres.url().split_once('@').expect("a URL with a user");
    let (address, database) = address.split_once('/').expect("a URL with a database");
    // Every edit of the first client contains this.
    let proxy = Proxy::start(address.to_owned(), "<0:").await;
    let store = Store::at(format!("{base}@{}/{database}", proxy.address()));
    let mut crew = Crew::start(store).await;
    let rows = || postgres.sql("select count(*) from updates").parse::<u32>().expect("a number");
    let before = rows();
    proxy.lose(LOST);
    crew.types().await;
    crew.is_saved().await;
    assert_eq!(proxy.lost(), LOST, "replies were lost");
    assert_eq!(rows() - before, 20, "as many rows as edits");
    crew.recovers().await;
}

/// [L3]
#[tokio::test(flavor = "multi_thread")]
async fn a_start_without_its_database_says_what_is_wrong_and_not_the_password() {
    let postgres = PrivatePostgres::start();
    let (_, place) = postgres.url().split_once('@').expect("a URL with a user");
    let (address, _) = place.split_once('/').expect("a URL with a database");
    let hba = postgres.sql("show hba_file");
    postgres.sql("create role stranger login password 'other'");
    let rules = std::fs::read_to_string(&hba).expect("the rules of access");
    std::fs::write(&hba, format!("host all stranger all scram-sha-256\n{rules}")).expect("written");
    postgres.sql("select pg_reload_conf()");
    for (url, said) in [
        (format!("postgres://weft:secret@{address}/none"), "has no database none"),
        (format!("postgres://stranger:secret@{address}/postgres"), "does not let the user stranger in"),
        ("postgres://weft:secret@127.0.0.1:1/none".to_owned(), "connection refused at 127.0.0.1:1"),
    ] {
        let (status, text) =
            weft_tests::weft::run_to_end(&["--listen", "127.0.0.1:0", "--database", &url]).await;
        assert!(!status.success() && text.contains("--database"), "{text}");
        assert!(text.contains(said) && !text.contains("secret"), "{said:?} in {text}");
    }
}

/// [D4]
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_had_nobody_finds_its_database_again() {
    let postgres = PrivatePostgres::start();
    let weft = Weft::start(Store::at(postgres.url().to_owned())).await;
    postgres.stop();
    let told =
        async || weft.readiness().await.1["storage"].as_str().is_some_and(|why| why.contains("refused"));
    until("/readyz says that connections are refused", Duration::from_secs(20), told).await;
    postgres.start_again();
    until("/readyz is content", NOTICED, async || weft.status("/readyz").await == 200).await;
}

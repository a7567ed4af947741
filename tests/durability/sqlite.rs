//! Faults of a real SQLite file.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::time::Instant;
use weft_protocol::ids::{DocumentId, DocumentName, WriterId};
use weft_storage::sqlite::SqliteStore;
use weft_storage::{Append, Store as _, StoreOptions};
use weft_tests::client::Client;
use weft_tests::store::{Scratch, Store};
use weft_tests::weft::{Weft, limit_files};

use crate::crew::{Crew, NOTICED, Signs};

/// The write-ahead log is moved into the file at 64 MiB; one batch may come on top.
const LOG_BYTES_MAX: u64 = (64 << 20) + (16 << 20);

/// Another process that holds the write lock of a database.
struct Lock(Child);

impl Lock {
    fn hold(database: &Path) -> Lock {
        Lock::run(database, "begin exclusive")
    }

    /// A reader that looks at one moment for long, as a backup does.
    fn read(database: &Path) -> Lock {
        Lock::run(database, "begin; select count(*) from updates")
    }

    fn run(database: &Path, statements: &str) -> Lock {
        let program = "import sqlite3, sys\n\
            held = sqlite3.connect(sys.argv[1], timeout=20, isolation_level=None)\n\
            for statement in sys.argv[2].split(';'): held.execute(statement).fetchall()\n\
            print('held', flush=True)\n\
            sys.stdin.read()";
        let mut python = Command::new("python3");
        python.args(["-c", program]).arg(database).arg(statements);
        let mut child = python.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python3 runs");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("it speaks");
        assert_eq!(line.trim(), "held");
        Lock(child)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn file(store: &Store) -> PathBuf {
    store.url().strip_prefix("sqlite://").expect("a file").into()
}

fn log(database: &Path) -> PathBuf {
    database.with_extension("db-wal")
}

/// [D4] [D9] [L1]
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_may_not_grow_is_waited_for() {
    let store = Store::sqlite();
    let log = log(&file(&store));
    let mut crew = Crew::start(store).await;
    let length = std::fs::metadata(&log).expect("the log exists").len();
    let pid = crew.weft.pid();
    let signs = Signs { part: "journal", why: "commits fail" };
    crew.rides_out(signs, || limit_files(pid, Some(length)), || limit_files(pid, None)).await;
}

/// A disk of one mebibyte where one may be mounted, which takes root.
struct SmallDisk(Scratch);

impl SmallDisk {
    fn mount() -> Option<SmallDisk> {
        let folder = Scratch::new("disk");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=1m", "weft-test"]).arg(folder.path()).stderr(Stdio::null());
        mount.status().is_ok_and(|status| status.success()).then_some(SmallDisk(folder))
    }

    fn filler(&self) -> PathBuf {
        self.0.path().join("filler")
    }

    fn fill(&self) {
        let mut filler = std::fs::File::create(self.filler()).expect("created");
        while filler.write_all(&[0; 4096]).is_ok() {}
    }

    fn free(&self) {
        std::fs::remove_file(self.filler()).expect("it was there");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        Command::new("umount").args(["--lazy"]).arg(self.0.path()).status().ok();
    }
}

/// [D4] [D9] [L1]
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_waited_for() {
    let Some(disk) = SmallDisk::mount() else {
        return println!("no disk can be mounted here: only a limit on the size of files is tested");
    };
    let store = Store::at(format!("sqlite://{}/weft.db", disk.0.path().display()));
    let mut crew = Crew::start(store).await;
    let signs = Signs { part: "journal", why: "database or disk is full" };
    crew.rides_out(signs, || disk.fill(), || disk.free()).await;
    drop(crew);
}

/// Rights are looked at when a file is opened, and the server has it open.
///
/// [D4]
#[tokio::test(flavor = "multi_thread")]
async fn taking_away_the_right_to_write_stops_nobody_who_has_the_file_open() {
    let store = Store::sqlite();
    let database = file(&store);
    let mut crew = Crew::start(store).await;
    let allow = |mode| {
        for path in [&database, &log(&database)] {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
                .expect("the files are ours");
        }
    };
    allow(0o444);
    crew.types().await;
    crew.is_saved().await;
    allow(0o644);
    crew.recovers().await;
}

/// A mark that keeps even root and open files from writing, where there is such a mark and the right to set it.
struct Immutable([PathBuf; 2]);

impl Immutable {
    fn set(database: &Path) -> Option<Immutable> {
        let files = Immutable([database.to_owned(), log(database)]);
        files.mark("+i").then_some(files)
    }

    fn mark(&self, sign: &str) -> bool {
        let mut chattr = Command::new("chattr");
        chattr.arg(sign).args(&self.0).stderr(Stdio::null());
        chattr.status().is_ok_and(|status| status.success())
    }
}

impl Drop for Immutable {
    fn drop(&mut self) {
        self.mark("-i");
    }
}

/// [D4] [D9] [L1]
#[tokio::test(flavor = "multi_thread")]
async fn a_file_made_immutable_is_waited_for() {
    let store = Store::sqlite();
    let database = file(&store);
    let mut crew = Crew::start(store).await;
    let Some(immutable) = Immutable::set(&database) else {
        return println!("no file can be made immutable here: only other refusals to write are tested");
    };
    let signs = Signs { part: "journal", why: "commits fail" };
    crew.rides_out(signs, || {}, || drop(immutable)).await;
}

/// [D4] [D9] [L1]
#[tokio::test(flavor = "multi_thread")]
async fn a_database_locked_by_another_process_is_waited_for() {
    let store = Store::sqlite();
    let database = file(&store);
    let mut crew = Crew::start(store).await;
    let lock = Lock::hold(&database);
    let signs = Signs { part: "journal", why: "database is locked" };
    crew.rides_out(signs, || {}, || drop(lock)).await;
}

/// [D4]
#[tokio::test(flavor = "multi_thread")]
async fn at_the_bound_of_the_backlog_edits_are_refused_and_later_taken() {
    const BACKLOG: [&str; 4] = ["--limit-frame-bytes", "16384", "--limit-backlog-bytes", "65536"];
    let store = Store::sqlite();
    let database = file(&store);
    let weft = Weft::start_with(store, &BACKLOG).await;
    let mut writer = Client::join(weft.address(), "full").await;
    let lock = Lock::hold(&database);
    while writer.ended().is_none() {
        // A socket that is closed while it is written to is found by reading.
        writer.append(&"x".repeat(3_000)).await.unwrap_or_default();
        writer.listen(Duration::from_millis(5)).await;
    }
    let (code, reason) = writer.ended().cloned().flatten().expect("a close frame");
    assert!(code == 4503 && reason.contains("keep your edits"), "{code}: {reason}");
    let told = writer.notices().iter().any(|notice| notice.contains("refused") && notice.contains("backlog"));
    assert!(told, "{:?}", writer.notices());
    let (_, acked) = writer.counts();
    assert_eq!(acked, 1, "only the SyncStep2 of the join");
    assert!(weft.readiness().await.1["backlog_bytes"].as_u64().is_some_and(|bytes| bytes <= 2 * 65_536));
    drop(lock);
    let end = Instant::now() + NOTICED;
    let written = writer.text();
    let mut again = Client::rejoin(weft.address(), "full", writer.into_replica()).await;
    while !again.saved() {
        again.listen(Duration::from_millis(20)).await;
        if again.ended().is_some() {
            // What was accepted before is being committed still; a client tries again, as it was told to.
            again = Client::rejoin(weft.address(), "full", again.into_replica()).await;
        }
        assert!(Instant::now() < end, "the edits are not taken");
    }
    again.append("more").await.expect("the socket is open");
    again.until("new edits are saved", Client::saved).await;
    assert!(Client::join(weft.address(), "full").await.text() == format!("{written}more"));
}

fn large(seq: u64) -> Append {
    let name = DocumentName::new("large").expect("legal");
    let payload = vec![b'x'; 2 << 20].into();
    Append { document: DocumentId::of(&name), name, seq, received_at_ms: 1_000, author: None, payload }
}

/// A connection that is opened meanwhile can only read; it must not be the one that is used afterwards.
///
/// [D4]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_opened_while_the_file_was_immutable_is_opened_again() {
    let scratch = Scratch::new("immutable");
    let database = scratch.path().join("weft.db");
    let url = format!("sqlite://{}", database.display());
    let store = SqliteStore::open(&url, WriterId(1), StoreOptions::default()).await.expect("opened");
    store.migrate().await.expect("migrated");
    store.append(&[large(1)]).await.expect("appended");
    let Some(immutable) = Immutable::set(&database) else {
        return println!("no file can be made immutable here");
    };
    // The first attempt loses its connection, others open new ones.
    for _ in 0..3 {
        let refused = store.append(&[large(2), large(3), large(4)]).await.expect_err("it may not be written");
        assert!(refused.is_retryable(), "{refused}");
        println!("{refused}");
    }
    drop(immutable);
    store.append(&[large(2), large(3), large(4)]).await.expect("it may be written again");
    store.close().await;
}

/// [D4]
#[tokio::test(flavor = "multi_thread")]
async fn the_write_ahead_log_stays_bounded_and_shrinks_after_a_long_reader() {
    let scratch = Scratch::new("log");
    let database = scratch.path().join("weft.db");
    let url = format!("sqlite://{}", database.display());
    let store = SqliteStore::open(&url, WriterId(1), StoreOptions::default()).await.expect("opened");
    store.migrate().await.expect("migrated");
    let bytes = || std::fs::metadata(log(&database)).expect("the log exists").len();
    for seq in 1..=50 {
        store.append(&[large(seq)]).await.expect("appended");
        assert!(bytes() <= LOG_BYTES_MAX, "{} bytes at {seq}", bytes());
    }
    let reader = Lock::read(&database);
    for seq in 51..=100 {
        store.append(&[large(seq)]).await.expect("appended");
    }
    let grown = bytes();
    assert!(grown > LOG_BYTES_MAX, "the reader keeps the log: {grown} bytes");
    drop(reader);
    for seq in 101..=103 {
        store.append(&[large(seq)]).await.expect("appended");
    }
    assert!(bytes() <= LOG_BYTES_MAX, "{} bytes after {grown}", bytes());
    store.close().await;
}

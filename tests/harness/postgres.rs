//! Private PostgreSQL instances, and databases of one test's own on a shared one.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::store::Scratch;

/// A PostgreSQL instance of one test's own, which it may stop and start; gone when dropped.
#[derive(Debug)]
pub struct PrivatePostgres {
    folder: Scratch,
    url: String,
}

impl PrivatePostgres {
    /// Creates and starts an instance on a free port.
    pub fn start() -> PrivatePostgres {
        let folder = Scratch::new("postgres");
        let url = run("init", &folder.path().join("instance"));
        PrivatePostgres { folder, url }
    }

    /// The URL of the instance's first database.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops it at once, as a crash would: no checkpoint, every connection cut.
    pub fn stop(&self) {
        run("stop", &self.instance());
    }

    /// Starts it again on the same port, recovering from its write-ahead log.
    pub fn start_again(&self) {
        run("start", &self.instance());
    }

    /// Stops its processes where they are: connections stay, nothing answers.
    pub fn freeze(&self) {
        run("freeze", &self.instance());
    }

    /// Lets them go on.
    pub fn thaw(&self) {
        run("thaw", &self.instance());
    }

    /// Runs a statement as its owner and returns what it prints, without headings.
    ///
    /// # Panics
    /// When it fails.
    pub fn sql(&self, statement: &str) -> String {
        let output = psql(&self.url, statement).output().expect("psql runs: it comes with postgresql");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{statement}: {errors}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Whether anybody gets a connection.
    pub fn answers(&self) -> bool {
        let mut asked = psql(&self.url, "select 1");
        asked.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    }

    fn instance(&self) -> PathBuf {
        self.folder.path().join("instance")
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        script("thaw", &self.instance()).stderr(Stdio::null()).status().ok();
        if script("stop", &self.instance()).stderr(Stdio::null()).status().is_err() {
            eprintln!("a private PostgreSQL may still run in {}", self.folder.path().display());
        }
    }
}

/// A connection that does something until it is dropped.
#[derive(Debug)]
pub struct Holder(Child);

impl Holder {
    /// Connects and runs `statements`, which end in a wait.
    pub fn start(url: &str, statements: &str) -> Holder {
        // A backend looks for its client only now and then, unless it is told to.
        let held = format!("set client_connection_check_interval = 100; {statements}");
        let mut psql = psql(url, &held);
        psql.stdout(Stdio::null()).stderr(Stdio::null());
        Holder(psql.spawn().expect("psql runs: it comes with postgresql"))
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn psql(url: &str, statement: &str) -> Command {
    let mut command = Command::new("psql");
    command.args(["--quiet", "--no-psqlrc", "--tuples-only", "--no-align", "--dbname", url]);
    // Also on an instance that was made read-only.
    command.env("PGOPTIONS", "-c default_transaction_read_only=off").stdin(Stdio::null());
    command.args(["--command", statement]);
    command
}

/// Creates a database no other test uses on the server that `WEFT_TEST_POSTGRES_URL` names, and returns its URL.
pub fn fresh_database() -> String {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let server = crate::environment::postgres_url();
    // Process ids come again.
    let (process, at) = (std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
    let name = format!("weft_{process}_{at}_{}", rand::random::<u32>());
    let made = Command::new("psql")
        .args([
            "--quiet",
            "--no-psqlrc",
            "--dbname",
            &server,
            "--command",
            &format!("create database {name}"),
        ])
        .status()
        .expect("psql runs: it comes with postgresql");
    assert!(made.success(), "cannot create {name}");
    let base = server.rsplit_once('/').expect("a PostgreSQL URL ends in /database").0;
    format!("{base}/{name}")
}

fn run(action: &str, folder: &std::path::Path) -> String {
    let output = script(action, folder).stderr(Stdio::inherit()).output().expect("bash runs");
    assert!(output.status.success(), "private-postgres {action} failed");
    String::from_utf8(output.stdout).expect("a URL is UTF-8").trim().to_owned()
}

fn script(action: &str, folder: &std::path::Path) -> Command {
    let path = crate::environment::workspace().join("tests/harness/private-postgres");
    let mut command = Command::new("bash");
    command.arg(path).arg(action).arg(folder).stdin(Stdio::null());
    command
}

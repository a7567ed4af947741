//! The server as a process: started, stopped, killed and started again.

use std::net::SocketAddr;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;

use crate::store::Store;
use crate::wait::{SOON, within};

/// The state of a listening socket in the kernel's table.
const LISTENING: &str = "0A";
const LOG_LINES_SHOWN: usize = 200;
const ANNOUNCEMENT: &str = "listening on http";

/// How long an orderly end may take.
pub const STOP_LIMIT: Duration = Duration::from_secs(15);

/// A running server over a store that outlives it. Its log is shown when the test fails.
#[derive(Debug)]
pub struct Weft {
    child: Child,
    address: SocketAddr,
    options: Vec<String>,
    store: Store,
    log: Log,
}

impl Weft {
    /// Starts a server on a free port and waits until it listens.
    pub async fn start(store: Store) -> Weft {
        Weft::start_with(store, &[]).await
    }

    /// Starts a server with further command-line options.
    pub async fn start_with(store: Store, options: &[&str]) -> Weft {
        let log = Log::default();
        let options: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
        let (child, address) = launch("127.0.0.1:0", &store, &options, &log).await;
        Weft { child, address, options, store, log }
    }

    /// The address it listens on, the same after a restart.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL of stock y-websocket clients.
    pub fn sync_url(&self) -> String {
        format!("ws://{}/sync", self.address)
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id().expect("the server runs")
    }

    /// SIGKILL: nothing is flushed and nobody is told.
    pub async fn kill(&mut self) {
        self.child.kill().await.expect("the server ran until now");
    }

    /// Starts it over the same store on the same port.
    pub async fn launch_again(&mut self) {
        let address = self.address.to_string();
        (self.child, self.address) = launch(&address, &self.store, &self.options, &self.log).await;
    }

    /// Sends a signal, named as `kill` names it.
    pub async fn signal(&self, name: &str) {
        let command = format!("kill -{name} {}", self.pid());
        let sent = Command::new("sh").args(["-c", &command]).status().await.expect("sh runs");
        assert!(sent.success(), "{command} failed");
    }

    /// Whether it has not ended yet.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("a child can be asked").is_none()
    }

    /// Waits until it has ended.
    pub async fn ended(&mut self) -> ExitStatus {
        within("the end of the server", STOP_LIMIT, self.child.wait())
            .await
            .expect("a child can be waited for")
    }

    /// SIGTERM and its orderly end.
    pub async fn stop(&mut self) -> ExitStatus {
        self.signal("TERM").await;
        self.ended().await
    }

    /// The status that GET `path` answers, 0 for none.
    pub async fn status(&self, path: &str) -> u16 {
        crate::http::status(self.address, path).await
    }

    /// The memory that the process occupies now.
    pub fn resident_bytes(&self) -> u64 {
        self.memory("VmRSS:")
    }

    /// The most memory that the process has occupied since its start.
    pub fn peak_resident_bytes(&self) -> u64 {
        self.memory("VmHWM:")
    }

    /// Its TCP connections, each with the bytes that the kernel has not been able to hand over.
    pub fn unsent_bytes(&self) -> Vec<u64> {
        let folder = format!("/proc/{}/fd", self.pid());
        let open: Vec<String> = std::fs::read_dir(folder)
            .expect("the server runs")
            .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
            .map(|target| target.to_string_lossy().into_owned())
            .collect();
        // One line for each connection of the machine: number, addresses, state, unsent:unread, ..., inode.
        let table = std::fs::read_to_string("/proc/net/tcp").expect("the kernel lists connections");
        let unsent = |line: &str| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let (state, queues, inode) = (*fields.get(3)?, fields.get(4)?, fields.get(9)?);
            let is_ours = state != LISTENING && open.contains(&format!("socket:[{inode}]"));
            is_ours.then(|| u64::from_str_radix(queues.split(':').next()?, 16).ok()).flatten()
        };
        table.lines().skip(1).filter_map(unsent).collect()
    }

    /// What `/readyz` answers: its status and its JSON.
    pub async fn readiness(&self) -> (u16, serde_json::Value) {
        match crate::http::fetch(self.address, "/readyz").await {
            Ok(answer) => (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default()),
            Err(_) => (0, serde_json::Value::Null),
        }
    }

    /// Makes [`Weft::peak_resident_bytes`] start over from what it occupies now.
    pub fn forget_peak(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.pid()), "5").expect("the process is ours");
    }

    /// Whether a line of its output contains `text`.
    pub fn logged(&self, text: &str) -> bool {
        self.log.lines().iter().any(|line| line.contains(text))
    }

    /// How many lines it has written.
    pub fn lines_logged(&self) -> usize {
        self.log.lines().len()
    }

    fn memory(&self, field: &str) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("the server runs");
        let line =
            status.lines().find_map(|line| line.strip_prefix(field)).expect("the kernel reports memory");
        let kib: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number of kB");
        kib * 1024
    }
}

impl Drop for Weft {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.log.show();
        }
    }
}

/// Runs the program until it ends by itself, as it must with options it cannot accept.
pub async fn run_to_end(options: &[&str]) -> (ExitStatus, String) {
    let scratch = crate::store::Scratch::new("refused");
    let output = command().args(options).current_dir(scratch.path()).stdin(Stdio::null()).output();
    let output =
        within("the end of a server that cannot start", SOON, output).await.expect("the server can be run");
    let text = [output.stdout, output.stderr].concat();
    (output.status, String::from_utf8_lossy(&text).into_owned())
}

/// Sets the longest that files a process writes may become, in bytes, or takes that back.
///
/// # Panics
/// When the process is gone.
pub fn limit_files(pid: u32, bytes_max: Option<u64>) {
    let limit = bytes_max.map_or_else(|| "unlimited".to_owned(), |bytes| bytes.to_string());
    let mut prlimit = std::process::Command::new("prlimit");
    let set = prlimit.args(["--pid", &pid.to_string(), &format!("--fsize={limit}:unlimited")]).status();
    assert!(set.expect("prlimit runs: it comes with util-linux").success(), "the process runs");
}

/// The server, deaf to the signal that a limit on the size of files sends, so that it finds such a limit as an error.
fn command() -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(crate::environment::server_binary());
    command.kill_on_drop(true);
    // What is freed goes back to the kernel at once, so that the memory measured is what the server holds.
    command.envs([
        ("MALLOC_MMAP_THRESHOLD_", "65536"),
        ("MALLOC_TRIM_THRESHOLD_", "65536"),
        ("MALLOC_ARENA_MAX", "2"),
    ]);
    command
}

async fn launch(listen: &str, store: &Store, options: &[String], log: &Log) -> (Child, SocketAddr) {
    let mut child = command()
        .args(["--listen", listen, "--database", store.url()])
        .args(options)
        .current_dir(store.folder())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the server can be run");
    let (announce, announced) = oneshot::channel();
    let output = child.stdout.take().expect("its output is piped");
    let errors = child.stderr.take().expect("its errors are piped");
    tokio::spawn(collect(output, log.clone(), Some(announce)));
    tokio::spawn(collect(errors, log.clone(), None));
    let Ok(address) = within("the listening line", SOON, announced).await else {
        log.show();
        panic!("the server ended at its start");
    };
    (child, address)
}

async fn collect(
    stream: impl AsyncRead + Unpin,
    log: Log,
    mut announce: Option<oneshot::Sender<SocketAddr>>,
) {
    let mut lines = BufReader::new(stream).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some((_, address)) = line.split_once(ANNOUNCEMENT)
            && let Some((_, address)) = address.split_once("://")
            && let Some(announce) = announce.take()
        {
            let address = address.trim().parse().expect("an address follows");
            announce.send(address).expect("the start is being waited for");
        }
        log.push(line);
    }
}

#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn push(&self, line: String) {
        self.0.lock().expect("no thread panics while it logs").push(line);
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().expect("no thread panics while it logs").clone()
    }

    fn show(&self) {
        let lines = self.lines();
        eprintln!("--- the server's output, its last lines");
        for line in &lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..] {
            eprintln!("{line}");
        }
        eprintln!("--- the end of the server's output");
    }
}

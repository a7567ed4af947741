//! The server under measurement: started as a child on its own core, or already running somewhere.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::clock::{self, SECOND};
use crate::endpoint::Endpoint;
use crate::failure::{Doing, Failure, Outcome};
use crate::machine::{self, GENERATOR_CORE, Process, SERVER_CORE};
use crate::store::{self, Store, StoreKind};

/// Messages a second that a session of the generator may send.
const MESSAGES_PER_SECOND: &str = "1000000";

/// Longest wait for a server to go after it was asked to.
const STOP_PATIENCE: u64 = 20 * SECOND;
const LISTENING: &str = "listening on ";

/// What is measured.
#[derive(Debug, Clone)]
pub enum Target {
    /// Weft, started afresh for each scenario.
    Weft {
        /// The program.
        program: PathBuf,
        /// Options added to the command line.
        options: Vec<String>,
    },
    /// The bare broadcaster of [`crate::limit`], started afresh for each scenario.
    Limit,
    /// A server that somebody else started.
    Peer {
        /// Where it listens.
        endpoint: Endpoint,
        /// Its process, if its consumption is to be measured.
        process: Option<Process>,
    },
}

/// A server that runs.
pub struct Server {
    /// Where it listens.
    pub endpoint: Endpoint,
    target: Target,
    child: Option<Child>,
    store: Option<Store>,
}

impl Server {
    /// Starts a server with an empty store, or takes the one that runs.
    ///
    /// # Errors
    /// The server does not start.
    pub fn start(target: &Target, kind: &StoreKind) -> Outcome<Self> {
        if let Target::Peer { endpoint, .. } = target {
            return Ok(Self { endpoint: endpoint.clone(), target: target.clone(), child: None, store: None });
        }
        let store = Store::create(kind)?;
        let (child, endpoint) = spawn(target, &store)?;
        Ok(Self { endpoint, target: target.clone(), child: Some(child), store: Some(store) })
    }

    /// Tells whether the server can be stopped and started: a peer cannot.
    pub fn restartable(target: &Target) -> bool {
        matches!(target, Target::Weft { .. })
    }

    /// Starts the server again on the store it had.
    ///
    /// # Errors
    /// The server does not start, or is not ours to start.
    pub fn start_again(&mut self) -> Outcome<()> {
        let store = self
            .store
            .as_ref()
            .ok_or_else(|| Failure::Unexpected("a peer cannot be restarted".to_owned()))?;
        let (child, endpoint) = spawn(&self.target, store)?;
        (self.child, self.endpoint) = (Some(child), endpoint);
        Ok(())
    }

    /// Returns the process to measure.
    pub fn process(&self) -> Option<Process> {
        match &self.target {
            Target::Peer { process, .. } => *process,
            Target::Weft { .. } | Target::Limit => self.child.as_ref().map(|child| Process(child.id())),
        }
    }

    /// Returns processor seconds used so far; 0 for a peer whose process is not known.
    ///
    /// # Errors
    /// The server is gone.
    pub fn cpu_seconds(&self) -> Outcome<f64> {
        self.process().map_or(Ok(0.0), Process::cpu_seconds)
    }

    /// Ends the server without warning, as a power cut would end it.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Both fail only if it is gone already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Asks the server to end and waits until it did.
    ///
    /// # Errors
    /// It does not end in time.
    pub fn stop(&mut self) -> Outcome<()> {
        let Some(child) = &mut self.child else { return Ok(()) };
        let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let id = id.ok_or_else(|| Failure::Unexpected("the server has no process id".to_owned()))?;
        kill_process(id, Signal::TERM).doing("send SIGTERM")?;
        let deadline = clock::now() + STOP_PATIENCE;
        while child.try_wait().doing("wait for the server")?.is_none() {
            if clock::now() > deadline {
                return Err(Failure::Unexpected("the server did not end within 20 s of SIGTERM".to_owned()));
            }
            thread::sleep(Duration::from_millis(10));
        }
        self.child = None;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn command(target: &Target, store: &Store) -> Outcome<Command> {
    let mut command;
    match target {
        Target::Weft { program, options } => {
            command = Command::new(program);
            command.args(["serve", "--listen", "127.0.0.1:0", "--database", &store.url]).args(options);
            command.current_dir(&store.directory).env("WEFT_LOG", "warn");
            // A writer stands for a crowd here; what the server can do is asked, not what one session may.
            command.env("WEFT_LIMIT_MESSAGES_PER_SECOND", MESSAGES_PER_SECOND);
        }
        Target::Limit => {
            command = Command::new(std::env::current_exe().doing("find this program")?);
            command.arg("--as-limit");
        }
        Target::Peer { .. } => return Err(Failure::Unexpected("a peer is not started here".to_owned())),
    }
    Ok(command)
}

fn spawn(target: &Target, store: &Store) -> Outcome<(Child, Endpoint)> {
    let log = File::options().create(true).append(true).open(store.log()).doing("open the server's log")?;
    let mut command = command(target, store)?;
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
    // A child inherits the cores of the thread that starts it; setting them later would miss its first threads.
    machine::pin_to(SERVER_CORE)?;
    let child = command.spawn().doing(&format!("start {}", command.get_program().display()));
    machine::pin_to(GENERATOR_CORE)?;
    let mut child = child?;
    let url = await_url(&mut child);
    let Some(url) = url else {
        let _ = child.kill();
        let _ = child.wait();
        return Err(Failure::Unexpected(format!("the server did not start:\n{}", store::tail(&store.log()))));
    };
    let mut endpoint = Endpoint::weft(&url)?;
    endpoint.acks = matches!(target, Target::Weft { .. });
    Ok((child, endpoint))
}

/// Waits for the line that tells the address; the rest of the output is read and dropped, so that the server never blocks on it.
fn await_url(child: &mut Child) -> Option<String> {
    let mut output = BufReader::new(child.stdout.take()?);
    let mut line = String::new();
    let url = loop {
        line.clear();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some((_, url)) = line.split_once(LISTENING) {
            break url.trim().to_owned();
        }
    };
    thread::spawn(move || {
        let mut rest = Vec::with_capacity(4096);
        while output.by_ref().take(4096).read_to_end(&mut rest).is_ok_and(|read| read > 0) {
            rest.clear();
        }
    });
    Some(url)
}

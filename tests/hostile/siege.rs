//! A server under attack, with witnesses inside: two clients on the attacked document and two on another.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use weft_tests::client::Client;
use weft_tests::frames::{self, Message};
use weft_tests::raw::Raw;
use weft_tests::socket::{Arrival, End, Socket};
use weft_tests::store::Store;
use weft_tests::wait::{SOON, reached};
use weft_tests::weft::Weft;
use weft_tests::witness::Witness;

use crate::attack::{Attack, Pace, Row, Seen, table_head};

/// Where most attacks go: the document of the witnesses.
pub const TARGET: &str = "/sync/target?ack=1";
/// The name of that document.
pub const TARGET_NAME: &str = "target";

/// How long one attack may take, the server's answer included.
const ATTACK_LIMIT: Duration = Duration::from_secs(45);
/// Memory above calm that may stay behind after an attack and all before it: what the allocator keeps for next time.
const SETTLED_BYTES_MAX: u64 = 64 << 20;
/// How long the memory of an attack may take to come back.
const SETTLING: Duration = Duration::from_secs(4);

/// A server whose witnesses exchange edits from before the first attack until after the last.
pub struct Siege {
    weft: Weft,
    same_document: Witness,
    other_document: Witness,
    token: Option<String>,
    calm_bytes: u64,
}

/// Takes the rates away, which would stop most attacks before they reach what they are about. One family has them.
const WITHOUT_RATES: [&str; 8] = [
    "--limit-joins-per-second",
    "1000000",
    "--limit-requests-per-second",
    "1000000",
    "--limit-messages-per-second",
    "100000000",
    "--limit-bytes-per-second",
    "4000000000",
];

impl Siege {
    /// Starts the server and the witnesses, and notes the memory in use.
    pub async fn start() -> Siege {
        Siege::start_with(&[]).await
    }

    /// Starts with further options of the server.
    pub async fn start_with(options: &[&str]) -> Siege {
        Siege::start_as(&[&WITHOUT_RATES, options].concat(), None).await
    }

    /// Starts with further options, and with witnesses who have a token.
    pub async fn start_as(options: &[&str], token: Option<String>) -> Siege {
        let weft = Weft::start_with(Store::sqlite(), options).await;
        let mut same_document = Witness::start_as(weft.address(), TARGET_NAME, token.as_deref()).await;
        let mut other_document = Witness::start_as(weft.address(), "elsewhere", token.as_deref()).await;
        same_document.still_exchanges().await;
        other_document.still_exchanges().await;
        let calm_bytes = weft.resident_bytes();
        Siege { weft, same_document, other_document, token, calm_bytes }
    }

    /// Where the attacks go.
    pub fn address(&self) -> SocketAddr {
        self.weft.address()
    }

    /// Lets a family of attacks loose, prints what came of each, and fails if any did harm.
    pub async fn withstands(mut self, attacks: Vec<Attack>) {
        let (beside, alone): (Vec<_>, Vec<_>) =
            attacks.into_iter().partition(|attack| attack.pace == Pace::Beside);
        let beside: Vec<_> =
            beside.into_iter().map(|attack| (begin(&attack, self.address()), attack)).collect();
        println!("{}", table_head());
        let mut failed = Vec::new();
        for attack in alone {
            failed.extend(self.judge(None, &attack).await);
        }
        for (running, attack) in beside {
            failed.extend(self.judge(Some(running), &attack).await);
        }
        assert!(failed.is_empty(), "the server did not withstand:\n  {}", failed.join("\n  "));
        self.assert_unharmed().await;
    }

    /// Waits for the end of an attack, which may have begun already, and checks what it did; returns its name if it did
    /// harm.
    async fn judge(&mut self, begun: Option<Running>, attack: &Attack) -> Option<String> {
        self.weft.forget_peak();
        let before_bytes = self.weft.resident_bytes();
        let logged = self.weft.lines_logged();
        self.slowest_ms();
        let mut complaints = Vec::new();
        let seen = match begun.unwrap_or_else(|| begin(attack, self.address())).await {
            Ok(Ok(seen)) => {
                complaints.extend(attack.complaint(&seen));
                seen.to_string()
            }
            Ok(Err(_)) => "neither an answer nor an end".to_owned(),
            Err(panic) => panic_text(panic),
        };
        if !self.weft.is_running() {
            println!("{} ended the server: {seen}", attack.name);
            panic!("{} ended the server", attack.name);
        }
        complaints.extend(self.harm().await);
        let peak_bytes = self.weft.peak_resident_bytes().saturating_sub(before_bytes);
        let settled_bytes = self.settled().await;
        let (log_lines, slowest_ms) = (self.weft.lines_logged() - logged, self.slowest_ms());
        let over =
            |what: &str, is: u64, most: u64| (is > most).then(|| format!("{what} {is}, at most {most}"));
        complaints.extend(over("peak bytes", peak_bytes, attack.peak_bytes_max));
        complaints.extend(over("bytes afterwards", settled_bytes, SETTLED_BYTES_MAX));
        if log_lines > attack.log_lines_max && attack.pace == Pace::Alone {
            complaints.push(format!("{log_lines} lines logged, at most {}", attack.log_lines_max));
        }
        if complaints.is_empty() && (seen.starts_with("neither") || seen.starts_with("the attack broke")) {
            complaints.push(seen.clone());
        }
        let failed = (!complaints.is_empty()).then(|| format!("{}: {}", attack.name, complaints.join("; ")));
        println!(
            "{}",
            Row { name: attack.name, seen, peak_bytes, settled_bytes, slowest_ms, log_lines, complaints }
        );
        failed
    }

    /// How long the slowest exchange of the witnesses took since this was asked last.
    fn slowest_ms(&self) -> u64 {
        self.same_document.slowest_ms().max(self.other_document.slowest_ms())
    }

    /// What the witnesses complain about.
    async fn harm(&mut self) -> Option<String> {
        let exchange = async {
            self.same_document.still_exchanges().await;
            self.other_document.still_exchanges().await;
        };
        std::panic::AssertUnwindSafe(exchange)
            .catch_unwind()
            .await
            .err()
            .map(|_| "witnesses were harmed".into())
    }

    /// Memory above calm, once it has come back or had the time to.
    async fn settled(&self) -> u64 {
        let above = || self.weft.resident_bytes().saturating_sub(self.calm_bytes);
        reached(SETTLING, async || above() <= SETTLED_BYTES_MAX).await;
        above()
    }

    /// Fails unless the witnesses can still exchange edits.
    pub async fn holds(&mut self) {
        self.same_document.still_exchanges().await;
        self.other_document.still_exchanges().await;
    }

    /// Ends the siege: nobody inside was harmed, the server is well, newcomers are served, and the store can be loaded.
    pub async fn assert_unharmed(mut self) {
        self.holds().await;
        assert_eq!(self.weft.status("/readyz").await, 200);
        assert!(self.same_document.finish().await > 0);
        assert!(self.other_document.finish().await > 0);
        let token = self.token.as_deref();
        let before = Client::join_as(self.weft.address(), TARGET_NAME, token).await;
        self.weft.kill().await;
        self.weft.launch_again().await;
        let after = Client::join_as(self.weft.address(), TARGET_NAME, token).await;
        assert_eq!(before.text(), after.text(), "the attacked document is stored as it was shown");
    }
}

/// An attack under way.
type Running = JoinHandle<Result<Seen, tokio::time::error::Elapsed>>;

fn begin(attack: &Attack, address: SocketAddr) -> Running {
    tokio::spawn(timeout(ATTACK_LIMIT, attack.run(address)))
}

fn panic_text(error: tokio::task::JoinError) -> String {
    let panic = error.into_panic();
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
    format!("the attack broke off: {}", text.unwrap_or_default())
}

/// An attacker on the witnesses' own document.
pub async fn attacker(address: SocketAddr) -> Socket {
    Socket::open(address, TARGET).await.expect("the server upgrades")
}

/// The state vector of somebody who knows an edit that nobody made. Unlike an empty one it is answered in its turn.
const PROBE: [u8; 3] = [1, 77, 1];

/// Finds out what became of an attacker: a session that is still served gets an answer to its SyncStep1.
pub async fn outcome(socket: &mut Socket) -> Seen {
    // A socket that is closed already says so at the next read.
    socket.send(frames::step1(&PROBE)).await.unwrap_or_default();
    loop {
        match socket.arrival(SOON).await {
            Some(Arrival::Ended(end)) => return seen_end(end),
            Some(Arrival::Frame(frame)) if matches!(frames::decode(&frame), Message::Step2(_)) => {
                return Seen::Served;
            }
            Some(Arrival::Frame(_)) => {}
            None => panic!("the server neither answers nor closes"),
        }
    }
}

/// Finds out how a raw connection ends; the caller knows that it has to.
pub async fn ended(raw: &mut Raw, limit: Duration) -> Seen {
    seen_end(raw.end(limit).await)
}

/// What an attacker sees of the end of its socket.
pub fn seen_end(end: End) -> Seen {
    end.map_or(Seen::Ended, |(code, reason)| Seen::Closed(code, reason))
}

/// Finds out how a request is answered.
pub async fn answered(raw: &mut Raw, limit: Duration) -> Seen {
    match raw.response(limit).await {
        Some((code, head)) => {
            let problem = head.to_ascii_lowercase().contains("content-type: application/problem+json");
            Seen::Status { code, problem }
        }
        None => Seen::Ended,
    }
}

/// Finds out how requests are answered: as all of them are, or, when they are not alike, as the first odd one is.
pub async fn all_answered(all: &mut [Raw], limit: Duration) -> Seen {
    let mut seen = None;
    for raw in all {
        let one = answered(raw, limit).await;
        if *seen.get_or_insert_with(|| one.clone()) != one {
            return one;
        }
    }
    seen.expect("somebody asks")
}

/// Joins as anybody would: the proof that what came before has used nothing up.
pub async fn still_welcome(address: SocketAddr) -> Seen {
    let mut socket = attacker(address).await;
    outcome(&mut socket).await
}

/// Writes a document of about `bytes` for an attack to feed on.
pub async fn large_document(address: SocketAddr, name: &str, bytes: usize) {
    let mut author = Client::join(address, name).await;
    author.append(&"z".repeat(bytes)).await.expect("the socket is open");
    author.until("the ack", Client::saved).await;
}

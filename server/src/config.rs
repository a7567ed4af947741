//! The command line and the environment; the only place that reads them.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::access::Access;
use crate::access::keys::Source;
use crate::access::origin::Origins;
use crate::access::sign_in::SignIn;
use crate::document::event::DocumentLimits;
use crate::http::address::Network;
use crate::limits::QuotaLimits;
use crate::limits::bucket::Rate;
use crate::session::actor::SessionLimits;
use crate::session::throttle::ThrottleLimits;

/// Real-time collaboration for Yjs documents, where "saved" means committed.
#[derive(Debug, Parser)]
#[command(name = "weft", version, about, propagate_version = true)]
pub struct Cli {
    /// What to do; `serve` when left out.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Options of `serve`, when no command is named.
    #[command(flatten)]
    pub serve: Serve,
}

/// What the program does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve documents (the default).
    Serve(Box<Serve>),
    /// Bring the database's schema up to date and exit.
    Migrate(Database),
    /// Mint an access token or a share link and print it.
    Token(Token),
}

/// Who may come in.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Access")]
pub struct Entry {
    /// Signs access tokens: an HS256 secret of at least 32 bytes, a PEM public key (EdDSA, ES256, RS256), or the file or https URL
    /// of a JWKS. Without one everybody may do everything, and only this machine is served.
    #[arg(
        long,
        value_name = "KEY",
        env = "WEFT_AUTH_KEY",
        hide_env_values = true,
        allow_hyphen_values = true
    )]
    pub auth_key: Option<String>,
    /// Tokens must have this audience (`aud`).
    #[arg(long, value_name = "AUD", env = "WEFT_AUTH_AUDIENCE", requires = "auth_key")]
    pub auth_audience: Option<String>,
    /// Secret of at least 32 bytes that signs share links; the HS256 secret of --auth-key when left out.
    #[arg(long, value_name = "SECRET", env = "WEFT_LINK_KEY", hide_env_values = true, requires = "auth_key")]
    pub link_key: Option<String>,
    /// Without a key, serve other machines than this one as well: everybody who reaches the address may do everything.
    #[arg(long, env = "WEFT_ALLOW_ANYONE", conflicts_with = "auth_key")]
    pub allow_anyone: bool,
    /// Origins whose pages may connect, besides the server's own; * is any.
    #[arg(long, value_name = "ORIGIN", env = "WEFT_ALLOW_ORIGIN", value_delimiter = ',')]
    pub allow_origin: Vec<String>,
    /// Networks of proxies whose X-Forwarded-For is believed, such as 10.0.0.0/8; this machine's always is.
    #[arg(long, value_name = "NET", env = "WEFT_TRUST_PROXY", value_delimiter = ',')]
    pub trust_proxy: Vec<Network>,
    /// Where pages get a fresh token when theirs ends: answers a GET with the person's cookies by {"token": "<JWT>"}.
    #[arg(long, value_name = "URL", env = "WEFT_TOKEN_URL", requires = "auth_key")]
    pub token_url: Option<String>,
    /// Where pages send people who have no token; the page to come back to is appended as `return`.
    #[arg(long, value_name = "URL", env = "WEFT_SIGN_IN_URL", requires = "auth_key")]
    pub sign_in_url: Option<String>,
    /// PEM file with the certificate chain; read again when it changes.
    #[arg(long, value_name = "FILE", env = "WEFT_TLS_CERT", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// PEM file with the certificate's private key.
    #[arg(long, value_name = "FILE", env = "WEFT_TLS_KEY", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
}

impl Entry {
    /// Makes access control.
    ///
    /// # Errors
    /// A sentence that names the option and the fix.
    pub fn access(&self) -> Result<Access, String> {
        let Some(key) = &self.auth_key else { return Ok(Access::open()) };
        let source = Source::new(key).map_err(|why| format!("--auth-key: {why}"))?;
        let access = Access::closed(source, self.auth_audience.clone(), self.link_key.as_deref());
        access.map_err(|why| format!("--auth-key: {why}"))
    }

    /// Makes the list of origins.
    ///
    /// # Errors
    /// A sentence that names the option and the fix.
    pub fn origins(&self) -> Result<Origins, String> {
        Origins::new(&self.allow_origin, self.auth_key.is_none() && !self.allow_anyone)
    }

    /// Returns where people get tokens.
    ///
    /// # Errors
    /// A sentence that names the option and the fix.
    pub fn sign_in(&self) -> Result<SignIn, String> {
        SignIn::new(self.token_url.as_deref(), self.sign_in_url.as_deref())
    }
}

/// What a token is to say.
#[derive(Debug, Clone, Args)]
pub struct Token {
    /// The HS256 secret, or the file of a PEM private key (EdDSA, ES256, RS256).
    #[arg(
        long,
        value_name = "KEY",
        env = "WEFT_AUTH_KEY",
        hide_env_values = true,
        allow_hyphen_values = true
    )]
    pub auth_key: String,
    /// What it opens: a name or a pattern ending in *, and read, comment, write or admin. Many; the longest match wins.
    #[arg(long = "document", value_name = "NAME=ROLE", required = true)]
    pub documents: Vec<String>,
    /// The user's id.
    #[arg(long, value_name = "ID")]
    pub sub: Option<String>,
    /// What the user is called.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// How long it is valid, in seconds, or with a unit: 90s, 15m, 8h, 30d.
    #[arg(long, value_name = "TIME", default_value = "1d", value_parser = seconds)]
    pub expires: u64,
    /// For whom it is.
    #[arg(long, value_name = "AUD")]
    pub audience: Option<String>,
    /// The key's id in a JWKS.
    #[arg(long, value_name = "KID")]
    pub kid: Option<String>,
    /// Print a link to the first document's page on this server instead of the bare token.
    #[arg(long, value_name = "URL")]
    pub link: Option<String>,
}

fn seconds(text: &str) -> Result<u64, String> {
    let units = [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400)];
    let unit = units.into_iter().find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, seconds)));
    let (count, unit) = unit.unwrap_or((text, 1));
    let count: u64 =
        count.parse().map_err(|_| format!("{text:?} is no time: try 3600, 90s, 15m, 8h or 30d"))?;
    count
        .checked_mul(unit)
        .filter(|all| (1..=100 * 366 * 86_400).contains(all))
        .ok_or_else(|| "from one second to a hundred years".to_owned())
}

/// Which database.
#[derive(Debug, Clone, Args)]
pub struct Database {
    /// Where documents are stored: sqlite://PATH, sqlite::memory: or postgres://...
    #[arg(
        long = "database",
        value_name = "URL",
        env = "DATABASE_URL",
        default_value = "sqlite://weft-data/weft.db",
        hide_env_values = true
    )]
    pub url: String,
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Options of `serve`.
#[derive(Debug, Clone, Args)]
pub struct Serve {
    /// Address to listen on; port 0 picks a free one and prints it.
    #[arg(long, value_name = "ADDR", env = "WEFT_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Where documents are stored.
    #[command(flatten)]
    pub database: Database,
    /// Threads that serve sockets and documents; 0 is one for each core.
    #[arg(long, value_name = "N", env = "WEFT_WORKERS", default_value_t = 0)]
    pub workers: usize,
    /// What is logged, as a tracing filter.
    #[arg(long, value_name = "FILTER", env = "WEFT_LOG", default_value = "info,actix_server=warn")]
    pub log: String,
    /// How it is logged; text on a terminal, JSON elsewhere.
    #[arg(long, value_enum, env = "WEFT_LOG_FORMAT")]
    pub log_format: Option<LogFormat>,
    /// Who may come in.
    #[command(flatten)]
    pub entry: Entry,
    /// Bounds.
    #[command(flatten)]
    pub limits: Limits,
}

/// Every bound that can be set, each with its unit in its name.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Limits")]
pub struct Limits {
    /// Largest WebSocket frame or fragmented message, in bytes.
    #[arg(long, env = "WEFT_LIMIT_FRAME_BYTES", default_value_t = 16 << 20, value_parser = clap::value_parser!(u32).range(1024..))]
    pub limit_frame_bytes: u32,
    /// Largest update, in bytes; a sync reply may have as much as a frame.
    #[arg(long, env = "WEFT_LIMIT_UPDATE_BYTES", default_value_t = 16 << 20, value_parser = clap::value_parser!(u32).range(1024..))]
    pub limit_update_bytes: u32,
    /// Largest awareness message, in bytes.
    #[arg(long, env = "WEFT_LIMIT_AWARENESS_BYTES", default_value_t = 64 << 10, value_parser = clap::value_parser!(u32).range(256..))]
    pub limit_awareness_bytes: u32,
    /// Largest document, in bytes of its encoded state.
    #[arg(long, env = "WEFT_LIMIT_DOCUMENT_BYTES", default_value_t = 64 << 20, value_parser = clap::value_parser!(u32).range(1024..))]
    pub limit_document_bytes: u32,
    /// Documents open at once.
    #[arg(long, env = "WEFT_LIMIT_OPEN_DOCUMENTS", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit_open_documents: u32,
    /// Sessions of one document.
    #[arg(long, env = "WEFT_LIMIT_SESSIONS_PER_DOCUMENT", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit_sessions_per_document: u32,
    /// Sessions of one user (`sub`) at once.
    #[arg(long, env = "WEFT_LIMIT_SESSIONS_PER_USER", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit_sessions_per_user: u32,
    /// Sessions of one address (IPv6: one /64) at once; this machine's own are not counted.
    #[arg(long, env = "WEFT_LIMIT_SESSIONS_PER_ADDRESS", default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit_sessions_per_address: u32,
    /// Joins of one address a second, over time; twenty times as many at once.
    #[arg(long, env = "WEFT_LIMIT_JOINS_PER_SECOND", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit_joins_per_second: u32,
    /// HTTP requests of one address a second, over time; ten times as many at once.
    #[arg(long, env = "WEFT_LIMIT_REQUESTS_PER_SECOND", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit_requests_per_second: u32,
    /// Messages of one session a second, over time; ten times as many at once. Above it the session is made to wait.
    #[arg(long, env = "WEFT_LIMIT_MESSAGES_PER_SECOND", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit_messages_per_second: u32,
    /// Bytes of one session a second, over time; eight times as many at once. Above it the session is made to wait.
    #[arg(long, env = "WEFT_LIMIT_BYTES_PER_SECOND", default_value_t = 32 << 20, value_parser = clap::value_parser!(u32).range(1024..))]
    pub limit_bytes_per_second: u32,
    /// A session that sends too fast for this time is closed with 4529, in milliseconds.
    #[arg(long, env = "WEFT_LIMIT_THROTTLE_MS", default_value_t = 60_000)]
    pub limit_throttle_ms: u32,
    /// Connections at once.
    #[arg(long, env = "WEFT_LIMIT_CONNECTIONS", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit_connections: u32,
    /// Accepted and uncommitted updates of the whole process, in bytes, before new ones are refused.
    #[arg(long, env = "WEFT_LIMIT_BACKLOG_BYTES", default_value_t = 256 << 20, value_parser = clap::value_parser!(u32).range(65_536..))]
    pub limit_backlog_bytes: u32,
    /// A document without sessions is stored and unloaded after this time, in milliseconds.
    #[arg(long, env = "WEFT_LIMIT_IDLE_MS", default_value_t = 30_000)]
    pub limit_idle_ms: u32,
    /// A peer that takes nothing for this time is cut off, in milliseconds (`TCP_USER_TIMEOUT`).
    #[arg(long, env = "WEFT_LIMIT_TCP_USER_TIMEOUT_MS", default_value_t = 300_000, value_parser = clap::value_parser!(u32).range(1000..))]
    pub limit_tcp_user_timeout_ms: u32,
    /// Draining takes at most this time, in milliseconds.
    #[arg(long, env = "WEFT_LIMIT_DRAIN_MS", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit_drain_ms: u32,
}

impl Limits {
    /// Returns the bounds of one document.
    #[must_use]
    pub fn document(&self) -> DocumentLimits {
        DocumentLimits {
            sessions_max: self.limit_sessions_per_document as usize,
            document_bytes_max: self.limit_document_bytes as usize,
            update_bytes_max: self.limit_update_bytes as usize,
            awareness_bytes_max: self.limit_awareness_bytes as usize,
            backlog_bytes_max: (self.limit_backlog_bytes / 4) as usize,
            idle_ms: u64::from(self.limit_idle_ms),
            ..DocumentLimits::default()
        }
    }

    /// Returns the bounds of one session.
    #[must_use]
    pub fn session(&self) -> SessionLimits {
        SessionLimits {
            frame_bytes_max: self.limit_frame_bytes as usize,
            in_flight_bytes_max: 1 << 20,
            throttle: ThrottleLimits {
                messages: Rate::of(self.limit_messages_per_second, 10),
                bytes: Rate::of(self.limit_bytes_per_second, 8),
                patience_ms: self.limit_throttle_ms.into(),
            },
        }
    }

    /// Returns the bounds of one address and of one user.
    #[must_use]
    pub fn quotas(&self) -> QuotaLimits {
        QuotaLimits {
            sessions_per_user_max: self.limit_sessions_per_user,
            sessions_per_address_max: self.limit_sessions_per_address,
            joins: Rate::of(self.limit_joins_per_second, 20),
            requests: Rate::of(self.limit_requests_per_second, 10),
        }
    }

    /// Returns every limit with its option's name, for the metrics.
    #[must_use]
    pub fn all(&self) -> Vec<(&'static str, u64)> {
        let all = [
            ("frame_bytes", self.limit_frame_bytes),
            ("update_bytes", self.limit_update_bytes),
            ("awareness_bytes", self.limit_awareness_bytes),
            ("document_bytes", self.limit_document_bytes),
            ("open_documents", self.limit_open_documents),
            ("sessions_per_document", self.limit_sessions_per_document),
            ("sessions_per_user", self.limit_sessions_per_user),
            ("sessions_per_address", self.limit_sessions_per_address),
            ("joins_per_second", self.limit_joins_per_second),
            ("requests_per_second", self.limit_requests_per_second),
            ("messages_per_second", self.limit_messages_per_second),
            ("bytes_per_second", self.limit_bytes_per_second),
            ("throttle_ms", self.limit_throttle_ms),
            ("connections", self.limit_connections),
            ("backlog_bytes", self.limit_backlog_bytes),
            ("idle_ms", self.limit_idle_ms),
            ("tcp_user_timeout_ms", self.limit_tcp_user_timeout_ms),
            ("drain_ms", self.limit_drain_ms),
        ];
        all.into_iter().map(|(name, value)| (name, u64::from(value))).collect()
    }
}

/// Reads the command line and the environment; on a mistake prints what to do and exits.
#[must_use]
pub fn read() -> Cli {
    Cli::parse()
}

/// Checks what clap cannot.
///
/// # Errors
/// A sentence that names the option and the fix.
pub fn check(serve: &Serve) -> Result<(), String> {
    let open = serve.entry.auth_key.is_none() && !serve.entry.allow_anyone;
    if open && !serve.listen.ip().is_loopback() {
        return Err(format!(
            "--listen {}: without an access key anybody who reaches this address could read and write every document; \
             set --auth-key (openssl rand -base64 32 makes one), or listen on 127.0.0.1 or [::1], or, where everybody may do \
             everything, say --allow-anyone",
            serve.listen
        ));
    }
    let (frame, backlog) = (serve.limits.limit_frame_bytes, serve.limits.limit_backlog_bytes);
    if u64::from(frame) * 4 > u64::from(backlog) {
        return Err(format!(
            "--limit-backlog-bytes {backlog}: a document may use a quarter of it, which must hold one update of \
             --limit-frame-bytes {frame}; raise the one to {} or lower the other",
            u64::from(frame) * 4
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn serve(args: &[&str]) -> Serve {
        Cli::try_parse_from([&["weft"], args].concat()).expect("legal options").serve
    }

    /// [L3]
    #[test]
    fn an_open_server_stays_on_loopback() {
        assert_eq!(check(&serve(&["--listen", "127.0.0.1:0"])), Ok(()));
        assert_eq!(check(&serve(&["--listen", "[::1]:0"])), Ok(()));
        let refusal = check(&serve(&["--listen", "0.0.0.0:80"])).expect_err("open to the world");
        assert!(refusal.contains("--listen") && refusal.contains("--auth-key"), "{refusal}");
        assert_eq!(check(&serve(&["--listen", "0.0.0.0:80", "--allow-anyone"])), Ok(()));
        assert_eq!(check(&serve(&["--listen", "0.0.0.0:80", "--auth-key", &"k".repeat(32)])), Ok(()));
    }

    /// [L3]
    #[test]
    fn a_key_that_is_none_is_named() {
        for key in ["short", "/no/such/key.pem", "http://id.example/jwks", "-----BEGIN NONSENSE-----"] {
            let refusal = serve(&["--auth-key", key]).entry.access().expect_err(key);
            assert!(refusal.starts_with("--auth-key: "), "{refusal}");
        }
    }

    #[test]
    fn times_have_units() {
        assert_eq!(seconds("90"), Ok(90));
        assert_eq!(seconds("8h"), Ok(8 * 3_600));
        assert!(seconds("soon").is_err() && seconds("0").is_err() && seconds("99999999999d").is_err());
    }

    /// [L3]
    #[test]
    fn a_bound_that_is_none_is_refused() {
        assert!(Cli::try_parse_from(["weft", "--limit-frame-bytes", "0"]).is_err());
        assert_eq!(serve(&["--limit-idle-ms", "5"]).limits.document().idle_ms, 5);
    }

    #[test] // [F5] Linux counts the time of a closed window, probes answered or not.
    fn the_kernel_is_as_patient_with_a_stopped_reader_as_the_document() {
        let Limits { limit_tcp_user_timeout_ms: ms, .. } = serve(&[]).limits;
        assert_eq!(u64::from(ms), DocumentLimits::default().unheard_close_ms);
    }
}

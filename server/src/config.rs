//! The command line and the environment; the only place that reads them.

mod limits;
mod past;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::access::Access;
use crate::access::keys::Source;
use crate::access::origin::Origins;
use crate::access::sign_in::SignIn;
use crate::http::address::Network;
use crate::thinning::policy::Policy;
pub use limits::Limits;
pub use past::{Check, History, Onto, Replay, Thin};

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
    /// Show who edited a document when, and its versions.
    History(History),
    /// Play a document's past in the terminal, or to a running server.
    Replay(Replay),
    /// Verify every snapshot and every update, and say what is wrong where. Changes nothing; ends with 1 if something is wrong.
    Check(Check),
    /// Merge old updates once, as `serve --thin` does every hour. Every state that stays stays the same; what lies within a step
    /// can no longer be told apart.
    Thin(Thin),
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
    /// Merge old updates, every hour: AGE=STEP rules, the youngest first, such as 30d=1m,90d=1h,365d=1d: to a minute what is older
    /// than 30 days, and so on. Versions that people and restores made stay exact. Without it everything is kept.
    #[arg(long, value_name = "POLICY", env = "WEFT_THIN", default_value = "", hide_default_value = true)]
    pub thin: Policy,
    /// Who may come in.
    #[command(flatten)]
    pub entry: Entry,
    /// Bounds.
    #[command(flatten)]
    pub limits: Limits,
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
    use crate::document::event::DocumentLimits;

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

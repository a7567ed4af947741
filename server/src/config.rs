//! The command line and the environment; the only place that reads them.

use std::net::SocketAddr;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::document::event::DocumentLimits;
use crate::session::actor::SessionLimits;

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
    /// Connections at once.
    #[arg(long, env = "WEFT_LIMIT_CONNECTIONS", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit_connections: u32,
    /// Accepted and uncommitted updates of the whole process, in bytes, before new ones are refused.
    #[arg(long, env = "WEFT_LIMIT_BACKLOG_BYTES", default_value_t = 256 << 20, value_parser = clap::value_parser!(u32).range(65_536..))]
    pub limit_backlog_bytes: u32,
    /// A document without sessions is stored and unloaded after this time, in milliseconds.
    #[arg(long, env = "WEFT_LIMIT_IDLE_MS", default_value_t = 30_000)]
    pub limit_idle_ms: u32,
    /// A peer that acknowledges nothing for this time is cut off, in milliseconds (`TCP_USER_TIMEOUT`).
    #[arg(long, env = "WEFT_LIMIT_TCP_USER_TIMEOUT_MS", default_value_t = 30_000, value_parser = clap::value_parser!(u32).range(1000..))]
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
            awareness_bytes_max: self.limit_awareness_bytes as usize,
            backlog_bytes_max: (self.limit_backlog_bytes / 4) as usize,
            idle_ms: u64::from(self.limit_idle_ms),
            ..DocumentLimits::default()
        }
    }

    /// Returns the bounds of one session.
    #[must_use]
    pub fn session(&self) -> SessionLimits {
        SessionLimits { frame_bytes_max: self.limit_frame_bytes as usize, in_flight_bytes_max: 1 << 20 }
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
    if !serve.listen.ip().is_loopback() {
        return Err(format!(
            "--listen {}: without an access key anybody who reaches this address could read and write every document; \
             listen on 127.0.0.1 or [::1] and let a proxy that checks access forward to it",
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
        assert!(
            check(&serve(&["--listen", "0.0.0.0:80"])).expect_err("open to the world").contains("--listen")
        );
    }

    /// [L3]
    #[test]
    fn a_bound_that_is_none_is_refused() {
        assert!(Cli::try_parse_from(["weft", "--limit-frame-bytes", "0"]).is_err());
        assert_eq!(serve(&["--limit-idle-ms", "5"]).limits.document().idle_ms, 5);
    }
}

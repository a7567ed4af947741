//! The options that bound what everybody may use.

use clap::Args;
use weft_storage::{BlobBounds, VersionBounds};

use crate::document::event::DocumentLimits;
use crate::http::upload::UploadLimits;
use crate::limits::QuotaLimits;
use crate::limits::bucket::Rate;
use crate::session::actor::SessionLimits;
use crate::session::throttle::ThrottleLimits;

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
    /// Largest image of a document, in bytes.
    #[arg(long, env = "WEFT_LIMIT_BLOB_BYTES", default_value_t = 10 << 20, value_parser = clap::value_parser!(u32).range(1024..))]
    pub limit_blob_bytes: u32,
    /// Images of one document.
    #[arg(long, env = "WEFT_LIMIT_BLOBS_PER_DOCUMENT", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit_blobs_per_document: u32,
    /// Images of one document together, in bytes.
    #[arg(long, env = "WEFT_LIMIT_BLOB_BYTES_PER_DOCUMENT", default_value_t = 256 << 20, value_parser = clap::value_parser!(u32).range(1024..))]
    pub limit_blob_bytes_per_document: u32,
    /// Named versions of one document, and as many that restores made: of these the oldest give way.
    #[arg(long, env = "WEFT_LIMIT_VERSIONS_PER_DOCUMENT", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit_versions_per_document: u32,
    /// Named versions of one document together, as they are stored, and as much that restores made, in bytes.
    #[arg(long, env = "WEFT_LIMIT_VERSION_BYTES_PER_DOCUMENT", default_value_t = 1 << 30, value_parser = clap::value_parser!(u32).range(1024..))]
    pub limit_version_bytes_per_document: u32,
    /// Share links of one document that have not ended.
    #[arg(long, env = "WEFT_LIMIT_LINKS_PER_DOCUMENT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub limit_links_per_document: u32,
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

    /// Returns the bounds of images.
    #[must_use]
    pub fn uploads(&self) -> UploadLimits {
        UploadLimits {
            blob_bytes_max: self.limit_blob_bytes as usize,
            of_document: BlobBounds {
                blobs_max: self.limit_blobs_per_document,
                bytes_max: self.limit_blob_bytes_per_document.into(),
            },
        }
    }

    /// Returns the bounds of versions.
    #[must_use]
    pub fn versions(&self) -> VersionBounds {
        VersionBounds {
            versions_max: self.limit_versions_per_document,
            bytes_max: self.limit_version_bytes_per_document.into(),
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
            ("blob_bytes", self.limit_blob_bytes),
            ("blobs_per_document", self.limit_blobs_per_document),
            ("blob_bytes_per_document", self.limit_blob_bytes_per_document),
            ("versions_per_document", self.limit_versions_per_document),
            ("version_bytes_per_document", self.limit_version_bytes_per_document),
            ("links_per_document", self.limit_links_per_document),
            ("connections", self.limit_connections),
            ("backlog_bytes", self.limit_backlog_bytes),
            ("idle_ms", self.limit_idle_ms),
            ("tcp_user_timeout_ms", self.limit_tcp_user_timeout_ms),
            ("drain_ms", self.limit_drain_ms),
        ];
        all.into_iter().map(|(name, value)| (name, u64::from(value))).collect()
    }
}

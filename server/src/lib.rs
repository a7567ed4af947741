//! Sockets, sessions, documents and HTTP of Weft. ARCHITECTURE.md is the map.

pub mod access;
pub mod check;
pub mod clock;
pub mod config;
pub mod document;
pub mod durable;
pub mod history;
pub mod http;
pub mod hub;
pub mod limits;
pub mod metrics;
pub mod serve;
pub mod session;
pub mod telemetry;
pub mod terminal;
pub mod thinning;
pub mod tls;
pub mod token;
pub mod upkeep;
pub mod version;

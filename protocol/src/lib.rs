//! The vocabulary and every wire format of Weft. No IO, no async, no CRDT.
//!
//! - [`ids`]: identities of documents, writers and sessions
//! - [`lib0`]: varints, strings and byte arrays
//! - [`message`]: the messages of the y-protocols family, decoded and encoded
//! - [`awareness`]: cursors and names on the wire
//! - [`validate`]: what may reach the CRDT
//! - [`merge`]: several updates as fewer ones that say the same
//! - [`websocket`]: frames as the server writes and guards them
//! - [`close`]: close codes and what clients do with them
//! - [`dialect`]: the client families and their framing

pub mod awareness;
pub mod close;
pub mod dialect;
pub mod ids;
pub mod lib0;
pub mod merge;
pub mod message;
pub mod validate;
pub mod websocket;

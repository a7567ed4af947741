//! What tests of the running server share: a real process over a scratch store, its clients, and waiting for conditions.
//!
//! - [`weft`]: the server process: start, stop, kill, restart
//! - [`store`]: where it keeps its documents: SQLite in a folder, or a database of its own in PostgreSQL
//! - [`postgres`]: private PostgreSQL instances
//! - [`proxy`]: a TCP connection between the server and its database that loses replies
//! - [`node`]: a Node script that answers JSON lines
//! - [`socket`]: a WebSocket client that speaks y-protocols frames
//! - [`raw`]: a TCP connection for frames no WebSocket library would send
//! - [`frames`]: y-protocols frames, written independently of the server
//! - [`replica`]: a Yjs document that edits and merges
//! - [`client`]: a socket and the replica that it keeps in step
//! - [`witness`]: two clients whose edits must keep flowing while something else goes wrong
//! - [`http`]: the smallest HTTP client
//! - [`wait`]: conditions with deadlines
//! - [`environment`]: what the caller of the tests has set
//! - [`seed`]: printed seeds for whatever is random

pub mod client;
pub mod environment;
pub mod frames;
pub mod http;
pub mod node;
pub mod postgres;
pub mod proxy;
pub mod raw;
pub mod replica;
pub mod seed;
pub mod socket;
pub mod store;
pub mod token;
pub mod wait;
pub mod weft;
pub mod witness;

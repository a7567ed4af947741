//! Hostile clients: each is stopped with the right code, and nobody else notices.

#[path = "hostile/envelopes.rs"]
mod envelopes;
#[path = "hostile/floods.rs"]
mod floods;
#[path = "hostile/siege.rs"]
mod siege;
#[path = "hostile/transport.rs"]
mod transport;
#[path = "hostile/updates.rs"]
mod updates;

//! The client families and their framing.

pub mod y_websocket;

//! Why a measurement could not be made.

use std::io;

/// Why a measurement could not be made; a slow or lossy server is a figure, not a failure.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The operating system refused something.
    #[error("{doing}: {source}")]
    Io {
        /// What was attempted.
        doing: String,
        /// The system's answer.
        source: io::Error,
    },
    /// The server, or a program needed around it, did not do what the measurement builds on.
    #[error("{0}")]
    Unexpected(String),
}

/// Result of everything that can fail here.
pub type Outcome<T> = Result<T, Failure>;

/// Adds what was attempted to an error of the operating system.
pub trait Doing<T> {
    /// Names the attempt.
    ///
    /// # Errors
    /// The error itself, with `what` in front.
    fn doing(self, what: &str) -> Outcome<T>;
}

impl<T, E: Into<io::Error>> Doing<T> for Result<T, E> {
    fn doing(self, what: &str) -> Outcome<T> {
        self.map_err(|source| Failure::Io { doing: what.to_owned(), source: source.into() })
    }
}

//! Options of the commands that look at what is stored.

use clap::Args;

use super::Database;
use crate::thinning::policy::Policy;

/// What to check.
#[derive(Debug, Clone, Args)]
pub struct Check {
    /// Where documents are stored.
    #[command(flatten)]
    pub database: Database,
    /// Only this document; all of them when left out.
    #[arg(value_name = "DOC")]
    pub document: Option<String>,
}

/// What to thin out.
#[derive(Debug, Clone, Args)]
pub struct Thin {
    /// What is merged: AGE=STEP rules, the youngest first, such as 30d=1m,90d=1h,365d=1d: to a minute what is older than 30 days,
    /// and so on.
    #[arg(value_name = "POLICY", value_parser = policy)]
    pub policy: Policy,
    /// Where documents are stored.
    #[command(flatten)]
    pub database: Database,
    /// Only this document; all of them when left out.
    #[arg(value_name = "DOC")]
    pub document: Option<String>,
}

/// Whose history to show.
#[derive(Debug, Clone, Args)]
pub struct History {
    /// The document's name.
    #[arg(value_name = "DOC")]
    pub document: String,
    /// Where documents are stored.
    #[command(flatten)]
    pub database: Database,
    /// From this moment on: RFC 3339 or Unix milliseconds.
    #[arg(long, value_name = "TIME", allow_negative_numbers = true)]
    pub from: Option<String>,
    /// Up to this moment.
    #[arg(long, value_name = "TIME", allow_negative_numbers = true)]
    pub to: Option<String>,
}

/// What to replay and how.
#[derive(Debug, Clone, Args)]
pub struct Replay {
    /// The document's name.
    #[arg(value_name = "DOC")]
    pub document: String,
    /// Where documents are stored.
    #[command(flatten)]
    pub database: Database,
    /// How many times as fast as it was written; pauses are shortened to two seconds.
    #[arg(long, value_name = "N", default_value_t = 8.0, value_parser = speed)]
    pub speed: f64,
    /// From this moment on: RFC 3339 or Unix milliseconds.
    #[arg(long, value_name = "TIME", allow_negative_numbers = true)]
    pub from: Option<String>,
    /// Up to this moment.
    #[arg(long, value_name = "TIME", allow_negative_numbers = true)]
    pub to: Option<String>,
    /// Where it is written as it plays.
    #[command(flatten)]
    pub onto: Onto,
}

/// A document of a running server.
#[derive(Debug, Clone, Args)]
pub struct Onto {
    /// Write it to this running server as it plays: http://HOST:PORT.
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,
    /// The document's name there; the same when left out.
    #[arg(long = "as", value_name = "DOC", requires = "server")]
    pub name: Option<String>,
    /// A token that may write it.
    #[arg(long, value_name = "JWT", env = "WEFT_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
}

fn speed(text: &str) -> Result<f64, String> {
    let speed = text.parse::<f64>().ok().filter(|speed| speed.is_finite() && (0.01..=1e9).contains(speed));
    speed.ok_or_else(|| format!("{text:?} is no speed: try 1, 8 or 64"))
}

fn policy(text: &str) -> Result<Policy, String> {
    let policy: Policy = text.parse()?;
    if policy.is_none() { Err("a policy has a rule: try 30d=1m".to_owned()) } else { Ok(policy) }
}

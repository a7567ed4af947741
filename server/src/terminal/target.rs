//! Where a replay is written as it plays: a document of a running server.

use std::time::Duration;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use ureq::http::StatusCode;

use crate::config::Onto;
use crate::document::replica::Replica;
use crate::http::documents::ENCODED;

/// No request takes longer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// A server that is busy is asked again, so often and after this.
const TRIES: u32 = 60;
const RETRY_PAUSE: Duration = Duration::from_secs(1);
/// Bytes of an answer that are shown.
const ANSWER_BYTES_MAX: u64 = 2_000;

/// A document that gets every update once it has been played.
#[derive(Debug)]
pub struct Target {
    agent: ureq::Agent,
    url: String,
    token: Option<String>,
    has_begun: bool,
}

impl Target {
    /// Names a document; the one that is played has the name `played`.
    ///
    /// # Errors
    /// What is wrong with the server's address.
    pub fn new(onto: &Onto, played: &str) -> anyhow::Result<Option<Self>> {
        let Some(server) = onto.server.as_deref() else { return Ok(None) };
        if !server.starts_with("http://") && !server.starts_with("https://") {
            bail!("--server: {server:?} is no address of a server: try http://127.0.0.1:8080");
        }
        let name = onto.name.as_deref().unwrap_or(played);
        let name = percent_encoding::utf8_percent_encode(name, ENCODED);
        let url = format!("{}/api/documents/{name}/update", server.trim_end_matches('/'));
        let config =
            ureq::Agent::config_builder().timeout_global(Some(REQUEST_TIMEOUT)).http_status_as_error(false);
        let agent = ureq::Agent::new_with_config(config.build());
        Ok(Some(Self { agent, url, token: onto.token.clone(), has_begun: false }))
    }

    /// Returns when what was played since the last time is committed there; the first time, all that came before it as well.
    ///
    /// # Errors
    /// What the server says.
    pub async fn send(&mut self, played: &Replica, fresh: Vec<Bytes>) -> anyhow::Result<()> {
        let updates = if self.has_begun { fresh } else { vec![played.encode_state()?.into()] };
        self.has_begun = true;
        for update in updates {
            self.post(update).await?;
        }
        Ok(())
    }

    async fn post(&self, update: Bytes) -> anyhow::Result<()> {
        for _ in 0..TRIES {
            let mut request = self.agent.post(&self.url);
            if let Some(token) = &self.token {
                request = request.header("Authorization", format!("Bearer {token}"));
            }
            let update = update.clone();
            let asking = tokio::task::spawn_blocking(move || request.send(&update[..]));
            let mut answer = asking.await?.with_context(|| format!("--server: {}", self.url))?;
            match answer.status() {
                status if status.is_success() => return Ok(()),
                StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
                status => {
                    let body = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
                    let said = body.map(|body| String::from_utf8_lossy(&body).into_owned());
                    bail!("--server: {} answers {status}: {}", self.url, said.unwrap_or_default());
                }
            }
        }
        bail!("--server: {} stays busy", self.url)
    }
}

//! What is looked at again while the server runs: revocations by other processes, keys, the certificate.

use std::sync::Arc;
use std::time::Duration;

use crate::durable::Durable;
use crate::hub::actor::StandingChanged;
use crate::session::actor::Surroundings;
use crate::tls::Certificate;

/// How soon a revocation by another process, a changed key file or a new certificate takes effect.
const PERIOD: Duration = Duration::from_secs(3);

/// Looks at everything until it is dropped.
pub async fn run(around: Surroundings, durable: Durable, certificate: Option<Arc<Certificate>>) {
    let mut period = tokio::time::interval(PERIOD);
    period.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        period.tick().await;
        if let Some(certificate) = certificate.clone() {
            // Two small files, every few seconds, on the thread that does nothing else.
            certificate.refresh();
        }
        if around.access.is_open() {
            continue;
        }
        let mut changed = around.access.refresh(around.clock.now().unix_ms).await;
        changed |= match read_revocations(&around, &durable).await {
            Ok(changed) => changed,
            Err(error) => {
                tracing::warn!(%error, "revocations by other processes are not known, storage is away");
                false
            }
        };
        let standing = StandingChanged(around.access.standing());
        if changed && around.hub.try_send(standing).is_err() {
            tracing::error!("the hub does not answer");
        }
    }
}

/// Reads what was revoked; returns true when it is something else than before.
///
/// # Errors
/// The store's.
pub async fn read_revocations(
    around: &Surroundings,
    durable: &Durable,
) -> Result<bool, weft_storage::StoreError> {
    if around.access.is_open() {
        return Ok(false);
    }
    let now_ms = around.clock.now().unix_ms;
    let revocations = durable.query(move |store| async move { store.revocations(now_ms).await }).await?;
    Ok(around.access.revoked(revocations))
}

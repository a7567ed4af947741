//! Asking documents who is there, without opening any.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use futures_util::future::join_all;
use tokio::time::timeout;
use weft_protocol::ids::DocumentId;

use super::Presence;
use crate::document::actor::DocumentActor;
use crate::document::mail::WhoIsHere;
use crate::hub::actor::{Find, HubActor};

/// A list does not wait longer for documents that are busy; it is shown without the people in them.
const PATIENCE: Duration = Duration::from_millis(200);

impl Handler<WhoIsHere> for DocumentActor {
    type Result = MessageResult<WhoIsHere>;

    fn handle(&mut self, _: WhoIsHere, _: &mut Self::Context) -> Self::Result {
        let now = self.around.clock.now();
        MessageResult(self.core.presence(now))
    }
}

/// Returns who is in those of the documents that are open here and answer soon.
pub async fn ask(hub: &Addr<HubActor>, documents: Vec<DocumentId>) -> HashMap<DocumentId, Arc<Presence>> {
    let open = timeout(PATIENCE, hub.send(Find(documents))).await;
    let Ok(Ok(open)) = open else { return HashMap::new() };
    let asked = open.into_iter().map(async |(id, document)| {
        let answer = timeout(PATIENCE, document.send(WhoIsHere)).await;
        answer.ok()?.ok().map(|presence| (id, presence))
    });
    join_all(asked).await.into_iter().flatten().collect()
}

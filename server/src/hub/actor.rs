//! The actix shell of the hub.

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use tokio::sync::oneshot;
use weft_protocol::close::{Close, CloseCode};
use weft_protocol::ids::{DocumentId, DocumentName};

use super::{Hub, Route};
use crate::access::standing::Standing;
use crate::document::actor::{DocumentActor, Surroundings};
use crate::document::event::Join;
use crate::document::mail::{self, Attach, Everybody};
use crate::limits::Limit;
use crate::session::guard::Intake;
use crate::session::outbox::Outbox;

/// Messages that may wait for the hub.
const MAILBOX_MESSAGES_MAX: usize = 1 << 17;
/// Documents whose sessions are sent away in one go while draining, and the pause before the next.
const DRAIN_BATCH_DOCUMENTS: usize = 200;
const DRAIN_PAUSE: Duration = Duration::from_millis(50);

/// Knows every open document of the process.
pub struct HubActor {
    core: Hub<Addr<DocumentActor>, Open>,
    around: Option<Surroundings>,
    surround: Box<dyn FnOnce(Addr<Self>) -> Surroundings + Send>,
    emptied: Option<oneshot::Sender<()>>,
}

/// A session wants a document.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Open {
    /// Which document.
    pub name: DocumentName,
    /// The session.
    pub join: Join,
    /// What goes out.
    pub outbox: Arc<Outbox>,
    /// What comes in.
    pub intake: Arc<Intake>,
    /// Where a new document runs: beside its first session.
    pub arbiter: ArbiterHandle,
    /// Hears the address, or why there is none.
    pub reply: oneshot::Sender<Result<Addr<DocumentActor>, Close>>,
}

/// A document takes messages.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Opened {
    /// Which document.
    pub id: DocumentId,
    /// Which incarnation of it.
    pub incarnation: u64,
    /// Where to send them.
    pub document: Addr<DocumentActor>,
}

/// A document that nobody uses asks to end.
#[derive(Message)]
#[rtype(result = "bool")]
pub struct AskClose {
    /// Which document.
    pub id: DocumentId,
    /// Which incarnation of it.
    pub incarnation: u64,
    /// Joins it has seen.
    pub joins_seen: u64,
}

/// A document has ended.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Gone {
    /// Which document.
    pub id: DocumentId,
    /// Which incarnation of it.
    pub incarnation: u64,
}

/// A document was deleted: its sessions are told.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Deleted(pub DocumentId);

/// Tokens were revoked or keys withdrawn: every session is looked at.
#[derive(Message)]
#[rtype(result = "()")]
pub struct StandingChanged(pub Arc<Standing>);

/// Asks for those of some documents that are open.
#[derive(Message)]
#[rtype(result = "Vec<(DocumentId, Addr<DocumentActor>)>")]
pub struct Find(pub Vec<DocumentId>);

/// Asks how many documents are open.
#[derive(Message)]
#[rtype(result = "usize")]
pub struct Count;

/// Sends all sessions away; answered when every document has been stored and is gone.
#[derive(Message)]
#[rtype(result = "()")]
pub struct DrainAll {
    /// Fired when the last document is gone.
    pub emptied: oneshot::Sender<()>,
}

impl HubActor {
    /// Makes a hub; `surround` gives documents what they share, once the hub has an address.
    pub fn new(
        documents_max: usize,
        surround: impl FnOnce(Addr<Self>) -> Surroundings + Send + 'static,
    ) -> Self {
        Self { core: Hub::new(documents_max), around: None, surround: Box::new(surround), emptied: None }
    }

    fn route(&mut self, open: Open) {
        let id = DocumentId::of(&open.name);
        let (name, arbiter) = (open.name.clone(), open.arbiter.clone());
        match self.core.route(id, open) {
            Route::To(document, open) => self.attach(id, document, open),
            Route::Start(incarnation) => self.start_document(name, &arbiter, incarnation),
            Route::Waits => {}
            Route::Full(open) => {
                if let Some(around) = &self.around {
                    around.metrics.refused(Limit::OpenDocuments);
                }
                refuse(open, CloseCode::Overloaded, "too many documents are open, try again later")
            }
            Route::Draining(open) => refuse(open, CloseCode::Draining, "the server is restarting, reconnect"),
        }
    }

    /// Starts a document; it says [`Opened`] when its mailbox has its capacity.
    fn start_document(&self, name: DocumentName, arbiter: &ArbiterHandle, incarnation: u64) {
        let around = self.around.clone().expect("the hub has started");
        DocumentActor::start_in_arbiter(arbiter, move |_| DocumentActor::new(name, incarnation, around));
    }

    fn attach(&mut self, id: DocumentId, document: Addr<DocumentActor>, open: Open) {
        let Open { name, join, outbox, intake, arbiter, reply } = open;
        match document.try_send(Attach { join, outbox, intake, reply }) {
            // A session that is gone already is found by the document's sweep.
            Ok(()) => {}
            Err(SendError::Closed(Attach { join, outbox, intake, reply })) => {
                let open = Open { name, join, outbox, intake, arbiter, reply };
                if let Some(open) = self.core.ended(id, open) {
                    self.route(open);
                }
            }
            Err(SendError::Full(Attach { reply, .. })) => {
                tracing::warn!(document = %id, "the document does not take the session");
                let _ = reply.send(Err(Close::new(CloseCode::Overloaded, "the document is busy, reconnect")));
            }
        }
    }

    fn check_emptied(&mut self) {
        if self.core.is_empty()
            && let Some(emptied) = self.emptied.take()
        {
            let _ = emptied.send(());
        }
    }
}

fn refuse(open: Open, code: CloseCode, reason: &str) {
    let _ = open.reply.send(Err(Close::new(code, reason)));
}

impl Actor for HubActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX_MESSAGES_MAX);
        let surround = std::mem::replace(&mut self.surround, Box::new(|_| unreachable!("a hub starts once")));
        self.around = Some(surround(ctx.address()));
    }
}

impl Handler<Open> for HubActor {
    type Result = ();

    fn handle(&mut self, open: Open, _: &mut Self::Context) {
        self.route(open);
    }
}

impl Handler<Opened> for HubActor {
    type Result = ();

    fn handle(&mut self, opened: Opened, _: &mut Self::Context) {
        let Opened { id, incarnation, document } = opened;
        for open in self.core.opened(id, incarnation, document.clone()) {
            self.route(open);
        }
        if self.emptied.is_some() && document.try_send(Everybody::Drain).is_err() {
            tracing::debug!(document = %id, "the document ended while it was to drain");
        }
    }
}

impl Handler<AskClose> for HubActor {
    type Result = bool;

    fn handle(&mut self, ask: AskClose, _: &mut Self::Context) -> bool {
        self.core.ask_close(ask.id, ask.incarnation, ask.joins_seen)
    }
}

impl Handler<Gone> for HubActor {
    type Result = ();

    fn handle(&mut self, gone: Gone, _: &mut Self::Context) {
        for open in self.core.gone(gone.id, gone.incarnation) {
            self.route(open);
        }
        self.check_emptied();
    }
}

impl Handler<Deleted> for HubActor {
    type Result = ();

    fn handle(&mut self, deleted: Deleted, _: &mut Self::Context) {
        if let Some(document) = self.core.find(deleted.0)
            && document.try_send(Everybody::Deleted).is_err()
        {
            tracing::debug!(document = %deleted.0, "the deleted document ended by itself");
        }
    }
}

impl Handler<StandingChanged> for HubActor {
    type Result = ();

    fn handle(&mut self, changed: StandingChanged, _: &mut Self::Context) {
        for document in self.core.open() {
            if document.try_send(mail::StandingChanged(changed.0.clone())).is_err() {
                tracing::debug!("a document ended while access changed");
            }
        }
    }
}

impl Handler<Find> for HubActor {
    type Result = Vec<(DocumentId, Addr<DocumentActor>)>;

    fn handle(&mut self, find: Find, _: &mut Self::Context) -> Self::Result {
        find.0.into_iter().filter_map(|id| Some((id, self.core.find(id)?))).collect()
    }
}

impl Handler<Count> for HubActor {
    type Result = usize;

    fn handle(&mut self, _: Count, _: &mut Self::Context) -> usize {
        self.core.len()
    }
}

impl Handler<DrainAll> for HubActor {
    type Result = ();

    fn handle(&mut self, drain: DrainAll, ctx: &mut Self::Context) {
        self.core.drain();
        self.emptied = Some(drain.emptied);
        let documents: Vec<_> = self.core.open().cloned().collect();
        for (index, batch) in documents.chunks(DRAIN_BATCH_DOCUMENTS).enumerate() {
            let batch = batch.to_vec();
            let pause = DRAIN_PAUSE * u32::try_from(index).unwrap_or(u32::MAX);
            ctx.run_later(pause, move |_, _| {
                for document in &batch {
                    if document.try_send(Everybody::Drain).is_err() {
                        tracing::debug!("a document ended while it was to drain");
                    }
                }
            });
        }
        self.check_emptied();
    }
}

//! The actix shell of a document: messages become events, effects are carried out.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use weft_protocol::close::{Close, CloseCode};
use weft_protocol::ids::{DocumentId, DocumentName, SessionId, WriterId};
use weft_protocol::message::Inbound;
use weft_storage::Append;
use weft_storage::journal::Subscription;

use super::Document;
use super::event::{Backlog, DocumentLimits, Effect, Event, LoadFailure, Now, StopReason};
use super::loading::whole_state;
use super::mail::{Attach, Everybody, Heard, Leave, Receive, Renew, StandingChanged};
use super::signals::{Raised, Signals};
use super::work::Work;
use crate::access::Access;
use crate::clock::Clock;
use crate::durable::Durable;
use crate::hub::actor::{AskClose, Gone, HubActor, Opened};
use crate::metrics::Metrics;
use crate::session::guard::Intake;
use crate::session::outbox::Outbox;

/// Messages that may wait for one document. Sessions stop reading long before, each at its share of memory.
const MAILBOX_MESSAGES_MAX: usize = 1 << 18;
/// How often a document looks at the time.
const TICK: Duration = Duration::from_millis(2_500);

/// What every document of the process shares.
#[derive(Clone)]
pub struct Surroundings {
    /// The way to storage.
    pub durable: Durable,
    /// Where documents are known.
    pub hub: Addr<HubActor>,
    /// Number of this incarnation of the process.
    pub writer: WriterId,
    /// Who may do what.
    pub access: Arc<Access>,
    /// Counts.
    pub metrics: Arc<Metrics>,
    /// Bounds of each document.
    pub limits: DocumentLimits,
    /// Bytes of uncommitted updates in the process above which no document accepts more.
    pub backlog_bytes_max: usize,
    /// Reads the time.
    pub clock: Clock,
}

struct Socket {
    outbox: Arc<Outbox>,
    intake: Arc<Intake>,
}

/// One document.
pub struct DocumentActor {
    pub(super) core: Document,
    id: DocumentId,
    name: DocumentName,
    pub(super) around: Surroundings,
    sockets: HashMap<SessionId, Socket>,
    /// Sockets that were dead at the last tick: their last messages may still be in the mailbox.
    dead: Vec<SessionId>,
    /// The journal refused an update: later ones would leave a hole.
    refused: bool,
    signals: Arc<Signals>,
    subscription: Option<Subscription>,
    span: tracing::Span,
    incarnation: u64,
}

impl DocumentActor {
    /// Makes a document that loads when it starts.
    #[must_use]
    pub fn new(name: DocumentName, incarnation: u64, around: Surroundings) -> Self {
        let id = DocumentId::of(&name);
        let core = Document::new(around.writer, around.limits, around.clock.now());
        let span = tracing::info_span!(parent: None, "document", document = %name);
        let signals = Arc::new(Signals::default());
        Self {
            core,
            id,
            name,
            around,
            sockets: HashMap::new(),
            dead: Vec::new(),
            refused: false,
            signals,
            subscription: None,
            span,
            incarnation,
        }
    }

    fn step(&mut self, event: Event, ctx: &mut Context<Self>) {
        let span = self.span.clone();
        let _entered = span.enter();
        let now = self.around.clock.now();
        let core = &mut self.core;
        match catch_unwind(AssertUnwindSafe(|| core.step(event, now))) {
            Ok(effects) => effects.into_iter().for_each(|effect| self.carry_out(effect, now, ctx)),
            Err(_) => {
                tracing::error!("the document panicked, it is rebuilt from storage");
                ctx.stop();
            }
        }
    }

    fn carry_out(&mut self, effect: Effect, now: Now, ctx: &mut Context<Self>) {
        match effect {
            Effect::Push { session, frames } => {
                if let Some(socket) = self.sockets.get(&session) {
                    socket.outbox.push(frames);
                }
            }
            Effect::Processed { session, cost_bytes } => {
                if let Some(socket) = self.sockets.get(&session) {
                    socket.intake.release(cost_bytes);
                }
            }
            Effect::Refused(limit) => self.around.metrics.refused(limit),
            Effect::Close { session, close } => {
                self.around.metrics.closed(close.code.number());
                if let Some(socket) = self.sockets.remove(&session) {
                    socket.outbox.close(&close);
                }
            }
            Effect::Append { seq, received_at_ms, author, payload } => {
                let (document, name) = (self.id, self.name.clone());
                self.around.metrics.updates.inc();
                self.around.metrics.update_bytes.inc_by(payload.len() as u64);
                self.append(Append { document, name, seq, received_at_ms, author, payload });
            }
            Effect::Work(work) => self.start_work(*work, ctx),
            Effect::SaveSnapshot { state, frontier } => {
                let (durable, snapshot) = (self.around.durable.clone(), (self.id, frontier, state));
                let saving = async move { durable.save_snapshot(snapshot, now.unix_ms).await };
                self.later(saving, Event::SnapshotSaved, ctx);
            }
            Effect::Authors(authors) => {
                let saving = self.around.durable.clone().record_authors(self.id, authors);
                self.later(saving, Event::AuthorsSaved, ctx);
            }
            Effect::FlushSoon => self.signals.flush_soon(),
            Effect::FlushAt { mono_us } => {
                let wait = Duration::from_micros(mono_us.saturating_sub(now.mono_us));
                ctx.run_later(wait, |document, ctx| document.step(Event::Flush, ctx));
            }
            Effect::ExpireAt { unix_ms } => {
                let wait = u64::try_from(unix_ms.saturating_sub(now.unix_ms)).unwrap_or(0);
                ctx.run_later(Duration::from_millis(wait), |document, ctx| document.step(Event::Expire, ctx));
            }
            Effect::AskClose { joins_seen } => self.ask_close(joins_seen, ctx),
            Effect::Stop(reason) => self.stop(&reason, ctx),
        }
    }

    /// Looks at a token again: it may have been revoked between its check and this moment.
    fn check_standing(&mut self, session: SessionId, ctx: &mut Context<Self>) {
        if !self.around.access.is_open() {
            let standing = self.around.access.standing();
            self.step(Event::Standing { session: Some(session), standing }, ctx);
        }
    }

    fn append(&mut self, append: Append) {
        if self.refused {
            return;
        }
        if let Err(refused) = self.around.durable.journal().append(append) {
            self.refused = true;
            // Applied and shown to others but not journaled: the document starts over from what is stored, and its
            // clients, who were never told "saved", bring the update again.
            self.signals.append_failed(refused.to_string());
        }
    }

    fn start_work(&mut self, work: Work, ctx: &mut Context<Self>) {
        let durable = self.around.durable.clone();
        let working = async move { durable.heavy(move || work.run()).await };
        self.later(
            working,
            |worked| match worked {
                Ok(worked) => Event::Worked(Box::new(worked)),
                Err(what) => Event::WorkFailed(what),
            },
            ctx,
        );
    }

    /// Runs a future and steps with what becomes of it.
    fn later<T: 'static>(
        &self,
        future: impl Future<Output = T> + 'static,
        event: impl FnOnce(T) -> Event + 'static,
        ctx: &mut Context<Self>,
    ) {
        let future = tracing::Instrument::instrument(future, self.span.clone());
        ctx.spawn(future.into_actor(self).map(|output, document, ctx| document.step(event(output), ctx)));
    }

    fn load(&self, ctx: &mut Context<Self>) {
        let (durable, id) = (self.around.durable.clone(), self.id);
        let fetching = async move { durable.fetch(id).await };
        let fetching = tracing::Instrument::instrument(fetching, self.span.clone());
        ctx.spawn(fetching.into_actor(self).map(move |fetched, document, ctx| match fetched {
            Err(failure) => document.fail(failure, ctx),
            Ok(stored) => {
                if let Some(state) = whole_state(&stored) {
                    document.step(Event::Fetched(state), ctx);
                }
                let durable = document.around.durable.clone();
                let rebuilding = async move { durable.rebuild(id, stored).await };
                document.later(
                    rebuilding,
                    |rebuilt| match rebuilt {
                        Ok(loaded) => Event::Loaded(Box::new(loaded)),
                        Err(failure) => Event::LoadFailed(failure),
                    },
                    ctx,
                );
            }
        }));
    }

    /// Ends behind the sessions that are joining.
    fn fail(&mut self, failure: LoadFailure, ctx: &mut Context<Self>) {
        if let Err(error) = ctx.address().try_send(Everybody::Unloadable(failure)) {
            self.step(error.into_inner().into(), ctx);
        }
    }

    fn ask_close(&self, joins_seen: u64, ctx: &mut Context<Self>) {
        let asked = self.around.hub.send(AskClose { id: self.id, incarnation: self.incarnation, joins_seen });
        self.later(
            asked,
            |answer| match answer {
                Ok(true) => Event::CloseGranted,
                Ok(false) | Err(_) => Event::CloseDenied,
            },
            ctx,
        );
    }

    fn stop(&self, reason: &StopReason, ctx: &mut Context<Self>) {
        match reason {
            StopReason::Idle | StopReason::Deleted => tracing::debug!(?reason, "document unloaded"),
            StopReason::LoadFailed | StopReason::AppendFailed | StopReason::ReplicaLost => {
                if *reason == StopReason::ReplicaLost {
                    self.around.metrics.replicas_lost.inc();
                }
                tracing::warn!(?reason, "document stopped");
            }
        }
        ctx.stop();
    }

    fn tell_hub<M>(&self, message: M)
    where
        M: actix::Message<Result = ()> + Send + 'static,
        HubActor: Handler<M>,
    {
        if self.around.hub.try_send(message).is_err() {
            tracing::error!("the hub does not answer");
        }
    }

    /// Lets sessions go whose socket ended without a word, one tick later, when their last messages are handled.
    fn sweep(&mut self, ctx: &mut Context<Self>) {
        for session in std::mem::take(&mut self.dead) {
            if self.sockets.remove(&session).is_some() {
                self.step(Event::Leave(session), ctx);
            }
        }
        let dead = self.sockets.iter().filter(|(_, socket)| socket.outbox.is_dead());
        self.dead = dead.map(|(session, _)| *session).collect();
    }
}

impl Actor for DocumentActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX_MESSAGES_MAX);
        let signals = self.signals.clone();
        let listener = Box::new(move |outcome| signals.journal(outcome));
        self.subscription = Some(self.around.durable.journal().subscribe(self.id, listener));
        ctx.add_stream(self.signals.clone().stream());
        ctx.run_interval(TICK, |document, ctx| {
            document.sweep(ctx);
            let storage = document.around.durable.storage_state();
            document.step(Event::Storage(storage), ctx);
            document.step(Event::Tick, ctx);
        });
        let (id, incarnation, document) = (self.id, self.incarnation, ctx.address());
        self.tell_hub(Opened { id, incarnation, document });
        self.load(ctx);
    }
}

impl Drop for DocumentActor {
    fn drop(&mut self) {
        if let Some(subscription) = self.subscription.take() {
            self.around.durable.journal().unsubscribe(subscription);
        }
        for socket in self.sockets.values() {
            socket
                .outbox
                .close(&Close::new(CloseCode::Draining, "the document is being reloaded, reconnect"));
        }
        self.tell_hub(Gone { id: self.id, incarnation: self.incarnation });
    }
}

impl Handler<Attach> for DocumentActor {
    type Result = ();

    fn handle(&mut self, attach: Attach, ctx: &mut Self::Context) {
        let session = attach.join.session;
        self.sockets.insert(session, Socket { outbox: attach.outbox, intake: attach.intake });
        self.step(Event::Join(attach.join), ctx);
        self.check_standing(session, ctx);
        let _ = attach.reply.send(Ok(ctx.address()));
    }
}

impl Handler<Receive> for DocumentActor {
    type Result = ();

    fn handle(&mut self, receive: Receive, ctx: &mut Self::Context) {
        let full = self.around.durable.journal().backlog_bytes() > self.around.backlog_bytes_max;
        let backlog = if full { Backlog::Full } else { Backlog::Open };
        let Receive { session, message, cost_bytes } = receive;
        // Nobody would get the answer, and thousands of requests may wait. Edits are taken in all the same.
        let asks = matches!(message, Inbound::SyncStep1(_) | Inbound::QueryAwareness);
        if asks && self.sockets.get(&session).is_some_and(|socket| socket.outbox.is_closing()) {
            return;
        }
        self.step(Event::Receive { session, message, cost_bytes, backlog }, ctx);
    }
}

impl Handler<Heard> for DocumentActor {
    type Result = ();

    fn handle(&mut self, heard: Heard, ctx: &mut Self::Context) {
        self.step(Event::Pong { session: heard.session, consumed_bytes: heard.consumed_bytes }, ctx);
    }
}

impl Handler<Renew> for DocumentActor {
    type Result = ();

    fn handle(&mut self, renew: Renew, ctx: &mut Self::Context) {
        let session = renew.session;
        self.step(Event::Renewed { session, permit: renew.permit }, ctx);
        self.check_standing(session, ctx);
    }
}

impl Handler<StandingChanged> for DocumentActor {
    type Result = ();

    fn handle(&mut self, changed: StandingChanged, ctx: &mut Self::Context) {
        self.step(Event::Standing { session: None, standing: changed.0 }, ctx);
    }
}

impl Handler<Leave> for DocumentActor {
    type Result = ();

    fn handle(&mut self, leave: Leave, ctx: &mut Self::Context) {
        self.sockets.remove(&leave.0);
        self.step(Event::Leave(leave.0), ctx);
    }
}

impl Handler<Everybody> for DocumentActor {
    type Result = ();

    fn handle(&mut self, everybody: Everybody, ctx: &mut Self::Context) {
        self.step(everybody.into(), ctx);
    }
}

impl StreamHandler<Raised> for DocumentActor {
    fn handle(&mut self, raised: Raised, ctx: &mut Self::Context) {
        let event = match raised {
            Raised::Flush => Event::Flush,
            Raised::Committed(up_to) => Event::Committed(up_to),
            Raised::AppendFailed(why) => Event::AppendFailed(why),
        };
        self.step(event, ctx);
    }
}

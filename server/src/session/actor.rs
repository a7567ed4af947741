//! The actix shell of a session, and the only file that names actix-web-actors.
//!
//! Three measured defects of that crate are handled around it: the guard stream refuses oversized frames by their header
//! and bounds what is read ahead; a socket that has been blocked for long stops the actor, so nothing here depends on timers
//! and `TCP_USER_TIMEOUT` ends dead peers; and frames of the document bypass the actor through the outbox, which the
//! socket drains.

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use actix_http::ws::{Codec, Item};
use actix_web::Error;
use actix_web::error::PayloadError;
use actix_web_actors::ws::{self, WebsocketContext};
use bytes::Bytes;
use futures_util::Stream;
use tokio::sync::oneshot;
use weft_protocol::close::{Close, CloseCode};
use weft_protocol::dialect::y_websocket::AckMode;
use weft_protocol::ids::{DocumentName, SessionId};
use weft_protocol::websocket::FrameRefused;

use super::guard::{Guard, GuardRefused, Intake};
use super::outbox::Outbox;
use super::throttle::{Throttle, ThrottleLimits};
use super::{Incoming, Session, SessionEffect};
use crate::access::{Access, Caller, Denied, Permit};
use crate::clock::Clock;
use crate::document::actor::DocumentActor;
use crate::document::event::Join;
use crate::document::mail::{Heard, Leave, Receive, Renew};
use crate::hub::actor::{HubActor, Open};
use crate::limits::{Limit, Share};
use crate::metrics::Metrics;

/// A socket that came without a token has to send one within this time.
const TOKEN_WAIT: Duration = Duration::from_secs(10);
/// Documents that a session tries to join, when each ends in that moment.
const JOINS_MAX: u8 = 3;

/// Bounds of one session.
#[derive(Debug, Clone, Copy)]
pub struct SessionLimits {
    /// Largest WebSocket frame, and largest message put together from fragments.
    pub frame_bytes_max: usize,
    /// Messages on their way to the document; above it the socket is not read.
    pub in_flight_bytes_max: usize,
    /// How fast it may send.
    pub throttle: ThrottleLimits,
}

/// What a new socket wants.
pub struct Request {
    /// Unique in the process.
    pub session: SessionId,
    /// The document.
    pub name: DocumentName,
    /// How it learns of commits.
    pub ack_mode: AckMode,
    /// What it may do; `None` when its token is still to come.
    pub permit: Option<Permit>,
    /// Its share of its address's and its user's quota.
    pub share: Share,
    /// Bounds.
    pub limits: SessionLimits,
}

/// What every session of the process shares.
#[derive(Clone)]
pub struct Surroundings {
    /// Where documents are known.
    pub hub: Addr<HubActor>,
    /// Who may do what.
    pub access: Arc<Access>,
    /// Reads the time.
    pub clock: Clock,
    /// Counts.
    pub metrics: Arc<Metrics>,
}

/// One socket attached to one document.
pub struct SessionActor {
    core: Session,
    id: SessionId,
    name: DocumentName,
    ack_mode: AckMode,
    permit: Option<Permit>,
    share: Share,
    around: Surroundings,
    document: Option<Addr<DocumentActor>>,
    outbox: Arc<Outbox>,
    intake: Arc<Intake>,
}

/// Makes a session over the bytes that arrive on a socket; the stream it returns has the frames it writes itself, and has
/// to be polled for the session to run.
pub fn start<S>(
    payload: S,
    around: Surroundings,
    wanted: Request,
) -> (impl Stream<Item = Result<Bytes, Error>>, Arc<Outbox>)
where
    S: Stream<Item = Result<Bytes, PayloadError>> + Unpin + 'static,
{
    let outbox = Arc::new(Outbox::default());
    let intake = Arc::new(Intake::new(wanted.limits.in_flight_bytes_max));
    let throttle = Throttle::new(wanted.limits.throttle, around.clock);
    let counted = (throttle, around.metrics.clone());
    let guard = Guard::new(payload, intake.clone(), wanted.limits.frame_bytes_max, counted);
    let codec = Codec::new().max_size(wanted.limits.frame_bytes_max);
    let most = wanted.limits.frame_bytes_max;
    let session = SessionActor {
        core: if wanted.permit.is_some() { Session::new(most) } else { Session::anonymous(most) },
        id: wanted.session,
        name: wanted.name,
        ack_mode: wanted.ack_mode,
        permit: wanted.permit,
        share: wanted.share,
        around,
        document: None,
        outbox: outbox.clone(),
        intake,
    };
    (WebsocketContext::with_codec(session, guard, codec), outbox)
}

impl SessionActor {
    /// Makes the span of a log line. A session rarely has one to write, and a span kept open costs half a kilobyte.
    fn span(&self) -> tracing::Span {
        tracing::info_span!(parent: None, "session", document = %self.name, session = %self.id)
    }

    fn carry_out(&mut self, effect: SessionEffect, ctx: &mut WebsocketContext<Self>) {
        match effect {
            SessionEffect::Forward { message, cost_bytes } => {
                self.intake.charge(cost_bytes);
                self.tell(Receive { session: self.id, message, cost_bytes });
            }
            SessionEffect::Authenticate(token) => self.authenticate(&token, ctx),
            SessionEffect::Pong(payload) => ctx.pong(&payload),
            SessionEffect::Heard(consumed_bytes) => self.tell(Heard { session: self.id, consumed_bytes }),
            SessionEffect::Close(close) => self.close(&close),
            SessionEffect::Stop => {
                self.outbox.close(&Close::new(CloseCode::Normal, ""));
                ctx.stop();
            }
        }
    }

    /// Leaves the document and asks the peer to close; the body of the response ends the socket.
    fn close(&mut self, close: &Close) {
        let (code, reason) = (close.code.number(), &close.reason);
        if close.code.is_final() {
            tracing::info!(parent: &self.span(), code, reason, "session closed");
        } else {
            // Counted; a line for each of a flood of joins would fill the disk.
            tracing::debug!(parent: &self.span(), code, reason, "session closed");
        }
        self.core.closing();
        self.around.metrics.closed(close.code.number());
        self.outbox.refuse(close);
        if let Some(document) = self.document.take() {
            leave(&document, self.id);
        }
    }

    fn tell<M>(&mut self, message: M)
    where
        M: actix::Message<Result = ()> + Send + 'static,
        DocumentActor: Handler<M>,
    {
        let Some(document) = &self.document else { return };
        match document.try_send(message) {
            Ok(()) => {}
            Err(SendError::Closed(_)) => {
                self.close(&Close::new(CloseCode::Draining, "the document was reloaded, reconnect"))
            }
            Err(SendError::Full(_)) => {
                self.close(&Close::new(CloseCode::Overloaded, "the document is busy, reconnect"))
            }
        }
    }

    /// Checks a token; nothing that the session sent after it is looked at before.
    fn authenticate(&self, token: &Bytes, ctx: &mut WebsocketContext<Self>) {
        if self.around.access.is_open() {
            return;
        }
        let (access, now) = (self.around.access.clone(), self.around.clock.now());
        let token = String::from_utf8_lossy(token).into_owned();
        let checking = async move { access.check(Some(&token), now.unix_ms).await };
        let checking = checking.into_actor(self);
        ctx.wait(checking.map(|checked, session, ctx| session.checked(checked, ctx)));
    }

    fn checked(&mut self, checked: Result<Caller, Denied>, ctx: &mut WebsocketContext<Self>) {
        let permit = checked.map_err(|denied| Close::from(&denied)).and_then(|caller| match &self.permit {
            Some(known) if !caller.is_same_person(&known.caller) && known.caller.user().is_some() => {
                Err(Close::from(&Denied::OtherUser))
            }
            _ => caller.permit(&self.name),
        });
        if permit.is_err() {
            self.around.metrics.denied.inc();
        }
        let permit = permit.and_then(|permit| self.counted(permit));
        match permit {
            Err(close) => self.close(&close),
            Ok(permit) if self.core.is_anonymous() => {
                self.permit = Some(permit.clone());
                self.core.authenticated();
                self.join(permit, ctx);
            }
            Ok(permit) => {
                self.permit = Some(permit.clone());
                self.tell(Renew { session: self.id, permit });
            }
        }
    }

    /// Counts the session for its user.
    fn counted(&mut self, permit: Permit) -> Result<Permit, Close> {
        let counted = permit.caller.user().map_or(Ok(()), |user| self.share.of_user(user));
        counted.map(|()| permit).map_err(|(limit, close)| {
            self.around.metrics.refused(limit);
            close
        })
    }

    fn join(&mut self, permit: Permit, ctx: &mut WebsocketContext<Self>) {
        self.join_within(JOINS_MAX, permit, ctx);
    }

    fn join_within(&mut self, joins: u8, permit: Permit, ctx: &mut WebsocketContext<Self>) {
        let (name, ack_mode) = (self.name.clone(), self.ack_mode);
        let (reply, opened) = oneshot::channel();
        let join = Join { session: self.id, ack_mode, permit: permit.clone() };
        let (outbox, intake) = (self.outbox.clone(), self.intake.clone());
        let open = Open { name, join, outbox, intake, arbiter: Arbiter::current(), reply };
        if self.around.hub.try_send(open).is_err() {
            return self.opened(Err(Close::new(CloseCode::Overloaded, "the server is busy, reconnect")));
        }
        let opened = opened.into_actor(self).map(move |opened, session, ctx| match opened {
            Ok(opened) => session.opened(opened),
            // The document ended before it read of this session; the next one says why, or takes it.
            Err(_) if joins > 1 => session.join_within(joins - 1, permit, ctx),
            Err(_) => session.opened(Err(Close::new(CloseCode::Overloaded, "the server is busy, reconnect"))),
        });
        // What a session sends behind its token waits here; without one the gate is shut until it is attached.
        ctx.wait(opened);
    }

    fn opened(&mut self, opened: Result<Addr<DocumentActor>, Close>) {
        match opened {
            Ok(document) if !self.outbox.is_closing() => {
                self.document = Some(document);
                self.core.attached();
                self.intake.open();
            }
            Ok(document) => {
                self.core.closing();
                leave(&document, self.id);
                self.intake.open();
            }
            Err(close) => {
                self.close(&close);
                self.intake.open();
            }
        }
    }

    /// Ends the session: the decoder has lost the frames, and would report so for ever.
    fn broken(&mut self, error: &ws::ProtocolError, ctx: &mut WebsocketContext<Self>) {
        match (self.intake.refused(), error) {
            (Some(GuardRefused::TooFast), _) => {
                self.around.metrics.refused(Limit::Rate);
                let reason =
                    "more messages a second than a session may send, for too long; slow down and reconnect";
                self.close(&Close::new(CloseCode::RateLimited, reason));
            }
            (Some(GuardRefused::Frame(refused @ FrameRefused::TooLarge { .. })), _) => {
                self.around.metrics.refused(Limit::Frame);
                let reason = format!("{refused}; split the change or ask for a higher limit");
                self.close(&Close::new(CloseCode::TooLarge, reason));
            }
            (Some(GuardRefused::Frame(refused @ FrameRefused::Broken(_))), _) => {
                self.close(&Close::new(CloseCode::Malformed, refused.to_string()));
            }
            (None, ws::ProtocolError::Io(error)) if error.kind() != std::io::ErrorKind::InvalidData => {
                tracing::debug!(parent: &self.span(), %error, "socket ended");
            }
            (None, error) => {
                self.close(&Close::new(CloseCode::Malformed, format!("malformed WebSocket frame: {error}")));
            }
        }
        ctx.stop();
    }
}

fn leave(document: &Addr<DocumentActor>, session: SessionId) {
    if document.try_send(Leave(session)).is_err() {
        tracing::debug!(%session, "the document ended before the session");
    }
}

impl Actor for SessionActor {
    type Context = WebsocketContext<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        if let Some(permit) = self.permit.clone() {
            return self.join(permit, ctx);
        }
        self.intake.open();
        ctx.run_later(TOKEN_WAIT, |session, _| {
            if session.core.is_anonymous() {
                session.close(&Close::from(&Denied::Missing));
            }
        });
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        if let Some(document) = self.document.take() {
            leave(&document, self.id);
        }
    }
}

impl StreamHandler<Result<ws::Message, ws::ProtocolError>> for SessionActor {
    fn handle(&mut self, message: Result<ws::Message, ws::ProtocolError>, ctx: &mut Self::Context) {
        self.intake.decoded();
        if self.outbox.is_closing()
            && let Some(document) = self.document.take()
        {
            // Somebody else closed the socket, the outbox itself at the latest: nothing that still arrives matters.
            self.core.closing();
            leave(&document, self.id);
        }
        let incoming = match message {
            Ok(ws::Message::Binary(bytes)) => Incoming::Binary(bytes),
            Ok(ws::Message::Text(_)) => Incoming::Text,
            Ok(ws::Message::Ping(payload)) => Incoming::Ping(payload),
            Ok(ws::Message::Pong(payload)) => Incoming::Pong(payload),
            Ok(ws::Message::Close(_)) => Incoming::Close,
            Ok(ws::Message::Continuation(part)) => match part {
                Item::FirstBinary(bytes) => Incoming::First(bytes),
                Item::FirstText(_) => Incoming::Text,
                Item::Continue(bytes) => Incoming::Next(bytes),
                Item::Last(bytes) => Incoming::Last(bytes),
            },
            Ok(ws::Message::Nop) => return,
            Err(error) => return self.broken(&error, ctx),
        };
        let effects = self.core.receive(incoming);
        self.intake.more_messages(effects.len().saturating_sub(1));
        for effect in effects {
            self.carry_out(effect, ctx);
        }
    }

    fn finished(&mut self, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

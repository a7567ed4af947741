//! What a document's actor is sent.

use std::sync::Arc;

use actix::{Addr, Message};
use tokio::sync::oneshot;
use weft_protocol::close::Close;
use weft_protocol::ids::SessionId;
use weft_protocol::message::Inbound;

use super::actor::DocumentActor;
use super::event::{Event, Join, LoadFailure};
use super::presence::Presence;
use crate::access::Permit;
use crate::access::standing::Standing;
use crate::session::guard::Intake;
use crate::session::outbox::Outbox;

/// A session joins, with what its frames go through.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Attach {
    /// The session.
    pub join: Join,
    /// What goes out.
    pub outbox: Arc<Outbox>,
    /// What comes in.
    pub intake: Arc<Intake>,
    /// Hears the address once the session is in. Dropped unheard when the document ends before it reads this.
    pub reply: oneshot::Sender<Result<Addr<DocumentActor>, Close>>,
}

/// A session sent a message.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Receive {
    /// Who sent it.
    pub session: SessionId,
    /// The message.
    pub message: Inbound,
    /// What it costs until it is handled, in bytes.
    pub cost_bytes: usize,
}

/// A session answered a ping.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Heard {
    /// Who answered.
    pub session: SessionId,
    /// What it had consumed, in bytes.
    pub consumed_bytes: Option<u64>,
}

/// A session showed a fresh token.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Renew {
    /// Which session.
    pub session: SessionId,
    /// What it may do from now on.
    pub permit: Permit,
}

/// Tokens were revoked or keys withdrawn.
#[derive(Message)]
#[rtype(result = "()")]
pub struct StandingChanged(pub Arc<Standing>);

/// A session is gone.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Leave(pub SessionId);

/// Asks who is here.
#[derive(Message)]
#[rtype(result = "Arc<Presence>")]
pub struct WhoIsHere;

/// What concerns everybody in the document.
#[derive(Message)]
#[rtype(result = "()")]
pub enum Everybody {
    /// They are told something.
    Announce(serde_json::Value),
    /// The document was deleted.
    Deleted,
    /// The process drains.
    Drain,
    /// The document cannot be loaded. It tells itself, behind the sessions that are joining: they hear why.
    Unloadable(LoadFailure),
}

impl From<Everybody> for Event {
    fn from(everybody: Everybody) -> Self {
        match everybody {
            Everybody::Announce(notice) => Event::Announce(notice),
            Everybody::Deleted => Event::Deleted,
            Everybody::Drain => Event::Drain,
            Everybody::Unloadable(failure) => Event::LoadFailed(failure),
        }
    }
}

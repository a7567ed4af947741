//! Who is who: what their tokens say of the people whose awareness is here.
//!
//! Awareness is a stranger's word, relayed as it came. The document knows which session owns which client id and what its
//! token says; those who ask for notices are told by `{"people":{"<client id>":{"user":...,"name":...}}}`, everybody when they join and
//! what changed in front of the awareness that it belongs to. `null` takes back what was told of a client id.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Serialize;
use weft_protocol::dialect::y_websocket::{self, AckMode};
use weft_protocol::ids::{ClientId, SessionId};
use weft_protocol::message::Outbound;

use super::Document;
use super::event::Now;
use super::presence::clean_name;
use crate::access::Caller;

/// Client ids of one session that are vouched for: a page has one.
const PER_SESSION_MAX: usize = 4;
/// Client ids of one document that are vouched for; of what comes behind them only awareness tells.
const PER_DOCUMENT_MAX: usize = 2_048;

/// What a token says of its bearer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Voucher {
    /// The authenticated user.
    pub user: Option<String>,
    /// What they are called, fit to be shown.
    pub name: Option<String>,
}

impl Voucher {
    /// Returns what is known of a caller, if anything is.
    #[must_use]
    pub fn of(caller: &Caller) -> Option<Self> {
        let name = caller.name().map(clean_name).filter(|name| !name.is_empty());
        let user = caller.user().map(str::to_owned);
        (user.is_some() || name.is_some()).then_some(Self { user, name })
    }
}

/// What was told.
#[derive(Debug, Default)]
pub(super) struct Vouched {
    clients: BTreeMap<ClientId, Voucher>,
    /// All of it as one notice, made for the first who joins.
    frame: Option<Bytes>,
}

impl Vouched {
    /// Takes what is known of a client id now; returns whether that is new.
    fn set(&mut self, client: ClientId, voucher: Option<Voucher>) -> bool {
        let known = self.clients.get(&client);
        if known == voucher.as_ref() || (known.is_none() && self.clients.len() >= PER_DOCUMENT_MAX) {
            return false;
        }
        self.frame = None;
        match voucher {
            Some(voucher) => self.clients.insert(client, voucher),
            None => self.clients.remove(&client),
        };
        true
    }
}

impl Document {
    /// Tells a session that joins who is who.
    pub(super) fn greet_people(&mut self, session: SessionId, now: Now) {
        // Awareness that waits for a flush is shown to who joins already.
        self.tell_people(now);
        let asks = self.members.get(&session).is_some_and(|member| member.ack_mode == AckMode::Count);
        if !asks || self.vouched.clients.is_empty() {
            return;
        }
        let all = &self.vouched.clients;
        let frame = self.vouched.frame.get_or_insert_with(|| notice(all.iter())).clone();
        self.push(session, frame, now);
    }

    /// Tells everybody of whom else the awareness is that goes out next.
    pub(super) fn tell_people(&mut self, now: Now) {
        let changed: Vec<_> = self.fan_out.changed().collect();
        let mut news = BTreeMap::new();
        for client in changed {
            let voucher = self.voucher(client);
            if self.vouched.set(client, voucher.clone()) {
                news.insert(client, voucher);
            }
        }
        if news.is_empty() {
            return;
        }
        let frame = notice(news.iter());
        let asks = self.members.iter().filter(|(_, member)| member.ack_mode == AckMode::Count);
        let sessions: Vec<_> = asks.map(|(session, _)| *session).collect();
        sessions.into_iter().for_each(|session| self.push(session, frame.clone(), now));
    }

    fn voucher(&self, client: ClientId) -> Option<Voucher> {
        let (owner, _) = self.awareness.announced(client)?;
        let member = self.members.get(&owner)?;
        let is_vouched = member.clients.iter().take(PER_SESSION_MAX).any(|owned| *owned == client);
        if is_vouched { Voucher::of(&member.permit.caller) } else { None }
    }
}

fn notice<V: Serialize>(people: impl Iterator<Item = (impl Serialize + ToString, V)>) -> Bytes {
    let people: BTreeMap<_, _> = people.map(|(client, voucher)| (client.to_string(), voucher)).collect();
    let text = serde_json::to_string(&BTreeMap::from([("people", people)]));
    y_websocket::frame(Outbound::Notice(&text.expect("texts as keys and values")))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use weft_protocol::awareness::{Entry, GONE, encode};
    use weft_protocol::ids::WriterId;
    use weft_protocol::message::Inbound;
    use weft_protocol::websocket::take_frame;

    use super::super::event::{Backlog, DocumentLimits, Effect, Event, Join, Loaded};
    use super::super::replica::Replica;
    use super::*;
    use crate::access::Permit;
    use crate::access::claims::{Claims, Grant, Role};

    const ADA: SessionId = SessionId(1);
    const BOB: SessionId = SessionId(2);

    fn bearer(sub: Option<&str>, name: Option<&str>) -> Permit {
        let claims = Claims { sub: sub.map(Into::into), name: name.map(Into::into), ..Claims::default() };
        let grant = Grant::new(claims, 0).expect("short texts");
        Permit { caller: Caller::Bearer(Arc::new(grant)), role: Role::Read }
    }

    fn loaded() -> Document {
        let mut document = Document::new(WriterId(1), DocumentLimits::default(), Now::default());
        document.step(Event::Loaded(Box::new(Loaded::fresh(Replica::new()))), Now::default());
        document
    }

    fn join(document: &mut Document, session: SessionId, permit: Permit, ack_mode: AckMode) -> Vec<Effect> {
        document.step(Event::Join(Join { session, ack_mode, permit }), Now::default())
    }

    /// Says something of client ids, and returns what everybody is told by the flush after it.
    fn say(document: &mut Document, session: SessionId, states: &[(ClientId, u64, &str)]) -> Vec<Effect> {
        let entries =
            states.iter().map(|(client, clock, json)| Entry { client: *client, clock: *clock, json });
        let message = Inbound::Awareness(encode(states.len(), entries).into());
        let event = Event::Receive { session, message, cost_bytes: 1, backlog: Backlog::Open };
        document.step(event, Now::default());
        document.step(Event::Flush, Now::default())
    }

    /// What one session is told: notices of people as they are, awareness as a word.
    fn told(effects: &[Effect], to: SessionId) -> Vec<String> {
        let mut told = Vec::new();
        for effect in effects {
            let Effect::Push { session, frames } = effect else { continue };
            let mut frames = frames.clone();
            while *session == to
                && let Some((_, payload)) = take_frame(&mut frames)
            {
                match Outbound::decode(&payload) {
                    Ok(Outbound::Notice(text)) if text.contains("people") => told.push(text.to_owned()),
                    Ok(Outbound::Awareness(_)) => told.push("awareness".to_owned()),
                    _ => {}
                }
            }
        }
        told
    }

    /// [A6]
    #[test]
    fn who_a_token_names_is_told_in_front_of_their_awareness() {
        let mut document = loaded();
        join(&mut document, ADA, bearer(Some("ada"), Some("Ada \u{202e}Lovelace")), AckMode::Echo);
        join(&mut document, BOB, bearer(None, None), AckMode::Count);
        let flush = say(&mut document, ADA, &[(7, 1, r#"{"user":{"name":"Merry Lynx"}}"#)]);
        let ada = r#"{"people":{"7":{"user":"ada","name":"Ada Lovelace"}}}"#;
        assert_eq!(told(&flush, BOB), [ada, "awareness"]);
        assert_eq!(told(&flush, ADA), ["awareness"], "no notices for who did not ask for them");
        assert_eq!(told(&say(&mut document, ADA, &[(7, 2, "{}")]), BOB), ["awareness"], "once");
        assert_eq!(told(&say(&mut document, BOB, &[(8, 1, "{}")]), BOB), ["awareness"], "nobody vouches");
        let greeting = join(&mut document, SessionId(3), Permit::open(), AckMode::Count);
        assert_eq!(told(&greeting, SessionId(3)), [ada, "awareness"]);
    }

    /// [A6]
    #[test]
    fn what_was_told_is_taken_back_when_its_client_is_gone_or_somebody_elses() {
        let mut document = loaded();
        join(&mut document, ADA, bearer(Some("ada"), None), AckMode::Count);
        join(&mut document, BOB, bearer(None, None), AckMode::Count);
        let flush = say(&mut document, ADA, &[(7, 1, "{}")]);
        assert_eq!(told(&flush, BOB), [r#"{"people":{"7":{"user":"ada","name":null}}}"#, "awareness"]);
        // Gone and back under another's session before anybody was told.
        document.step(Event::Leave(ADA), Now::default());
        let flush = say(&mut document, BOB, &[(7, 2, "{}")]);
        assert_eq!(told(&flush, BOB), [r#"{"people":{"7":null}}"#, "awareness"]);
        join(&mut document, ADA, bearer(Some("ada"), None), AckMode::Count);
        say(&mut document, ADA, &[(9, 1, "{}")]);
        let flush = say(&mut document, ADA, &[(9, 1, GONE)]);
        assert_eq!(told(&flush, BOB), [r#"{"people":{"9":null}}"#, "awareness"]);
    }

    /// [A6] [X3]
    #[test]
    fn a_fresh_token_with_another_name_is_told() {
        let mut document = loaded();
        join(&mut document, ADA, bearer(Some("ada"), Some("Ada")), AckMode::Count);
        say(&mut document, ADA, &[(7, 1, "{}")]);
        let permit = bearer(Some("ada"), Some("Ada King"));
        document.step(Event::Renewed { session: ADA, permit }, Now::default());
        let flush = document.step(Event::Flush, Now::default());
        assert_eq!(told(&flush, ADA)[0], r#"{"people":{"7":{"user":"ada","name":"Ada King"}}}"#);
    }

    /// [A6]
    #[test]
    fn one_session_cannot_have_others_told_without_end() {
        let mut document = loaded();
        for session in 1..=600 {
            let session = SessionId(session);
            join(&mut document, session, bearer(Some("eve"), None), AckMode::Echo);
            let states: Vec<_> = (0..8).map(|n| (session.0 * 100 + n, 1, "{}")).collect();
            say(&mut document, session, &states);
            let of_session = document.vouched.clients.range(session.0 * 100..).count();
            assert!(of_session <= PER_SESSION_MAX, "{of_session}");
        }
        assert_eq!(document.vouched.clients.len(), PER_DOCUMENT_MAX);
    }
}

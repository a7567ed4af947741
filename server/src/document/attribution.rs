//! Who stands behind client ids.
//!
//! A client id belongs to the user whose update first brought it into the document: whoever writes under it later, pretending
//! to be them, changes nothing. What the person is called comes from their token, or, as their colour does, from the awareness
//! that they announced themselves. Rows are stored a tick later and together, away from the path of edits.

use std::collections::VecDeque;

use bytes::Bytes;
use serde::Deserialize;
use weft_protocol::ids::{ClientId, SessionId};

use super::event::{Author, Effect, Now};
use super::{Document, Slot};

/// Client ids that wait to be stored, and that wait for a name; later ones are not told.
const NOTED_MAX: usize = 4_096;
const UNNAMED_MAX: usize = 256;
/// Client ids of one document told by one process.
const TOLD_MAX: u32 = 20_000;
/// Rows stored at once.
const ROWS_MAX: usize = 256;
/// A client id is looked at so often for a name, once a tick.
const LOOKS_MAX: u32 = 24;
/// Longest name that is kept, in characters.
const NAME_CHARS_MAX: usize = 100;

/// A client id and who first used it.
#[derive(Debug, Clone)]
struct Noted {
    session: Option<SessionId>,
    author: Author,
    looks: u32,
}

/// What of a document's people is to be stored.
#[derive(Debug, Default)]
pub struct Attribution {
    noted: VecDeque<Noted>,
    unnamed: VecDeque<Noted>,
    /// Rows on their way to storage.
    saving: Vec<Author>,
    /// Storage did not take rows: they are tried again with the next tick and not before.
    is_resting: bool,
    told: u32,
}

impl Attribution {
    /// Returns whether something is to be stored or on its way.
    pub fn is_busy(&self) -> bool {
        !self.noted.is_empty() || !self.saving.is_empty()
    }

    /// Notes who brought a client id.
    pub fn note(&mut self, session: Option<SessionId>, author: Author) {
        if self.noted.len() < NOTED_MAX && self.told < TOLD_MAX {
            self.told += 1;
            self.noted.push_back(Noted { session, author, looks: 0 });
        }
    }

    fn wait_for_name(&mut self, mut noted: Noted) {
        noted.looks += 1;
        if noted.looks < LOOKS_MAX && noted.session.is_some() && self.unnamed.len() < UNNAMED_MAX {
            self.unnamed.push_back(noted);
        }
    }
}

/// What people say of themselves.
#[derive(Debug, Default, Deserialize)]
struct Announced {
    #[serde(default)]
    user: Introduction,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Introduction {
    name: serde_json::Value,
    color: serde_json::Value,
}

impl Document {
    /// Notes the client ids that an accepted update brought.
    pub(super) fn note_authors(&mut self, session: SessionId, payload: &Bytes, now: Now) {
        let Slot::Here(replica) = &mut self.slot else { return };
        let newcomers = replica.newcomers_in(payload);
        if newcomers.is_empty() {
            return;
        }
        let caller = self.members.get(&session).map(|member| &member.permit.caller);
        let user = caller.and_then(|caller| caller.user()).map(str::to_owned);
        let name = caller.and_then(|caller| caller.name()).map(shortened).unwrap_or_default();
        for client in newcomers {
            let (user, name) = (user.clone(), name.clone());
            let author = Author { client, user, name, color: String::new(), first_seen_ms: now.unix_ms };
            self.attribution.note(Some(session), author);
        }
    }

    /// A tick has passed.
    pub(super) fn tick_authors(&mut self) {
        self.attribution.is_resting = false;
        self.save_authors();
    }

    /// Sends what was noted to storage, a batch at a time.
    pub(super) fn save_authors(&mut self) {
        if !self.attribution.saving.is_empty() || self.attribution.is_resting {
            return;
        }
        let attribution = &mut self.attribution;
        let waited = std::mem::take(&mut attribution.unnamed);
        let fresh = attribution.noted.len().min(ROWS_MAX);
        let fresh: Vec<_> = attribution.noted.drain(..fresh).collect();
        for mut noted in waited.into_iter().chain(fresh) {
            let was_known = noted.looks > 0;
            let is_named = self.introduce(&mut noted);
            if (is_named || !was_known) && !noted.author.is_nobody() {
                self.attribution.saving.push(noted.author.clone());
            }
            if !is_named {
                self.attribution.wait_for_name(noted);
            }
        }
        if !self.attribution.saving.is_empty() {
            self.effects.push(Effect::Authors(self.attribution.saving.clone()));
        }
    }

    /// Adds the name and the colour that a client id's own session announced; returns whether it has.
    fn introduce(&self, noted: &mut Noted) -> bool {
        let announced = self.awareness.announced(noted.author.client);
        let Some((_, json)) = announced.filter(|(owner, _)| noted.session == Some(*owner)) else {
            return false;
        };
        let Announced { user: Introduction { name, color } } = serde_json::from_str(json).unwrap_or_default();
        let author = &mut noted.author;
        if author.name.is_empty() {
            author.name = name.as_str().map(shortened).unwrap_or_default();
        }
        author.color = color.as_str().filter(|color| is_color(color)).unwrap_or_default().to_owned();
        !author.name.is_empty()
    }

    /// Rows are stored, or why not.
    pub(super) fn authors_saved(&mut self, saved: Result<(), AuthorsLost>, now: Now) {
        let rows = std::mem::take(&mut self.attribution.saving);
        if saved == Err(AuthorsLost::ForNow) {
            let again = rows.into_iter().map(|author| Noted { session: None, author, looks: 0 });
            self.attribution.noted.extend(again);
            self.attribution.is_resting = true;
            return;
        }
        if self.draining || self.members.is_empty() {
            self.consider_closing(now);
        }
    }
}

/// Why rows were not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthorsLost {
    /// Storage is away.
    ForNow,
    /// Storage will never take them.
    ForGood,
}

impl Author {
    fn is_nobody(&self) -> bool {
        self.user.is_none() && self.name.is_empty()
    }
}

fn shortened(name: &str) -> String {
    name.trim().chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect()
}

/// Only what cannot be anything else: #rgb or #rrggbb.
fn is_color(text: &str) -> bool {
    let digits = text.strip_prefix('#').unwrap_or_default();
    [3, 6].contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Makes an author of whoever stored an update.
pub(super) fn stored_author(client: ClientId, user: Option<&str>, first_seen_ms: i64) -> Option<Author> {
    let user = user?.to_owned();
    Some(Author { client, user: Some(user), name: String::new(), color: String::new(), first_seen_ms })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [T6]
    #[test]
    fn names_and_colours_of_strangers_are_bounded() {
        assert_eq!(shortened(&format!(" a\u{7}b{} ", "x".repeat(500))).chars().count(), NAME_CHARS_MAX);
        assert!(is_color("#2563eb") && is_color("#fff"));
        for color in ["red", "#12345", "#gggggg", "#fff;background:url(x)", "", "#"] {
            assert!(!is_color(color), "{color}");
        }
    }

    /// [T6]
    #[test]
    fn who_makes_up_client_ids_fills_no_memory() {
        let mut attribution = Attribution::default();
        for client in 0..100_000 {
            let author = stored_author(client, Some("eve"), 1).expect("a user");
            attribution.note(Some(SessionId(1)), author.clone());
            attribution.wait_for_name(Noted { session: Some(SessionId(1)), author, looks: 0 });
        }
        assert_eq!((attribution.noted.len(), attribution.unnamed.len()), (NOTED_MAX, UNNAMED_MAX));
        for _ in 0..10 {
            attribution.noted.clear();
            (0..NOTED_MAX as u64).for_each(|client| {
                attribution.note(None, stored_author(client, Some("eve"), 1).expect("a user"));
            });
        }
        assert_eq!(attribution.told, TOLD_MAX);
    }
}

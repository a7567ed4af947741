//! Who is here: the newest awareness entry of every client id, never stored.
//!
//! A client id belongs to the session that announced it first; others cannot change or remove it. One exception: a
//! session of the same user with a newer clock takes it over, because after a change of network the old socket may
//! linger for a minute. Removed ids leave their clock behind, so that a returning client, which stock receivers would
//! ignore at an unchanged clock, is told that it was removed and answers with a newer one.

use std::collections::BTreeMap;

use weft_protocol::awareness::{Entry, GONE, Refused, decode, encode};
use weft_protocol::ids::{ClientId, SessionId};

/// Clocks of removed client ids kept for returning clients.
const TOMBSTONES_MAX: usize = 1_024;

#[derive(Debug)]
struct Known {
    clock: u64,
    /// `None` once the client is gone.
    present: Option<Present>,
}

#[derive(Debug)]
struct Present {
    owner: SessionId,
    json: Box<str>,
}

/// The awareness of one document.
#[derive(Debug, Default)]
pub struct Awareness {
    known: BTreeMap<ClientId, Known>,
    tombstones: usize,
}

/// What a session's awareness update came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Client ids whose entry changed; everybody is told.
    pub changed: Vec<ClientId>,
    /// Client ids the session owns from now on.
    pub gained: Vec<ClientId>,
    /// Client ids taken from another session.
    pub taken: Vec<(ClientId, SessionId)>,
    /// Client ids that came back at the clock they were removed at: the sender must hear of the removal.
    pub stale: Vec<ClientId>,
}

/// What the document knows of two sessions and how many ids one may have.
pub trait Ownership {
    /// Returns true when both sessions belong to the same user.
    fn same_user(&self, one: SessionId, other: SessionId) -> bool;
    /// Returns true when the session may own one more client id besides the `gained` new ones.
    fn may_own_more(&self, session: SessionId, gained: usize) -> bool;
}

impl Awareness {
    /// Takes an awareness update from a session.
    ///
    /// # Errors
    /// [`Refused`] for malformed bytes; entries before the bad one have taken effect.
    pub fn hear(
        &mut self,
        session: SessionId,
        bytes: &[u8],
        ownership: &impl Ownership,
    ) -> Result<Heard, Refused> {
        let mut heard = Heard::default();
        decode(bytes, |entry| self.hear_entry(session, entry, ownership, &mut heard))?;
        Ok(heard)
    }

    fn hear_entry(
        &mut self,
        session: SessionId,
        entry: Entry<'_>,
        ownership: &impl Ownership,
        heard: &mut Heard,
    ) {
        let gone = entry.json == GONE;
        let Some(known) = self.known.get_mut(&entry.client) else {
            if !gone && ownership.may_own_more(session, heard.gained.len()) {
                self.known
                    .insert(entry.client, Known { clock: entry.clock, present: present(session, entry) });
                heard.changed.push(entry.client);
                heard.gained.push(entry.client);
            }
            return;
        };
        match &mut known.present {
            None if gone => {}
            None if entry.clock <= known.clock => heard.stale.push(entry.client),
            None => {
                if !ownership.may_own_more(session, heard.gained.len()) {
                    return;
                }
                *known = Known { clock: entry.clock, present: present(session, entry) };
                self.tombstones -= 1;
                heard.changed.push(entry.client);
                heard.gained.push(entry.client);
            }
            Some(now) if now.owner == session => {
                if entry.clock > known.clock || (gone && entry.clock == known.clock) {
                    known.clock = entry.clock;
                    heard.changed.push(entry.client);
                    if gone {
                        known.present = None;
                        self.bury();
                    } else {
                        now.json = entry.json.into();
                    }
                }
            }
            Some(now) => {
                let newer = entry.clock > known.clock && !gone;
                if newer
                    && ownership.same_user(now.owner, session)
                    && ownership.may_own_more(session, heard.gained.len())
                {
                    heard.taken.push((entry.client, now.owner));
                    *known = Known { clock: entry.clock, present: present(session, entry) };
                    heard.changed.push(entry.client);
                    heard.gained.push(entry.client);
                }
            }
        }
    }

    /// Returns what was announced for a client id, and by whom.
    #[must_use]
    pub fn announced(&self, client: ClientId) -> Option<(SessionId, &str)> {
        let present = self.known.get(&client)?.present.as_ref()?;
        Some((present.owner, &present.json))
    }

    /// Removes the entries of client ids that `session` owned; returns those that changed.
    pub fn forget(&mut self, session: SessionId, clients: &[ClientId]) -> Vec<ClientId> {
        let mut changed = Vec::new();
        for client in clients {
            if let Some(known) = self.known.get_mut(client)
                && known.present.as_ref().is_some_and(|present| present.owner == session)
            {
                known.present = None;
                changed.push(*client);
            }
        }
        for _ in &changed {
            self.bury();
        }
        changed
    }

    /// Encodes the entries of some client ids; removed ones as gone.
    pub fn encode_some<'a>(&'a self, clients: impl ExactSizeIterator<Item = &'a ClientId>) -> Vec<u8> {
        let entries: Vec<_> =
            clients.filter_map(|client| Some(entry(*client, self.known.get(client)?))).collect();
        encode(entries.len(), entries.into_iter())
    }

    /// Returns what everybody present says, and in which session.
    pub fn present(&self) -> impl Iterator<Item = (SessionId, &str)> {
        self.known.values().filter_map(|known| known.present.as_ref()).map(|now| (now.owner, &*now.json))
    }

    /// Encodes everybody present; `None` when nobody is.
    #[must_use]
    pub fn encode_all(&self) -> Option<Vec<u8>> {
        let present = self.known.iter().filter(|(_, known)| known.present.is_some());
        let entries: Vec<_> = present.map(|(client, known)| entry(*client, known)).collect();
        (!entries.is_empty()).then(|| encode(entries.len(), entries.into_iter()))
    }

    /// Encodes everybody present and everybody removed whose clock is still known, for a session that may have missed
    /// both; `None` when there is nobody.
    #[must_use]
    pub fn encode_all_and_removed(&self) -> Option<Vec<u8>> {
        let entries = self.known.iter().map(|(client, known)| entry(*client, known));
        (!self.known.is_empty()).then(|| encode(self.known.len(), entries))
    }

    /// Counts a tombstone and drops some of the oldest ids' when there are too many.
    fn bury(&mut self) {
        self.tombstones += 1;
        if self.tombstones > TOMBSTONES_MAX {
            let mut drop = TOMBSTONES_MAX / 2;
            self.known.retain(|_, known| {
                let stays = known.present.is_some() || drop == 0;
                drop -= usize::from(!stays);
                stays
            });
            self.tombstones -= TOMBSTONES_MAX / 2;
        }
    }
}

fn present(owner: SessionId, entry: Entry<'_>) -> Option<Present> {
    Some(Present { owner, json: entry.json.into() })
}

fn entry(client: ClientId, known: &Known) -> Entry<'_> {
    Entry { client, clock: known.clock, json: known.present.as_ref().map_or(GONE, |present| &present.json) }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Rules {
        same_user: bool,
    }

    impl Ownership for Rules {
        fn same_user(&self, _: SessionId, _: SessionId) -> bool {
            self.same_user
        }
        fn may_own_more(&self, _: SessionId, gained: usize) -> bool {
            gained < 2
        }
    }

    const STRANGERS: Rules = Rules { same_user: false };
    const ADA: SessionId = SessionId(1);
    const BOB: SessionId = SessionId(2);

    fn say(client: ClientId, clock: u64, json: &str) -> Vec<u8> {
        encode(1, [Entry { client, clock, json }].into_iter())
    }

    /// [A2]
    #[test]
    fn nobody_else_changes_or_removes_an_entry() {
        let mut awareness = Awareness::default();
        assert_eq!(awareness.hear(ADA, &say(7, 1, "{}"), &STRANGERS).expect("legal").gained, [7]);
        for forged in [say(7, 9, "{\"user\":1}"), say(7, 1, GONE), say(7, 9, GONE)] {
            assert_eq!(awareness.hear(BOB, &forged, &STRANGERS).expect("legal"), Heard::default());
        }
        assert_eq!(awareness.forget(BOB, &[7]), Vec::<u64>::new());
        assert_eq!(awareness.forget(ADA, &[7]), [7]);
        assert_eq!(awareness.encode_all(), None);
    }

    /// [A2]
    #[test]
    fn the_same_user_takes_its_id_along_to_a_new_socket() {
        let mut awareness = Awareness::default();
        let rules = Rules { same_user: true };
        awareness.hear(ADA, &say(7, 1, "{}"), &rules).expect("legal");
        assert_eq!(awareness.hear(BOB, &say(7, 1, "{}"), &rules).expect("legal"), Heard::default());
        assert_eq!(awareness.hear(BOB, &say(7, 2, "{}"), &rules).expect("legal").taken, [(7, ADA)]);
        assert_eq!(awareness.forget(ADA, &[7]), Vec::<u64>::new());
    }

    /// [A5]
    #[test]
    fn a_client_that_returns_at_its_old_clock_is_told_that_it_was_removed() {
        let mut awareness = Awareness::default();
        awareness.hear(ADA, &say(7, 5, "{}"), &STRANGERS).expect("legal");
        awareness.forget(ADA, &[7]);
        assert_eq!(awareness.hear(BOB, &say(7, 5, "{}"), &STRANGERS).expect("legal").stale, [7]);
        assert_eq!(awareness.encode_some([7].iter()), say(7, 5, GONE));
        assert_eq!(awareness.hear(BOB, &say(7, 6, "{}"), &STRANGERS).expect("legal").changed, [7]);
    }

    /// [A4]
    #[test]
    fn one_session_owns_only_so_many_ids() {
        let mut awareness = Awareness::default();
        let many = encode(3, (1..=3).map(|client| Entry { client, clock: 1, json: "{}" }));
        assert_eq!(awareness.hear(ADA, &many, &STRANGERS).expect("legal").gained, [1, 2]);
    }

    /// [A4]
    #[test]
    fn tombstones_are_bounded() {
        let mut awareness = Awareness::default();
        for client in 0..5_000 {
            awareness.hear(ADA, &say(client, 1, "{}"), &STRANGERS).expect("legal");
            awareness.forget(ADA, &[client]);
        }
        assert!(awareness.known.len() <= TOMBSTONES_MAX);
        assert_eq!(awareness.tombstones, awareness.known.len());
    }
}

//! Who stands behind updates: by the authenticated user where there is one, else by the client id.

use std::collections::HashMap;

use weft_protocol::ids::ClientId;
use weft_protocol::validate::{Limits, parse};
use weft_storage::{AuthorRow, StoredUpdate};

/// Updates larger than this are not read for their client id.
const READ_BYTES_MAX: usize = 256 << 10;

/// A person as the API shows one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Person {
    /// The authenticated user.
    pub user: Option<String>,
    /// What they are called; empty if nobody knows.
    pub name: String,
    /// Their colour; empty if nobody knows.
    pub color: String,
}

/// Everybody who wrote to a document.
#[derive(Debug, Default)]
pub struct People {
    clients: HashMap<ClientId, Person>,
    users: HashMap<String, Person>,
}

impl People {
    /// Reads the rows; of a user's names and colours the one seen last counts.
    #[must_use]
    pub fn of(mut rows: Vec<AuthorRow>) -> Self {
        rows.sort_by_key(|row| row.first_seen_ms);
        let mut people = Self::default();
        for AuthorRow { client_id, user_id, name, color, .. } in rows {
            let person = Person { user: user_id.clone(), name, color };
            if let Some(user) = user_id {
                let known = people.users.entry(user).or_default();
                if known.name.is_empty() || !person.name.is_empty() {
                    *known = person.clone();
                }
            }
            people.clients.insert(client_id, person);
        }
        people
    }

    /// Returns who an authenticated user is.
    #[must_use]
    pub fn user(&self, user: &str) -> Person {
        let unknown = || Person { user: Some(user.to_owned()), name: user.to_owned(), color: String::new() };
        self.users.get(user).filter(|person| !person.name.is_empty()).cloned().unwrap_or_else(unknown)
    }

    /// Returns who wrote an update. What it says of its author counts only where nobody was authenticated.
    #[must_use]
    pub fn author(&self, update: &StoredUpdate) -> Person {
        if let Some(user) = &update.author {
            return self.user(user);
        }
        let client = first_client(&update.payload);
        client.and_then(|client| self.clients.get(&client)).cloned().unwrap_or_default()
    }
}

fn first_client(payload: &[u8]) -> Option<ClientId> {
    if payload.len() > READ_BYTES_MAX {
        return None;
    }
    parse(payload, &Limits::OWN_STATE).ok()?.sections().first().map(|section| section.client)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use weft_protocol::ids::{DocumentId, WriterId};

    use super::*;

    fn row(client_id: u64, user: Option<&str>, name: &str, first_seen_ms: i64) -> AuthorRow {
        let (document, user_id) = (DocumentId([0; 16]), user.map(str::to_owned));
        AuthorRow { document, client_id, user_id, name: name.into(), color: "#123456".into(), first_seen_ms }
    }

    /// [T5]
    #[test]
    fn the_authenticated_user_counts_and_not_what_an_update_says() {
        let people = People::of(vec![
            row(2, Some("ada"), "Ada L.", 9),
            row(1, Some("ada"), "Ada", 3),
            row(7, None, "Guest", 5),
        ]);
        // One text item of client 7.
        let payload = Bytes::from_static(&[1, 1, 7, 0, 4, 1, 1, b't', 1, b'x', 0]);
        let update = |author: Option<&str>| StoredUpdate {
            writer: WriterId(1),
            seq: 1,
            received_at_ms: 0,
            author: author.map(str::to_owned),
            payload: payload.clone(),
            merged: None,
        };
        assert_eq!(people.author(&update(Some("ada"))).name, "Ada L.", "the newest name");
        assert_eq!(people.author(&update(Some("bob"))).name, "bob", "nobody told a name");
        assert_eq!(people.author(&update(None)).name, "Guest");
        let nonsense = StoredUpdate { payload: Bytes::from_static(b"?"), ..update(None) };
        assert_eq!(people.author(&nonsense), Person::default());
    }
}

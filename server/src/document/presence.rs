//! Who is here, for those who look from outside: people out of awareness, everything in which is a stranger's input.

pub mod actor;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Document;
use super::event::Now;
use super::people::Voucher;

/// States read for one look; who comes behind them is counted and not named.
const STATES_MAX: usize = 1_000;
/// Their bytes together.
const STATES_BYTES_MAX: usize = 1 << 20;
/// A look is good for everybody who asks within this time.
const FRESH_US: u64 = 250_000;
/// Longest name, in characters, and longest id, in UTF-16 units: what the pages show.
const NAME_CHARS_MAX: usize = 40;
const ID_UNITS_MAX: usize = 64;

/// Somebody who is here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Person {
    /// What the page calls them by; the name where it has none.
    pub id: String,
    /// What they call themselves, fit to be shown.
    pub name: String,
    /// The colour they asked for, `#rrggbb`.
    pub color: Option<String>,
    /// Awareness entries of theirs, of which a page has one.
    pub tabs: usize,
    /// The authenticated user.
    pub user: Option<String>,
}

/// Who is here.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Presence {
    /// By their ids.
    pub people: Vec<Person>,
    /// How many there are, those who are not named included.
    pub count: usize,
}

/// What was seen last.
#[derive(Debug, Default)]
pub(super) struct Seen(Option<(u64, Arc<Presence>)>);

#[derive(Deserialize)]
struct State {
    user: User,
}

/// Whatever is in there is not worth refusing the rest for.
#[derive(Deserialize)]
struct User {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    name: Value,
    #[serde(default)]
    color: Value,
}

impl Document {
    /// Returns who is here, as of a moment ago.
    pub(super) fn presence(&mut self, now: Now) -> Arc<Presence> {
        if let Seen(Some((at_us, seen))) = &self.seen
            && now.mono_us < at_us + FRESH_US
        {
            return seen.clone();
        }
        let seen = Arc::new(self.look());
        self.seen = Seen(Some((now.mono_us, seen.clone())));
        seen
    }

    fn look(&self) -> Presence {
        // Whoever says to be somebody else is not counted as one of their tabs: the user is authenticated.
        let mut people = BTreeMap::<(String, Option<String>), Person>::new();
        let (mut states, mut bytes, mut unnamed) = (0, 0, 0);
        for (session, json) in self.awareness.present() {
            states += 1;
            bytes += json.len();
            if states > STATES_MAX || bytes > STATES_BYTES_MAX {
                unnamed += 1;
                continue;
            }
            let caller = self.members.get(&session).map(|member| &member.permit.caller);
            let Some(person) = person_in(json, caller.and_then(Voucher::of)) else { continue };
            let key = (person.id.clone(), person.user.clone());
            people.entry(key).and_modify(|known| known.tabs += 1).or_insert(person);
        }
        Presence { count: people.len() + unnamed, people: people.into_values().collect() }
    }
}

/// Returns the person in a state; none where it does not say who it is of. What their token says counts more.
fn person_in(json: &str, voucher: Option<Voucher>) -> Option<Person> {
    let State { user: User { id, name, color } } = serde_json::from_str(json).ok()?;
    let (user, vouched_name) = voucher.map_or((None, None), |Voucher { user, name }| (user, name));
    let said = || Some(clean_name(name.as_str().unwrap_or_default())).filter(|name| !name.is_empty());
    let name = vouched_name.or_else(said).unwrap_or_else(|| "Guest".to_owned());
    let vouched_id = user.as_ref().map(|user| format!("{USER}{user}"));
    let fits =
        |id: &&str| !id.is_empty() && !id.starts_with(USER) && id.encode_utf16().count() <= ID_UNITS_MAX;
    let id = vouched_id.or_else(|| id.as_str().filter(fits).map(str::to_owned));
    let is_colour = |color: &&str| {
        color
            .strip_prefix('#')
            .is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|c| c.is_ascii_hexdigit()))
    };
    Some(Person {
        id: id.unwrap_or_else(|| name.clone()),
        color: color.as_str().filter(is_colour).map(str::to_ascii_lowercase),
        name,
        tabs: 1,
        user,
    })
}

/// How the id of an authenticated user begins, and nobody else's.
const USER: char = '@';

/// Returns a name as it may be shown: one line, no control or direction characters, bounded length.
pub(super) fn clean_name(name: &str) -> String {
    let shown = name.chars().take(NAME_CHARS_MAX * 4).map(|c| if is_shown(c) { c } else { ' ' });
    let words = shown.collect::<String>();
    let line = words.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    line.chars().take(NAME_CHARS_MAX).collect::<String>().trim().to_owned()
}

/// Control characters, white space and what Unicode calls format characters take no place of their own.
fn is_shown(c: char) -> bool {
    let is_format = matches!(c,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}'
        | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e007f}');
    !(c.is_control() || c.is_whitespace() || is_format)
}

#[cfg(test)]
mod tests {
    use weft_protocol::awareness::{Entry, encode};
    use weft_protocol::dialect::y_websocket::AckMode;
    use weft_protocol::ids::{SessionId, WriterId};
    use weft_protocol::message::Inbound;

    use super::super::event::{Backlog, DocumentLimits, Event, Join, Loaded};
    use super::super::replica::Replica;
    use super::*;
    use crate::access::Permit;

    fn opened(sessions: u64) -> Document {
        let mut document = Document::new(WriterId(1), DocumentLimits::default(), Now::default());
        document.step(Event::Loaded(Box::new(Loaded::fresh(Replica::new()))), Now::default());
        for session in 1..=sessions {
            let (session, permit) = (SessionId(session), Permit::open());
            let join = Join { session, ack_mode: AckMode::Echo, permit };
            document.step(Event::Join(join), Now::default());
        }
        document
    }

    fn say(document: &mut Document, session: u64, states: &[(u64, &str)]) {
        let entries = states.iter().map(|(client, json)| Entry { client: *client, clock: 1, json });
        let message = Inbound::Awareness(encode(states.len(), entries).into());
        let (session, backlog) = (SessionId(session), Backlog::Open);
        document.step(Event::Receive { session, message, cost_bytes: 1, backlog }, Now::default());
    }

    fn named(json: &str) -> Option<(String, String, Option<String>)> {
        person_in(json, None).map(|person| (person.id, person.name, person.color))
    }

    /// [O5]
    #[test]
    fn people_are_shown_once_however_many_tabs_they_have() {
        let mut document = opened(3);
        let ada = r##"{"user":{"id":"a","name":"Ada","color":"#D01E69"},"cursor":{"anchor":1}}"##;
        say(&mut document, 1, &[(7, ada), (8, r#"{"cursor":1}"#)]);
        say(&mut document, 2, &[(9, ada)]);
        say(&mut document, 3, &[(2, r#"{"user":{"id":"b","name":"Bob"}}"#)]);
        let seen = document.presence(Now::default());
        let people: Vec<_> =
            seen.people.iter().map(|one| (&*one.name, one.tabs, one.color.as_deref())).collect();
        assert_eq!(people, [("Ada", 2, Some("#d01e69")), ("Bob", 1, None)]);
        assert_eq!(seen.count, 2);
        document.step(Event::Leave(SessionId(3)), Now::default());
        assert_eq!(document.presence(Now::default()).count, 2, "as of a moment ago");
        let later = Now { mono_us: FRESH_US, unix_ms: 0 };
        assert_eq!(document.presence(later).count, 1);
    }

    /// [O5]
    #[test]
    fn whatever_somebody_says_of_themselves_can_be_shown() {
        let person = |id: &str, name: &str, color: Option<&str>| {
            Some((id.to_owned(), name.to_owned(), color.map(str::to_owned)))
        };
        let evil =
            r#"{"user":{"id":"x","name":" \u202eAda\n\u0000<b>\u200f\ufeff  ok\u00ad","color":"red;}"}}"#;
        assert_eq!(named(evil), person("x", "Ada <b> ok", None));
        assert_eq!(named(r#"{"user":{"id":7,"name":{"a":1}}}"#), person("Guest", "Guest", None));
        let long = format!(r##"{{"user":{{"id":"{}","name":"{}"}}}}"##, "i".repeat(65), "é".repeat(41));
        assert_eq!(named(&long), person(&"é".repeat(40), &"é".repeat(40), None));
        for nobody in ["null", "7", "[]", r#"{"user":null}"#, r#"{"user":"Ada"}"#, r#"{"name":"Ada"}"#] {
            assert_eq!(named(nobody), None, "{nobody}");
        }
        let deep = format!(r#"{{"user":{{"name":"Deep"}},"x":{}{}}}"#, "[".repeat(120), "]".repeat(120));
        assert!(named(&deep).is_some());
    }

    /// [O5] [A6]
    #[test]
    fn a_token_says_who_somebody_is() {
        let said = r#"{"user":{"id":"x","name":"Merry Lynx"}}"#;
        let voucher = |name: Option<&str>| {
            Some(Voucher { user: Some("ada".to_owned()), name: name.map(str::to_owned) })
        };
        let ada = person_in(said, voucher(Some("Ada Lovelace"))).expect("a person");
        assert_eq!((&*ada.id, &*ada.name, ada.user.as_deref()), ("@ada", "Ada Lovelace", Some("ada")));
        assert_eq!(person_in(said, voucher(None)).expect("a person").name, "Merry Lynx");
        let forged = person_in(r#"{"user":{"id":"@ada","name":"Eve"}}"#, None).expect("a person");
        assert_eq!((&*forged.id, forged.user), ("Eve", None));
    }

    /// [O5]
    #[test]
    fn a_crowd_is_counted_and_so_many_of_it_are_named() {
        let mut document = opened(40);
        for session in 1..=40 {
            let states: Vec<_> = (0..60)
                .map(|n| (session * 100 + n, format!(r#"{{"user":{{"id":"{session}-{n}"}}}}"#)))
                .collect();
            let states: Vec<_> = states.iter().map(|(client, json)| (*client, json.as_str())).collect();
            say(&mut document, session, &states);
        }
        let seen = document.presence(Now::default());
        assert_eq!((seen.people.len(), seen.count), (STATES_MAX, 2_400));
    }
}

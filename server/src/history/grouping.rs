//! Edits as bursts: what was done in one go, by whom.

use std::collections::BTreeMap;

use super::people::Person;

/// A pause longer than this ends a burst.
const PAUSE_MS: i64 = 120_000;
/// A shorter one does when somebody else goes on.
const HANDOVER_MS: i64 = 30_000;
/// No burst is longer.
const BURST_MS_MAX: i64 = 300_000;
/// People told apart in one burst.
const PEOPLE_MAX: usize = 64;

/// A burst of edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Time of the first update, in Unix milliseconds.
    pub from_ms: i64,
    /// Time of the last one.
    pub to_ms: i64,
    /// How many.
    pub updates: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Who wrote how many of them.
    pub authors: BTreeMap<Person, u64>,
}

/// Makes bursts of updates in their total order.
#[derive(Debug, Default)]
pub struct Grouper {
    current: Option<Group>,
}

impl Grouper {
    /// Takes the next update; returns the burst that ended before it, if one did. Bursts never divide a millisecond, so that
    /// the end of one is a moment at which to go on.
    pub fn take(&mut self, at_ms: i64, person: Person, updates: u64, bytes: usize) -> Option<Group> {
        let ended = match &self.current {
            Some(group) if ends_before(group, at_ms, &person) => self.current.take(),
            _ => None,
        };
        let group = self.current.get_or_insert_with(|| Group {
            from_ms: at_ms,
            to_ms: at_ms,
            updates: 0,
            bytes: 0,
            authors: BTreeMap::new(),
        });
        group.to_ms = at_ms;
        group.updates += updates;
        group.bytes += bytes as u64;
        if group.authors.len() < PEOPLE_MAX || group.authors.contains_key(&person) {
            *group.authors.entry(person).or_default() += updates;
        }
        ended
    }

    /// Returns the burst that was going on.
    pub fn finish(&mut self) -> Option<Group> {
        self.current.take()
    }
}

fn ends_before(group: &Group, at_ms: i64, person: &Person) -> bool {
    let pause_ms = at_ms.saturating_sub(group.to_ms);
    let is_long = pause_ms > 0 && at_ms.saturating_sub(group.from_ms) > BURST_MS_MAX;
    let is_handed_over = pause_ms > HANDOVER_MS && !group.authors.contains_key(person);
    pause_ms > PAUSE_MS || is_handed_over || is_long
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(edits: &[(i64, &str)]) -> Vec<(i64, i64, u64)> {
        let mut grouper = Grouper::default();
        let person = |name: &str| Person { name: name.to_owned(), ..Person::default() };
        let mut groups: Vec<_> =
            edits.iter().filter_map(|(at_s, name)| grouper.take(at_s * 1_000, person(name), 1, 10)).collect();
        groups.extend(grouper.finish());
        groups.iter().map(|group| (group.from_ms / 1_000, group.to_ms / 1_000, group.updates)).collect()
    }

    /// [T3]
    #[test]
    fn bursts_end_at_pauses_at_handovers_and_after_five_minutes() {
        assert_eq!(groups(&[]), []);
        assert_eq!(groups(&[(0, "a"), (120, "a"), (241, "a")]), [(0, 120, 2), (241, 241, 1)], "a pause");
        assert_eq!(groups(&[(0, "a"), (30, "b"), (60, "a")]), [(0, 60, 3)], "together");
        assert_eq!(
            groups(&[(0, "a"), (31, "b"), (60, "b")]),
            [(0, 0, 1), (31, 60, 2)],
            "one after the other"
        );
        assert_eq!(groups(&[(0, "a"), (20, "b"), (55, "a")]), [(0, 55, 3)], "both are in it already");
        let steady: Vec<_> = (0..=12).map(|n| (n * 60, "a")).collect();
        assert_eq!(groups(&steady), [(0, 300, 6), (360, 660, 6), (720, 720, 1)], "five minutes at most");
    }

    /// [T3]
    #[test]
    fn a_crowd_in_one_burst_is_bounded() {
        let mut grouper = Grouper::default();
        for n in 0..1_000 {
            let person = Person { name: n.to_string(), ..Person::default() };
            assert_eq!(grouper.take(5, person, 1, 1), None);
        }
        let group = grouper.finish().expect("one");
        assert_eq!((group.updates, group.bytes, group.authors.len()), (1_000, 1_000, PEOPLE_MAX));
    }
}

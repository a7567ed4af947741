//! Finding what is alike between what has to come back and what has to go, where identity tells nothing: after a restore,
//! the content is that of the past, but other items hold it.
//!
//! Same beginning and same end, and in between what occurs once on either side; linear but for a sort. Whatever is not
//! found is replaced, so it never has to be the shortest difference.

use std::collections::HashMap;
use std::ops::Range;

/// One character, value, type or mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    /// Equal if the content is, all that is inside it included.
    pub(super) print: u64,
    /// Equal, and not 0, if one can be made the other from inside: types of one kind.
    pub(super) kind: u64,
    /// It is a character: seen again anywhere, which says little.
    pub(super) is_character: bool,
    /// Index of what it is in.
    pub(super) part: u32,
    /// Its first clock there, and behind its last.
    pub(super) clocks: (u32, u32),
    /// Its first byte there, and behind its last.
    pub(super) bytes: (usize, usize),
}

impl Token {
    fn is_same(&self, other: &Self) -> bool {
        self.print == other.print
    }

    fn is_like(&self, other: &Self) -> bool {
        self.is_same(other) || self.kind != 0 && self.kind == other.kind
    }
}

/// Returns pairs of indexes into both, ascending in both.
pub(super) fn pairs(a: &[Token], b: &[Token]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let whole = Gap { a: 0..a.len(), b: 0..b.len() };
    let inner = whole.trim((a, b), Token::is_same, &mut found);
    let mut start = (inner.a.start, inner.b.start);
    let anchors = anchors(&a[inner.a.clone()], &b[inner.b.clone()]);
    let anchors = anchors.into_iter().map(|(at, bt)| (at + inner.a.start, bt + inner.b.start));
    for (at, bt) in anchors.chain([(inner.a.end, inner.b.end)]) {
        let gap = Gap { a: start.0..at, b: start.1..bt };
        gap.trim((a, b), Token::is_same, &mut found).trim((a, b), Token::is_like, &mut found);
        if at < inner.a.end && bt < inner.b.end {
            found.push((at, bt));
        }
        start = (at + 1, bt + 1);
    }
    found.sort_unstable();
    found
}

struct Gap {
    a: Range<usize>,
    b: Range<usize>,
}

impl Gap {
    /// Pairs the same beginning and the same end, and returns what is between.
    fn trim(
        mut self,
        (a, b): (&[Token], &[Token]),
        fits: impl Fn(&Token, &Token) -> bool,
        found: &mut Vec<(usize, usize)>,
    ) -> Self {
        while !self.a.is_empty() && !self.b.is_empty() && fits(&a[self.a.start], &b[self.b.start]) {
            found.push((self.a.start, self.b.start));
            self.a.start += 1;
            self.b.start += 1;
        }
        while !self.a.is_empty() && !self.b.is_empty() && fits(&a[self.a.end - 1], &b[self.b.end - 1]) {
            self.a.end -= 1;
            self.b.end -= 1;
            found.push((self.a.end, self.b.end));
        }
        self
    }
}

/// Returns the longest ascending row of pairs of what occurs exactly once in both.
fn anchors(a: &[Token], b: &[Token]) -> Vec<(usize, usize)> {
    if a.is_empty() || b.is_empty() {
        return Vec::new();
    }
    let mut seen: HashMap<u64, [(usize, usize); 2]> = HashMap::new();
    for (side, tokens) in [a, b].into_iter().enumerate() {
        for (at, token) in tokens.iter().enumerate().filter(|(_, token)| !token.is_character) {
            let one = &mut seen.entry(token.print).or_default()[side];
            *one = (one.0 + 1, at);
        }
    }
    let once = seen.into_values().filter(|[a, b]| a.0 == 1 && b.0 == 1);
    let mut once: Vec<_> = once.map(|[a, b]| (a.1, b.1)).collect();
    once.sort_unstable();
    longest_ascending(&once)
}

/// Returns a longest part of `pairs`, ascending by the first, that ascends by the second.
fn longest_ascending(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // Per length: the pair that ends a row of that length lowest. Per pair: the one before it in its row.
    let mut ends: Vec<usize> = Vec::new();
    let mut before = vec![None; pairs.len()];
    for (at, pair) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| pairs[*end].1 < pair.1);
        before[at] = length.checked_sub(1).map(|shorter| ends[shorter]);
        ends.truncate(ends.len().max(length));
        if length == ends.len() { ends.push(at) } else { ends[length] = at }
    }
    let row = std::iter::successors(ends.last().copied(), |at| before[*at]);
    let mut row: Vec<_> = row.map(|at| pairs[at]).collect();
    row.reverse();
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<Token> {
        let token = |character: char| Token {
            print: u64::from(character),
            kind: u64::from(character.is_uppercase()),
            is_character: false,
            part: 0,
            clocks: (0, 1),
            bytes: (0, 1),
        };
        text.chars().map(token).collect()
    }

    fn found(a: &str, b: &str) -> Vec<(usize, usize)> {
        let found = pairs(&tokens(a), &tokens(b));
        assert!(found.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1), "{found:?}");
        found
    }

    #[test]
    fn beginnings_ends_and_what_is_there_once_are_found() {
        assert_eq!(found("abc", "abc"), [(0, 0), (1, 1), (2, 2)]);
        assert_eq!(found("abxcd", "abycd"), [(0, 0), (1, 1), (3, 3), (4, 4)]);
        assert_eq!(found("xaybz", "uavbw"), [(1, 1), (3, 3)]);
        assert_eq!(found("", "abc"), []);
        assert_eq!(found("aXb", "aYb"), [(0, 0), (1, 1), (2, 2)]);
        assert_eq!(found("XpY", "ZYp"), [(0, 0), (2, 1)]);
    }
}

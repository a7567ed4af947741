//! Taking structs and contents apart.

use std::ops::Range;

use weft_protocol::ids::ClientId;
use weft_protocol::validate::{Content, DeleteRange, Id, Kind, Place, Struct, Update, first_value};

use super::RestoreError;

/// A struct, or a part of one.
#[derive(Debug)]
pub(super) struct Piece<'a> {
    pub(super) id: Id,
    pub(super) end: u32,
    pub(super) content: Content<'a>,
    pub(super) alive: bool,
    pub(super) place: Place<'a>,
}

/// Returns the structs of a state by client, cut wherever another struct or a delete refers to.
///
/// # Errors
/// [`RestoreError::State`] if clocks are missing.
pub(super) fn pieces<'a>(update: &Update<'a>) -> Result<Vec<Vec<Piece<'a>>>, RestoreError> {
    let cuts = cuts(update);
    let mut deletes = update.deletes().to_vec();
    deletes.sort_unstable_by_key(|range| (range.client, range.clock));
    let cut_one = |section| {
        let structs = update.structs_of(section);
        if structs[0].clock != 0 || structs.iter().any(|one| one.kind == Kind::Skip) {
            return Err(RestoreError::State { what: "clocks are missing" });
        }
        let cuts = &cuts[of_client(&cuts, section.client, |cut| cut.0)];
        let deletes = &deletes[of_client(&deletes, section.client, |range| range.client)];
        let mut saw =
            Saw { client: section.client, cuts, deletes, pieces: Vec::with_capacity(structs.len()) };
        structs.iter().try_for_each(|one| saw.cut(update, one))?;
        Ok(saw.pieces)
    };
    update.sections().iter().map(cut_one).collect()
}

fn of_client<T>(all: &[T], client: ClientId, of: impl Fn(&T) -> ClientId) -> Range<usize> {
    all.partition_point(|one| of(one) < client)..all.partition_point(|one| of(one) <= client)
}

/// Returns the clocks before which structs are cut, ascending.
fn cuts(update: &Update<'_>) -> Vec<(ClientId, u32)> {
    let mut cuts = Vec::new();
    for one in update.structs() {
        let place = update.place(one);
        cuts.extend(place.origin.map(|id| (id.client, id.clock + 1)));
        cuts.extend(place.right_origin.map(|id| (id.client, id.clock)));
    }
    for range in update.deletes() {
        cuts.extend([(range.client, range.clock), (range.client, range.end())]);
    }
    cuts.sort_unstable();
    cuts.dedup();
    cuts
}

/// Cuts the structs of one client, clocks ascending.
struct Saw<'s, 'a> {
    client: ClientId,
    cuts: &'s [(ClientId, u32)],
    deletes: &'s [DeleteRange],
    pieces: Vec<Piece<'a>>,
}

impl<'a> Saw<'_, 'a> {
    fn cut(&mut self, update: &Update<'a>, one: &Struct) -> Result<(), RestoreError> {
        let (mut clock, mut place) = (one.clock, update.place(one));
        let mut content = update.content(one);
        loop {
            while self.cuts.first().is_some_and(|(_, cut)| *cut <= clock) {
                self.cuts = &self.cuts[1..];
            }
            while self.deletes.first().is_some_and(|range| range.end() <= clock) {
                self.deletes = &self.deletes[1..];
            }
            let end = self.cuts.first().map_or(one.end(), |(_, cut)| one.end().min(*cut));
            let (taken, rest) =
                if end < one.end() { whole_split(content, end - clock)? } else { (content, content) };
            let alive =
                taken != Content::Gone && self.deletes.first().is_none_or(|range| clock < range.clock);
            let id = Id { client: self.client, clock };
            self.pieces.push(Piece { id, end, content: taken, alive, place });
            if end == one.end() {
                return Ok(());
            }
            place = Place {
                origin: Some(Id { client: self.client, clock: end - 1 }),
                right_origin: place.right_origin,
                ..Place::default()
            };
            (clock, content) = (end, rest);
        }
    }
}

/// Splits content where both halves are whole. A state never has a character that is referred into the middle of: the
/// CRDT has replaced its halves.
fn whole_split(content: Content<'_>, clocks: u32) -> Result<(Content<'_>, Content<'_>), RestoreError> {
    match split(content, clocks) {
        (left, right, false) => Ok((left, right)),
        (_, _, true) => Err(RestoreError::State { what: "a character is cut in half" }),
    }
}

/// Splits the first `clocks` clocks off. The third value tells that the cut goes through a character: all of it is in
/// the second half then.
pub(super) fn split(content: Content<'_>, clocks: u32) -> (Content<'_>, Content<'_>, bool) {
    match content {
        Content::Text(text) => {
            let (at, is_torn) = utf16_offset(text, clocks);
            let (left, right) = text.split_at(at);
            (Content::Text(left), Content::Text(right), is_torn)
        }
        Content::Values(values) => {
            let mut rest = values;
            for _ in 0..clocks {
                rest = first_value(rest).map_or(&[], |(_, rest)| rest);
            }
            let (left, right) = values.split_at(values.len() - rest.len());
            (Content::Values(left), Content::Values(right), false)
        }
        Content::Gone | Content::One(..) => (content, content, false),
    }
}

/// Returns the byte that starts the code unit `units`, or the character it is inside of.
fn utf16_offset(text: &str, units: u32) -> (usize, bool) {
    let mut passed = 0;
    for (at, character) in text.char_indices() {
        if passed == units {
            return (at, false);
        }
        passed += if character.len_utf16() == 2 { 2 } else { 1 };
        if passed > units {
            return (at, true);
        }
    }
    (text.len(), false)
}

/// Returns how many clocks content takes.
pub(super) fn clocks(content: Content<'_>) -> usize {
    match content {
        Content::Text(text) => text.chars().map(char::len_utf16).sum(),
        Content::Values(values) => {
            std::iter::successors(first_value(values), |(_, rest)| first_value(rest)).count()
        }
        Content::Gone | Content::One(..) => 1,
    }
}

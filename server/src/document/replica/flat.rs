//! A flat text: letters, with an embedded map in front of each block that says what it is.
//!
//! yrs gives the pieces of a text only all at once, each with a copy of every format that holds there: a few thousand
//! formats that are never closed would be gigabytes. So they are read from the state's bytes, as a restore reads them.

use weft_protocol::validate::{Content, Limits, parse};
use yrs::block::ClientID;
use yrs::{Any, ID, Map, MapRef, Nested, Out, ReadTxn, Text};

use super::restore::{Outline, Owner};

/// The root that is a flat text, and those beside it.
pub(super) const TEXT: &str = "text";
pub(super) const CONTAINERS: &str = "containers";
pub(super) const FORMAT: &str = "format";

/// Containers around a block that are looked at.
const CONTAINERS_MAX: usize = 100;
/// Content reference of a map.
const MAP: u8 = 1;

/// A part of a flat text.
pub(super) enum Piece<'a> {
    Letters(&'a str),
    Map(MapRef),
}

/// A container around a block: its name and id.
pub(super) type Container = (std::sync::Arc<str>, std::sync::Arc<str>);

/// Returns whether the document keeps its text flat.
pub(super) fn is_flat(transaction: &impl ReadTxn, root: &str) -> bool {
    let format = transaction.get_map(FORMAT).and_then(|format| format.get(transaction, TEXT));
    let said = match format {
        Some(Out::Any(Any::Number(number))) => number.as_f64().is_some_and(|number| number >= 1.0),
        _ => false,
    };
    said || transaction.get_text(root).is_some_and(|text| text.len(transaction) > 0)
}

/// Reads the pieces of a root of this state in their order until `see` has enough and returns false.
pub(super) fn read(
    transaction: &impl ReadTxn,
    state: &[u8],
    root: &str,
    mut see: impl FnMut(Piece<'_>) -> bool,
) {
    // The state is the replica's own; what cannot be read of it says nothing.
    let Ok(update) = parse(state, &Limits::OWN_STATE) else { return };
    let Ok(outline) = Outline::read(&update) else { return };
    let Some(parts) = outline.types.get(&Owner::Root(root)) else { return };
    for at in outline.alive(parts.sequence) {
        let item = outline.item(at);
        let goes_on = match item.content {
            Content::Text(letters) => see(Piece::Letters(letters)),
            Content::One(Content::TYPE, [MAP, ..]) => {
                let id = ID::new(ClientID::new(item.id.client), item.id.clock);
                Nested::new(id).get(transaction).is_none_or(|map| see(Piece::Map(map)))
            }
            _ => true,
        };
        if !goes_on {
            return;
        }
    }
}

/// Returns whether a map in a text is one of its letters and not the mark of a block.
pub(super) fn is_inline(transaction: &impl ReadTxn, map: &MapRef) -> bool {
    matches!(map.get(transaction, "inline"), Some(Out::Any(Any::Bool(true))))
}

/// Returns the containers that the mark of a block names, from the outermost on.
pub(super) fn containers(transaction: &impl ReadTxn, mark: &MapRef) -> Vec<Container> {
    let Some(Out::Any(Any::Array(names))) = mark.get(transaction, "in") else { return Vec::new() };
    let pairs = names.chunks_exact(2).map_while(|pair| match pair {
        [Any::String(name), Any::String(id)] => Some((name.clone(), id.clone())),
        _ => None,
    });
    pairs.take(CONTAINERS_MAX).collect()
}

//! What a document looks like from afar: its first blocks, or the shapes on its board.
//!
//! The content is whatever clients made of it. Nothing in here recurses further than a few levels, looks at more than so many
//! nodes, or hands out a number or a text without a bound; a type that is not the expected one is left out.

mod board;
mod body;
mod flat;
#[cfg(test)]
mod tests;

use serde::Serialize;
use yrs::{Any, Out, ReadTxn};

use super::flat::{TEXT, is_flat};
use super::{Replica, ReplicaError};

/// Blocks of a preview, and characters in each.
const BLOCKS_MAX: usize = 24;
const TEXT_CHARS_MAX: usize = 160;
/// Shapes of a preview, and numbers in the points of each.
const SHAPES_MAX: usize = 200;
const POINT_NUMBERS_MAX: usize = 64;

/// What is shown of a document.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Preview {
    /// The first blocks of a text.
    Document {
        /// From the top.
        blocks: Vec<Block>,
    },
    /// Shapes on a board.
    Whiteboard {
        /// What encloses them: x, y, width, height.
        bounds: [f64; 4],
        /// From the back to the front; of very many the largest.
        shapes: Vec<Shape>,
    },
    /// There is nothing to be seen.
    Empty,
}

/// One block of a text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Block {
    /// `heading`, `paragraph`, `bullet`, `number`, `task`, `quote`, `code`, `image`, `rule` or `table`.
    pub r#type: &'static str,
    /// Of a heading, 1 to 6.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<u8>,
    /// Of a task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checked: Option<bool>,
    /// Its first characters.
    pub text: String,
}

/// One shape on a board.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shape {
    /// `rectangle`, `ellipse`, `diamond`, `line`, `arrow`, `draw`, `text`, `image` or `frame`.
    pub r#type: &'static str,
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Extent.
    pub width: f64,
    /// Extent.
    pub height: f64,
    /// Radians.
    pub angle: f64,
    /// Colour of its line, in the few forms of CSS that can be nothing else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stroke: Option<String>,
    /// Colour inside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fill: Option<String>,
    /// x and y by turns, relative to the shape's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<f64>,
    /// Its first characters.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
}

impl Replica {
    /// Looks at the document from afar; takes milliseconds.
    ///
    /// # Errors
    /// [`ReplicaError::Panicked`] after a failure, [`ReplicaError::Unencodable`] if the CRDT fails.
    pub fn preview(&self) -> Result<Preview, ReplicaError> {
        self.preview_of([TEXT, "body"], "elements")
    }

    /// As [`Replica::preview`], with other roots for the text, flat or a tree, and for the board.
    ///
    /// # Errors
    /// As [`Replica::preview`].
    pub fn preview_of(&self, [flat, tree]: [&str; 2], board: &str) -> Result<Preview, ReplicaError> {
        self.check_usable()?;
        let state = if self.read(|transaction| is_flat(transaction, flat))? {
            Some(self.encode_state()?)
        } else {
            None
        };
        self.read(|transaction| {
            let blocks = match &state {
                Some(state) => flat::blocks(transaction, state, flat),
                None => {
                    let root = transaction.get_xml_fragment(tree);
                    root.map(|root| body::blocks(transaction, &root)).unwrap_or_default()
                }
            };
            if !blocks.is_empty() {
                return Preview::Document { blocks };
            }
            let board = transaction.get_map(board).and_then(|root| board::shapes(transaction, &root));
            board.map_or(Preview::Empty, |(bounds, shapes)| Preview::Whiteboard { bounds, shapes })
        })
    }
}

fn text_in(value: Option<&Out>) -> Option<&str> {
    match value {
        Some(Out::Any(Any::String(text))) => Some(text),
        _ => None,
    }
}

/// Returns a number that can be drawn, to the tenth.
fn number_in(value: &Any) -> Option<f64> {
    precise_in(value).map(|number| (number * 10.0).round() / 10.0)
}

fn precise_in(value: &Any) -> Option<f64> {
    /// Beyond it a single precision float, which is what draws, has no tenths.
    const MOST: f64 = 1e6;
    let Any::Number(number) = value else { return None };
    number.as_f64().filter(|number| number.is_finite()).map(|number| number.clamp(-MOST, MOST))
}

fn is_true(value: Option<&Out>) -> bool {
    matches!(value, Some(Out::Any(Any::Bool(true))))
}

/// Appends text up to the bound; control characters become spaces.
fn append(text: &mut String, more: &str) {
    let room = TEXT_CHARS_MAX.saturating_sub(text.chars().count());
    let keep = |c: char| if c.is_control() && c != '\n' { ' ' } else { c };
    text.extend(more.chars().take(room).map(keep));
}

fn is_full(text: &str) -> bool {
    // A character has four bytes at most, so that a short text need not be counted.
    text.len() >= TEXT_CHARS_MAX && text.chars().count() >= TEXT_CHARS_MAX
}

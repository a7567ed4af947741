//! The first blocks of a flat text.

use yrs::{Map, MapRef, Out, ReadTxn, Transaction};

use super::super::flat::{self, CONTAINERS, Container, Piece};
use super::{BLOCKS_MAX, Block, append, is_full, is_true, number_in, text_in};

/// Blocks looked at: a thousand empty paragraphs are no preview.
const MARKS_MAX: usize = 4_000;
/// Runs of letters and marks looked at.
const PIECES_MAX: usize = 100_000;

/// A block while its letters are read.
#[derive(Default)]
struct Open {
    kind: String,
    level: u8,
    alt: String,
    within: Vec<Container>,
    text: String,
}

struct Reading<'t, 'd> {
    transaction: &'t Transaction<'d>,
    containers: Option<MapRef>,
    blocks: Vec<Block>,
    /// The containers of the block that was told last.
    told: Vec<Container>,
    marks: usize,
    open: Open,
}

/// Returns the first blocks that say something.
pub fn blocks(transaction: &Transaction<'_>, state: &[u8], root: &str) -> Vec<Block> {
    let containers = transaction.get_map(CONTAINERS);
    let (blocks, told, open) = (Vec::new(), Vec::new(), Open::default());
    let mut reading = Reading { transaction, containers, blocks, told, marks: 0, open };
    let mut pieces = 0;
    flat::read(transaction, state, root, |piece| {
        pieces += 1;
        reading.see(&piece);
        pieces < PIECES_MAX && reading.marks <= MARKS_MAX && reading.blocks.len() < BLOCKS_MAX
    });
    reading.close();
    reading.blocks.truncate(BLOCKS_MAX);
    reading.blocks
}

impl Reading<'_, '_> {
    fn see(&mut self, piece: &Piece<'_>) {
        match piece {
            Piece::Letters(letters) => {
                if !is_full(&self.open.text) {
                    append(&mut self.open.text, letters);
                }
            }
            Piece::Map(map) if flat::is_inline(self.transaction, map) => self.gap(),
            Piece::Map(mark) => {
                let within = flat::containers(self.transaction, mark);
                self.marks += 1;
                if is_one_table(&self.open.within, &within) {
                    self.gap();
                    self.open.within = within;
                } else {
                    self.close();
                    self.start(mark, within);
                }
            }
        }
    }

    /// Keeps apart what is on both sides of something that has no letters.
    fn gap(&mut self) {
        if !self.open.text.is_empty() && !self.open.text.ends_with(' ') {
            append(&mut self.open.text, " ");
        }
    }

    fn start(&mut self, mark: &MapRef, within: Vec<Container>) {
        let value = |name| mark.get(self.transaction, name);
        let level = match value(".level") {
            Some(Out::Any(level)) => number_in(&level).unwrap_or(1.0).clamp(1.0, 6.0),
            _ => 1.0,
        };
        let kind = text_in(value("type").as_ref()).unwrap_or_default().to_owned();
        let mut alt = String::new();
        if kind == "image" {
            append(&mut alt, text_in(value(".alt").as_ref()).unwrap_or_default());
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 6")]
        let level = level as u8;
        self.open = Open { kind, level, alt, within, text: String::new() };
    }

    fn close(&mut self) {
        let Open { kind, level, alt, within, text } = std::mem::take(&mut self.open);
        if within.iter().any(|(name, _)| &**name == "table") {
            return self.push(block("table", on_one_line(&text)), within);
        }
        match &*kind {
            "heading" => {
                self.say(Block { level: Some(level), ..block("heading", on_one_line(&text)) }, within)
            }
            "codeBlock" => self.say(block("code", text.trim().to_owned()), within),
            "horizontalRule" | "image" => {
                let shown = if kind == "image" { "image" } else { "rule" };
                self.push(block(shown, alt.trim().to_owned()), within.clone());
                self.paragraph(&text, within);
            }
            _ => self.paragraph(&text, within),
        }
    }

    /// What a paragraph is depends on what it is in.
    fn paragraph(&mut self, text: &str, within: Vec<Container>) {
        let lists = |(name, _): &Container| {
            matches!(&**name, "bulletList" | "orderedList" | "taskList" | "blockquote")
        };
        let kind = match within.iter().rposition(lists) {
            None => "paragraph",
            Some(at) if &*within[at].0 == "blockquote" => "quote",
            // In a list item the first paragraph has the bullet; what follows it is indented below.
            Some(at) if at + 1 < within.len() && self.told.starts_with(&within[..at + 2]) => "paragraph",
            Some(at) => match &*within[at].0 {
                "bulletList" => "bullet",
                "orderedList" => "number",
                _ => "task",
            },
        };
        let checked = (kind == "task").then(|| self.is_checked(&within));
        self.say(Block { checked, ..block(kind, on_one_line(text)) }, within);
    }

    fn is_checked(&self, within: &[Container]) -> bool {
        let Some(at) = within.iter().rposition(|(name, _)| &**name == "taskList") else { return false };
        let Some((_, id)) = within.get(at + 1) else { return false };
        let said =
            self.containers.as_ref().and_then(|map| map.get(self.transaction, &format!("{id}.checked")));
        is_true(said.as_ref())
    }

    fn say(&mut self, block: Block, within: Vec<Container>) {
        if !block.text.is_empty() {
            self.push(block, within);
        }
    }

    fn push(&mut self, block: Block, within: Vec<Container>) {
        self.blocks.push(block);
        self.told = within;
    }
}

/// Whether two blocks are in the same outermost table.
fn is_one_table(open: &[Container], next: &[Container]) -> bool {
    let table = open.iter().position(|(name, _)| &**name == "table");
    table.is_some_and(|at| next.starts_with(&open[..=at]))
}

fn on_one_line(text: &str) -> String {
    text.replace('\n', " ").trim().to_owned()
}

fn block(kind: &'static str, text: String) -> Block {
    Block { r#type: kind, level: None, checked: None, text }
}

//! The first blocks of a text that is a tree, as Tiptap keeps it.

use yrs::branch::{Branch, BranchPtr};
use yrs::{GetString, Out, TextRef, Transaction, Xml, XmlElementRef, XmlFragment, XmlFragmentRef, XmlOut};

use super::{BLOCKS_MAX, Block, append, is_full, is_true, number_in};

/// How deep lists within lists are followed.
const DEPTH_MAX: usize = 12;
/// Nodes looked at: a thousand empty paragraphs are no preview.
const NODES_MAX: usize = 4_000;

/// What a paragraph is, by what it is in.
#[derive(Clone, Copy)]
struct Place {
    kind: &'static str,
    checked: Option<bool>,
}

const TOP: Place = Place { kind: "paragraph", checked: None };

struct Reading<'t, 'd> {
    transaction: &'t Transaction<'d>,
    blocks: Vec<Block>,
    nodes: usize,
}

/// Returns the first blocks that say something.
pub fn blocks(transaction: &Transaction<'_>, root: &XmlFragmentRef) -> Vec<Block> {
    let mut reading = Reading { transaction, blocks: Vec::new(), nodes: 0 };
    reading.children(root, TOP, 0);
    // A rule or a table alone is little, and still something to be seen.
    reading.blocks
}

impl Reading<'_, '_> {
    /// Counts a node; false when there is enough.
    fn goes_on(&mut self) -> bool {
        self.nodes += 1;
        self.nodes <= NODES_MAX && self.blocks.len() < BLOCKS_MAX
    }

    fn children(&mut self, parent: &impl XmlFragment, place: Place, depth: usize) {
        if depth > DEPTH_MAX {
            return;
        }
        // In a list item the first paragraph has the bullet; what follows it is indented below.
        let mut place = place;
        for child in parent.children(self.transaction) {
            if !self.goes_on() {
                return;
            }
            let XmlOut::Element(element) = child else { continue };
            let before = self.blocks.len();
            self.element(&element, place, depth);
            if place.kind != "quote" && self.blocks.len() > before {
                place = TOP;
            }
        }
    }

    fn element(&mut self, element: &XmlElementRef, place: Place, depth: usize) {
        let attribute = |name| element.get_attribute(self.transaction, name);
        match &**element.tag() {
            "paragraph" => {
                let text = self.text(element);
                self.push(place.kind, text, |block| block.checked = place.checked);
            }
            "heading" => {
                let level = match attribute("level") {
                    Some(Out::Any(level)) => number_in(&level).unwrap_or(1.0).clamp(1.0, 6.0),
                    _ => 1.0,
                };
                let text = self.text(element);
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 6")]
                self.push("heading", text, |block| block.level = Some(level as u8));
            }
            "codeBlock" => {
                let text = self.text(element);
                self.push("code", text, |_| {});
            }
            "horizontalRule" => self.blocks.push(block("rule", String::new())),
            "image" => {
                let mut text = String::new();
                append(&mut text, super::text_in(attribute("alt").as_ref()).unwrap_or_default());
                self.blocks.push(block("image", text));
            }
            "table" => {
                let text = self.text(element);
                self.blocks.push(block("table", text));
            }
            "bulletList" => self.items(element, Place { kind: "bullet", checked: None }, depth),
            "orderedList" => self.items(element, Place { kind: "number", checked: None }, depth),
            "taskList" => self.items(element, Place { kind: "task", checked: Some(false) }, depth),
            "blockquote" => self.children(element, Place { kind: "quote", checked: None }, depth + 1),
            _ => self.children(element, place, depth + 1),
        }
    }

    fn items(&mut self, list: &XmlElementRef, place: Place, depth: usize) {
        for child in list.children(self.transaction) {
            if !self.goes_on() {
                return;
            }
            let XmlOut::Element(item) = child else { continue };
            let checked = item.get_attribute(self.transaction, "checked");
            let checked = place.checked.map(|_| is_true(checked.as_ref()));
            self.children(&item, Place { checked, ..place }, depth + 1);
        }
    }

    fn push(&mut self, kind: &'static str, text: String, adorn: impl FnOnce(&mut Block)) {
        if !text.is_empty() {
            let mut block = block(kind, text);
            adorn(&mut block);
            self.blocks.push(block);
        }
    }

    /// Returns the first characters inside an element, cells and lines apart.
    fn text(&mut self, element: &XmlElementRef) -> String {
        let mut text = String::new();
        self.inline(element, &mut text, 0);
        text.trim().to_owned()
    }

    fn inline(&mut self, element: &XmlElementRef, text: &mut String, depth: usize) {
        if depth > DEPTH_MAX {
            return;
        }
        for child in element.children(self.transaction) {
            self.nodes += 1;
            if self.nodes > NODES_MAX || is_full(text) {
                return;
            }
            match child {
                XmlOut::Text(run) => {
                    // Not its pieces with their formats: each has a copy of all that hold there.
                    let letters = TextRef::from(BranchPtr::from(AsRef::<Branch>::as_ref(&run)));
                    append(text, &letters.get_string(self.transaction));
                }
                XmlOut::Element(inner) => {
                    if !text.is_empty() && !text.ends_with(' ') {
                        append(text, " ");
                    }
                    self.inline(&inner, text, depth + 1);
                }
                XmlOut::Fragment(_) => {}
            }
        }
    }
}

fn block(kind: &'static str, text: String) -> Block {
    Block { r#type: kind, level: None, checked: None, text }
}

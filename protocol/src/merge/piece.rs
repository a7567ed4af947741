//! Updates of one author, on their way to be one.

use std::collections::BTreeMap;

use super::MergedPiece;
use crate::ids::ClientId;
use crate::lib0::{var_bytes_len, var_uint_len, write_var_string, write_var_uint};
use crate::validate::{Content, DeleteRange, Id, Struct, Update, write_deletes};

/// What a section or a delete range weighs, in bytes.
const ENTRY_BYTES: usize = 8;

#[derive(Debug)]
pub(super) struct Piece<A> {
    author: A,
    updates: u32,
    sections: BTreeMap<ClientId, Strand>,
    deletes: Vec<DeleteRange>,
    bytes: usize,
}

/// The structs of one client, one behind the other.
#[derive(Debug)]
struct Strand {
    first: u32,
    end: u32,
    /// Structs in `bytes`.
    structs: u64,
    bytes: Vec<u8>,
    /// The last struct, while it may become longer.
    run: Option<Run>,
}

/// Text or values of one struct.
#[derive(Debug)]
struct Run {
    /// Everything before the content.
    head: Vec<u8>,
    right_origin: Option<Id>,
    content: RunContent,
}

#[derive(Debug)]
enum RunContent {
    Text(String),
    Values { count: u64, bytes: Vec<u8> },
}

impl<A> Piece<A> {
    pub(super) fn new(author: A) -> Self {
        Self { author, updates: 0, sections: BTreeMap::new(), deletes: Vec::new(), bytes: 2 }
    }

    /// Returns about how many bytes it has.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns whether an update can be joined: the structs of each client have to follow those that are there.
    pub(super) fn takes(&self, update: &Update<'_>, bytes_max: usize) -> bool {
        let follows = |client: &ClientId, first: u32| {
            self.sections.get(client).is_none_or(|strand| strand.end == first)
        };
        let mut sections = update.sections().iter();
        self.bytes < bytes_max
            && sections.all(|section| follows(&section.client, update.structs_of(section)[0].clock))
    }

    /// Joins an update. `is_deleted` tells what any of the updates deletes.
    pub(super) fn take(&mut self, update: &Update<'_>, updates: u32, is_deleted: impl Fn(Id) -> bool) {
        self.updates = self.updates.saturating_add(updates);
        for section in update.sections() {
            let first = update.structs_of(section)[0].clock;
            let strand = self.sections.entry(section.client).or_insert_with(|| {
                self.bytes += ENTRY_BYTES;
                Strand { first, end: first, structs: 0, bytes: Vec::new(), run: None }
            });
            for one in update.structs_of(section) {
                self.bytes += strand.take(section.client, update, one, &is_deleted);
            }
        }
        self.deletes.extend_from_slice(update.deletes());
        self.bytes += update.deletes().len() * ENTRY_BYTES;
    }

    pub(super) fn finish(mut self) -> MergedPiece<A> {
        let mut update = Vec::with_capacity(self.bytes + 16);
        write_var_uint(&mut update, self.sections.len() as u64);
        // Yjs' own order.
        for (client, mut strand) in self.sections.into_iter().rev() {
            strand.close();
            write_var_uint(&mut update, strand.structs);
            write_var_uint(&mut update, client);
            write_var_uint(&mut update, u64::from(strand.first));
            update.extend_from_slice(&strand.bytes);
        }
        join(&mut self.deletes);
        write_deletes(&mut update, &self.deletes);
        MergedPiece { author: self.author, updates: self.updates, update }
    }
}

impl Strand {
    /// Appends a struct; returns by how many bytes the strand grew.
    fn take(
        &mut self,
        client: ClientId,
        update: &Update<'_>,
        one: &Struct,
        is_deleted: impl Fn(Id) -> bool,
    ) -> usize {
        let left = one.clock.checked_sub(1).map(|clock| Id { client, clock });
        let place = update.place(one);
        let content = update.content(one);
        let bytes = &update.bytes()[one.at as usize..one.bytes_end as usize];
        let follows = left.filter(|left| self.end == one.clock && place.origin == Some(*left));
        self.end = one.end();
        if let (Some(left), Some(run)) = (follows, &mut self.run)
            && run.right_origin == place.right_origin
            && let Some(grown) = run.grow(content, u64::from(one.len), || is_deleted(left))
        {
            return grown;
        }
        self.close();
        self.run = Run::of(bytes, place.right_origin, content, u64::from(one.len));
        if self.run.is_none() {
            self.structs += 1;
            self.bytes.extend_from_slice(bytes);
        }
        bytes.len()
    }

    fn close(&mut self) {
        if let Some(run) = self.run.take() {
            self.structs += 1;
            run.write(&mut self.bytes);
        }
    }
}

impl Run {
    /// Takes a struct apart; none if it cannot become longer, or is not written as it would be again.
    fn of(bytes: &[u8], right_origin: Option<Id>, content: Content<'_>, len: u64) -> Option<Self> {
        let (content_bytes, content) = match content {
            Content::Text(text) => (var_bytes_len(text.len()), RunContent::Text(text.to_owned())),
            Content::Values(values) => {
                let content = RunContent::Values { count: len, bytes: values.to_owned() };
                (var_uint_len(len) + values.len(), content)
            }
            Content::Gone | Content::One(..) => return None,
        };
        let head = bytes.get(..bytes.len().checked_sub(content_bytes)?)?.to_owned();
        let run = Self { head, right_origin, content };
        let mut again = Vec::with_capacity(bytes.len());
        run.write(&mut again);
        (again == bytes).then_some(run)
    }

    /// Appends content of the same kind; returns by how many bytes it grew.
    fn grow(&mut self, content: Content<'_>, len: u64, is_left_deleted: impl Fn() -> bool) -> Option<usize> {
        match (&mut self.content, content) {
            (RunContent::Text(text), Content::Text(more)) => {
                text.push_str(more);
                Some(more.len())
            }
            // The next value of a map's entry follows one that was deleted by it, and is none of a list.
            (RunContent::Values { count, bytes }, Content::Values(more)) if !is_left_deleted() => {
                *count += len;
                bytes.extend_from_slice(more);
                Some(more.len())
            }
            _ => None,
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.head);
        match &self.content {
            RunContent::Text(text) => write_var_string(out, text),
            RunContent::Values { count, bytes } => {
                write_var_uint(out, *count);
                out.extend_from_slice(bytes);
            }
        }
    }
}

/// Sorts delete ranges, by client and ascending, and joins neighbours.
pub(super) fn join(deletes: &mut Vec<DeleteRange>) {
    deletes.sort_unstable_by_key(|range| (range.client, range.clock));
    deletes.dedup_by(|next, last| {
        let joins = next.client == last.client && next.clock <= last.end();
        if joins {
            last.len = next.end().max(last.end()) - last.clock;
        }
        joins
    });
}

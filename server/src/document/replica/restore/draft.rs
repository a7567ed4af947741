//! Writing the new items and the deletes as one update.

use sha2::{Digest, Sha256};
use weft_protocol::ids::ClientId;
use weft_protocol::lib0::{write_var_string, write_var_uint};
use weft_protocol::validate::{CLOCK_MAX, Content, DeleteRange, Id, Parent, write_deletes};

use super::{RestoreError, cut};

/// Stands for the author of the new items until it is known.
const OWN: ClientId = ClientId::MAX;

const HAS_ORIGIN: u8 = 0x80;
const HAS_RIGHT_ORIGIN: u8 = 0x40;
const HAS_KEY: u8 = 0x20;

/// Authors of restored content are numbers from here on, above those that people give to clients by hand.
const CLIENT_MIN: u64 = 1 << 20;
/// They stay below this, so that they are lower than the random 32 bits of nearly every Yjs client: of two items put
/// between the same neighbours that of the lower author comes first, and what was typed behind a deleted text stays
/// behind it when it comes back.
const CLIENT_END: u64 = 1 << 28;

/// Where a new item goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot<'a> {
    pub(super) left: Option<Id>,
    pub(super) right: Option<Id>,
    /// Its type, written if it has no neighbour.
    pub(super) parent: Parent<'a>,
    pub(super) key: Option<&'a str>,
}

struct New<'a> {
    spot: Spot<'a>,
    /// Index of its first content; it has all up to the next item's.
    first: usize,
}

/// The new items of an update, all by one author, clocks from 0 on.
#[derive(Default)]
pub(super) struct Draft<'a> {
    items: Vec<New<'a>>,
    contents: Vec<(Content<'a>, usize)>,
    clock: usize,
}

impl<'a> Draft<'a> {
    /// Adds an item and returns its first id.
    pub(super) fn insert(&mut self, spot: Spot<'a>, content: Content<'a>) -> Result<Id, RestoreError> {
        let id = Id { client: OWN, clock: clock(self.clock)? };
        self.items.push(New { spot, first: self.contents.len() });
        self.extend(content)?;
        Ok(id)
    }

    /// Adds to the last item.
    pub(super) fn extend(&mut self, content: Content<'a>) -> Result<(), RestoreError> {
        let clocks = cut::clocks(content);
        self.contents.push((content, clocks));
        self.clock += clocks;
        clock(self.clock).map(drop)
    }

    /// Returns the last id, and what the last item holds.
    pub(super) fn last(&self) -> Option<(Id, Content<'a>)> {
        let (content, _) = self.contents.last()?;
        Some((Id { client: OWN, clock: clock(self.clock - 1).ok()? }, *content))
    }

    /// Writes everything as an update; `None` if there is nothing.
    ///
    /// The author follows from the content: whoever restores the same on the same state writes the same update, and it
    /// counts once.
    pub(super) fn finish(
        &self,
        deletes: &[DeleteRange],
        is_taken: impl Fn(ClientId) -> bool,
    ) -> Option<Vec<u8>> {
        if self.items.is_empty() && deletes.is_empty() {
            return None;
        }
        let digest = Sha256::digest(self.write(deletes, 0));
        let (head, _) = digest.split_first_chunk().expect("a digest has 32 bytes");
        let mut client = CLIENT_MIN + u64::from_be_bytes(*head) % (CLIENT_END - CLIENT_MIN);
        while is_taken(client) {
            client += 1;
        }
        Some(self.write(deletes, client))
    }

    fn write(&self, deletes: &[DeleteRange], client: ClientId) -> Vec<u8> {
        let mut out = Vec::new();
        write_var_uint(&mut out, u64::from(!self.items.is_empty()));
        if !self.items.is_empty() {
            write_var_uint(&mut out, self.items.len() as u64);
            write_var_uint(&mut out, client);
            write_var_uint(&mut out, 0);
        }
        for (at, new) in self.items.iter().enumerate() {
            let end = self.items.get(at + 1).map_or(self.contents.len(), |next| next.first);
            write_item(&mut out, new, &self.contents[new.first..end], client);
        }
        write_deletes(&mut out, deletes);
        out
    }
}

fn clock(clock: usize) -> Result<u32, RestoreError> {
    u32::try_from(clock).ok().filter(|clock| *clock < CLOCK_MAX).ok_or(RestoreError::TooLong)
}

fn write_item(out: &mut Vec<u8>, new: &New<'_>, contents: &[(Content<'_>, usize)], client: ClientId) {
    let Spot { left, right, parent, key } = new.spot;
    let flag = |is_there: bool, flag: u8| if is_there { flag } else { 0 };
    let flags = flag(left.is_some(), HAS_ORIGIN) | flag(right.is_some(), HAS_RIGHT_ORIGIN);
    let reference = match contents[0].0 {
        Content::Gone => 1,
        Content::Text(_) => Content::TEXT,
        Content::Values(_) => Content::VALUES,
        Content::One(reference, _) => reference,
    };
    out.push(reference | flags | flag(key.is_some(), HAS_KEY));
    left.into_iter().chain(right).for_each(|id| write_id(out, id, client));
    if flags == 0 {
        match parent {
            Parent::Root(name) => {
                out.push(1);
                write_var_string(out, name);
            }
            Parent::Item(id) => {
                out.push(0);
                write_id(out, id, client);
            }
            Parent::Inherited => unreachable!("who has no neighbour has a type"),
        }
        key.into_iter().for_each(|key| write_var_string(out, key));
    }
    write_contents(out, contents);
}

fn write_id(out: &mut Vec<u8>, id: Id, client: ClientId) {
    write_var_uint(out, if id.client == OWN { client } else { id.client });
    write_var_uint(out, u64::from(id.clock));
}

/// Writes what one item holds: one content, or several runs of the same kind as one.
fn write_contents(out: &mut Vec<u8>, contents: &[(Content<'_>, usize)]) {
    match contents[0].0 {
        Content::Text(_) => {
            write_var_uint(out, contents.iter().map(|(content, _)| bytes_of(content).len() as u64).sum());
        }
        Content::Values(_) => write_var_uint(out, contents.iter().map(|(_, clocks)| *clocks as u64).sum()),
        Content::Gone | Content::One(..) => {}
    }
    contents.iter().for_each(|(content, _)| out.extend_from_slice(bytes_of(content)));
}

fn bytes_of<'a>(content: &Content<'a>) -> &'a [u8] {
    match *content {
        Content::Gone => &[],
        Content::Text(text) => text.as_bytes(),
        Content::Values(bytes) | Content::One(_, bytes) => bytes,
    }
}

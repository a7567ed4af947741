//! Reading an update once, front to back.

use smallvec::SmallVec;

use super::{
    CLIENTS_MAX, CLOCK_MAX, DeleteRange, Id, Kind, Limits, Parent, Place, Refused, Section, Struct,
    Unsupported, Update, content,
};
use crate::ids::ClientId;
use crate::lib0::{Malformed, Reader};

const HAS_ORIGIN: u8 = 0x80;
const HAS_RIGHT_ORIGIN: u8 = 0x40;
const HAS_KEY: u8 = 0x20;
const REFERENCE: u8 = 0x1f;
const GC: u8 = 0;
const SKIP: u8 = 10;

/// Reads an update of format v1 and checks everything that can be checked without the document.
///
/// # Errors
/// [`Refused`], with the reason and the position; nothing about it can change by waiting.
pub fn parse<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Update<'a>, Refused> {
    // Positions are kept as u32.
    let bytes_max = limits.update_bytes_max.min(u32::MAX as usize);
    if bytes.len() > bytes_max {
        return Err(Refused::TooLarge { what: "bytes", found: bytes.len(), limit: bytes_max });
    }
    let mut reader = Reader::new(bytes);
    let mut update = Update {
        bytes,
        sections: SmallVec::new(),
        structs: SmallVec::new(),
        deletes: SmallVec::new(),
        by_client: Vec::new(),
        canonical: true,
    };
    read_sections(&mut reader, &mut update, limits)?;
    read_deletes(&mut reader, &mut update, limits)?;
    reader.end()?;
    Ok(update)
}

/// Reads a state vector: what a peer says it has, per client, ascending by client.
///
/// # Errors
/// [`Refused`] if it is malformed, names a client twice or has more than [`CLIENTS_MAX`] clients.
pub fn state_vector(bytes: &[u8]) -> Result<Vec<(ClientId, u32)>, Refused> {
    let mut reader = Reader::new(bytes);
    let count = reader.count(2)?;
    at_most("clients", count, CLIENTS_MAX)?;
    let mut clocks = Vec::with_capacity(count);
    for _ in 0..count {
        clocks.push((reader.var_uint()?, clock(&mut reader)?));
    }
    reader.end()?;
    clocks.sort_unstable_by_key(|(client, _)| *client);
    if clocks.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err(Refused::contradiction("a client named twice in a state vector", 0));
    }
    Ok(clocks)
}

fn at_most(what: &'static str, found: usize, limit: usize) -> Result<(), Refused> {
    if found > limit { Err(Refused::TooLarge { what, found, limit }) } else { Ok(()) }
}

fn read_sections(reader: &mut Reader<'_>, update: &mut Update<'_>, limits: &Limits) -> Result<(), Refused> {
    let sections_at = reader.at();
    // A section has at least three bytes; the count cannot ask for more memory than was sent.
    let sections = reader.count(3)?;
    at_most("clients", sections, limits.clients_max)?;
    let mut descending = true;
    for _ in 0..sections {
        let structs = reader.count(2)?;
        at_most("structs", update.structs.len() + structs, limits.structs_max)?;
        let client = reader.var_uint()?;
        let first = index(update.structs.len());
        read_structs(reader, update, client, structs)?;
        if structs == 0 {
            // Written by nobody known and harmless: forgotten here, so that nobody later has to care.
            update.canonical = false;
            continue;
        }
        descending &= update.sections.last().is_none_or(|last| last.client > client);
        update.sections.push(Section { client, first, end: index(update.structs.len()) });
    }
    if !descending {
        update.by_client = sections_by_client(&update.sections, sections_at)?;
    }
    Ok(())
}

fn sections_by_client(sections: &[Section], at: usize) -> Result<Vec<(ClientId, u32)>, Refused> {
    let mut by_client: Vec<_> =
        sections.iter().enumerate().map(|(position, section)| (section.client, index(position))).collect();
    by_client.sort_unstable();
    if by_client.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err(Refused::contradiction("two sections of one client, in the struct list", at));
    }
    Ok(by_client)
}

fn read_structs(
    reader: &mut Reader<'_>,
    update: &mut Update<'_>,
    client: ClientId,
    count: usize,
) -> Result<(), Refused> {
    let mut next = clock(reader)?;
    for _ in 0..count {
        let one = read_struct(reader, client, next)?;
        next = one.end();
        update.structs.push(one);
    }
    Ok(())
}

#[inline]
fn read_struct(reader: &mut Reader<'_>, client: ClientId, clock: u32) -> Result<Struct, Refused> {
    let at = reader.at();
    let (info, place) = place(reader)?;
    let before = |id: Option<Id>| id.is_none_or(|id| id.client != client || id.clock < clock);
    let parent = if let Parent::Item(id) = place.parent { Some(id) } else { None };
    if !(before(place.origin) && before(place.right_origin) && before(parent)) {
        return Err(Refused::contradiction("an item placed relative to itself or to what follows it", at));
    }
    let (kind, len) = match info & REFERENCE {
        GC => (Kind::Gc, reader.var_uint()?),
        SKIP => (Kind::Skip, reader.var_uint()?),
        reference => content::read(reader, reference)?,
    };
    if len == 0 {
        return Err(Refused::contradiction("an item without content", at));
    }
    let len = clocks_from(clock, len, at)?;
    Ok(Struct { clock, len, at: index(at), bytes_end: index(reader.at()), kind })
}

/// Returns the content reference in an info byte.
pub(super) fn reference(info: u8) -> u8 {
    info & REFERENCE
}

/// Reads the info byte of a struct and what says where it belongs; the content follows.
#[inline]
pub(super) fn place<'a>(reader: &mut Reader<'a>) -> Result<(u8, Place<'a>), Refused> {
    let at = reader.at();
    let info = reader.byte()?;
    if matches!(info & REFERENCE, GC | SKIP) {
        // Yjs masks the flags away, yrs does not: with flags the two would read different structs.
        return if info & !REFERENCE == 0 {
            Ok((info, Place::default()))
        } else {
            Err(Refused::contradiction("a tombstone or gap with flags of an item", at))
        };
    }
    if info & REFERENCE > SKIP + 1 {
        return Err(Refused::unsupported(Unsupported::Content(info & REFERENCE), at));
    }
    let origin = if info & HAS_ORIGIN != 0 { Some(id(reader)?) } else { None };
    let right_origin = if info & HAS_RIGHT_ORIGIN != 0 { Some(id(reader)?) } else { None };
    let (mut parent, mut key) = (Parent::Inherited, None);
    if info & (HAS_ORIGIN | HAS_RIGHT_ORIGIN) == 0 {
        parent = read_parent(reader)?;
        key = if info & HAS_KEY != 0 { Some(reader.var_string()?) } else { None };
    }
    Ok((info, Place { origin, right_origin, parent, key }))
}

fn read_parent<'a>(reader: &mut Reader<'a>) -> Result<Parent<'a>, Refused> {
    let at = reader.at();
    match reader.var_uint()? {
        1 => reader.var_string().map(Parent::Root).map_err(Refused::from),
        0 => id(reader).map(Parent::Item),
        tag => Err(Malformed::UnknownTag { tag, at }.into()),
    }
}

fn read_deletes(reader: &mut Reader<'_>, update: &mut Update<'_>, limits: &Limits) -> Result<(), Refused> {
    let at = reader.at();
    let clients = reader.count(2)?;
    at_most("clients with deletes", clients, limits.clients_max)?;
    let mut seen = SmallVec::<[ClientId; 4]>::new();
    for _ in 0..clients {
        let client = reader.var_uint()?;
        let ranges = reader.count(2)?;
        at_most("delete ranges", update.deletes.len() + ranges, limits.delete_ranges_max)?;
        seen.push(client);
        read_delete_ranges(reader, update, client, ranges)?;
        update.canonical &= ranges > 0;
    }
    if !seen.windows(2).all(|pair| pair[0] > pair[1]) {
        seen.sort_unstable();
        if seen.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Refused::contradiction("two sections of one client, in the delete set", at));
        }
    }
    Ok(())
}

fn read_delete_ranges(
    reader: &mut Reader<'_>,
    update: &mut Update<'_>,
    client: ClientId,
    count: usize,
) -> Result<(), Refused> {
    let first = update.deletes.len();
    let mut ascending = true;
    for _ in 0..count {
        let at = reader.at();
        let clock = clock(reader)?;
        let len = clocks_from(clock, reader.var_uint()?, at)?;
        if len == 0 {
            update.canonical = false;
            continue;
        }
        ascending &= update.deletes[first..].last().is_none_or(|last| last.end() <= clock);
        update.deletes.push(DeleteRange { client, clock, len });
    }
    if !ascending {
        update.canonical = false;
        merge(&mut update.deletes, first);
    }
    Ok(())
}

/// Brings the ranges from `first` on into order and joins those that overlap.
fn merge(deletes: &mut SmallVec<[DeleteRange; 2]>, first: usize) {
    deletes[first..].sort_unstable_by_key(|range| range.clock);
    let mut kept = first;
    for next in first + 1..deletes.len() {
        let range = deletes[next];
        let last = &mut deletes[kept];
        if range.clock <= last.end() {
            last.len = last.end().max(range.end()) - last.clock;
        } else {
            kept += 1;
            deletes[kept] = range;
        }
    }
    deletes.truncate(kept + 1);
}

fn id(reader: &mut Reader<'_>) -> Result<Id, Refused> {
    Ok(Id { client: reader.var_uint()?, clock: clock(reader)? })
}

fn clock(reader: &mut Reader<'_>) -> Result<u32, Refused> {
    let at = reader.at();
    let clock = reader.var_uint()?;
    clocks_from(0, clock, at)
}

/// Returns `len` if the clocks from `clock` on still fit below [`CLOCK_MAX`].
fn clocks_from(clock: u32, len: u64, at: usize) -> Result<u32, Refused> {
    u32::try_from(len)
        .ok()
        .filter(|len| *len <= CLOCK_MAX - clock)
        .ok_or(Refused::contradiction("a clock beyond 2^30", at))
}

/// Positions and indexes fit: [`parse`] refuses updates of 4 GiB and more, and every index has a byte.
fn index(position: usize) -> u32 {
    u32::try_from(position).expect("parse refuses updates of 4 GiB")
}

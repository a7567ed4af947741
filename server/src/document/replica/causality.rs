//! Which part of an update can be integrated now, decided as Yjs would integrate it.
//!
//! Every section is a queue. Its first struct can be taken if the clocks before it are known and so are its
//! origins and its parent, before the update or from structs taken already. A struct that waits for another section
//! is looked at again when that section has come far enough: each struct waits at most three times, so the cost
//! grows with the structs and the logarithm of the sections, not with their product. Two sections that wait for
//! each other stay where they are; no client can have written that.

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::ops::Range;

use smallvec::SmallVec;
use weft_protocol::ids::ClientId;
use weft_protocol::validate::{DeleteRange, Id, Kind, Parent, Place, Struct, Update};

use super::crowd::{Draft, Newcomer};
use super::mirror::Mirror;
use super::sequence::Sequence;

/// Most types around an item. The CRDT deletes and collects types inside types by recursion, and a stack of 2 MiB
/// ends at some thousands; editors nest tens.
pub(super) const TYPE_DEPTH_MAX: u64 = 500;

/// An item that no client can have written where it says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Misplaced {
    /// Its parent is not a type.
    Parent(Id),
    /// Its neighbours are in different types, or under different keys.
    Between,
    /// What is known of it is somewhere else.
    Continuation,
    /// It is an entry of a map before another; a client only ever adds the newest.
    RightOfEntry,
    /// It is an entry of a map that can be cut, and is not deleted at once.
    Entry,
    /// It is a type inside more than [`TYPE_DEPTH_MAX`] others.
    Depth,
}

/// What of an update is new and can be applied.
#[derive(Debug)]
pub(super) struct Plan {
    /// Per section: indexes of its first struct taken and behind its last, in [`Update::structs`]. What is between
    /// them has no gap. Only the first may be known in part.
    pub(super) taken: SmallVec<[(u32, u32); 1]>,
    /// Where each struct is, as far as it is taken.
    pub(super) sequences: SmallVec<[Sequence; 2]>,
    /// Deletes of known clocks that are not known to be deleted.
    pub(super) deletes: SmallVec<[DeleteRange; 2]>,
    /// What it costs to find the places of what is taken.
    pub(super) crowding: Draft,
    /// Everything in the update is known or taken.
    pub(super) complete: bool,
    /// The bytes of the update say exactly what is new.
    pub(super) verbatim: bool,
}

impl Plan {
    pub(super) fn is_empty(&self) -> bool {
        self.deletes.is_empty() && self.taken.iter().all(|(first, end)| first == end)
    }
}

/// Decides about an update.
///
/// # Errors
/// [`Misplaced`] and the item's position in bytes, if an item that could be taken is where it cannot be.
pub(super) fn resolve(update: &Update<'_>, mirror: &Mirror) -> Result<Plan, (Misplaced, u32)> {
    let mut resolver = Resolver::new(update, mirror);
    resolver.run()?;
    Ok(resolver.finish())
}

/// The place in one section.
struct Queue {
    /// Clock known before the update.
    known: u32,
    /// Clock known with what was taken.
    clock: u32,
    /// Next struct to look at.
    next: u32,
    end: u32,
    /// First struct taken, and behind the last.
    taken: (u32, u32),
}

struct Resolver<'u> {
    update: &'u Update<'u>,
    mirror: &'u Mirror,
    queues: SmallVec<[Queue; 1]>,
    /// Per struct: where it is, once it is taken.
    sequences: SmallVec<[Sequence; 2]>,
    crowding: Draft,
    /// Where the deletes of a client are; made when somebody asks.
    deletes_by_client: OnceCell<HashMap<ClientId, Range<usize>>>,
    runnable: SmallVec<[usize; 4]>,
    /// Per section: who waits for which of its clocks, lowest first. Empty until somebody waits.
    waiting: Vec<BinaryHeap<Reverse<(u32, usize)>>>,
}

/// What a struct has to wait for.
enum Missing {
    Nothing,
    /// Another section may bring this clock.
    Section(usize, u32),
    /// Nothing in this update brings it.
    Cause,
}

impl<'u> Resolver<'u> {
    fn new(update: &'u Update<'u>, mirror: &'u Mirror) -> Self {
        let queues = update.sections().iter().map(|section| {
            let known = mirror.clock(section.client);
            let taken = (section.end, section.end);
            Queue { known, clock: known, next: section.first, end: section.end, taken }
        });
        let queues: SmallVec<[Queue; 1]> = queues.collect();
        let runnable = (0..queues.len()).rev().collect();
        let sequences = SmallVec::from_elem(Sequence::NOWHERE, update.structs().len());
        let (crowding, deletes_by_client) = (Draft::default(), OnceCell::new());
        Self { update, mirror, queues, sequences, crowding, deletes_by_client, runnable, waiting: Vec::new() }
    }

    fn run(&mut self) -> Result<(), (Misplaced, u32)> {
        while let Some(section) = self.runnable.pop() {
            self.advance(section)?;
            self.wake(section);
        }
        Ok(())
    }

    /// Takes structs of one section until one has to wait.
    fn advance(&mut self, section: usize) -> Result<(), (Misplaced, u32)> {
        while self.queues[section].next < self.queues[section].end {
            let queue = &self.queues[section];
            let one = self.update.structs()[queue.next as usize];
            // A gap is passed over: what follows it is known, or has a clock that is too high.
            if one.kind != Kind::Skip && one.end() > queue.clock {
                if one.clock > queue.clock {
                    return Ok(());
                }
                let place = self.update.place(&one);
                match self.missing(&place) {
                    Missing::Nothing => self.take(section, &one, &place).map_err(|what| (what, one.at))?,
                    Missing::Cause => return Ok(()),
                    Missing::Section(other, clock) => {
                        self.wait(section, other, clock);
                        return Ok(());
                    }
                }
            }
            self.queues[section].next += 1;
        }
        Ok(())
    }

    fn take(&mut self, section: usize, one: &Struct, place: &Place<'_>) -> Result<(), Misplaced> {
        let sequence = self.locate(section, one, place)?;
        self.crowd(section, one, place, sequence);
        let queue = &mut self.queues[section];
        if queue.taken.0 == queue.taken.1 {
            queue.taken.0 = queue.next;
        }
        queue.taken.1 = queue.next + 1;
        queue.clock = one.end();
        self.sequences[queue.next as usize] = sequence;
        Ok(())
    }

    /// Counts what it costs to find the place of a struct that is taken.
    fn crowd(&mut self, section: usize, one: &Struct, place: &Place<'_>, sequence: Sequence) {
        let id = Id { client: self.update.sections()[section].client, clock: one.clock };
        let is_known_in_part = one.clock < self.queues[section].clock;
        if one.kind == Kind::Gc || sequence.place() == Sequence::NOWHERE {
            if !is_known_in_part {
                self.crowding.interrupt(id);
            }
            return;
        }
        if is_known_in_part {
            return;
        }
        let next = place.origin.map(|left| Id { client: left.client, clock: left.clock + 1 });
        let next = next.filter(|next| next.clock < self.clock(next.client));
        let is_block = !matches!(one.kind, Kind::Text);
        let (left, right) = (place.origin, place.right_origin);
        let item = Newcomer { id, sequence, left, right, next, is_block };
        self.crowding.place(&self.mirror.hasher, &self.mirror.crowds, &item);
    }

    /// Returns the clock known of `client`, with what was taken.
    fn clock(&self, client: ClientId) -> u32 {
        self.update
            .section_of(client)
            .map_or_else(|| self.mirror.clock(client), |section| self.queues[section].clock)
    }

    fn missing(&self, place: &Place<'_>) -> Missing {
        let parent = if let Parent::Item(id) = place.parent { Some(id) } else { None };
        for id in [place.origin, place.right_origin, parent].into_iter().flatten() {
            match self.update.section_of(id.client) {
                Some(other) if id.clock < self.queues[other].clock => {}
                Some(other) => return Missing::Section(other, id.clock),
                None if id.clock < self.mirror.clock(id.client) => {}
                None => return Missing::Cause,
            }
        }
        Missing::Nothing
    }

    /// Finds out where a struct is whose causes are known. Deletes of the update do not count: they are applied
    /// after its structs.
    fn locate(&self, section: usize, one: &Struct, place: &Place<'_>) -> Result<Sequence, Misplaced> {
        let hasher = &self.mirror.hasher;
        let mut sequence = match place.parent {
            Parent::Inherited => {
                let of = |id: Option<Id>| id.map_or(Sequence::NOWHERE, |id| self.sequence(id));
                of(place.origin).and(of(place.right_origin)).ok_or(Misplaced::Between)?
            }
            Parent::Root(name) => Sequence::in_root(hasher, name, place.key),
            Parent::Item(parent) => match self.sequence(parent) {
                // A type that was deleted before it came here: its children become tombstones. Being deleted does
                // not suffice, yrs fails half-way on a parent that is no type and was not collected yet.
                around if around.is_tombstone() => Sequence::NOWHERE,
                around if self.is_type(parent) => Sequence::in_type(hasher, parent, around, place.key),
                _ => return Err(Misplaced::Parent(parent)),
            },
        };
        let queue = &self.queues[section];
        if one.clock < queue.clock {
            let before = Id { client: self.update.sections()[section].client, clock: queue.clock - 1 };
            sequence = self.sequence(before).and(sequence).ok_or(Misplaced::Continuation)?;
        }
        if sequence.is_key() && place.right_origin.is_some() {
            return Err(Misplaced::RightOfEntry);
        }
        match one.kind {
            Kind::Gc | Kind::Deleted => Ok(sequence.tombstone()),
            // The CRDT deletes only the last entry of a key with its map: the first half of a cut one would stay, in a
            // map that is freed. Clients write entries of one clock; several only as deleted ones joined. What of the
            // struct is known already is cut off before.
            _ if sequence.is_key()
                && !self.is_one_or_deleted(section, one.clock.max(queue.clock), one.end()) =>
            {
                Err(Misplaced::Entry)
            }
            Kind::Type if sequence.depth() > TYPE_DEPTH_MAX => Err(Misplaced::Depth),
            _ => Ok(sequence),
        }
    }

    /// Returns whether these clocks of a section are one alone, or the update deletes them all.
    fn is_one_or_deleted(&self, section: usize, clock: u32, end: u32) -> bool {
        if end - clock == 1 {
            return true;
        }
        let deletes = self.update.deletes();
        let by_client = self.deletes_by_client.get_or_init(|| {
            let mut from = 0;
            let ranges = deletes.chunk_by(|a, b| a.client == b.client).map(|ranges| {
                from += ranges.len();
                (ranges[0].client, from - ranges.len()..from)
            });
            ranges.collect()
        });
        let Some(ranges) = by_client.get(&self.update.sections()[section].client) else { return false };
        let ranges = &deletes[ranges.clone()];
        let behind = ranges.partition_point(|range| range.clock <= clock);
        ranges[..behind].last().is_some_and(|range| end <= range.end())
    }

    /// Returns where an item is that is known or taken.
    #[inline]
    fn sequence(&self, id: Id) -> Sequence {
        self.taken_as(id).map_or_else(|| self.mirror.sequence(id), |found| self.sequences[found])
    }

    fn is_type(&self, id: Id) -> bool {
        let taken = self.taken_as(id).map(|found| self.update.structs()[found].kind == Kind::Type);
        taken.unwrap_or_else(|| self.mirror.is_type(id))
    }

    /// Returns the index of the struct that brings an item, unless it was known before the update.
    #[inline]
    fn taken_as(&self, id: Id) -> Option<usize> {
        let section = self.update.section_of(id.client)?;
        if id.clock < self.queues[section].known {
            return None;
        }
        self.update.struct_at(&self.update.sections()[section], id.clock)
    }

    fn wait(&mut self, section: usize, other: usize, clock: u32) {
        if self.waiting.is_empty() {
            self.waiting.resize_with(self.queues.len(), BinaryHeap::new);
        }
        self.waiting[other].push(Reverse((clock, section)));
    }

    fn wake(&mut self, section: usize) {
        let Some(waiting) = self.waiting.get_mut(section) else { return };
        while let Some(Reverse((clock, waiter))) = waiting.peek().copied()
            && clock < self.queues[section].clock
        {
            waiting.pop();
            self.runnable.push(waiter);
        }
    }

    fn finish(self) -> Plan {
        let mut complete = self.queues.iter().all(|queue| queue.next == queue.end);
        let mut verbatim = self.update.is_canonical();
        for (section, queue) in self.update.sections().iter().zip(&self.queues) {
            verbatim &= queue.taken == (section.first, section.end);
        }
        let mut deletes = SmallVec::new();
        for range in self.update.deletes() {
            let clock = self.clock(range.client);
            complete &= range.end() <= clock;
            let before = deletes.len();
            self.mirror.alive(range.client, range.clock, range.end().min(clock), |start, end| {
                deletes.push(DeleteRange { client: range.client, clock: start, len: end - start });
            });
            verbatim &= deletes.len() == before + 1 && deletes[before] == *range;
        }
        let taken = self.queues.iter().map(|queue| queue.taken).collect();
        let (sequences, crowding) = (self.sequences, self.crowding);
        Plan { taken, sequences, deletes, crowding, complete, verbatim: verbatim && complete }
    }
}

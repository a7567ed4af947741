//! A document's CRDT state in memory, and the only file of the server that names yrs.
//!
//! yrs is not safe on bytes a client chose. An update reaches it only after four sets of rules:
//!
//! - The format, without the document: [`validate::parse`].
//! - Causes: every struct continues its author's clocks, its origins and its parent exist, deletes name known clocks.
//!   What does not is a *gap*, never an error: a tab may deliver an update before its causes. The replica takes
//!   nothing of such an update ([`Replica::apply`]) or its causally complete part ([`Replica::apply_available`]); the
//!   caller keeps the rest and asks for what is missing.
//! - Parents: an item whose parent is not a type is refused for good. Tombstones may be parents: of a type that was
//!   deleted before it came here.
//! - Neighbours: an item between two items of different types or keys is refused for good, and so are entries of
//!   maps that are not one value or not the newest, and types inside hundreds of others. yrs would keep such items
//!   where deleting their type does not find them, and later follow a pointer to the freed type.
//!
//! All but the first are decided on a mirror of our own, so that a refusal or a gap costs no CRDT transaction.
//!
//! Behind the rules is containment. Every call into yrs runs under `catch_unwind`, with a write transaction in
//! `ManuallyDrop`, because dropping one during a panic commits it and a second panic there would abort the process.
//! After a panic inside a write the replica is unusable and says so for ever; its memory is leaked with the
//! transaction, and the document has to be rebuilt from storage.

mod beside;
mod causality;
mod contained;
mod crowd;
mod error;
mod flat;
mod mirror;
mod newcomers;
pub mod preview;
mod reframe;
pub mod restore;
mod sequence;
#[cfg(test)]
mod tests;
mod verify;
mod words;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use weft_protocol::ids::ClientId;
use weft_protocol::validate::{self, Id, Kind, Limits, Update};
use yrs::block::ClientID;
use yrs::updates::decoder::Decode;
use yrs::{Doc, OffsetKind, Options, ReadTxn, StateVector, Transact};

use causality::Plan;
use contained::{change, said};
pub use error::ReplicaError;
use mirror::Mirror;

/// What became of an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Everything in it is now part of the replica. Journal and relay the update as it came.
    Applied,
    /// As [`Outcome::Applied`], but most of it was known. Journal and relay `accepted` instead: the new part.
    Trimmed {
        /// An update of its own, made of the update's own structs.
        accepted: Vec<u8>,
    },
    /// It adds nothing: every struct and every delete is known.
    Known,
    /// Nothing of it was applied, because causes are missing.
    Gap,
    /// The causally complete part was applied, the rest lacks causes. Journal and relay `accepted`.
    Part {
        /// An update of its own, made of the update's own structs. Never empty.
        accepted: Vec<u8>,
    },
}

/// How much of an update must be applicable.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    All,
    Available,
}

/// How long applying may take.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effort {
    Any,
    Short,
}

/// More new structs and deletes than this are long work.
const SHORT_STRUCTS_MAX: usize = 2_048;
/// More steps to find their places than this are long work.
const SHORT_STEPS_MAX: u64 = 1 << 17;

/// A document's CRDT state in memory.
pub struct Replica {
    doc: Doc,
    mirror: Mirror,
    limits: Limits,
    /// Estimate of the encoded state in bytes; corrected whenever the state is encoded.
    bytes: AtomicUsize,
    /// Set for good when the CRDT failed while it changed.
    broken: Option<String>,
}

impl Default for Replica {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Replica {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replica")
            .field("bytes", &self.bytes)
            .field("broken", &self.broken)
            .finish_non_exhaustive()
    }
}

impl Replica {
    /// Creates the replica of an empty document, with the default [`Limits`] for each update.
    #[must_use]
    pub fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    /// Creates the replica of an empty document.
    #[must_use]
    pub fn with_limits(limits: Limits) -> Self {
        let mut options = Options::with_guid_and_client_id("weft".into(), ClientID::new(0));
        // Yjs counts UTF-16; with yrs' default, halves of an emoji deleted one after the other panic.
        options.offset_kind = OffsetKind::Utf16;
        options.skip_gc = false;
        // The replica only folds what it is sent: clients clean up formatting and send that as deletes.
        options.cleanup_formatting = false;
        let (doc, bytes) = (Doc::with_options(options), AtomicUsize::new(2));
        Self { doc, mirror: Mirror::default(), limits, bytes, broken: None }
    }

    /// Loads a state the server encoded; later updates are held to the default [`Limits`].
    ///
    /// # Errors
    /// As [`Replica::apply`], and [`ReplicaError::State`] if parts are missing.
    pub fn from_state(state: &[u8]) -> Result<Self, ReplicaError> {
        let mut replica = Self::with_limits(Limits::OWN_STATE);
        if replica.apply(state)? == Outcome::Gap {
            return Err(ReplicaError::State { what: "causes are missing" });
        }
        replica.hold_to(Limits::default());
        replica.mirror.newcomers.clear();
        replica.bytes.store(state.len(), Ordering::Relaxed);
        Ok(replica)
    }

    /// Applies a live update: all of it or nothing.
    ///
    /// # Errors
    /// [`ReplicaError::Refused`], [`ReplicaError::Parent`] and [`ReplicaError::Undecodable`] are final and leave the
    /// replica as it was; [`ReplicaError::Panicked`] ends the replica.
    pub fn apply(&mut self, update: &[u8]) -> Result<Outcome, ReplicaError> {
        self.apply_planned(update, Part::All, Effort::Any).map(done)
    }

    /// Applies the causally complete part of an update, for an answer to a SyncStep1: per client the longest
    /// prefix that can be integrated, and the deletes of what is known then.
    ///
    /// # Errors
    /// As [`Replica::apply`].
    pub fn apply_available(&mut self, update: &[u8]) -> Result<Outcome, ReplicaError> {
        self.apply_planned(update, Part::Available, Effort::Any).map(done)
    }

    /// As [`Replica::apply`], if it takes a few milliseconds at most; otherwise nothing happens and `None` is returned.
    ///
    /// # Errors
    /// As [`Replica::apply`].
    pub fn apply_if_short(&mut self, update: &[u8]) -> Result<Option<Outcome>, ReplicaError> {
        self.apply_planned(update, Part::All, Effort::Short)
    }

    /// As [`Replica::apply_available`], if it takes a few milliseconds at most.
    ///
    /// # Errors
    /// As [`Replica::apply`].
    pub fn apply_available_if_short(&mut self, update: &[u8]) -> Result<Option<Outcome>, ReplicaError> {
        self.apply_planned(update, Part::Available, Effort::Short)
    }

    fn apply_planned(
        &mut self,
        bytes: &[u8],
        part: Part,
        effort: Effort,
    ) -> Result<Option<Outcome>, ReplicaError> {
        self.check_usable()?;
        let update = validate::parse(bytes, &self.limits)?;
        let plan = causality::resolve(&update, &self.mirror)?;
        if plan.is_empty() {
            return Ok(Some(if plan.complete { Outcome::Known } else { Outcome::Gap }));
        }
        if !plan.complete && part == Part::All {
            return Ok(Some(Outcome::Gap));
        }
        self.check_crowding(&plan, part)?;
        let structs = plan.taken.iter().map(|(first, end)| (end - first) as usize).sum::<usize>();
        let is_long =
            structs + plan.deletes.len() > SHORT_STRUCTS_MAX || plan.crowding.steps > SHORT_STEPS_MAX;
        if is_long && effort == Effort::Short {
            return Ok(None);
        }
        self.integrate_planned(&update, plan).map(Some)
    }

    /// Refuses what would take too long to find its place.
    fn check_crowding(&self, plan: &Plan, part: Part) -> Result<(), ReplicaError> {
        let steps_max = match part {
            Part::All => self.limits.steps_max,
            Part::Available => self.limits.steps_max.saturating_mul(validate::SYNC_REPLY_STEPS),
        };
        let items = ("items between the same two neighbours", plan.crowding.densest.into());
        let steps = ("steps to find the places of its items", plan.crowding.steps);
        let limits = [self.limits.items_between_max.into(), steps_max];
        for ((what, found), limit) in [items, steps].into_iter().zip(limits) {
            if found > limit {
                return Err(ReplicaError::Crowded { what, found, limit });
            }
        }
        Ok(())
    }

    fn integrate_planned(&mut self, update: &Update<'_>, plan: Plan) -> Result<Outcome, ReplicaError> {
        let bytes = update.bytes();
        if plan.verbatim {
            self.integrate(update, plan, bytes)?;
            return Ok(Outcome::Applied);
        }
        let (accepted, complete) = (reframe::reframe(update, &plan), plan.complete);
        self.integrate(update, plan, &accepted)?;
        Ok(if !complete {
            Outcome::Part { accepted }
        } else if accepted.len() * 2 < bytes.len() {
            Outcome::Trimmed { accepted }
        } else {
            Outcome::Applied
        })
    }

    /// Hands `bytes`, the new part of `update`, to the CRDT, and takes it over into the mirror.
    fn integrate(&mut self, update: &Update<'_>, plan: Plan, bytes: &[u8]) -> Result<(), ReplicaError> {
        let decoded = catch_unwind(|| yrs::Update::decode_v1(bytes))
            .map_err(|panic| ReplicaError::Undecodable { what: said(&*panic) })?
            .map_err(|error| ReplicaError::Undecodable { what: error.to_string() })?;
        let deleted = match catch_unwind(AssertUnwindSafe(|| change(&self.doc, decoded))) {
            Ok(Ok(deleted)) => deleted,
            Ok(Err(what)) => return Err(self.break_down(what)),
            Err(panic) => return Err(self.break_down(said(&*panic))),
        };
        let taken = plan.taken.iter().zip(update.sections());
        for ((first, end), section) in taken.filter(|((first, end), _)| first < end) {
            let (first, end) = (*first as usize, *end as usize);
            self.mirror.extend(section.client, &update.structs()[first..end], &plan.sequences[first..end]);
        }
        for range in plan.deletes.iter().chain(&deleted) {
            self.mirror.delete(*range);
        }
        self.estimate(update, &plan);
        self.mirror.take_over(plan.crowding, &plan.deletes);
        Ok(())
    }

    fn break_down(&mut self, what: String) -> ReplicaError {
        self.broken = Some(what.clone());
        ReplicaError::Panicked { what }
    }

    fn check_usable(&self) -> Result<(), ReplicaError> {
        match &self.broken {
            Some(what) => Err(ReplicaError::Panicked { what: what.clone() }),
            None => Ok(()),
        }
    }

    /// Adds to the estimate what the structs take once the CRDT has joined runs of text, and subtracts what
    /// deleted clocks no longer take.
    fn estimate(&self, update: &Update<'_>, plan: &Plan) {
        let mut bytes = self.bytes.load(Ordering::Relaxed);
        for ((first, end), section) in plan.taken.iter().zip(update.sections()) {
            for one in &update.structs()[*first as usize..*end as usize] {
                let left = one.clock.checked_sub(1).map(|clock| Id { client: section.client, clock });
                let joins = one.kind == Kind::Text && left.is_some() && update.place(one).origin == left;
                bytes += if joins { one.len } else { one.bytes_end - one.at } as usize;
            }
        }
        for range in &plan.deletes {
            bytes = bytes.saturating_sub(range.len as usize) + 4;
        }
        self.bytes.store(bytes.max(2), Ordering::Relaxed);
    }

    /// Returns what is known, as an encoded state vector; never enters the CRDT.
    #[must_use]
    pub fn state_vector(&self) -> Vec<u8> {
        self.mirror.state_vector()
    }

    /// Returns whether the peer that sent this state vector has every struct of this replica. It may still lack
    /// deletes: state vectors do not tell.
    ///
    /// # Errors
    /// [`ReplicaError::Refused`] if the state vector is malformed.
    pub fn covers(&self, state_vector: &[u8]) -> Result<bool, ReplicaError> {
        Ok(self.mirror.is_within(&validate::state_vector(state_vector)?))
    }

    /// Encodes what a peer with this state vector lacks, and every delete.
    ///
    /// # Errors
    /// [`ReplicaError::Refused`] if the state vector is malformed, [`ReplicaError::Panicked`] after a failure,
    /// [`ReplicaError::Unencodable`] if the CRDT fails.
    pub fn diff(&self, state_vector: &[u8]) -> Result<Vec<u8>, ReplicaError> {
        self.check_usable()?;
        let theirs = validate::state_vector(state_vector)?;
        let clocks = self.mirror.clocks().into_iter();
        // Clocks we do not know, and clients we do not know, make no difference to what is sent.
        let known = clocks.map(|(client, clock)| (client, clock.min(mirror::clock_in(&theirs, client))));
        self.encode_from(known)
    }

    /// Encodes everything, in update format v1.
    ///
    /// # Errors
    /// [`ReplicaError::Panicked`] after a failure, [`ReplicaError::Unencodable`] if the CRDT fails.
    pub fn encode_state(&self) -> Result<Vec<u8>, ReplicaError> {
        self.check_usable()?;
        let state = self.encode_from(std::iter::empty())?;
        self.bytes.store(state.len(), Ordering::Relaxed);
        Ok(state)
    }

    /// Returns whether nothing was ever written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.mirror.is_empty()
    }

    /// Holds later updates to other limits.
    pub fn hold_to(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Returns about how many bytes [`Replica::encode_state`] would write, without encoding.
    #[must_use]
    pub fn approximate_bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    fn encode_from(&self, known: impl Iterator<Item = (ClientId, u32)>) -> Result<Vec<u8>, ReplicaError> {
        let vector: StateVector = known.map(|(client, clock)| (ClientID::new(client), clock)).collect();
        self.read(|transaction| transaction.encode_diff_v1(&vector))
    }

    fn read<T>(&self, with: impl FnOnce(&yrs::Transaction<'_>) -> T) -> Result<T, ReplicaError> {
        catch_unwind(AssertUnwindSafe(|| self.doc.try_transact().map(|transaction| with(&transaction))))
            .map_err(|panic| ReplicaError::Unencodable { what: said(&*panic) })?
            .map_err(|error| ReplicaError::Unencodable { what: error.to_string() })
    }
}

fn done(outcome: Option<Outcome>) -> Outcome {
    outcome.expect("any effort is enough")
}

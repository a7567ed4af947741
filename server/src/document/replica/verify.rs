//! Whether states read as what they say, and replicas hold the same.

use yrs::ReadTxn;
use yrs::block::ClientID;

use super::{Replica, ReplicaError};

impl Replica {
    /// Checks that a state can be loaded, reads as what it says, and can be written again.
    ///
    /// # Errors
    /// As [`Replica::from_state`], and [`ReplicaError::State`] if what was loaded differs.
    pub fn verify_state(state: &[u8]) -> Result<(), ReplicaError> {
        let replica = Self::from_state(state)?;
        replica.check_clocks()?;
        let again = Self::from_state(&replica.encode_state()?)?;
        again.check_clocks()?;
        if !again.mirror.agrees_with(&replica.mirror) {
            return Err(ReplicaError::State { what: "written again, it reads differently" });
        }
        Ok(())
    }

    /// Returns whether both hold the same: clocks, deletes and content. In how many pieces they hold it does not count.
    ///
    /// # Errors
    /// As [`Replica::encode_state`].
    pub fn holds_the_same_as(&self, other: &Self) -> Result<bool, ReplicaError> {
        if !self.mirror.agrees_with(&other.mirror) {
            return Ok(false);
        }
        let (ours, theirs) = (self.encode_state()?, other.encode_state()?);
        if ours == theirs {
            return Ok(true);
        }
        // Read again, neighbours are joined as far as they can be.
        Ok(Self::from_state(&ours)?.encode_state()? == Self::from_state(&theirs)?.encode_state()?)
    }

    /// Compares what the CRDT has with the mirror.
    fn check_clocks(&self) -> Result<(), ReplicaError> {
        let crdt = self.read(|transaction| transaction.state_vector())?;
        let same =
            self.mirror.clocks().iter().all(|(client, clock)| crdt.get(&ClientID::new(*client)) == *clock);
        if !same || crdt.len() != self.mirror.clocks().len() {
            return Err(ReplicaError::State { what: "the clocks read differ from the clocks written" });
        }
        Ok(())
    }
}

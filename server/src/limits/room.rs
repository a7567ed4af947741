//! Room for work that takes long: bounded for all together, and for each of them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::network;

/// Shares are looked through for forgotten ones when there are so many, and then again at twice as many as were left.
const LOOK_THROUGH_AT: usize = 1_024;

/// On whose account something goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Principal {
    /// An authenticated user, wherever from.
    User(String),
    /// Whoever comes from an address.
    Address(IpAddr),
}

impl Principal {
    /// Returns the user, else the address; `None` for one that cannot be told from others.
    #[must_use]
    pub fn of(user: Option<&str>, address: Option<IpAddr>) -> Option<Self> {
        match user {
            Some(user) => Some(Self::User(user.to_owned())),
            None => address.map(|address| Self::Address(network(address))),
        }
    }
}

/// Places, of which one principal has at most half.
#[derive(Debug, Clone)]
pub struct Room(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    places: Arc<Semaphore>,
    share: usize,
    shares: Mutex<Shares>,
}

#[derive(Debug)]
struct Shares {
    of: HashMap<Principal, Weak<Semaphore>>,
    look_through_at: usize,
}

/// A place in a room, given back when dropped.
#[derive(Debug)]
pub struct Place {
    _share: Option<OwnedSemaphorePermit>,
    _place: OwnedSemaphorePermit,
}

impl Room {
    /// Starts empty.
    #[must_use]
    pub fn new(places: usize) -> Self {
        let shares = Mutex::new(Shares { of: HashMap::new(), look_through_at: LOOK_THROUGH_AT });
        let share = (places / 2).max(1);
        Self(Arc::new(Inner { places: Arc::new(Semaphore::new(places)), share, shares }))
    }

    /// Waits for a place: until the principal's own share has one, and then until the room does. So whoever asks for
    /// many waits for himself.
    pub async fn acquire(&self, principal: Option<&Principal>) -> Place {
        let share = match principal {
            Some(principal) => Some(self.share_of(principal).acquire_owned().await.expect("never closed")),
            None => None,
        };
        let place = self.0.places.clone().acquire_owned().await.expect("never closed");
        Place { _share: share, _place: place }
    }

    /// Takes a place that is free now, if the principal may have one more.
    #[must_use]
    pub fn try_acquire(&self, principal: Option<&Principal>) -> Option<Place> {
        let share = match principal {
            Some(principal) => Some(self.share_of(principal).try_acquire_owned().ok()?),
            None => None,
        };
        Some(Place { _share: share, _place: self.0.places.clone().try_acquire_owned().ok()? })
    }

    /// Returns how many places are free.
    #[must_use]
    pub fn free(&self) -> usize {
        self.0.places.available_permits()
    }

    /// Returns the share of a principal, which is there as long as somebody has or awaits a place of it.
    fn share_of(&self, principal: &Principal) -> Arc<Semaphore> {
        let mut shares = self.0.shares.lock().expect("nothing panics while it holds this");
        if let Some(share) = shares.of.get(principal).and_then(Weak::upgrade) {
            return share;
        }
        if shares.of.len() >= shares.look_through_at {
            shares.of.retain(|_, share| share.strong_count() > 0);
            shares.look_through_at = LOOK_THROUGH_AT.max(2 * shares.of.len());
        }
        let share = Arc::new(Semaphore::new(self.0.share));
        shares.of.insert(principal.clone(), Arc::downgrade(&share));
        share
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn user(name: &str) -> Principal {
        Principal::User(name.to_owned())
    }

    /// [R4]
    #[test]
    fn one_principal_has_at_most_half_of_a_room() {
        let room = Room::new(4);
        let (ada, bob) = (user("ada"), user("bob"));
        let mut of_ada: Vec<_> = (0..2).map(|_| room.try_acquire(Some(&ada)).expect("room")).collect();
        assert!(room.try_acquire(Some(&ada)).is_none());
        let of_bob: Vec<_> = (0..2).map(|_| room.try_acquire(Some(&bob)).expect("room")).collect();
        assert!(room.try_acquire(None).is_none(), "full");
        of_ada.pop();
        assert!(room.try_acquire(Some(&bob)).is_none(), "his share");
        assert!(room.try_acquire(Some(&ada)).is_some());
        drop((of_ada, of_bob));
        let of_nobody: Vec<_> = std::iter::from_fn(|| room.try_acquire(None)).collect();
        assert_eq!((of_nobody.len(), room.free()), (4, 0), "this machine itself");
    }

    /// [R4]
    #[test]
    fn who_asks_for_many_waits_for_himself() {
        let room = Room::new(2);
        let (ada, bob) = (user("ada"), user("bob"));
        let first = room.acquire(Some(&ada)).now_or_never().expect("room");
        let mut waiting: Vec<_> = (0..100).map(|_| Box::pin(room.acquire(Some(&ada)))).collect();
        assert!(waiting.iter_mut().all(|one| one.now_or_never().is_none()));
        assert!(room.acquire(Some(&bob)).now_or_never().is_some(), "ahead of a hundred");
        drop(first);
        let next = waiting[0].as_mut().now_or_never();
        assert!(next.is_some() && waiting[1].as_mut().now_or_never().is_none(), "one after the other");
    }

    /// [R4]
    #[test]
    fn a_user_is_one_principal_everywhere_and_a_network_without_one() {
        let address = |text: &str| Some(text.parse().expect("an address"));
        let of = |user, text| Principal::of(user, address(text));
        assert_eq!(of(Some("ada"), "192.0.2.1"), of(Some("ada"), "192.0.2.2"));
        assert_eq!(of(None, "2001:db8::1"), of(None, "2001:db8::2"));
        assert_ne!(of(None, "192.0.2.1"), of(None, "192.0.2.2"));
        assert_eq!(Principal::of(None, None), None);
    }

    /// [R4]
    #[test]
    fn who_has_no_place_is_forgotten() {
        let room = Room::new(8);
        let kept = room.try_acquire(Some(&user("kept"))).expect("room");
        for n in 0..10 * LOOK_THROUGH_AT {
            drop(room.try_acquire(Some(&user(&n.to_string()))));
        }
        assert!(room.0.shares.lock().expect("sound").of.len() <= LOOK_THROUGH_AT);
        let more: Vec<_> = std::iter::from_fn(|| room.try_acquire(Some(&user("kept")))).collect();
        assert_eq!(more.len(), 3, "and who has one is not");
        drop(kept);
    }
}

//! What is promised about revoked access.

use super::{FIRST, Subject};
use crate::{REVOKED_VALUE_BYTES_MAX, Revocation, Revoked, StoreError, StoreOptions};

fn token(id: &str, revoked_at_ms: i64, expires_at_ms: Option<i64>) -> Revocation {
    Revocation { subject: Revoked::Token(id.into()), revoked_at_ms, expires_at_ms }
}

fn user(id: &str, revoked_at_ms: i64, expires_at_ms: Option<i64>) -> Revocation {
    Revocation { subject: Revoked::User(id.into()), revoked_at_ms, expires_at_ms }
}

/// A token and a user of the same id are two subjects; without an expiry a revocation stays.
pub async fn a_revocation_holds_until_it_expires(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    assert_eq!(store.revocations(0).await, Ok(vec![]));
    let all = [user("ä", 30, None), user("a", 20, Some(60)), token("a", 10, Some(50))];
    for revocation in &all {
        store.revoke(revocation.clone()).await.expect("revoked");
    }
    assert_eq!(store.revocations(49).await.expect("read"), all);
    assert_eq!(store.revocations(50).await.expect("read"), all[..2]);
    assert_eq!(store.revocations(i64::MAX).await.expect("read"), all[..1]);
}

/// Whoever revokes twice, in whatever order it arrives, voids at least as much as before.
pub async fn repeating_a_revocation_never_shortens_it(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    for (revoked_at_ms, expires_at_ms) in [(20, 90), (20, 90), (30, 80), (10, 70)] {
        store.revoke(user("a", revoked_at_ms, Some(expires_at_ms))).await.expect("revoked");
    }
    assert_eq!(store.revocations(0).await, Ok(vec![user("a", 30, Some(90))]));
    for expires_at_ms in [None, Some(95)] {
        store.revoke(user("a", 20, expires_at_ms)).await.expect("revoked");
        assert_eq!(store.revocations(0).await, Ok(vec![user("a", 30, None)]));
    }
    store.revoke(token("b", 1, Some(5))).await.expect("revoked");
    store.revoke(token("b", 40, Some(60))).await.expect("revoked after it had expired");
    assert_eq!(store.revocations(0).await.expect("read")[0], token("b", 40, Some(60)));
}

/// The next revocation drops what can no longer be presented.
pub async fn expired_revocations_make_room(subject: &dyn Subject) {
    let store = subject.store_with(StoreOptions { revocations_max: 2, ..StoreOptions::default() });
    store.revoke(token("a", 10, Some(50))).await.expect("revoked");
    store.revoke(token("b", 10, None)).await.expect("revoked");
    store.revoke(token("c", 50, Some(90))).await.expect("there is room again");
    let rows = store.revocations(i64::MIN).await.expect("read");
    assert_eq!(rows, [token("c", 50, Some(90)), token("b", 10, None)]);
}

/// To forget one would make a token valid again; to refuse the new one tells whoever revokes.
pub async fn a_revocation_beyond_the_bound_is_refused_and_none_is_forgotten(subject: &dyn Subject) {
    let store = subject.store_with(StoreOptions { revocations_max: 2, ..StoreOptions::default() });
    store.revoke(token("a", 10, None)).await.expect("revoked");
    store.revoke(token("b", 11, None)).await.expect("revoked");
    let error = store.revoke(token("c", 12, None)).await.expect_err("there is no room");
    assert!(matches!(error, StoreError::Rejected { table: "revocations", .. }), "{error}");
    store.revoke(token("a", 13, None)).await.expect("it is there already");
    let rows = store.revocations(0).await.expect("read");
    assert_eq!(rows, [token("a", 13, None), token("b", 11, None)]);
}

/// All stores take the same ids.
pub async fn an_id_that_no_database_holds_is_rejected(subject: &dyn Subject) {
    let store = subject.store(FIRST);
    let longest = "x".repeat(REVOKED_VALUE_BYTES_MAX);
    for bad in ["", "a\0b", &format!("{longest}x")] {
        let error = store.revoke(token(bad, 1, None)).await.expect_err("rejected");
        assert!(matches!(error, StoreError::Rejected { table: "revocations", .. }), "{error}");
    }
    store.revoke(token(&longest, 1, None)).await.expect("revoked");
    assert_eq!(store.revocations(0).await.expect("read").len(), 1);
}

//! The suite every store must pass, as async functions that panic when a promise is broken.
//!
//! Each function takes a [`Subject`] with an empty, migrated database. [`contract_tests!`](crate::contract_tests) makes one
//! test of each, so that all stores are always held to the same list.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use weft_protocol::ids::{DocumentId, DocumentName, Seq, WriterId};

use crate::{
    Append, Frontier, NewSnapshot, SnapshotId, SnapshotKind, SnapshotSaved, Store, StoreOptions,
    VersionBounds,
};

pub mod appending;
pub mod blobs;
pub mod documents;
pub mod history;
pub mod links;
pub mod loading;
pub mod revocations;
pub mod snapshots;
mod subjects;
pub mod thinning;

/// A store under test and the ways to damage it behind its back.
#[async_trait]
pub trait Subject: Send + Sync {
    /// Returns the database as `writer` uses it.
    fn store(&self, writer: WriterId) -> Arc<dyn Store>;

    /// Returns the database as [`FIRST`] uses it, under other bounds.
    fn store_with(&self, options: StoreOptions) -> Arc<dyn Store>;

    /// Flips a bit in the stored state of a snapshot.
    async fn corrupt_snapshot(&self, id: SnapshotId);

    /// Deletes an update, as nothing in the server ever does.
    async fn lose_update(&self, document: DocumentId, writer: WriterId, seq: Seq);
}

/// The writer most cases use.
pub const FIRST: WriterId = WriterId(11);
/// Another incarnation.
pub const SECOND: WriterId = WriterId((1 << 63) - 1);

/// Makes a test of every case of the contract; the argument is an async function without arguments that returns a
/// [`Subject`] with an empty, migrated database, and something to be kept as long as it is used.
#[macro_export]
macro_rules! contract_tests {
    ($subject:path) => {
        $crate::contract_tests!(@module $subject, appending,
            appended_updates_are_read_back_whole
            an_empty_batch_is_nothing
            repeating_an_append_changes_nothing
            a_repeated_batch_with_new_rows_adds_only_those
            a_conflict_is_named_and_leaves_nothing_of_the_batch
            equal_rows_in_one_batch_are_one_row
            different_rows_under_one_key_in_one_batch_conflict
            a_first_append_creates_the_document
            activity_moves_only_when_it_is_old
            an_identity_that_is_not_of_the_name_is_rejected
            numbers_outside_the_range_are_rejected
            batches_of_every_size_arrive
            large_payloads_arrive
            writers_append_to_one_document_at_once
            a_soft_deleted_document_still_takes_updates
        );
        $crate::contract_tests!(@module $subject, loading,
            an_unknown_document_is_empty
            writers_interleave_by_time_and_keep_their_order
            only_updates_above_the_snapshot_are_loaded
            a_hole_above_the_frontier_is_an_error
            a_hole_below_the_frontier_is_none
            a_deleted_document_says_so
            histories_are_read_in_pages
            the_frontier_names_every_writer
            documents_do_not_mix
        );
        $crate::contract_tests!(@module $subject, snapshots,
            a_snapshot_needs_a_document
            a_covered_snapshot_is_skipped
            incomparable_snapshots_are_both_kept
            the_snapshot_that_contains_most_is_loaded
            old_automatic_snapshots_are_pruned_and_no_others
            a_damaged_snapshot_is_quarantined_and_the_one_before_it_used
            with_all_snapshots_damaged_the_updates_are_the_document
            a_quarantined_snapshot_is_neither_used_nor_pruned_nor_covering
            a_snapshot_over_the_limit_is_an_error_and_stays
            a_version_is_read_by_number
            versions_are_listed_newest_first
            named_versions_beyond_the_bounds_are_refused
            of_what_restores_made_the_oldest_give_way
        );
        $crate::contract_tests!(@module $subject, history,
            updates_are_read_in_their_total_order
            a_moment_is_what_was_ordered_before_it
            stretches_are_bounded
            many_writers_are_merged_in_bounded_memory
            a_hole_in_the_past_is_an_error
            the_snapshot_of_a_moment_has_nothing_later_in_it
            active_minutes_are_listed_newest_first
            a_snapshot_can_be_inspected
            every_document_is_listed
            versions_are_renamed_and_deleted
        );
        $crate::contract_tests!(@module $subject, documents,
            a_name_is_taken_once
            a_created_document_keeps_its_kind_and_title_when_edited
            deleting_hides_and_undeleting_shows
            renaming_changes_the_title_only
            the_kind_changes_without_the_title_and_the_title_without_the_kind
            changing_what_does_not_exist_is_an_error
            listings_are_searched_ignoring_case
            listings_go_by_activity_in_pages
            the_first_user_of_a_client_id_stays_its_user
            migrating_again_changes_nothing
        );
        $crate::contract_tests!(@module $subject, thinning,
            a_merged_row_is_read_above_all_that_it_stands_for
            a_page_never_divides_a_merged_row
            the_order_has_a_merged_row_where_its_last_update_was
            what_somebody_else_merged_is_left_alone
            repeating_an_append_that_was_merged_changes_nothing
            how_far_a_document_was_thinned_is_remembered
        );
        $crate::contract_tests!(@module $subject, blobs,
            a_blob_is_read_back_piece_by_piece
            storing_a_blob_again_changes_nothing
            a_first_blob_creates_the_document
            blobs_belong_to_their_document
            a_deleted_document_keeps_its_blobs_and_shows_none
            a_document_has_so_many_blobs_and_bytes_of_them
            blobs_that_come_at_once_do_not_pass_the_bounds_together
        );
        $crate::contract_tests!(@module $subject, links,
            links_are_read_back_until_they_end
            a_deleted_link_is_gone_and_no_other
            a_document_has_so_many_links
            links_made_at_once_do_not_pass_the_bound_together
        );
        $crate::contract_tests!(@module $subject, revocations,
            a_revocation_holds_until_it_expires
            repeating_a_revocation_never_shortens_it
            expired_revocations_make_room
            a_revocation_beyond_the_bound_is_refused_and_none_is_forgotten
            an_id_that_no_database_holds_is_rejected
        );
    };
    (@module $subject:path, $module:ident, $($case:ident)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let (subject, _kept) = $subject().await;
                $crate::contract::$module::$case(&subject).await;
            }
        )+
    };
}

/// Returns a legal name.
pub(crate) fn name(text: &str) -> DocumentName {
    DocumentName::new(text).expect("the name is legal")
}

/// Returns the identity of a legal name.
pub(crate) fn id(text: &str) -> DocumentId {
    DocumentId::of(&name(text))
}

/// Returns an append whose payload tells document and number, received at second `seq`.
pub(crate) fn append(document: &str, seq: Seq) -> Append {
    Append {
        document: id(document),
        name: name(document),
        seq,
        received_at_ms: i64::try_from(seq).expect("small") * 1_000,
        author: Some(format!("author of {seq}")),
        payload: Bytes::from(format!("{document}/{seq}")),
    }
}

/// Returns the appends of a range of numbers.
pub(crate) fn appends(document: &str, seqs: std::ops::RangeInclusive<Seq>) -> Vec<Append> {
    seqs.map(|seq| append(document, seq)).collect()
}

/// Returns a snapshot whose state is `state` and which contains [`FIRST`] up to `seq`.
pub(crate) fn snapshot(document: &str, seq: Seq, state: &str) -> NewSnapshot {
    NewSnapshot {
        document: id(document),
        taken_at_ms: 77,
        frontier: Frontier::from_iter([(FIRST, seq)]),
        state: Bytes::from(state.to_owned()),
        kind: SnapshotKind::Auto,
        label: None,
        author: None,
        bounds: VersionBounds::default(),
    }
}

/// Saves a snapshot that must not be skipped.
pub(crate) async fn save(store: &Arc<dyn Store>, snapshot: NewSnapshot) -> SnapshotId {
    match store.save_snapshot(snapshot).await {
        Ok(SnapshotSaved::Stored(id)) => id,
        other => panic!("the snapshot must be stored: {other:?}"),
    }
}

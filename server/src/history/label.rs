//! What the versions around a restore are called. However often one restores what a restore made, a label names one version or
//! one time.

use weft_storage::SnapshotKind;

/// Begins the label of what was there before.
const BEFORE: &str = "Before restoring ";
/// Begins the label of what came of it.
const AFTER: &str = "Restored from ";
/// Characters of a label that are told again in another.
const RETOLD_CHARS_MAX: usize = 120;

/// Returns the label of what is there before a restore.
#[must_use]
pub fn before(restored: &str) -> String {
    format!("{BEFORE}{restored}")
}

/// Returns the label of what a restore makes.
#[must_use]
pub fn after(restored: &str) -> String {
    format!("{AFTER}{restored}")
}

/// Returns what a version is called in the labels of its restore: as people called it, or what was restored by it is; none if
/// only its time tells.
#[must_use]
pub fn called(kind: SnapshotKind, label: &str) -> Option<String> {
    let mut label = label.trim();
    if kind == SnapshotKind::Restore {
        while let Some(restored) = label.strip_prefix(AFTER) {
            label = restored;
        }
        if label.starts_with(BEFORE) {
            return None;
        }
    }
    if label.chars().count() > RETOLD_CHARS_MAX {
        let kept: String = label.chars().take(RETOLD_CHARS_MAX - 1).collect();
        return Some(format!("{}…", kept.trim_end()));
    }
    Some(label.to_owned()).filter(|label| !label.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [T48]
    #[test]
    fn a_label_names_one_version_or_one_time() {
        let (named, restore) = (SnapshotKind::Named, SnapshotKind::Restore);
        let some = |label: &str| Some(label.to_owned());
        assert_eq!(called(named, "Draft"), some("Draft"));
        assert_eq!(
            called(named, "Restored from memory"),
            some("Restored from memory"),
            "as people called it"
        );
        assert_eq!(called(restore, &after("Draft")), some("Draft"));
        assert_eq!(called(restore, &after(&after("Draft"))), some("Draft"));
        assert_eq!(called(restore, &before("Draft")), None);
        assert_eq!(called(restore, &after(&before("Draft"))), None);
        assert_eq!(called(restore, "Friday"), some("Friday"), "renamed");
        assert_eq!((called(named, " "), called(restore, AFTER)), (None, some(AFTER.trim())));
    }

    /// [T48]
    #[test]
    fn labels_do_not_grow_with_restores() {
        let mut label = "ö".repeat(200);
        for _ in 0..5 {
            let name = called(SnapshotKind::Restore, &label).expect("a name");
            assert_eq!(name.chars().count(), RETOLD_CHARS_MAX);
            label = after(&name);
        }
        assert!(label.ends_with("ö…"), "{label}");
    }
}

//! Automatic versions: derived from when a document was edited, and stored nowhere.
//!
//! The last edit before a pause of more than two minutes is one, and so is the last edit in each five minutes of the clock.
//! Whether an edit is a version depends on the edit after it alone, so that the list can be read from its end.

use weft_storage::ActiveMinute;

/// A pause longer than this makes a version of what was there before it.
const PAUSE_MS: i64 = 120_000;
/// While editing goes on, there is one in each such part of the clock.
const WINDOW_MS: i64 = 300_000;

/// Returns the automatic versions among `minutes`, newest first like these. `next_ms` is the edit that follows them, or the
/// present moment.
#[must_use]
pub fn automatic(minutes: &[ActiveMinute], next_ms: i64) -> Vec<i64> {
    let mut next_ms = next_ms;
    let mut versions = Vec::new();
    for minute in minutes {
        let is_paused = next_ms.saturating_sub(minute.last_ms) > PAUSE_MS;
        if is_paused || minute.last_ms.div_euclid(WINDOW_MS) != next_ms.div_euclid(WINDOW_MS) {
            versions.push(minute.last_ms);
        }
        next_ms = minute.first_ms;
    }
    versions
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Versions of edits at these seconds, looked at `now`.
    fn versions(edits: &[i64], now: i64) -> Vec<i64> {
        let minutes: Vec<_> = edits
            .chunk_by(|a, b| a / 60 == b / 60)
            .map(|of| ActiveMinute { first_ms: of[0] * 1_000, last_ms: of[of.len() - 1] * 1_000 })
            .rev()
            .collect();
        automatic(&minutes, now * 1_000).into_iter().map(|ms| ms / 1_000).collect()
    }

    /// [T7]
    #[test]
    fn there_is_one_after_each_pause_and_one_in_five_minutes() {
        assert_eq!(versions(&[], 99), [0; 0]);
        assert_eq!(versions(&[10, 20, 30], 40), [0; 0], "still editing");
        assert_eq!(versions(&[10, 20, 30], 151), [30], "a pause");
        assert_eq!(versions(&[10, 20, 160, 170], 299), [170, 20]);
        let steady: Vec<_> = (0..100).map(|n| n * 10).collect();
        assert_eq!(versions(&steady, 995), [890, 590, 290]);
    }

    /// [T7]
    #[test]
    fn a_page_goes_on_where_the_one_before_it_ended() {
        let steady: Vec<_> = (0..100).map(|n| n * 10).collect();
        let until = |end: i64| steady.iter().copied().filter(|at| *at < end).collect::<Vec<_>>();
        assert_eq!(versions(&until(890), 890), [590, 290]);
        assert_eq!(versions(&until(590), 590), [290]);
    }
}

//! Finds the largest load that still passes.

use crate::failure::{Failure, Outcome};

/// Doubles `from` until a step fails or `most` passes, then narrows the gap down to a tenth. Returns the largest load that
/// passed, 0 if none did. A load that failed is tried once more: a server that is too slow fails twice, a machine that did
/// something else for a moment does not.
///
/// # Errors
/// Whatever keeps a step from being run.
pub fn largest(from: u64, most: u64, mut step: impl FnMut(u64) -> Outcome<bool>) -> Outcome<u64> {
    let mut passes = |load| Ok::<_, Failure>(step(load)? || step(load)?);
    let (mut passed, mut failed) = (0, None);
    let mut load = from.min(most);
    while failed.is_none() && passed < most {
        if passes(load)? {
            passed = load;
            load = (load * 2).min(most);
        } else {
            failed = Some(load);
        }
    }
    let Some(mut failed) = failed else { return Ok(passed) };
    while failed - passed > (failed / 10).max(1) {
        let load = u64::midpoint(passed, failed);
        if passes(load)? {
            passed = load;
        } else {
            failed = load;
        }
        if passed == 0 && load < from / 8 {
            break;
        }
    }
    Ok(passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_found_to_a_tenth() {
        for limit in [7, 90, 1_000, 54_321, 2_000_000] {
            let found = largest(50, 1_000_000, |load| Ok(load <= limit)).expect("no step fails to run");
            let reachable = limit.min(1_000_000);
            assert!(found <= reachable && found >= reachable - reachable / 8 - 1, "{limit} gave {found}");
        }
    }
}

//! How old updates have to be to be merged, and to what.

use std::fmt;
use std::str::FromStr;

use weft_storage::Thinned;

/// Nothing younger is ever merged.
const AGE_MS_MIN: i64 = 86_400_000;
/// Shortest and longest time that one merged update may stand for.
const STEP_MS_MIN: i64 = 1_000;
const STEP_MS_MAX: i64 = 31 * 86_400_000;
/// Rules of one policy.
const RULES_MAX: usize = 8;

const UNITS: [(char, i64); 4] = [('d', 86_400_000), ('h', 3_600_000), ('m', 60_000), ('s', 1_000)];

/// From an age on, one update for each step of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Younger updates are left as they are.
    pub age_ms: i64,
    /// What is merged lies within the same step.
    pub step_ms: i64,
}

/// What is merged when: rules by age, the youngest first. Keeps everything when there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy(Vec<Rule>);

/// A part of the past that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// From this time on, in Unix milliseconds; none is the beginning.
    pub from_ms: Option<i64>,
    /// Up to the one before this time.
    pub to_ms: i64,
    /// What is merged lies within the same step.
    pub step_ms: i64,
}

impl Policy {
    /// Returns whether it keeps everything.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns up to when, at most, something is due at a moment.
    #[must_use]
    pub fn reaches_ms(&self, now_ms: i64) -> Option<i64> {
        self.0.first().map(|rule| rule.end_ms(now_ms))
    }

    /// Returns what is due at a moment, the oldest first. What was done by the same policy is not due again.
    #[must_use]
    pub fn due(&self, done: Option<&Thinned>, now_ms: i64) -> Vec<Window> {
        let done_ms = done.filter(|done| done.policy == self.to_string()).map(|done| done.at_ms);
        let mut windows = Vec::new();
        let mut from_older = None;
        for rule in self.0.iter().rev() {
            let to_ms = rule.end_ms(now_ms);
            let from_ms = from_older.max(done_ms.map(|done_ms| rule.end_ms(done_ms)));
            from_older = Some(to_ms);
            if from_ms.is_none_or(|from_ms| from_ms < to_ms) {
                windows.push(Window { from_ms, to_ms, step_ms: rule.step_ms });
            }
        }
        windows
    }
}

impl Rule {
    /// Returns where the last step ends that is old enough.
    fn end_ms(&self, now_ms: i64) -> i64 {
        now_ms.saturating_sub(self.age_ms).div_euclid(self.step_ms) * self.step_ms
    }
}

impl FromStr for Policy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut rules = Vec::<Rule>::new();
        for rule in text.split(',').filter(|rule| !rule.is_empty()) {
            let (age, step) = rule.split_once('=').ok_or_else(|| {
                format!(
                    "{rule:?} is no rule: try 30d=1m, which merges to a minute what is older than 30 days"
                )
            })?;
            let (age_ms, step_ms) = (milliseconds(age)?, milliseconds(step)?);
            if age_ms < AGE_MS_MIN {
                return Err(format!("{age:?} is too young: nothing is merged within a day"));
            }
            if !(STEP_MS_MIN..=STEP_MS_MAX).contains(&step_ms) || step_ms > age_ms {
                return Err(format!("{step:?} is no step: from 1s to 31d, and not longer than its age"));
            }
            if rules.last().is_some_and(|last| last.age_ms >= age_ms || last.step_ms >= step_ms) {
                return Err(format!("{rule:?}: older updates take longer steps, the youngest come first"));
            }
            rules.push(Rule { age_ms, step_ms });
        }
        if rules.len() > RULES_MAX {
            return Err(format!("{} rules, at most {RULES_MAX}", rules.len()));
        }
        Ok(Self(rules))
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, rule) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma}{}={}", Time(rule.age_ms), Time(rule.step_ms))?;
        }
        Ok(())
    }
}

struct Time(i64);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, each) = UNITS.into_iter().find(|(_, each)| self.0 % each == 0).unwrap_or(('s', 1_000));
        write!(f, "{}{unit}", self.0 / each)
    }
}

fn milliseconds(text: &str) -> Result<i64, String> {
    let wrong = || format!("{text:?} is no time: try 90s, 15m, 8h or 30d");
    let unit = UNITS.into_iter().find_map(|(unit, each)| Some((text.strip_suffix(unit)?, each)));
    let (count, each) = unit.ok_or_else(wrong)?;
    let count: i64 = count.parse().map_err(|_| wrong())?;
    count.checked_mul(each).filter(|all| *all > 0 && *all <= 36_600 * 86_400_000).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;

    fn policy(text: &str) -> Policy {
        text.parse().expect("legal")
    }

    /// [T12]
    #[test]
    fn policies_read_as_they_are_written_and_mistakes_are_named() {
        for text in ["", "1d=1s", "30d=1m", "7d=1m,30d=1h,365d=1d", "36h=90s"] {
            assert_eq!(policy(text).to_string(), text);
        }
        assert_eq!(policy("48h=60m").to_string(), "2d=1h", "as short as it can be said");
        for (text, why) in [
            ("soon", "no rule"),
            ("30d", "no rule"),
            ("30d=", "no time"),
            ("d=1m", "no time"),
            ("30d=-1m", "no time"),
            ("23h=1m", "too young"),
            ("30d=40d", "no step"),
            ("30d=0s", "no time"),
            ("99999999999d=1m", "no time"),
            ("30d=1m,30d=1h", "youngest come first"),
            ("30d=1h,60d=1m", "youngest come first"),
            ("1d=1s,2d=2s,3d=3s,4d=4s,5d=5s,6d=6s,7d=7s,8d=8s,9d=9s", "9 rules"),
        ] {
            let refusal = text.parse::<Policy>().expect_err(text);
            assert!(refusal.contains(why), "{text}: {refusal}");
        }
    }

    /// [T12]
    #[test]
    fn what_is_due_is_whole_steps_that_are_old_enough() {
        let now = 400 * DAY + 5 * HOUR + 30 * MINUTE + 7;
        let window = |from_ms, to_ms, step_ms| Window { from_ms, to_ms, step_ms };
        let three = policy("7d=1m,30d=1h,365d=1d");
        let first = [
            window(None, 35 * DAY, DAY),
            window(Some(35 * DAY), 370 * DAY + 5 * HOUR, HOUR),
            window(Some(370 * DAY + 5 * HOUR), 393 * DAY + 5 * HOUR + 30 * MINUTE, MINUTE),
        ];
        assert_eq!(three.due(None, now), first);
        let done = Thinned { at_ms: now, policy: three.to_string() };
        assert_eq!(three.due(Some(&done), now), []);
        let later = [
            window(Some(370 * DAY + 5 * HOUR), 370 * DAY + 6 * HOUR, HOUR),
            window(Some(393 * DAY + 5 * HOUR + 30 * MINUTE), 393 * DAY + 6 * HOUR + 30 * MINUTE, MINUTE),
        ];
        assert_eq!(three.due(Some(&done), now + HOUR), later);
        let other = Thinned { policy: "7d=1m".to_owned(), ..done };
        assert_eq!(three.due(Some(&other), now), first, "by another policy everything is due again");
        assert_eq!(Policy::default().due(None, now), []);
        assert_eq!(three.reaches_ms(now), Some(393 * DAY + 5 * HOUR + 30 * MINUTE));
    }
}

//! As [`crate::replica`], with updates built from the input's bytes as decisions: where every struct goes, what it names and
//! what is deleted. Nearly all of them reach the rules that need a document.

use weft_protocol::validate;

use crate::corpus::hostile_update::Forge;
use crate::decisions::Random;
use crate::replica::Play;

const UPDATES_MAX: usize = 32;

/// Plays an input.
///
/// # Panics
/// When a promise is broken.
pub fn attack(input: &[u8]) {
    let mut random = Random::of(input);
    let (mut play, mut forge) = (Play::default(), Forge::default());
    for _ in 0..UPDATES_MAX {
        if random.is_spent() {
            break;
        }
        let known = validate::state_vector(&play.replica.state_vector()).expect("our own");
        let clocks = std::array::from_fn(|client| {
            let clock = known.iter().find(|(known, _)| *known == client as u64);
            clock.map_or(0, |(_, clock)| u64::from(*clock))
        });
        let is_answer = random.below(2) == 0;
        let update = forge.next(&mut random, clocks);
        if play.take(is_answer, &update) {
            forge.remember(update);
        }
    }
    play.check();
}

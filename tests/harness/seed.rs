//! Random choices that can be repeated.

use rand::SeedableRng;
use rand::rngs::StdRng;

/// A random generator, its seed printed so that a failing run can be repeated with `WEFT_TEST_SEED`.
pub fn seeded(purpose: &str) -> StdRng {
    let seed = crate::environment::seed().unwrap_or_else(rand::random);
    println!("{purpose}: WEFT_TEST_SEED={seed}");
    StdRng::seed_from_u64(seed)
}

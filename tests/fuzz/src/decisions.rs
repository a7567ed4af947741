//! Random numbers taken from an input, so that a mutation of the input changes one decision and not all.

/// Stands in for the generator of the seeded tests.
#[derive(Debug)]
pub struct Random {
    input: Vec<u8>,
    at: usize,
}

impl Random {
    /// Takes decisions from `input`, front to back.
    #[must_use]
    pub fn of(input: &[u8]) -> Self {
        Self { input: input.to_vec(), at: 0 }
    }

    /// Returns whether every further decision would be the first choice.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.at >= self.input.len()
    }

    fn byte(&mut self) -> u8 {
        let byte = self.input.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        byte
    }

    /// Returns the next number.
    pub fn next(&mut self) -> u64 {
        self.below(1 << 16)
    }

    /// Returns a number below `bound`; one byte decides where one is enough.
    pub fn below(&mut self, bound: u64) -> u64 {
        let low = u64::from(self.byte());
        let number = if bound <= 256 { low } else { low << 8 | u64::from(self.byte()) };
        number % bound
    }

    /// Returns an index into something that has `len` elements.
    pub fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).expect("below a usize")
    }

    /// Returns one of the choices.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.index(choices.len())]
    }
}

//! Fixed hashes: the same on every machine and in every run, unlike the standard library's.

use std::hash::{BuildHasherDefault, Hasher};

/// FNV-1a, 64 bit (Fowler, Noll, Vo), finished by a multiplication so that the high bits a hash table uses are mixed.
pub(crate) fn hash(text: &str) -> u64 {
    finish(text.bytes().fold(SEED, step))
}

/// Start of a hash made with [`step`].
pub(crate) const SEED: u64 = 0xcbf2_9ce4_8422_2325;

/// One more byte.
pub(crate) fn step(state: u64, byte: u8) -> u64 {
    (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
}

/// End of a hash made with [`step`].
pub(crate) fn finish(state: u64) -> u64 {
    let x = state ^ (state >> 32);
    x.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// For maps whose keys are hashes already.
pub(crate) type Hashed = BuildHasherDefault<Identity>;

/// See [`Hashed`].
#[derive(Default)]
pub(crate) struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().copied().fold(self.0, step);
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): fixed permutations for training, fixed samples for intervals.
pub(crate) struct Shuffle(pub(crate) u64);

impl Shuffle {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// The next number, 0.0 up to but not including 1.0.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Puts `items` into an order that depends on the seed alone (Fisher and Yates).
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, (self.next() % (i as u64 + 1)) as usize);
        }
    }
}

//! How many connections a download uses if the user names no number: as many as make it faster.

/// The most that a user may choose.
pub const MOST_CONNECTIONS: usize = 16;
/// Files up to this size use one connection.
pub const SMALL_FILE_BYTES: u64 = 64 * 1024 * 1024;
/// How many bytes one request covers while several connections share a file.
pub const PIECE_BYTES: u64 = 8 * 1024 * 1024;

/// A usual number for download tools. Starting with fewer wastes the first moments.
const FIRST: usize = 8;
/// More connections are kept only if they are faster by this factor.
const WORTH: f64 = 1.15;

/// Adds connections while the measured speed grows with them.
#[derive(Clone, Debug)]
pub struct Parallelism {
    /// The number that the user chose.
    asked: Option<usize>,
    now: usize,
    before: usize,
    best: f64,
    settled: bool,
}

impl Parallelism {
    /// `asked` is the number that the user chose, limited to 1..=16.
    pub fn new(asked: Option<u8>) -> Self {
        let asked = asked.map(|n| usize::from(n).clamp(1, MOST_CONNECTIONS));
        Self { asked, now: asked.unwrap_or(FIRST), before: FIRST, best: 0.0, settled: asked.is_some() }
    }

    /// How many connections to use for a file of this size.
    pub fn connections(&self, total_bytes: Option<u64>) -> usize {
        match total_bytes {
            None => 1,
            Some(total) if self.asked.is_none() && total <= SMALL_FILE_BYTES => 1,
            Some(_) => self.now,
        }
    }

    /// How many bytes a request covers; `None` requests everything up to the end of the next gap.
    pub fn piece_bytes(&self, total_bytes: Option<u64>) -> Option<u64> {
        let small = total_bytes.is_some_and(|total| self.asked.is_none() && total <= SMALL_FILE_BYTES);
        (self.now > 1 && !small).then_some(PIECE_BYTES)
    }

    /// Applies a measurement with the current number of connections.
    pub fn measured(&mut self, bytes_per_second: f64) {
        if self.settled {
            return;
        }
        if bytes_per_second > self.best * WORTH {
            self.best = bytes_per_second;
            self.before = self.now;
            self.now = (self.now * 2).min(MOST_CONNECTIONS);
            self.settled = self.now == self.before;
        } else {
            self.now = self.before;
            self.settled = true;
        }
    }

    /// The storage is busy: uses half as many from now on.
    pub fn too_many(&mut self) {
        self.now = (self.now / 2).max(1);
        self.settled = true;
    }

    /// The server cannot send parts.
    pub fn only_one(&mut self) {
        self.now = 1;
        self.settled = true;
    }

    pub fn is_one(&self) -> bool {
        self.now == 1
    }

    pub fn is_settled(&self) -> bool {
        self.settled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BIG: Option<u64> = Some(1 << 30);

    fn after(speeds: &[f64]) -> usize {
        let mut parallelism = Parallelism::new(None);
        for &speed in speeds {
            parallelism.measured(speed);
        }
        parallelism.connections(BIG)
    }

    #[test]
    fn grows_while_it_helps() {
        assert_eq!(after(&[]), 8);
        assert_eq!(after(&[80.0, 160.0]), 16);
        assert_eq!(after(&[80.0, 160.0, 300.0]), 16);
        assert_eq!(after(&[80.0, 85.0]), 8);
        assert_eq!(after(&[80.0, 160.0, 165.0]), 16);
        assert_eq!(after(&[80.0, 60.0, 900.0]), 8, "settled is settled");
    }

    #[test]
    fn a_wish_is_kept_and_bounded() {
        for (asked, connections) in [(0, 1), (1, 1), (3, 3), (200, 16)] {
            let mut parallelism = Parallelism::new(Some(asked));
            parallelism.measured(1e9);
            assert_eq!(parallelism.connections(Some(1000)), connections);
        }
        assert_eq!(Parallelism::new(Some(1)).piece_bytes(BIG), None);
        assert_eq!(Parallelism::new(None).connections(Some(SMALL_FILE_BYTES)), 1);
        assert_eq!(Parallelism::new(None).piece_bytes(Some(SMALL_FILE_BYTES)), None);
        assert_eq!(Parallelism::new(Some(8)).connections(None), 1);
    }

    #[test]
    fn a_busy_storage_gets_less() {
        let mut parallelism = Parallelism::new(Some(8));
        parallelism.too_many();
        assert_eq!(parallelism.connections(BIG), 4);
        parallelism.only_one();
        assert!(parallelism.is_one() && parallelism.piece_bytes(BIG).is_none());
    }
}

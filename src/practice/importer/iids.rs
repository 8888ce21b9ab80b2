//! A set of IIDs in little memory: most IIDs of a project follow one another.

/// Ranges of IIDs, sorted, neither touching nor overlapping.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportedIids(Vec<(u64, u64)>);

impl ImportedIids {
    /// Adds an IID; returns whether it is new.
    pub fn add(&mut self, iid: u64) -> bool {
        let at = self.0.partition_point(|(_, last)| *last < iid);
        if self.0.get(at).is_some_and(|(first, _)| *first <= iid) {
            return false;
        }
        let ends_before = at > 0 && self.0[at - 1].1 + 1 == iid;
        let starts_after = self.0.get(at).is_some_and(|(first, _)| iid + 1 == *first);
        match (ends_before, starts_after) {
            (true, true) => {
                let (_, last) = self.0.remove(at);
                self.0[at - 1].1 = last;
            }
            (true, false) => self.0[at - 1].1 = iid,
            (false, true) => self.0[at].0 = iid,
            (false, false) => self.0.insert(at, (iid, iid)),
        }
        true
    }

    pub fn add_all(&mut self, other: &Self) {
        for (first, last) in &other.0 {
            for iid in *first..=*last {
                self.add(iid);
            }
        }
    }

    pub fn count(&self) -> u64 {
        self.0.iter().map(|(first, last)| last - first + 1).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_grow_together_and_nothing_is_counted_twice() {
        let mut iids = ImportedIids::default();
        assert!([5, 3, 9, 4, 1].into_iter().all(|iid| iids.add(iid)));
        assert_eq!(iids.0, [(1, 1), (3, 5), (9, 9)]);
        assert!([1, 3, 4, 5, 9].into_iter().all(|iid| !iids.add(iid)));
        assert_eq!(iids.count(), 5);
        let mut more = ImportedIids::default();
        more.add(2);
        more.add(4);
        iids.add_all(&more);
        assert_eq!((iids.0.as_slice(), iids.count()), (&[(1, 5), (9, 9)][..], 6));
    }
}

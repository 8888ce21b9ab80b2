//! Lists of the snapshot that keep their `Arc` while nothing in them changed, so that a front end can compare
//! pointers.

use std::sync::Arc;

/// One such list, kept by the owner of its contents.
#[derive(Debug)]
pub struct ViewList<T> {
    list: Arc<[T]>,
    is_stale: bool,
}

impl<T> Default for ViewList<T> {
    fn default() -> Self {
        Self { list: Arc::new([]), is_stale: true }
    }
}

impl<T> ViewList<T> {
    /// The contents of the list have changed.
    pub fn touch(&mut self) {
        self.is_stale = true;
    }

    /// The list; `views` is iterated only after a change.
    pub fn get(&mut self, views: impl Iterator<Item = T>) -> Arc<[T]> {
        if std::mem::take(&mut self.is_stale) {
            self.list = views.collect();
        }
        Arc::clone(&self.list)
    }
}

impl<T: PartialEq> ViewList<Arc<T>> {
    /// Like [`Self::get`], but entries that are equal to the old ones keep their `Arc`. `id` matches new entries with
    /// old ones.
    pub fn get_kept<K: PartialEq>(
        &mut self,
        views: impl Iterator<Item = T>,
        id: impl Fn(&T) -> K,
    ) -> Arc<[Arc<T>]> {
        if std::mem::take(&mut self.is_stale) {
            let old = Arc::clone(&self.list);
            // Both lists have the same order, except for added and removed entries.
            let mut place = 0;
            let keep = |view: T| {
                let key = id(&view);
                let same = |entry: &Arc<T>| id(entry) == key;
                let found = old.get(place).filter(|entry| same(entry));
                let found = found.map(|_| place).or_else(|| old.iter().position(same));
                place = found.map_or(place, |found| found + 1);
                match found.and_then(|found| old.get(found)) {
                    Some(entry) if **entry == view => Arc::clone(entry),
                    _ => Arc::new(view),
                }
            };
            self.list = views.map(keep).collect();
        }
        Arc::clone(&self.list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_made_again_only_after_a_change() {
        let mut list = ViewList::default();
        let first = list.get([1, 2].into_iter());
        assert_eq!(*first, [1, 2]);
        assert!(Arc::ptr_eq(&first, &list.get([3].into_iter())), "nobody said that it has changed");
        list.touch();
        assert_eq!(*list.get([3].into_iter()), [3]);
    }

    #[test]
    fn entries_that_are_equal_stay_the_same() {
        let mut list = ViewList::default();
        let first = list.get_kept([(1, 'a'), (2, 'b'), (3, 'c')].into_iter(), |view| view.0);
        list.touch();
        let second = list.get_kept([(4, 'n'), (1, 'a'), (2, 'x'), (3, 'c')].into_iter(), |view| view.0);
        assert!(Arc::ptr_eq(&first[0], &second[1]) && Arc::ptr_eq(&first[2], &second[3]));
        assert_eq!((*second[0], *second[2]), ((4, 'n'), (2, 'x')));
    }
}

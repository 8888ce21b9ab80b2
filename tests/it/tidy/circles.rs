//! Which file uses which, and the cycles among them.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{FileContents, Source, Use, contents_of};

type Module = Vec<String>;

/// The files of a crate and the uses between them.
pub struct CrateFiles {
    files: BTreeMap<Module, FileContents>,
    uses: BTreeMap<Module, BTreeSet<Module>>,
}

impl CrateFiles {
    pub fn of(sources: &[Source]) -> Self {
        let files = sources
            .iter()
            .map(|source| (source.module.clone(), contents_of(&source.module, &source.tokens)))
            .collect();
        let mut house = Self { files, uses: BTreeMap::new() };
        house.uses = house.files.keys().map(|module| (module.clone(), house.used_by(module))).collect();
        house
    }

    pub fn files(&self) -> impl Iterator<Item = &Module> {
        self.files.keys()
    }

    /// The paths that `module` names, from the crate's root, without resolving re-exports.
    pub fn named(&self, module: &Module) -> Vec<Module> {
        let contents = &self.files[module];
        let uses = contents.uses.iter().map(|one| (&one.module, &one.path));
        let paths = contents.paths.iter().map(|(stands_in, path)| (stands_in, path));
        uses.chain(paths).filter_map(|(stands_in, path)| self.absolute(module, stands_in, path)).collect()
    }

    /// The files that `module` uses: by `use`, with re-exports resolved, and by paths that start with `crate` or
    /// `super`. A parent that only re-exports a child's items does not use the child.
    pub fn uses(&self, module: &[String]) -> &BTreeSet<Module> {
        &self.uses[module]
    }

    fn used_by(&self, module: &Module) -> BTreeSet<Module> {
        let contents = &self.files[module];
        let mut found = BTreeSet::new();
        for one in &contents.uses {
            let Some(target) =
                self.absolute(module, &one.module, &one.path).and_then(|path| self.resolve(&path, 0))
            else {
                continue;
            };
            let is_handed_on = one.is_public
                && target.starts_with(module)
                && contents.words.get(&one.name).copied() < Some(2);
            if !is_handed_on {
                found.insert(target);
            }
        }
        for (stands_in, path) in &contents.paths {
            let target = self.absolute(module, stands_in, path).and_then(|path| self.resolve(&path, 0));
            found.extend(target.filter(|target| !target.starts_with(module)));
        }
        found.remove(module);
        found
    }

    /// The path from the crate's root; `None` for items of other crates.
    fn absolute(&self, file: &Module, module: &[String], path: &[String]) -> Option<Module> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([module, rest].concat()),
            "super" => {
                let ups = path.iter().take_while(|word| *word == "super").count();
                let base = &module[..module.len().checked_sub(ups)?];
                Some([base, &path[ups..]].concat())
            }
            _ => {
                let child = [module, std::slice::from_ref(first)].concat();
                let contents = self.files.get(file)?;
                if self.files.contains_key(&child) || contents.modules.contains(first) {
                    return Some([module, path].concat());
                }
                // A name that another `use` of the file imports.
                let brings = |one: &&Use| one.name == *first && one.path.first() != Some(first);
                let other = contents.uses.iter().find(brings)?;
                let base = self.absolute(file, &other.module, &other.path)?;
                Some([base.as_slice(), rest].concat())
            }
        }
    }

    /// The file that defines the item at `path`, following re-exports.
    fn resolve(&self, path: &[String], depth: usize) -> Option<Module> {
        if depth > 9 {
            return None;
        }
        for end in (1..=path.len()).rev() {
            let (file, rest) = path.split_at(end);
            let Some(contents) = self.files.get(file) else { continue };
            let Some(first) = rest.first() else { return Some(file.to_vec()) };
            let handed_on = |name: &str| {
                let uses = contents.uses.iter().filter(move |one| one.is_public && one.module == file);
                uses.filter(|one| one.name == name).collect::<Vec<_>>()
            };
            let through = |one: &Use, rest: &[String]| {
                let base = self.absolute(&file.to_vec(), &one.module, &one.path)?;
                self.resolve(&[base.as_slice(), rest].concat(), depth + 1)
            };
            if let Some(one) = handed_on(first).first() {
                return through(one, &rest[1..]);
            }
            if !contents.defined.contains(first) {
                for one in handed_on("*") {
                    let all = Use { path: one.path[..one.path.len() - 1].to_vec(), ..(*one).clone() };
                    let target = through(&all, &[]);
                    if target.as_ref().is_some_and(|target| self.files[target].defined.contains(first)) {
                        return target;
                    }
                }
            }
            return Some(file.to_vec());
        }
        None
    }

    /// The cycles of more than one file inside the module of this name, the largest first.
    pub fn circles(&self, name: &str) -> Vec<Vec<Module>> {
        let inside = |module: &&Module| module.first().is_some_and(|first| first == name);
        let mut search = Search {
            house: self,
            order: BTreeMap::new(),
            low: BTreeMap::new(),
            open: Vec::new(),
            found: Vec::new(),
        };
        for module in self.files.keys().filter(inside) {
            if !search.order.contains_key(module) {
                search.visit(module);
            }
        }
        let mut found = search.found;
        found.sort_by_key(|circle| std::cmp::Reverse(circle.len()));
        found
    }
}

/// Tarjan's algorithm for strongly connected components.
struct Search<'a> {
    house: &'a CrateFiles,
    order: BTreeMap<&'a Module, usize>,
    low: BTreeMap<&'a Module, usize>,
    open: Vec<&'a Module>,
    found: Vec<Vec<Module>>,
}

impl<'a> Search<'a> {
    fn visit(&mut self, module: &'a Module) {
        let number = self.order.len();
        self.order.insert(module, number);
        self.low.insert(module, number);
        self.open.push(module);
        for next in self.house.uses(module).iter().filter(|next| next.first() == module.first()) {
            if !self.order.contains_key(next) {
                self.visit(next);
                let low = self.low[next].min(self.low[module]);
                self.low.insert(module, low);
            } else if self.open.contains(&next) {
                let low = self.order[next].min(self.low[module]);
                self.low.insert(module, low);
            }
        }
        if self.low[module] == number {
            let start = self.open.iter().position(|open| *open == module).unwrap();
            let circle: Vec<Module> = self.open.drain(start..).cloned().collect();
            if circle.len() > 1 {
                self.found.push(circle);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::source::of_files;
    use super::CrateFiles;

    fn house(files: &[(&str, &str)]) -> CrateFiles {
        let files = files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect();
        CrateFiles::of(&of_files(files))
    }

    /// The files that the file uses, one name each.
    fn uses(house: &CrateFiles, module: &str) -> Vec<String> {
        let module: Vec<String> = module.split('/').map(str::to_owned).collect();
        house.uses(&module).iter().map(|module| module.join("/")).collect()
    }

    #[test]
    fn what_is_handed_on_leads_to_the_file_that_has_it() {
        let house = house(&[
            ("src/room/mod.rs", "mod a; mod b; mod c; pub use a::{Thing, Other as Named}; pub use c::*;"),
            ("src/room/a.rs", "pub struct Thing; pub struct Other;"),
            ("src/room/b.rs", "use super::Thing; use super::Named as Mine; use crate::room::All;"),
            ("src/room/c.rs", "pub enum All {}"),
            ("src/far/mod.rs", "use crate::room; fn f(x: room::Thing, y: crate::room::Named) {}"),
        ]);
        assert_eq!(uses(&house, "room/b"), ["room/a", "room/c"]);
        assert_eq!(uses(&house, "far"), ["room", "room/a"]);
        assert!(uses(&house, "room").is_empty(), "who only hands on uses nothing");
        assert!(house.circles("room").is_empty());
    }

    #[test]
    fn a_parent_that_its_children_use_is_in_the_circle() {
        let house = house(&[
            ("src/room/mod.rs", "mod a; mod b; pub use a::A; pub struct Shared { a: A }"),
            ("src/room/a.rs", "use super::Shared; pub struct A;"),
            ("src/room/b.rs", "pub fn f() { super::a::A; }"),
        ]);
        let circles = house.circles("room");
        assert_eq!(circles.len(), 1);
        assert_eq!(circles[0].len(), 2, "{circles:?}");
        assert_eq!(uses(&house, "room/b"), ["room/a"], "a path without a use");
    }

    #[test]
    fn circles_of_any_length_are_found_and_no_chain_is_one() {
        let ring = |size: usize, closed: bool| {
            let declared = (0..size).map(|n| format!("mod f{n};")).collect::<Vec<_>>().join(" ");
            let mut files = vec![("src/room/mod.rs".to_owned(), declared)];
            for n in 0..size {
                let next = if n + 1 == size && !closed {
                    String::new()
                } else {
                    format!("use super::f{}::X;", (n + 1) % size)
                };
                files.push((format!("src/room/f{n}.rs"), format!("{next} pub struct X;")));
            }
            let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
            house(&files).circles("room").iter().map(Vec::len).collect::<Vec<_>>()
        };
        for size in [2, 3, 5, 40] {
            assert_eq!(ring(size, true), [size]);
            assert!(ring(size, false).is_empty());
        }
    }

    #[test]
    fn what_only_tests_see_is_left_out() {
        let house = house(&[
            ("src/room/mod.rs", "mod a; mod b; #[cfg(test)] mod fixture; #[cfg(all(test, unix))] pub mod more;"),
            ("src/room/a.rs", "pub enum A { One, #[cfg(test)] Broken(super::b::B), Two(super::c::C) }
                #[cfg(test)] use super::b::{B, C}; #[cfg(test)] #[allow(dead_code)] fn f() { crate::room::b::B; }
                #[cfg(test)] mod tests { use crate::room::b::B; }"),
            ("src/room/b.rs", "use super::a::A; pub struct B; // use super::fixture::F;"),
            ("src/room/c.rs", "pub struct C; const TEXT: &str = \"use super::a::A;\";"),
            ("src/room/fixture.rs", "use super::a::A; mod deep;"),
            ("src/room/fixture/deep.rs", "use crate::room::b::B;"),
            ("src/room/more.rs", ""),
            ("src/room/whole.rs", "#![cfg(test)] use super::a::A;"),
        ]);
        let files: Vec<_> = house.files().map(|module| module.join("/")).collect();
        assert_eq!(files, ["room", "room/a", "room/b", "room/c"]);
        assert_eq!(uses(&house, "room/a"), ["room/c"]);
        assert!(house.circles("room").is_empty());
    }

    #[test]
    fn inner_modules_and_several_supers_are_followed() {
        let house = house(&[
            ("src/room/mod.rs", "mod deep;"),
            (
                "src/room/deep/mod.rs",
                "mod a; mod inner { use super::a::A; use super::super::super::other::O; }",
            ),
            (
                "src/room/deep/a.rs",
                "pub struct A; impl A { fn f(&self) -> impl Iterator<Item = u8> + use<'_> { self.b() } }",
            ),
            ("src/other.rs", "pub struct O;"),
        ]);
        assert_eq!(uses(&house, "room/deep"), ["other", "room/deep/a"]);
        assert!(uses(&house, "room/deep/a").is_empty());
    }
}

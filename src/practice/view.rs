//! What a test or the window may read from the practice world.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::archive::{Archive, Flaw, Recipe};
use super::clock::PracticeClock;
use super::importer::ImportedRows;
use super::people::MAIN;
use super::project::FakeProject;
use super::world::World;

/// The practice world at one moment.
#[derive(Debug, Clone)]
pub struct WorldView {
    pub projects: Vec<ProjectView>,
    /// Export runs that were enqueued since the start.
    pub runs_started: u32,
}

/// A project of the practice world.
#[derive(Debug, Clone)]
pub struct ProjectView {
    pub id: u64,
    pub path: String,
    /// GitLab's status of the main user's export.
    pub export_status: &'static str,
    /// Whether the main user has a stored file.
    pub has_file: bool,
    /// The name of that file.
    pub file_name: Option<String>,
    /// Who can see it, in GitLab's word.
    pub visibility: &'static str,
    /// For an imported project: how many records each relation has.
    pub records: BTreeMap<String, u64>,
    /// Who may push to each protected branch, as the API shows it.
    pub protected_branches: Vec<Value>,
    /// How many pages its wiki has.
    pub wiki_pages: usize,
    archive: Option<Arc<Archive>>,
    recipe: Option<Recipe>,
}

impl ProjectView {
    /// Size of the main user's stored archive, or of the one that a run would create now.
    pub fn archive_bytes(&self) -> u64 {
        self.archive().map_or(0, |archive| archive.size_bytes())
    }

    /// SHA-256 of that archive. Gigabytes take seconds.
    pub fn archive_sha256(&self) -> String {
        self.archive().map(|archive| archive.sha256().to_owned()).unwrap_or_default()
    }

    fn archive(&self) -> Option<Arc<Archive>> {
        let built = || self.recipe.as_ref().map(|recipe| Arc::new(Archive::build(recipe)));
        self.archive.clone().or_else(built)
    }
}

impl WorldView {
    /// The project of that path.
    pub fn project(&self, path: &str) -> Option<&ProjectView> {
        self.projects.iter().find(|project| project.path == path)
    }

    pub(super) fn of(world: &mut World, clock: &PracticeClock) -> Self {
        let ids: Vec<(u64, String)> =
            world.projects.iter().map(|project| (project.id, project.plan.path.clone())).collect();
        let projects = ids.into_iter().map(|(id, path)| view(world, clock, id, path)).collect();
        Self { projects, runs_started: world.runs_started }
    }
}

fn view(world: &mut World, clock: &PracticeClock, id: u64, path: String) -> ProjectView {
    let export_status = world.status(id, MAIN, clock);
    let file = world.export_file(id, MAIN, clock);
    let visibility = world.project(id).map_or("private", FakeProject::visibility);
    let imported = world.project(id).and_then(|project| project.imported.as_ref());
    let count = |(relation, rows): (&String, &ImportedRows)| (relation.clone(), rows.count());
    let records = imported.map(|imported| imported.relations.iter().map(count).collect()).unwrap_or_default();
    ProjectView {
        visibility,
        records,
        protected_branches: world.protected_branches(id),
        wiki_pages: world.wiki_pages(id).len(),
        id,
        path,
        export_status,
        has_file: file.is_some(),
        file_name: file.as_ref().map(|file| file.name.clone()),
        archive: file.map(|file| file.archive),
        recipe: world.recipe(id, None, Flaw::None),
    }
}

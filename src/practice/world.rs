//! The practice world: users, tokens, projects, files and runs.

use std::collections::HashMap;
use std::sync::Arc;

use axum::http::Method;
use serde_json::Value;

use super::archive::{Archive, Flaw, Recipe, WIKI_PAGES, listed_snippet, protected_branch, tree_records};
use super::clock::PracticeClock;
use super::fault::FaultKind;
use super::importer::{ImportedProject, RelationOf};
use super::imports::{FakeImport, FakeRelationImport};
use super::limits::RateCounters;
use super::links::{Links, SigningTime, Validity};
use super::people::{self, FakeUser, MAIN, TokenCard};
use super::plan::{EarlierExport, ProjectPlan, WorldPlan};
use super::project::{FakeProject, StoredFile, archive_name};
use super::relations::FakeRelationExport;
use super::run::{self, Durations, ExportEnd, FakeExport};
use super::tracker::FakeTracker;

/// The first ID of the practice projects.
const FIRST_ID: u64 = 101;
/// The first ID of the groups of those projects.
const FIRST_GROUP_ID: u64 = 9001;

/// One user's exports of one project.
#[derive(Debug, Default)]
pub struct Exports {
    pub jobs: Vec<FakeExport>,
    flaw: Option<Flaw>,
    file: Option<u64>,
}

#[derive(Debug)]
pub struct World {
    pub plan: WorldPlan,
    pub users: Vec<FakeUser>,
    pub tokens: Vec<TokenCard>,
    pub projects: Vec<FakeProject>,
    pub limits: RateCounters,
    pub links: Links,
    pub runs_started: u32,
    /// By project and user.
    pub relations: HashMap<(u64, u64), Vec<FakeRelationExport>>,
    /// By project.
    pub trackers: HashMap<u64, FakeTracker>,
    /// By project.
    pub imports: HashMap<u64, FakeImport>,
    pub relation_imports: Vec<FakeRelationImport>,
    exports: HashMap<(u64, u64), Exports>,
    files: HashMap<u64, StoredFile>,
    last_id: u64,
    seed: u64,
}

impl World {
    pub fn of(plan: &WorldPlan, seed: u64, clock: &PracticeClock) -> Self {
        let projects = (FIRST_ID..)
            .zip(plan.all_projects())
            .map(|(id, plan)| FakeProject {
                id,
                plan,
                created_at: "2023-02-14T09:26:53.589Z".to_owned(),
                revision: 0,
                imported: None,
            })
            .collect();
        let mut world = Self {
            plan: plan.clone(),
            users: people::users(),
            tokens: people::tokens(seed),
            projects,
            limits: RateCounters::default(),
            links: Links::default(),
            runs_started: 0,
            relations: HashMap::new(),
            trackers: HashMap::new(),
            imports: HashMap::new(),
            relation_imports: Vec::new(),
            exports: HashMap::new(),
            files: HashMap::new(),
            last_id: 7_000,
            seed,
        };
        for project in &world.projects {
            world.trackers.insert(project.id, FakeTracker::of(&project.plan.path));
        }
        for at in 0..world.projects.len() {
            world.set_earlier(at, clock);
        }
        world
    }

    fn set_earlier(&mut self, at: usize, clock: &PracticeClock) {
        let project = &self.projects[at];
        let (id, earlier) = (project.id, project.plan.earlier);
        let lasts = self.durations(id);
        if matches!(earlier, EarlierExport::File | EarlierExport::Regenerating) {
            self.store_export(id, MAIN, None, clock);
        }
        let jobs = &mut self.exports.entry((id, MAIN)).or_default().jobs;
        match earlier {
            EarlierExport::Running | EarlierExport::Regenerating => {
                jobs.push(FakeExport::under_way(0, lasts));
            }
            EarlierExport::Failed => jobs.push(FakeExport::failed_before()),
            EarlierExport::Nothing | EarlierExport::File => {}
        }
    }

    /// Adds a project as an import creates it: owned by the caller, without a run.
    pub fn add_project(
        &mut self,
        path: String,
        created_at: String,
        imported: Option<ImportedProject>,
    ) -> u64 {
        let id = self.projects.iter().map(|project| project.id).max().unwrap_or(FIRST_ID) + 1;
        self.projects.push(FakeProject {
            id,
            plan: ProjectPlan::of(path),
            created_at,
            revision: 0,
            imported,
        });
        id
    }

    /// An import that replaces a project gets its path when it has finished, and not before
    /// (`Gitlab::ImportExport::Importer`).
    pub fn replace_projects(&mut self, now_ms: u64) {
        let has_ended = |import: &FakeImport| import.status(now_ms) == "finished";
        for (id, import) in self.imports.iter_mut().filter(|(_, import)| has_ended(import)) {
            let Some(path) = import.replaces.take() else { continue };
            self.projects.retain(|project| project.id == *id || !project.is_at(&path));
            if let Some(project) = self.projects.iter_mut().find(|project| project.id == *id) {
                project.plan.path = path;
            }
        }
    }

    /// Adds a relation import to an imported project: existing records are not created again.
    pub fn add_relation(&mut self, project_id: u64, relation: &str, of: RelationOf<'_>) {
        let project = self.projects.iter_mut().find(|project| project.id == project_id);
        if let Some(imported) = project.and_then(|project| project.imported.as_mut()) {
            imported.add(relation, of);
        }
    }

    /// Whether a group or user of this path exists.
    pub fn has_namespace(&self, path: &str) -> bool {
        let inside = |project: &FakeProject| {
            let front = project.plan.path.get(..path.len());
            front.is_some_and(|front| front.eq_ignore_ascii_case(path))
                && project.plan.path[path.len()..].starts_with('/')
        };
        self.users.iter().any(|user| user.username.eq_ignore_ascii_case(path))
            || self.projects.iter().any(inside)
    }

    /// The full path of the group with this ID. The groups are numbered in the order of their first projects.
    pub fn group_of_id(&self, id: u64) -> Option<String> {
        let mut groups: Vec<&str> = Vec::new();
        for project in &self.projects {
            let path = project.plan.path.as_str();
            let ends = path.match_indices('/').map(|(at, _)| at);
            for group in ends.filter_map(|end| path.get(..end)) {
                if groups.last() != Some(&group) && !groups.contains(&group) {
                    groups.push(group);
                }
            }
        }
        let place = usize::try_from(id.checked_sub(FIRST_GROUP_ID)?).ok()?;
        groups.get(place).map(|group| (*group).to_owned())
    }

    fn durations(&self, project_id: u64) -> Durations {
        let export_s = self.project(project_id).map_or(60, |project| project.plan.export_s);
        Durations { queue_ms: self.plan.queue_s * 1000, export_ms: export_s * 1000 }
    }

    pub fn project(&self, id: u64) -> Option<&FakeProject> {
        self.projects.iter().find(|project| project.id == id)
    }

    /// Finds a project by ID or full path, as `:id` of the API. GitLab compares paths case-insensitively
    /// (`Routable.find_by_full_path`).
    pub fn find(&self, id: &str) -> Option<&FakeProject> {
        let number = id.parse::<u64>().ok();
        self.projects.iter().find(|project| Some(project.id) == number || project.is_at(id))
    }

    pub fn user(&self, id: u64) -> Option<&FakeUser> {
        self.users.iter().find(|user| user.id == id)
    }

    /// An ID that no file, link or run has had before.
    pub fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// Updates one user's exports: stores due files and removes expired ones.
    fn settle(&mut self, key: (u64, u64), clock: &PracticeClock) {
        let now_ms = clock.paced_ms();
        let due = self.exports.get_mut(&key).and_then(|exports| {
            let job = exports.jobs.iter_mut().find(|job| job.should_store(now_ms))?;
            job.stored = true;
            Some(job.description.clone())
        });
        if let Some(description) = due {
            self.store_export(key.0, key.1, description, clock);
        }
        let real_ms = clock.real_ms();
        if let Some(id) = self.exports.get(&key).and_then(|exports| exports.file)
            && self.files.get(&id).is_none_or(|file| file.expires_at_real_ms <= real_ms)
        {
            self.delete_export(key);
        }
    }

    /// GitLab's status of this user's exports of this project.
    pub fn status(&mut self, project_id: u64, user_id: u64, clock: &PracticeClock) -> &'static str {
        self.settle((project_id, user_id), clock);
        self.exports
            .get(&(project_id, user_id))
            .map_or("none", |exports| run::status(&exports.jobs, exports.file.is_some(), clock.paced_ms()))
    }

    /// This user's stored file of this project.
    pub fn export_file(
        &mut self,
        project_id: u64,
        user_id: u64,
        clock: &PracticeClock,
    ) -> Option<StoredFile> {
        self.settle((project_id, user_id), clock);
        let id = self.exports.get(&(project_id, user_id))?.file?;
        self.files.get(&id).cloned()
    }

    pub fn file(&self, id: u64) -> Option<&StoredFile> {
        self.files.get(&id)
    }

    /// The first effect of every POST: the caller's stored file is deleted.
    pub fn delete_old_export(&mut self, project_id: u64, user_id: u64, clock: &PracticeClock) {
        self.settle((project_id, user_id), clock);
        self.delete_export((project_id, user_id));
    }

    fn delete_export(&mut self, key: (u64, u64)) {
        if let Some(id) = self.exports.get_mut(&key).and_then(|exports| exports.file.take()) {
            self.files.remove(&id);
        }
    }

    /// Enqueues a run unless this user has an open one; returns when its file is due.
    pub fn enqueue(&mut self, request: RunRequest<'_>, clock: &PracticeClock) -> Option<u64> {
        let RunRequest { project_id, user_id, description, uploads, faults } = request;
        let now_ms = clock.paced_ms();
        let lasts = self.durations(project_id);
        let exports = self.exports.entry((project_id, user_id)).or_default();
        if faults.contains(&FaultKind::StaleFailed) {
            exports.jobs.insert(0, FakeExport::failed_before());
        }
        if exports.jobs.iter().any(|job| job.is_open(now_ms)) {
            return None;
        }
        let planned_end = faults.iter().find_map(ExportEnd::of).unwrap_or_default();
        let mut job = FakeExport::accepted(now_ms, lasts, planned_end, uploads);
        job.description = description;
        let stored_at_ms = job.stored_at_ms;
        exports.jobs.push(job);
        exports.flaw = faults.iter().find_map(FaultKind::flaw);
        self.runs_started += 1;
        Some(stored_at_ms)
    }

    /// Records that the upload after a run has ended.
    pub fn upload_ended(&mut self, project_id: u64, user_id: u64, clock: &PracticeClock) {
        if let Some(job) =
            self.exports.get_mut(&(project_id, user_id)).and_then(|exports| exports.jobs.last_mut())
        {
            job.upload_ended(clock.paced_ms());
        }
    }

    fn store_export(
        &mut self,
        project_id: u64,
        user_id: u64,
        description: Option<String>,
        clock: &PracticeClock,
    ) {
        let flaw = self.exports.get(&(project_id, user_id)).and_then(|exports| exports.flaw);
        let Some(recipe) = self.recipe(project_id, description, flaw.unwrap_or(Flaw::None)) else { return };
        let name = archive_name(&recipe.path, clock.wall());
        let file = self.store(Arc::new(Archive::build(&recipe)), Some(recipe), name, clock);
        let exports = self.exports.entry((project_id, user_id)).or_default();
        if let Some(old) = exports.file.replace(file) {
            self.files.remove(&old);
        }
    }

    /// Puts any file into the storage.
    pub fn store(
        &mut self,
        archive: Arc<Archive>,
        recipe: Option<Recipe>,
        name: String,
        clock: &PracticeClock,
    ) -> u64 {
        let id = self.next_id();
        let expires_at_real_ms = clock.real_ms().saturating_add(self.plan.retention_ms);
        self.files.insert(
            id,
            StoredFile { id, archive, recipe, name, stored_at: clock.wall(), expires_at_real_ms },
        );
        id
    }

    /// A new signed URL for `file`, as path and query.
    pub fn sign(&mut self, file: &StoredFile, method: &Method, lasts: Validity, now: SigningTime) -> String {
        let number = self.next_id();
        self.links.sign(number, file, method, lasts, now)
    }

    /// The current recipe of this project's archive.
    pub fn recipe(&self, project_id: u64, description: Option<String>, flaw: Flaw) -> Option<Recipe> {
        let project = self.project(project_id)?;
        Some(Recipe {
            path: project.plan.path.clone(),
            project_id,
            size: project.plan.size,
            seed: self.seed,
            revision: project.revision,
            description,
            description_bytes: project.plan.merge_request_bytes,
            flaw,
            file: project.plan.archive.clone(),
        })
    }

    /// How many records of a relation the project has.
    pub fn records(&self, project_id: u64, relation: &str) -> u64 {
        let imported = self.project(project_id).and_then(|project| project.imported.as_ref());
        if let Some(imported) = imported {
            return imported.records(relation);
        }
        let recipe = self.recipe(project_id, None, Flaw::None);
        recipe.map_or(0, |recipe| tree_records(&recipe, relation))
    }

    /// The pages of the project's wiki.
    pub fn wiki_pages(&self, project_id: u64) -> Vec<&'static str> {
        let imported = self.project(project_id).and_then(|project| project.imported.as_ref());
        let has_wiki = imported.is_none_or(|imported| imported.has_wiki);
        if has_wiki { WIKI_PAGES.to_vec() } else { Vec::new() }
    }

    /// The snippets of the project, as the API shows them.
    pub fn snippets(&self, project_id: u64, url: &str) -> Vec<Value> {
        self.project(project_id).map(|project| listed_snippet(url, &project.plan.path)).into_iter().collect()
    }

    /// The protected branches of the project, as the API shows them.
    pub fn protected_branches(&self, project_id: u64) -> Vec<Value> {
        match self.project(project_id).and_then(|project| project.imported.as_ref()) {
            Some(imported) => imported
                .relations
                .get("protected_branches")
                .map(|rows| rows.branches.clone())
                .unwrap_or_default(),
            None => vec![protected_branch()],
        }
    }

    /// The project's tracker; an imported project gets a new one.
    pub fn tracker(&mut self, project_id: u64) -> &mut FakeTracker {
        self.trackers.entry(project_id).or_default()
    }

    /// Gives the file another content under the same name, as after a run that another client requested.
    pub fn change_file(&mut self, id: u64) {
        let Some(file) = self.files.get_mut(&id) else { return };
        let Some(recipe) = &mut file.recipe else { return };
        recipe.revision += 1;
        file.archive = Arc::new(Archive::build(recipe));
        let (project_id, revision) = (recipe.project_id, recipe.revision);
        if let Some(project) = self.projects.iter_mut().find(|project| project.id == project_id) {
            project.revision = revision;
        }
    }

    /// Applies a fault to the existing objects; returns false if there are none for it.
    pub fn strike_now(&mut self, error: &FaultKind, clock: &PracticeClock) -> bool {
        let now_ms = clock.paced_ms();
        let mut found = false;
        if let Some(planned_end) = ExportEnd::of(error) {
            let jobs = self.exports.values_mut().flat_map(|exports| &mut exports.jobs);
            for job in jobs.filter(|job| job.is_open(now_ms) && !job.stored) {
                job.planned_end = planned_end;
                found = true;
            }
        }
        if let Some(flaw) = error.flaw() {
            for file in self.files.values_mut() {
                if let Some(recipe) = &mut file.recipe {
                    recipe.flaw = flaw;
                    file.archive = Arc::new(Archive::build(recipe));
                    found = true;
                }
            }
        }
        found
    }
}

/// The parameters of a run.
#[derive(Debug)]
pub struct RunRequest<'a> {
    pub project_id: u64,
    pub user_id: u64,
    pub description: Option<String>,
    pub uploads: bool,
    pub faults: &'a [FaultKind],
}

//! The members of a project archive and their content.

use std::ops::RangeInclusive;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::bundle;
use super::filled;
use super::huge::{Huge, SMALL_LFS_BYTES, Size};
use super::noise::{hex, random_bytes, random_text};
use super::recipe::{Flaw, Recipe};
use super::tar::TarMember;

/// Format version: GitLab's importer demands exactly this (unchanged since 2018).
const FORMAT_VERSION: &str = "0.2.4";
const GITLAB_VERSION: &str = "18.9.0-ee";
const GITLAB_REVISION: &str = "4d1a63a2f2c";
pub const CREATED_AT: &str = "2023-02-14T09:26:53.589Z";
/// 2024-03-05T09:12:44Z, the one commit of every practice repository.
pub const AUTHORED_AT_S: i64 = 1_709_629_964;
pub const AUTHOR: &str = "Maria Sommer <maria@example.com>";
/// Not ASCII on purpose: such names occur in real archives.
const UPLOAD_NAME: &str = "Übersicht-概要-é.png";

/// All members of the archive, in tar's order.
pub fn members(recipe: &Recipe) -> Vec<TarMember> {
    if recipe.flaw == Flaw::NotAnExport {
        return vec![
            TarMember::folder(""),
            TarMember::file("README.md", "# Backup of a web page\n"),
            TarMember::file("index.html", "<!doctype html><title>Not a project export</title>\n"),
        ];
    }
    let secret = upload_secret(recipe);
    let mut members = vec![
        TarMember::folder(""),
        TarMember::file("GITLAB_REVISION", GITLAB_REVISION),
        TarMember::file("GITLAB_VERSION", GITLAB_VERSION),
        TarMember::file("VERSION", FORMAT_VERSION),
    ];
    lfs(recipe, &mut members);
    members.push(TarMember::folder("avatar"));
    members.push(TarMember::file("avatar/logo.png", random_bytes(recipe.seed ^ 5, 700)));
    members.push(TarMember::file("project.bundle", repository(recipe)));
    let relations = relations(recipe);
    members.extend(filled::members(recipe, &relations));
    members.push(TarMember::folder("tree"));
    members.push(TarMember::folder("tree/project"));
    for (name, content) in relations {
        members.push(TarMember::file(&format!("tree/project/{name}.ndjson"), content));
    }
    members.push(TarMember::file("tree/project.json", project(recipe).to_string()));
    members.push(TarMember::folder("uploads"));
    members.push(TarMember::folder(&format!("uploads/{secret}")));
    members.push(TarMember::file(
        &format!("uploads/{secret}/{UPLOAD_NAME}"),
        random_bytes(recipe.seed ^ 3, 6_000),
    ));
    if recipe.flaw == Flaw::HardLink {
        members.push(TarMember::hard_link("tree/project/labels-copy.ndjson", "tree/project/labels.ndjson"));
    }
    members
}

fn upload_secret(recipe: &Recipe) -> String {
    hex(&random_bytes(recipe.seed.wrapping_add(recipe.project_id), 16))
}

fn lfs(recipe: &Recipe, members: &mut Vec<TarMember>) {
    let small = random_bytes(recipe.seed.wrapping_mul(31) ^ recipe.project_id, SMALL_LFS_BYTES);
    let small_sha256 = hex(&Sha256::digest(&small));
    let huge = Huge::of(recipe.size);
    let mut list = serde_json::Map::from_iter([(small_sha256.clone(), json!([0]))]);
    members.push(TarMember::folder("lfs-objects"));
    members.push(TarMember::file(&format!("lfs-objects/{small_sha256}"), small));
    if let Some(huge) = huge {
        list.insert(huge.sha256(), json!([0]));
        members.push(TarMember::huge(&format!("lfs-objects/{}", huge.sha256()), huge));
    }
    members.push(TarMember::file("lfs-objects.json", Value::Object(list).to_string()));
}

fn repository(recipe: &Recipe) -> Vec<u8> {
    let readme = format!("# {}\n\nRevision {} of a practice project.\n", recipe.path, recipe.revision);
    let noise = random_bytes(recipe.seed ^ (u64::from(recipe.revision) << 32) ^ recipe.project_id, 30_000);
    bundle::bundle(
        &[("README.md", readme.into_bytes()), ("data.bin", noise)],
        AUTHOR,
        "Initial commit",
        AUTHORED_AT_S,
    )
}

/// The one protected branch, as the API shows it: Maintainers may push, and a deploy key.
pub fn protected_branch() -> Value {
    json!({"id": 1, "name": "main", "push_access_levels": [
        {"id": 1, "access_level": 40, "user_id": null, "group_id": null, "deploy_key_id": null},
        {"id": 2, "access_level": 40, "user_id": null, "group_id": null, "deploy_key_id": 7},
    ]})
}

/// The same branch as an export writes it. The relations export also has the row of the deploy key, without the key.
pub fn exported_branch(has_key_row: bool) -> Value {
    let row = json!({"access_level": 40, "user_id": null, "group_id": null, "created_at": CREATED_AT});
    let rows = vec![row; if has_key_row { 2 } else { 1 }];
    json!({"name": "main", "created_at": CREATED_AT, "push_access_levels": rows})
}

pub fn project(recipe: &Recipe) -> Value {
    let described = format!("Practice project {}", recipe.path);
    let mut keys = json!({
        "description": recipe.description.as_deref().unwrap_or(&described),
        "visibility_level": 0,
        "archived": false,
        "merge_requests_template": null,
        "merge_requests_rebase_enabled": false,
        "approvals_before_merge": 0,
        "reset_approvals_on_push": true,
        "merge_requests_ff_only_enabled": false,
        "issues_template": null,
        "shared_runners_enabled": true,
        "build_allow_git_fetch": true,
        "build_timeout": 3600,
        "pending_delete": false,
        "public_builds": true,
        "last_repository_check_failed": null,
        "only_allow_merge_if_pipeline_succeeds": false,
        "has_external_issue_tracker": false,
        "request_access_enabled": true,
        "has_external_wiki": false,
        "ci_config_path": null,
    });
    let rest = json!({
        "only_allow_merge_if_all_discussions_are_resolved": false,
        "remove_source_branch_after_merge": true,
        "printing_merge_request_link_enabled": true,
        "auto_cancel_pending_pipelines": "enabled",
        "service_desk_enabled": false,
        "delete_error": null,
        "disable_overriding_approvers_per_merge_request": null,
        "resolve_outdated_diff_discussions": false,
        "jobs_cache_index": null,
        "external_authorization_classification_label": null,
        "pages_https_only": false,
        "merge_requests_author_approval": null,
        "merge_requests_disable_committers_approval": null,
        "require_password_to_approve": null,
        "autoclose_referenced_issues": true,
        "suggestion_commit_message": null,
        "allow_merge_on_skipped_pipeline": null,
        "restrict_user_defined_variables": false,
        "labels": [],
    });
    if let (Value::Object(keys), Value::Object(rest)) = (&mut keys, rest) {
        keys.extend(rest);
        keys.remove("labels");
    }
    keys
}

/// The relations of the tree, each as NDJSON. An empty list has no file at all (seen since 17.x).
pub fn relations(recipe: &Recipe) -> Vec<(&'static str, Vec<u8>)> {
    let count = match recipe.size {
        Size::Small => 5,
        Size::Medium => 60,
        Size::Large | Size::Gigabyte | Size::FourGigabytes => 400,
    };
    vec![
        ("auto_devops", b"null".to_vec()),
        ("boards", lines(1, |_| json!({"name": "Development", "created_at": CREATED_AT, "lists": []}))),
        ("ci_cd_settings", single(&json!({"group_runners_enabled": true}))),
        ("ci_pipelines", lines(count, |n| pipeline(recipe, n))),
        ("container_expiration_policy", single(&json!({"enabled": false, "cadence": "1d"}))),
        ("error_tracking_setting", b"null".to_vec()),
        ("issues", issues(recipe, 1..=count)),
        ("labels", lines(4, label)),
        ("merge_requests", lines(count / 2, |n| merge_request(recipe, n))),
        ("milestones", lines(2, |n| milestone(recipe, n))),
        ("pipeline_schedules", lines(3, schedule)),
        ("project_badges", lines(1, badge)),
        ("project_feature", single(&json!({"issues_access_level": 20, "wiki_access_level": 20}))),
        ("project_members", lines(filled::member_count(), filled::member)),
        ("protected_branches", lines(1, |_| exported_branch(false))),
        ("push_rule", b"null".to_vec()),
        ("releases", lines(1, |_| json!({"tag": "v1.0.0", "name": "First", "sha": "8e1f0d5c"}))),
        ("security_setting", b"null".to_vec()),
        ("service_desk_setting", b"null".to_vec()),
        ("snippets", lines(1, |_| filled::snippet())),
    ]
}

/// How many records a relation of the tree has.
pub fn tree_records(recipe: &Recipe, relation: &str) -> u64 {
    let found = relations(recipe).into_iter().find(|(name, _)| *name == relation);
    found.map_or(0, |(_, content)| records(&content).len() as u64)
}

/// The lines of a list; `null` counts as none.
pub fn records(content: &[u8]) -> Vec<&[u8]> {
    content.split_inclusive(|byte| *byte == b'\n').filter(|line| *line != b"null").collect()
}

fn single(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

fn lines(count: u64, record: impl Fn(u64) -> Value) -> Vec<u8> {
    (1..=count).flat_map(|number| format!("{}\n", record(number)).into_bytes()).collect()
}

/// Issues in the order of the export: by their manual position on boards, those without one last. A batch has a range of
/// IDs, so the order holds only within the batch.
pub fn issues(recipe: &Recipe, numbers: RangeInclusive<u64>) -> Vec<u8> {
    let mut ordered: Vec<u64> = numbers.collect();
    ordered.sort_by_key(|number| (position(*number).is_none(), position(*number), *number));
    ordered.into_iter().flat_map(|number| format!("{}\n", issue(recipe, number)).into_bytes()).collect()
}

/// The manual position of an issue on boards: unlike the order of the IDs, and unknown for some.
fn position(number: u64) -> Option<u64> {
    (!number.is_multiple_of(10)).then_some(number * 7_919 % 10_007)
}

fn issue(recipe: &Recipe, number: u64) -> Value {
    let description = if number == 1 {
        format!("See ![overview](/uploads/{}/{UPLOAD_NAME})", upload_secret(recipe))
    } else {
        format!("Steps for case {number}: open, look, write down.")
    };
    json!({
        "title": format!("Case {number}"), "author_id": 1, "project_id": recipe.project_id,
        "created_at": CREATED_AT, "updated_at": CREATED_AT, "description": description,
        "iid": number, "confidential": false, "state": "opened", "lock_version": 0,
        "relative_position": position(number), "issue_assignees": [], "label_links": [], "milestone": null, "events": [],
        "notes": [{"note": "Thank you.", "noteable_type": "Issue", "author_id": 2, "created_at": CREATED_AT}],
    })
}

fn merge_request(recipe: &Recipe, number: u64) -> Value {
    let length = recipe.description_bytes;
    let text = (length > 0).then(|| random_text(number as usize * 300_007, length));
    json!({
        "target_branch": "main", "source_branch": format!("change-{number}"), "title": format!("Change {number}"),
        "source_project_id": recipe.project_id, "target_project_id": recipe.project_id, "author_id": 1,
        "created_at": CREATED_AT, "updated_at": CREATED_AT, "state": "merged", "iid": number,
        "description": text, "notes": [], "label_links": [], "approvals": [],
        "merge_request_diff": {"state": "collected", "merge_request_diff_commits": [], "merge_request_diff_files": []},
    })
}

fn pipeline(recipe: &Recipe, number: u64) -> Value {
    json!({
        "ref": "main", "sha": hex(&random_bytes(number, 20)), "before_sha": null, "created_at": CREATED_AT, "status": "success",
        "project_id": recipe.project_id, "iid": number, "source": "push",
        "stages": [{"name": "test", "status": "success", "position": 0, "builds": []}],
    })
}

fn label(number: u64) -> Value {
    let title = ["bug", "feature", "severity::2", "priority::1"][(number as usize - 1) % 4];
    json!({"title": title, "color": "#d9534f", "type": "ProjectLabel", "created_at": CREATED_AT, "priorities": []})
}

fn milestone(recipe: &Recipe, number: u64) -> Value {
    json!({"title": format!("{number}.0"), "project_id": recipe.project_id, "iid": number, "state": "active",
        "created_at": CREATED_AT, "start_date": null, "due_date": null, "description": ""})
}

fn schedule(_: u64) -> Value {
    json!({"description": "Nightly", "ref": "main", "cron": "0 4 * * *", "cron_timezone": "UTC", "active": true})
}

fn badge(_: u64) -> Value {
    json!({"link_url": "https://example.com", "image_url": "https://example.com/badge.svg", "type": "ProjectBadge"})
}

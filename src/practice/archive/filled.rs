//! What a file export contains and the relations export does not: members, the wiki, the snippets' files, the highest
//! IIDs. The API gives them through other calls.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::bundle;
use super::noise::hex;
use super::recipe::Recipe;
use super::tar::TarMember;
use super::tree::{AUTHOR, AUTHORED_AT_S, CREATED_AT, records};

/// The pages of the wiki.
pub const WIKI_PAGES: [&str; 1] = ["home"];
const SNIPPET_TITLE: &str = "Clean up";
/// The ID of the one snippet.
pub const SNIPPET_ID: u64 = 1;
/// The members: ID, username, name, access level, public e-mail address.
const MEMBERS: [(u64, &str, &str, u8, &str); 3] = [
    (2, "maria", "Maria Sommer", 40, "maria@example.com"),
    (3, "jonas", "Jonas Weiß", 40, ""),
    (4, "dana", "Dana 김", 30, "dana@example.com"),
];

/// The members of the archive.
pub fn members(recipe: &Recipe, relations: &[(&str, Vec<u8>)]) -> Vec<TarMember> {
    vec![
        TarMember::file("max_iids.json", max_iids(relations)),
        TarMember::file("project.wiki.bundle", wiki(recipe)),
        TarMember::folder("snippets"),
        TarMember::file(&format!("snippets/{}.bundle", snippet_digest()), snippet_files()),
    ]
}

/// The wiki's repository: one page.
pub fn wiki(recipe: &Recipe) -> Vec<u8> {
    let home = format!("# Wiki of {}\n", recipe.path);
    let name = format!("{}.md", WIKI_PAGES[0]);
    bundle::bundle(&[(&name, home.into_bytes())], AUTHOR, "Create home", AUTHORED_AT_S)
}

/// The repository of the one snippet.
pub fn snippet_files() -> Vec<u8> {
    bundle::bundle(&[("clean.sh", b"true\n".to_vec())], AUTHOR, "Initial commit", AUTHORED_AT_S)
}

/// The record of the one snippet.
pub fn snippet() -> Value {
    json!({
        "title": SNIPPET_TITLE, "description": null, "file_name": "clean.sh", "content": "true\n",
        "created_at": CREATED_AT, "updated_at": CREATED_AT,
    })
}

/// The same snippet as the API shows it.
pub fn listed_snippet(url: &str, path: &str) -> Value {
    json!({
        "id": SNIPPET_ID, "title": SNIPPET_TITLE, "description": null, "visibility": "private",
        "created_at": CREATED_AT, "updated_at": CREATED_AT, "file_name": "clean.sh",
        "http_url_to_repo": format!("{url}/{path}/snippets/{SNIPPET_ID}.git"),
    })
}

/// The name of the snippet's bundle: the digest of title, description and both times, as Rails prints them.
fn snippet_digest() -> String {
    hex(&Sha256::digest(format!("{SNIPPET_TITLE}{0}{0}", "2023-02-14 09:26:53 UTC")))
}

/// A line of `project_members.ndjson`, counted from 1.
pub fn member(number: u64) -> Value {
    let (id, username, _, access_level, email) = MEMBERS[(number as usize - 1) % MEMBERS.len()];
    json!({
        "access_level": access_level, "source_type": "Project", "user_id": id, "notification_level": 3,
        "created_at": CREATED_AT, "updated_at": CREATED_AT, "created_by_id": null, "invite_email": null,
        "invite_accepted_at": null, "requested_at": null, "expires_at": null, "ldap": false, "override": false,
        "user": {"id": id, "public_email": email, "username": username},
    })
}

/// How many members a project has.
pub fn member_count() -> u64 {
    MEMBERS.len() as u64
}

/// `GET /projects/:id/members/all`. A member whom a group's owner has not approved is no member yet.
pub fn listed_members() -> Vec<Value> {
    let shown = |(id, username, name, access_level, email): (u64, &str, &str, u8, &str), state: &str| {
        json!({
            "id": id, "username": username, "name": name, "state": "active", "access_level": access_level,
            "public_email": email, "created_at": CREATED_AT, "expires_at": null, "membership_state": state,
        })
    };
    let awaiting = shown((90, "waiting", "Waiting Member", 30, "waiting@example.com"), "awaiting");
    MEMBERS.into_iter().map(|member| shown(member, "active")).chain([awaiting]).collect()
}

/// The highest IIDs, by GitLab's names of what has them.
fn max_iids(relations: &[(&str, Vec<u8>)]) -> String {
    let highest = |relation: &str| {
        let (_, text) = relations.iter().find(|(name, _)| *name == relation)?;
        let iids = records(text)
            .into_iter()
            .filter_map(|line| serde_json::from_slice::<Value>(line).ok()?.get("iid")?.as_u64());
        iids.max()
    };
    let pairs = [
        ("issues", "issues"),
        ("merge_requests", "merge_requests"),
        ("project_milestones", "milestones"),
        ("ci_pipelines", "ci_pipelines"),
    ];
    let pairs = pairs
        .into_iter()
        .filter_map(|(name, relation)| highest(relation).map(|iid| format!("\"{name}\":{iid}")));
    format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
}

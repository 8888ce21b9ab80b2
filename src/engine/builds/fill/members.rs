//! The members: as the folder keeps them, and as lines of `project_members.ndjson`.
//!
//! GitLab's file export writes such a line per direct member, and for inherited ones where the exporter owns the group
//! (`project_export_presenter.rb`). An importer uses them only to map users by their e-mail addresses, and only where
//! an administrator imports (`members_mapper.rb`).

use std::collections::HashSet;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::gitlab::ProjectMember;
use crate::platform::disk;

use super::MembersWanted;
use super::record::FillRecord;
use super::table::EmailTable;

/// The member of the archive that the file becomes.
pub const MEMBER: &str = "tree/project/project_members.ndjson";
/// GitLab's number for being notified about what one takes part in, which every member has by default
/// (`NotificationSetting`: global).
const NOTIFICATION_LEVEL: u64 = 3;
/// The longest list of members: 10,000 of them.
const MOST_MEMBERS_BYTES: usize = 8 << 20;
/// How many usernames a sentence names.
const MOST_NAMED: usize = 20;
/// A member whom a group's owner has not approved yet.
const AWAITING: &str = "awaiting";

/// A member as the folder keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptMember {
    pub id: u64,
    pub username: String,
    pub access_level: u64,
    pub created_at: Option<String>,
    pub expires_at: Option<String>,
    pub email: Option<String>,
}

/// The members of GitLab's list, each once. Members who still wait for an approval are left out: an import would
/// admit them.
pub fn of_list(list: Vec<ProjectMember>, wanted: &MembersWanted) -> Vec<KeptMember> {
    let mut seen = HashSet::new();
    let is_member = |member: &ProjectMember| member.membership_state.as_deref() != Some(AWAITING);
    let members = list.into_iter().filter(is_member).filter(|member| seen.insert(member.id));
    let kept = members.map(|member| {
        let email = match wanted {
            MembersWanted::Without => None,
            MembersWanted::PublicEmails => member.public_email.filter(|address| !address.is_empty()),
            MembersWanted::Table(table) => table.get(&member.username).map(str::to_owned),
        };
        let ProjectMember { id, username, access_level, created_at, expires_at, .. } = member;
        KeptMember { id, username, access_level, created_at, expires_at, email }
    });
    kept.collect()
}

/// The file's content.
pub fn write(members: &[KeptMember]) -> Vec<u8> {
    let lines = members.iter().filter_map(|member| serde_json::to_string(member).ok());
    lines.flat_map(|line| format!("{line}\n").into_bytes()).collect()
}

/// The members that an earlier reading brought, if their file is unchanged.
pub fn earlier(folder: &Path, record: &FillRecord) -> Option<Vec<KeptMember>> {
    let path = record.whole(folder, MEMBER)?.path(folder)?;
    read(&disk::read_short(&path, MOST_MEMBERS_BYTES).ok()?)
}

/// Reads a file that [`write`] made; `None` where it is none.
pub fn read(text: &[u8]) -> Option<Vec<KeptMember>> {
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).ok()).collect()
}

/// The members with exactly the addresses of a table.
pub fn with_table(mut members: Vec<KeptMember>, table: &EmailTable) -> Vec<KeptMember> {
    for member in &mut members {
        member.email = table.get(&member.username).map(str::to_owned);
    }
    members
}

/// Of how many members the e-mail address is known.
pub fn with_address(members: &[KeptMember]) -> u64 {
    members.iter().filter(|member| member.email.is_some()).count() as u64
}

/// Names the users of a table that are no members, in one sentence; `None` if all are.
pub fn unmatched(members: &[KeptMember], table: &EmailTable) -> Option<String> {
    let known: HashSet<_> = members.iter().map(|member| member.username.to_lowercase()).collect();
    let unknown: Vec<_> = table.names().filter(|name| !known.contains(*name)).collect();
    let named = unknown.iter().take(MOST_NAMED).copied().collect::<Vec<_>>().join(", ");
    match unknown.len() {
        0 => None,
        1 => Some(format!("No member has this username of the table: {named}.")),
        all if all <= MOST_NAMED => Some(format!("No member has these usernames of the table: {named}.")),
        all => {
            let more = all - MOST_NAMED;
            Some(format!("No member has these usernames of the table: {named}, and {more} more."))
        }
    }
}

/// The content of `project_members.ndjson`. IDs are numbers, because the importer uses them as keys; there is no
/// invitation, because an import would send it.
pub fn ndjson(members: &[KeptMember]) -> Vec<u8> {
    let line = |member: &KeptMember| {
        let line = json!({
            "access_level": member.access_level,
            "source_type": "Project",
            "user_id": member.id,
            "notification_level": NOTIFICATION_LEVEL,
            "created_at": member.created_at,
            "updated_at": member.created_at,
            "created_by_id": null,
            "invite_email": null,
            "invite_accepted_at": null,
            "requested_at": null,
            "expires_at": member.expires_at,
            "ldap": false,
            "override": false,
            "user": {
                "id": member.id,
                "public_email": member.email.as_deref().unwrap_or_default(),
                "username": member.username,
            },
        });
        format!("{line}\n").into_bytes()
    };
    members.iter().flat_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(id: u64, username: &str, email: Option<&str>) -> ProjectMember {
        ProjectMember {
            id,
            username: username.to_owned(),
            access_level: 50,
            public_email: email.map(str::to_owned),
            created_at: Some("2026-01-02T03:04:05.678Z".to_owned()),
            expires_at: None,
            membership_state: Some("active".to_owned()),
        }
    }

    #[test]
    fn each_member_is_a_line_as_gitlab_writes_it() {
        let waiting =
            ProjectMember { membership_state: Some(AWAITING.to_owned()), ..listed(9, "w", Some("w@x")) };
        let list = vec![
            listed(16, "maria", Some("m@x")),
            listed(17, "jonas", Some("")),
            listed(16, "maria", Some("m@x")),
            waiting,
        ];
        let members = of_list(list.clone(), &MembersWanted::PublicEmails);
        let text = String::from_utf8(ndjson(&members)).unwrap();
        let lines: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert_eq!(lines[0]["user_id"], 16);
        assert_eq!(lines[0]["user"], json!({ "id": 16, "public_email": "m@x", "username": "maria" }));
        assert_eq!(lines[0]["source_type"], "Project");
        assert!(lines.iter().all(|line| line["invite_email"].is_null() && line["requested_at"].is_null()));
        assert_eq!(lines[1]["user"]["public_email"], "");
        assert_eq!(read(&write(&members)), Some(members.clone()));

        // A table decides alone which addresses are written.
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table");
        std::fs::write(&path, "jonas,j@y\n").unwrap();
        let table = EmailTable::read(&path).unwrap();
        let emails = |members: &[KeptMember]| members.iter().map(|one| one.email.clone()).collect::<Vec<_>>();
        let wanted = [None, Some("j@y".to_owned())];
        assert_eq!(emails(&of_list(list, &MembersWanted::Table(table.clone()))), wanted);
        assert_eq!(emails(&with_table(members.clone(), &table)), wanted);
        assert_eq!(unmatched(&members, &table), None);
        std::fs::write(&path, "Jonas,j@y\nnobody,n@y\nMia,m@y\n").unwrap();
        let said = unmatched(&members, &EmailTable::read(&path).unwrap()).unwrap();
        assert_eq!(said, "No member has these usernames of the table: mia, nobody.");
        assert_eq!(read(b"{\"id\":1}\n"), None);
    }
}

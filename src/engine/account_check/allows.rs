//! Which calls a token may make, as far as GitLab tells: a classic token has scopes, a fine-grained one has
//! permissions (`config/authz` in GitLab's source, and `granular_scopes` of `GET /personal_access_tokens/self`).

use crate::engine::api::Allows;
use crate::gitlab::{GranularScope, TokenSelf, User};

/// The scopes or permissions of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// GitLab does not tell.
    Unknown,
    /// A fine-grained token whose permissions GitLab does not tell.
    Hidden,
    Scopes(Vec<String>),
    Granular(Vec<GranularScope>),
}

impl Grant {
    pub fn of(token: Option<&TokenSelf>) -> Self {
        match token {
            Some(token) if !token.granular_scopes.is_empty() => Self::Granular(token.granular_scopes.clone()),
            Some(token) if token.is_granular() => Self::Hidden,
            Some(token) if token.scopes.is_empty() => Self::Unknown,
            Some(token) => Self::Scopes(token.scopes.clone()),
            None => Self::Unknown,
        }
    }

    /// Whether the token has permissions instead of scopes.
    pub fn is_fine_grained(&self) -> bool {
        matches!(self, Self::Hidden | Self::Granular(_))
    }

    /// What the token may do with the project of this ID; without an ID, with at least one project.
    pub fn allows(&self, project: Option<u64>) -> Allows {
        match self {
            Self::Unknown | Self::Hidden => Allows::default(),
            Self::Scopes(scopes) => {
                let has = |wanted: &str| scopes.iter().any(|scope| scope == wanted);
                let (write, read) = (Some(has("api")), Some(has("api") || has("read_api")));
                Allows { start: write, status: read, download: read, relations: write, import: write }
            }
            Self::Granular(scopes) => {
                let may = |permission: &str| granted(scopes, permission, project);
                let relations = ["create", "read", "download"]
                    .map(|action| may(&format!("{action}_project_relation_export")))
                    .into_iter()
                    .fold(Some(true), both);
                Allows {
                    start: may("create_project_export"),
                    status: may("read_project_export"),
                    download: may("download_project_export"),
                    relations,
                    // GitLab grants this permission for a group or for the user, never for a project.
                    import: granted(scopes, "create_project_import", None),
                }
            }
        }
    }
}

/// `Some(false)` wins over `None`, and `None` over `Some(true)`.
fn both(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        (None, _) | (_, None) => None,
    }
}

/// Whether the token has a permission for a project. `None` where GitLab granted the permission for a group or for
/// personal projects: the project may or may not belong to them.
fn granted(scopes: &[GranularScope], permission: &str, project: Option<u64>) -> Option<bool> {
    let mut found = Some(false);
    for scope in scopes.iter().filter(|scope| scope.permissions.iter().any(|one| one == permission)) {
        let is_for_it = match (project, scope.project_id) {
            (Some(ours), Some(theirs)) => Some(ours == theirs),
            (Some(_), None) if scope.group_id.is_some() || scope.access == "personal_projects" => None,
            (Some(_), None) | (None, _) => Some(true),
        };
        match is_for_it {
            Some(true) => return Some(true),
            None => found = None,
            Some(false) => {}
        }
    }
    found
}

/// Whether a token belongs to a bot, as project and group access tokens do. A bot cannot import.
pub fn of_bot(user: &User) -> bool {
    let name = &user.username;
    let is_named_so = ["project_", "group_"].iter().any(|kind| {
        name.strip_prefix(kind)
            .and_then(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("_bot"))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('_') || rest.parse::<u32>().is_ok())
    });
    user.bot.unwrap_or(is_named_so)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(
        access: &str,
        permissions: &[&str],
        project_id: Option<u64>,
        group_id: Option<u64>,
    ) -> GranularScope {
        GranularScope {
            access: access.to_owned(),
            permissions: permissions.iter().map(|&one| one.to_owned()).collect(),
            project_id,
            group_id,
        }
    }

    #[test]
    fn scopes_of_classic_tokens_decide() {
        let of =
            |scopes: &[&str]| Grant::Scopes(scopes.iter().map(|&one| one.to_owned()).collect()).allows(None);
        let (yes, no) = (Some(true), Some(false));
        let all = Allows { start: yes, status: yes, download: yes, relations: yes, import: yes };
        assert_eq!(of(&["api"]), all);
        assert_eq!(of(&["read_api"]), Allows { start: no, relations: no, import: no, ..all });
        assert_eq!(
            of(&["read_user"]),
            Allows { start: no, status: no, download: no, relations: no, import: no }
        );
        assert_eq!(Grant::Unknown.allows(Some(1)), Allows::default());
    }

    #[test]
    fn permissions_count_for_their_project_alone() {
        let of = |scopes: &[GranularScope]| Grant::Granular(scopes.to_vec()).allows(Some(101));
        let (yes, no) = (Some(true), Some(false));
        let export = ["create_project_export", "read_project_export"];
        let ours = of(&[scope("selected_memberships", &export, Some(101), None)]);
        assert_eq!(
            (ours.start, ours.status, ours.download, ours.relations, ours.import),
            (yes, yes, no, no, no)
        );
        assert_eq!(of(&[scope("selected_memberships", &export, Some(7), None)]).start, no);
        assert_eq!(of(&[scope("selected_memberships", &export, None, Some(9))]).start, None);
        assert_eq!(of(&[scope("all_memberships", &export, None, None)]).start, yes);
        let relations = [
            "create_project_relation_export",
            "read_project_relation_export",
            "download_project_relation_export",
        ];
        assert_eq!(of(&[scope("all_memberships", &relations, None, None)]).relations, yes);
        assert_eq!(of(&[scope("all_memberships", &relations[..2], None, None)]).relations, no);
        assert_eq!(of(&[scope("user", &["create_project_import"], None, None)]).import, yes);
    }

    #[test]
    fn bots_are_recognised_by_type_or_by_name() {
        let user = |username: &str, bot| User {
            id: 1,
            username: username.to_owned(),
            name: String::new(),
            is_admin: None,
            bot,
        };
        for name in ["project_12_bot", "group_7_bot_a1b2", "project_12_bot3"] {
            assert!(of_bot(&user(name, None)), "{name}");
        }
        for name in ["ann", "project_bottle", "group_1_botany"] {
            assert!(!of_bot(&user(name, None)), "{name}");
        }
        assert!(of_bot(&user("robby", Some(true))) && !of_bot(&user("group_1_bot", Some(false))));
    }
}

//! The target of an import: its full path, the project that already exists there, and the parameter names that this
//! GitLab version uses.

use crate::case::{Code, Hint, UserError};
use crate::engine::access::{ApiAccess, OnWait};
use crate::engine::api::{Answer, AskId, NewProjectTarget, ProjectHit, TargetView};
use crate::engine::core::Core;
use crate::engine::input::EngineInput;
use crate::engine::jobs::input::TargetPreflight;
use crate::engine::limiter::Limit;
use crate::engine::preflight::{find_project, hit};
use crate::gitlab::{Client, ErrorKind, ImportTarget, Namespace, ProjectKey, RelationImport};

use super::draft::ImportDestination;

/// GitLab has the parameters `namespace_id` and `namespace_path` since this version.
const NEW_NAMES: (u32, u32) = (18, 7);

impl TargetPreflight {
    /// The full path, as far as it is known.
    pub fn shown_path(&self) -> String {
        self.full_path.clone().unwrap_or_else(|| match &self.namespace {
            Some(namespace) => format!("namespace {namespace}/{}", self.path),
            None => self.path.clone(),
        })
    }

    /// Whether the import will overwrite a project. Refuses if a project exists and the user did not confirm its
    /// deletion by its exact path.
    pub fn may_go(&self, to: &NewProjectTarget) -> Result<bool, UserError> {
        let refused = |headline: String, hint: Hint| Err(UserError::new(Code::Refused, headline, hint));
        match (&self.existing, &to.delete) {
            (Some(there), None) => refused(
                format!("{} exists already (project ID {}). Nothing was sent.", there.path, there.id),
                Hint::ConfirmDelete { path: there.path.clone() },
            ),
            (Some(there), Some(yes)) if yes.trim_matches('/') == there.path => Ok(true),
            (Some(there), Some(yes)) => refused(
                format!("You confirmed deleting “{yes}”, but {} would be deleted.", there.path),
                Hint::RepeatDelete { path: there.path.clone() },
            ),
            (None, Some(_)) if self.full_path.is_none() => Err(UserError::new(
                Code::Usage,
                "With a namespace ID, Export Desk cannot tell which project would be deleted.",
                "Use the namespace's full path.",
            )),
            // There is nothing to delete. Without `overwrite`, GitLab also keeps a project that is created in the
            // meantime.
            (None, _) => Ok(false),
        }
    }

    /// The parameters of the call, under the names that this GitLab version uses.
    pub fn parameters(&self, to: &NewProjectTarget, overwrite: bool) -> ImportTarget {
        let namespace = self.namespace.clone().map(|text| match (self.new_names, text.parse()) {
            (true, Ok(id)) => Namespace::Id(id),
            (true, Err(_)) => Namespace::Path(text),
            (false, _) => Namespace::Either(text),
        });
        ImportTarget {
            path: to.path.clone(),
            name: to.name.clone(),
            namespace,
            overwrite,
            override_params: to.override_params.iter().cloned().collect(),
        }
    }
}

/// Reads the namespace, the GitLab version, and the project that already exists at the target.
pub async fn preflight(
    mut api: ApiAccess,
    aim: &ImportDestination,
    on_wait: &OnWait,
) -> Result<TargetPreflight, UserError> {
    let to = match aim {
        ImportDestination::New(to) => to,
        ImportDestination::Existing(key) => {
            let there = find_project(&mut api, key, false, on_wait).await;
            let there = hit(&there.map_err(|mut error| {
                if error.code == Code::NotFoundOrNoAccess {
                    error.hint =
                        "Relations are imported into an existing project. Check its path, then your access."
                            .into();
                }
                error
            })?);
            let relation_imports = relation_imports(&mut api, there.id, on_wait).await?;
            return Ok(TargetPreflight {
                full_path: Some(there.path.clone()),
                existing: Some(there),
                new_names: true,
                path: String::new(),
                namespace: None,
                relation_imports,
            });
        }
    };
    let namespace = to.namespace.as_deref().map(|text| text.trim().trim_matches('/').to_owned());
    let namespace = namespace.filter(|text| !text.is_empty());
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let version = api.ask(Limit::ProjectRead, |c| async move { c.version().await }, on_wait).await;
    // A fine-grained token may be allowed to import but not to read version and user.
    let version = without_permission(version)?.map(|version| version.version);
    let parent = match &namespace {
        Some(text) if is_number(text) => None,
        Some(text) => Some(text.clone()),
        None => {
            let user = api.ask(Limit::ProjectRead, |c| async move { c.user().await }, on_wait).await;
            without_permission(user)?.map(|user| user.username)
        }
    };
    let full_path = parent.map(|parent| format!("{parent}/{}", to.path));
    let existing = match &full_path {
        Some(path) => project(&mut api, &ProjectKey::Path(path.clone()), on_wait).await?,
        None => None,
    };
    // GitLab redirects the former path of a moved project. A new project can take that path.
    let existing =
        existing.filter(|hit| full_path.as_ref().is_none_or(|path| hit.path.eq_ignore_ascii_case(path)));
    let version = version.as_deref().and_then(version_of);
    let new_names = version.is_none_or(|version| version >= NEW_NAMES);
    Ok(TargetPreflight {
        full_path,
        existing,
        new_names,
        path: to.path.clone(),
        namespace,
        relation_imports: Vec::new(),
    })
}

/// GitLab's list of relation imports; empty where the instance is older than the list or a fine-grained token may not
/// read it.
async fn relation_imports(
    api: &mut ApiAccess,
    project: u64,
    on_wait: &OnWait,
) -> Result<Vec<RelationImport>, UserError> {
    let call = |client: Client| async move {
        match client.relation_imports(&ProjectKey::Id(project)).await {
            Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::PermissionMissing { .. }) => {
                Ok(Vec::new())
            }
            listed => listed,
        }
    };
    api.ask(Limit::ProjectRead, call, on_wait).await
}

/// GitLab's answer, or `None` where the token may not read it.
fn without_permission<T>(answer: Result<T, UserError>) -> Result<Option<T>, UserError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.code == Code::ScopeMissing => Ok(None),
        Err(error) => Err(error),
    }
}

/// The project, or `None` where GitLab does not show one.
async fn project(
    api: &mut ApiAccess,
    key: &ProjectKey,
    on_wait: &OnWait,
) -> Result<Option<ProjectHit>, UserError> {
    let call = |client: Client| {
        let key = key.clone();
        async move {
            match client.project(&key, false).await {
                Ok(project) => Ok(Some(hit(&project))),
                Err(error)
                    if matches!(error.kind, ErrorKind::ProjectNotFoundOrNoAccess | ErrorKind::NotFound) =>
                {
                    Ok(None)
                }
                Err(error) => Err(error),
            }
        }
    };
    api.ask(Limit::ProjectRead, call, on_wait).await
}

/// Major and minor version, for example of `18.7.0-ee`.
fn version_of(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// For an import form: the full path, and the project that already exists there.
pub fn check(core: &mut Core, ask: AskId, url: &str, to: NewProjectTarget) -> Result<(), UserError> {
    let api = core.access(url)?;
    let on_wait = core.wait_reporter(ask);
    let work = async move {
        let found = preflight(api, &ImportDestination::New(to), &on_wait).await?;
        Ok(Answer::Target(TargetView { full_path: found.full_path, taken_by: found.existing }.into()))
    };
    core.spawn(work, move |result| EngineInput::Answered(ask, result));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(existing: Option<&str>) -> TargetPreflight {
        let existing = existing.map(|path| ProjectHit {
            id: 7,
            path: path.to_owned(),
            web_url: String::new(),
            visibility: String::new(),
            archived: false,
            export_bytes_about: None,
            access_level: None,
        });
        TargetPreflight {
            full_path: Some("acme/copy".to_owned()),
            existing,
            new_names: true,
            path: "copy".to_owned(),
            namespace: Some("acme".to_owned()),
            relation_imports: Vec::new(),
        }
    }

    fn to(delete: Option<&str>) -> NewProjectTarget {
        NewProjectTarget {
            path: "copy".to_owned(),
            delete: delete.map(str::to_owned),
            ..NewProjectTarget::default()
        }
    }

    #[test]
    fn only_the_very_path_may_be_deleted() {
        assert_eq!(found(None).may_go(&to(None)), Ok(false));
        assert_eq!(found(None).may_go(&to(Some("acme/copy"))), Ok(false), "nothing to delete");
        assert_eq!(found(Some("acme/copy")).may_go(&to(Some("acme/copy"))), Ok(true));
        for delete in [None, Some("acme/other"), Some("copy"), Some("")] {
            let error = found(Some("acme/copy")).may_go(&to(delete)).unwrap_err();
            assert_eq!(error.code, Code::Refused);
            assert!(error.to_string().contains("acme/copy"), "{error}");
        }
    }

    #[test]
    fn the_namespace_has_the_name_that_the_version_knows() {
        let named = |new_names, namespace: &str| {
            let preflight =
                TargetPreflight { new_names, namespace: Some(namespace.to_owned()), ..found(None) };
            preflight.parameters(&to(None), false).namespace
        };
        assert_eq!(named(true, "acme/tools"), Some(Namespace::Path("acme/tools".to_owned())));
        assert_eq!(named(true, "42"), Some(Namespace::Id(42)));
        assert_eq!(named(false, "42"), Some(Namespace::Either("42".to_owned())));
        assert_eq!(version_of("18.7.0-ee"), Some((18, 7)));
        assert!(version_of("18.10.1") > Some(NEW_NAMES) && version_of("17.11.2") < Some(NEW_NAMES));
        assert_eq!(version_of("odd"), None);
    }
}

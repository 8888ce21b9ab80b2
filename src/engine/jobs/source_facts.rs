//! What a later build needs to know about the source of relation files.

use std::collections::BTreeMap;

use crate::case::{Relation, RelationPhase};
use crate::engine::access::{ApiAccess, OnWait};
use crate::engine::limiter::Limit;
use crate::engine::manifest::SourceFacts;
use crate::gitlab::{Client, ProjectKey};

/// The facts for the manifest, where GitLab tells them. Downloads work without them.
///
/// They are read together with the files that need them, because a build has no network, and because later GitLab may
/// have been upgraded and a key removed: then a build would let Maintainers push. A download of other files, or from a
/// project without protected branches, costs no request.
pub async fn source(
    api: &mut ApiAccess,
    id: &ProjectKey,
    (listed, names): (&[Relation], &[String]),
    on_wait: &OnWait,
) -> SourceFacts {
    let wanted = |name: &str| {
        let is_named = names.is_empty() || names.iter().any(|wanted| wanted == name);
        listed.iter().find(|relation| is_named && relation.name == name)
    };
    let mut facts = SourceFacts::default();
    if wanted("self").is_some() {
        let call = |client: Client| async move { client.version().await };
        if let Ok(version) = api.ask(Limit::ProjectRead, call, on_wait).await {
            (facts.gitlab_version, facts.gitlab_revision) = (Some(version.version), version.revision);
        }
    }
    facts.asked_for_rows = wanted("protected_branches").is_some();
    match wanted("protected_branches") {
        None => {}
        Some(branches) if branches.objects_count == Some(0) && branches.phase() == RelationPhase::Ready => {
            facts.deploy_key_rows = Some(BTreeMap::new());
        }
        Some(_) => {
            let call = |client: Client| {
                let id = id.clone();
                async move { client.deploy_key_rows(&id).await }
            };
            facts.deploy_key_rows = api.ask(Limit::ProjectRead, call, on_wait).await.ok();
        }
    }
    facts
}

//! What a customer reads about a rebuilt archive. A receipt has the same facts in GitLab's words.

use crate::case::rebuild::{PartLeftOut, RebuildNote};
use crate::case::relations::NEVER_IMPORTED;
use crate::case::{MembersIn, RebuiltFrom};

/// No loss for a customer: GitLab's own archives do not have the first one, and an import works without the second.
const NO_LOSS: [&str; 2] = [NEVER_IMPORTED, "max_iids"];

/// What the archive does not contain, one sentence each.
pub fn left_out(rebuilt: &RebuiltFrom) -> Vec<String> {
    rebuilt.left_out_as(of_part)
}

fn of_part(part: &PartLeftOut) -> Option<String> {
    match (part.relation.as_str(), &part.name) {
        (relation, _) if NO_LOSS.contains(&relation) => None,
        ("project_members", _) => Some(
            "The members of the project. An import assigns everything to the user who imports the archive."
                .into(),
        ),
        // GitLab calls a file so that nothing links to.
        ("uploads", Some(name)) => Some(format!("The uploaded file {name}, which an import cannot place.")),
        _ => Some(part.sentence()),
    }
}

/// What to know before the import, or to check after it, one sentence each.
pub fn notes(rebuilt: &RebuiltFrom) -> Vec<String> {
    let personal = match rebuilt.members {
        MembersIn::NotIn => None,
        MembersIn::Names => Some("contains the members of the project with their names"),
        MembersIn::NamesAndAddresses => {
            Some("contains the members of the project with their names and e-mail addresses")
        }
        MembersIn::Unknown if rebuilt.filled.is_empty() => None,
        MembersIn::Unknown => {
            Some("may contain the members of the project with their names and e-mail addresses")
        }
    };
    let personal = personal.map(|what| format!("The archive {what}. Handle it as personal data."));
    // GitLab's `members_mapper.rb` maps nobody where the importing user is no administrator.
    let mapped = match rebuilt.members {
        MembersIn::Names => Some(
            "The archive has no e-mail address of a member, so an import assigns everything to the user who imports it.",
        ),
        MembersIn::NamesAndAddresses => Some(
            "Only an import by an administrator assigns issues and comments to these members. Any other import, as on \
             GitLab.com, assigns everything to the user who imports the archive.",
        ),
        MembersIn::NotIn | MembersIn::Unknown => None,
    };
    let of_build = rebuilt.notes.iter().map(|note| match note {
        RebuildNote::DeployKeyRows { .. } => {
            "Deploy keys that may push to protected branches are not in the archive. Add them again after the import."
                .to_owned()
        }
        _ => note.sentence(),
    });
    personal.into_iter().chain(mapped.map(str::to_owned)).chain(of_build).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(relation: &str, name: Option<&str>, why: &str) -> PartLeftOut {
        PartLeftOut { relation: relation.into(), name: name.map(str::to_owned), why: why.into() }
    }

    #[test]
    fn a_customer_reads_losses_and_no_names_of_the_program() {
        let rebuilt = RebuiltFrom {
            left_out: vec![
                part("user_contributions", None, "GitLab's importer fails on each of its lines."),
                part("uploads", Some("1. stray.png"), "The upload has no secret."),
                part("project_members", None, "The members were not requested."),
                part("max_iids", None, "Records are missing, so the highest IIDs are not known."),
                part("wiki", None, "It was not read from GitLab."),
            ],
            left_out_more: 3,
            notes: vec![RebuildNote::DeployKeyRows { rows: 1 }],
            ..RebuiltFrom::default()
        };
        let told = left_out(&rebuilt);
        assert_eq!(told.len(), 4, "{told:?}");
        assert!(told[0].starts_with("The uploaded file 1. stray.png, "), "{told:?}");
        assert!(told[1].contains("to the user who imports"), "{told:?}");
        assert_eq!(
            (told[2].as_str(), told[3].as_str()),
            ("wiki. It was not read from GitLab.", "3 more files.")
        );
        let noted = notes(&rebuilt);
        assert!(noted.len() == 1 && noted[0].contains("Add them again"), "{noted:?}");
    }

    #[test]
    fn a_customer_reads_that_there_are_personal_data() {
        let of = |members| RebuiltFrom { members, ..RebuiltFrom::default() };
        assert!(notes(&of(MembersIn::NamesAndAddresses))[0].contains("names and e-mail addresses"));
        assert!(notes(&of(MembersIn::Names))[0].contains("with their names. "));
        assert!(
            notes(&of(MembersIn::NamesAndAddresses))[1].starts_with("Only an import by an administrator")
        );
        assert!(notes(&of(MembersIn::Names))[1].contains("to the user who imports"));
        assert_eq!(notes(&of(MembersIn::NotIn)), [""; 0]);
        assert_eq!(notes(&RebuiltFrom::default()), [""; 0]);
        let earlier =
            RebuiltFrom { filled: vec!["project_members, 3 members.".into()], ..RebuiltFrom::default() };
        assert!(notes(&earlier)[0].contains("may contain"));
    }
}

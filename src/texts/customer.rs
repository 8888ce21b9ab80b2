//! What a customer reads about a rebuilt archive. A receipt has the same facts in GitLab's words.

use crate::case::RebuiltFrom;
use crate::case::rebuild::DEPLOY_KEY_ROWS;
use crate::case::relations::NEVER_IMPORTED;

const MEMBERS: &str = "project_members";
/// No loss for a customer: GitLab's own archives do not have the first one, and an import works without the second.
const NO_LOSS: [&str; 2] = [NEVER_IMPORTED, "max_iids"];
/// What GitLab calls an uploaded file that nothing links to.
const UPLOADS: &str = "uploads";

/// What the archive does not contain, one sentence each.
pub fn left_out(rebuilt: &RebuiltFrom) -> Vec<String> {
    rebuilt.left_out.iter().filter_map(|line| of_part(line)).collect()
}

fn of_part(line: &str) -> Option<String> {
    // A part is named first: “uploads, stray.png. Why.”
    let (part, _why) = line.split_once(". ").unwrap_or((line, ""));
    let (relation, name) = match part.split_once(", ") {
        Some((relation, name)) => (relation, Some(name)),
        None => (part, None),
    };
    match (relation, name) {
        (relation, _) if NO_LOSS.contains(&relation) => None,
        (MEMBERS, _) => Some(
            "The members of the project. An import assigns everything to the user who imports the archive."
                .into(),
        ),
        (UPLOADS, Some(_)) => {
            // The name itself may have a full stop.
            let name =
                line.strip_prefix("uploads, ").and_then(|rest| rest.split_once(". The upload has no secret"));
            let Some((name, _why)) = name else { return Some(line.to_owned()) };
            Some(format!("The uploaded file {name}, which an import cannot place."))
        }
        _ => Some(line.to_owned()),
    }
}

/// What to know before the import, or to check after it, one sentence each.
pub fn notes(rebuilt: &RebuiltFrom) -> Vec<String> {
    let has_members = rebuilt.filled.iter().find(|line| line.starts_with(MEMBERS));
    let members = has_members.map(|line| {
        let what = if line.contains(". 0 of them") { "names" } else { "names and e-mail addresses" };
        format!(
            "The archive contains the members of the project with their {what}. Handle it as personal data."
        )
    });
    let of_build = rebuilt.notes.iter().map(|note| {
        if note.contains(DEPLOY_KEY_ROWS) {
            return "Deploy keys that may push to protected branches are not in the archive. Add them again after \
                    the import."
                .to_owned();
        }
        note.clone()
    });
    members.into_iter().chain(of_build).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_reads_losses_and_no_names_of_the_program() {
        let rebuilt = RebuiltFrom {
            left_out: vec![
                "user_contributions. GitLab's importer fails on each of its lines.".into(),
                "uploads, stray.png. The upload has no secret; GitLab's importer could not place it.".into(),
                "project_members. The members were not requested.".into(),
                "max_iids. Records are missing, so the highest IIDs are not known.".into(),
                "wiki. It was not read from GitLab.".into(),
            ],
            notes: vec![format!("Export Desk left out 1 row {DEPLOY_KEY_ROWS}: why.")],
            ..RebuiltFrom::default()
        };
        let told = left_out(&rebuilt);
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(told[0].starts_with("The uploaded file stray.png, "), "{told:?}");
        assert!(told[1].contains("to the user who imports"), "{told:?}");
        assert_eq!(told[2], rebuilt.left_out[4]);
        let noted = notes(&rebuilt);
        assert!(noted.len() == 1 && noted[0].contains("Add them again"), "{noted:?}");
    }

    #[test]
    fn a_customer_reads_that_there_are_personal_data() {
        let filled = |count: u64| RebuiltFrom {
            filled: vec![format!(
                "project_members, 3 members from http://i. {count} of them with an e-mail address."
            )],
            ..RebuiltFrom::default()
        };
        assert!(notes(&filled(2))[0].contains("names and e-mail addresses"), "{:?}", notes(&filled(2)));
        assert!(notes(&filled(0))[0].contains("with their names. "), "{:?}", notes(&filled(0)));
        assert_eq!(notes(&RebuiltFrom::default()), [""; 0]);
    }
}

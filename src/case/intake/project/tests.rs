use super::*;

fn of(instance: &str, text: &str) -> Result<NamedProject, Refusal> {
    parse_project(text, instance)
}

/// The ID, or the paths that would be queried one after the other.
fn asked(instance: &str, text: &str) -> Vec<String> {
    let named = of(instance, text).unwrap_or_else(|refusal| panic!("{text}: {refusal}"));
    let first = named.project.id.map(|id| id.to_string()).or(named.project.path);
    first.into_iter().chain(named.or).collect()
}

const GITLAB: &str = "https://gitlab.com";

#[test]
fn what_names_one_project_is_read_as_it() {
    for (text, project) in [
        (" 42 ", "42"),
        ("#42", "42"),
        ("Project ID: 42", "42"),
        ("gid://gitlab/Project/42", "42"),
        ("group/project", "group/project"),
        ("/group/sub/pro.ject/", "group/sub/pro.ject"),
        ("group/project.git", "group/project"),
        ("group%2Fproject", "group/project"),
        ("group/project/edit#js-export-project", "group/project"),
        ("https://gitlab.com/group/project", "group/project"),
        ("https://gitlab.com/group/project.git", "group/project"),
        ("https://gitlab.com/group/project.git/info/refs?service=git-upload-pack", "group/project"),
        ("https://oauth2:glpat-secret@gitlab.com/group/project.git", "group/project"),
        ("git@gitlab.com:group/sub/project.git", "group/sub/project"),
        ("ssh://git@gitlab.com:22/group/sub/project.git", "group/sub/project"),
        ("ssh://git@altssh.gitlab.com:443/group/project.git", "group/project"),
        ("https://GITLAB.com:443/group/project/", "group/project"),
        ("http://gitlab.com/group/project", "group/project"),
        ("gitlab.com/group/project", "group/project"),
        ("https://gitlab.com/group/project/-/issues/7?x=y#note_1", "group/project"),
        ("https://gitlab.com/group/project/-/", "group/project"),
        ("https://gitlab.com/group/project/-", "group/project"),
        ("https://gitlab.com/group/project/edit", "group/project"),
        ("https://gitlab.com/group/project/edit#js-general-project-settings", "group/project"),
        ("https://gitlab.com/group/project/import/new", "group/project"),
        ("https://gitlab.com/group/project/tree/main/lib", "group/project"),
        ("https://gitlab.com/-/p/42", "42"),
        ("https://gitlab.com/projects/42", "42"),
        ("https://gitlab.com/-/ide/project/group/project/edit/main/-/lib/a.rb", "group/project"),
        ("https://gitlab.com/api/v4/projects/42/export", "42"),
        ("https://gitlab.com/api/v4/projects/acme%2Fhandbook", "acme/handbook"),
        ("https://gitlab.com/api/v4/projects/acme%2fsub%2Fhandbook/export?x=y", "acme/sub/handbook"),
        ("https://gitlab.com/api/v4/projects/acme%252Fhandbook/export", "acme/handbook"),
        ("https://gitlab.com/acme%2Fhandbook", "acme/handbook"),
        ("http-tools/project", "http-tools/project"),
        ("<https://gitlab.com/group/project>", "group/project"),
        ("<https://gitlab.com/group/\r\n  project/edit>", "group/project"),
        ("https://gitlab.com/group/pro=\r\nject", "group/project"),
        ("(https://gitlab.com/group/project).", "group/project"),
        ("git clone https://gitlab.com/group/project.git", "group/project"),
        ("git clone git@gitlab.com:group/project.git my-copy", "group/project"),
        ("The project is https://gitlab.com/group/project.", "group/project"),
        ("&lt;https://gitlab.com/group/project&gt;.", "group/project"),
        ("https://gitlab.com//group//project/", "group/project"),
        ("https://gitlab.com/group/project%20", "group/project"),
        ("[our project](https://gitlab.com/group/project)", "group/project"),
        ("“https://gitlab.com/group/project”,", "group/project"),
        ("`group/project`", "group/project"),
        ("group/project.", "group/project"),
        ("\u{feff}https://gitlab.com/group/project\u{200b}", "group/project"),
    ] {
        assert_eq!(asked(GITLAB, text), [project], "{text}");
    }
    assert_eq!(asked("https://host.example/gitlab", "https://host.example/gitlab/a/b"), ["a/b"]);
    assert_eq!(asked("http://[::1]:80", "http://[::1]/a/b"), ["a/b"]);
    assert_eq!(asked("http://127.0.0.1:3000", "127.0.0.1:3000/a/b"), ["a/b"]);
}

#[test]
fn a_project_is_found_in_what_people_type_and_copy() {
    for (text, project) in [
        ("\u{202a}https://gitlab.com/group/project\u{202c}", "group/project"),
        ("「https://gitlab.com/group/project」。", "group/project"),
        ("（group／project）", "group/project"),
        ("group/project\t42", "group/project"),
        ("group/project (42)", "group/project"),
        ("Project: group/project", "group/project"),
        ("Project path: group/project,", "group/project"),
        ("Group / project", "Group/project"),
        ("@group/project", "group/project"),
        ("group/project!7", "group/project"),
        ("group/project@0a1b2c3d", "group/project"),
        ("group/project>", "group/project"),
        ("group\\project", "group/project"),
        ("\"project_id\": 42,", "42"),
        ("json.project_id 42", "42"),
        ("1,234,567", "1234567"),
    ] {
        assert_eq!(asked(GITLAB, text), [project], "{text}");
    }
}

#[test]
fn a_project_is_found_in_what_programs_write_around_it() {
    for (text, project) in [
        ("<https://gitlab.com/group/project|our project>", "group/project"),
        ("[demo|https://gitlab.com/group/project]", "group/project"),
        ("[[https://gitlab.com/group/project][demo]]", "group/project"),
        ("[url=https://gitlab.com/group/project]demo[/url]", "group/project"),
        ("<a href=\"https://gitlab.com/group/project\">demo</a>", "group/project"),
        ("__https://gitlab.com/group/project__", "group/project"),
        ("view-source:https://gitlab.com/group/project", "group/project"),
        ("https://gitlab.com/group/project’s", "group/project"),
        ("https://gitlab.com/group/project&amp;x=1", "group/project"),
        ("curl --url=https://gitlab.com/api/v4/projects/42/export", "42"),
        ("https://gitlab.com/admin/projects/group/project/edit", "group/project"),
        (
            "https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fgitlab.com%2Fgroup%2Fproject&data=05%7C01",
            "group/project",
        ),
        ("https://www.google.com/url?q=https://gitlab.com/group/project&sa=D", "group/project"),
        ("https://urldefense.com/v3/__https://gitlab.com/group/project__;!!A!b$", "group/project"),
        (
            "https://urldefense.proofpoint.com/v2/url?u=https-3A__gitlab.com_group_project&d=x",
            "group/project",
        ),
        ("gitlab.com:group/project.git", "group/project"),
        ("[git@gitlab.com:2222]:group/project.git", "group/project"),
        ("origin\tgit@gitlab.com:group/project.git (fetch)\norigin\tx (push)", "group/project"),
        (
            "[remote \"origin\"]\n\turl = https://gitlab.com/group/project.git\n\tfetch = +refs/x",
            "group/project",
        ),
        ("Hi,\n\nthe project is https://gitlab.com/group/project\nThanks, Bob", "group/project"),
        ("Project ID: 42\nPath: group/project", "42"),
    ] {
        assert_eq!(asked(GITLAB, text), [project], "{text}");
    }
}

#[test]
fn where_a_page_and_a_project_may_share_a_name_both_are_requested() {
    for (text, paths) in [
        ("https://gitlab.com/lab/demo/download_export", &["lab/demo", "lab/demo/download_export"][..]),
        ("lab/demo/generate_new_export", &["lab/demo", "lab/demo/generate_new_export"]),
        ("https://gitlab.com/lab/demo/activity", &["lab/demo/activity", "lab/demo"]),
        ("lab/demo/activity", &["lab/demo/activity", "lab/demo"]),
        (
            "https://gitlab.com/lab/demo/settings/ci_cd",
            &["lab/demo/settings/ci_cd", "lab/demo", "lab/demo/settings"],
        ),
        ("https://gitlab.com/lab/demo/something", &["lab/demo/something", "lab/demo"]),
        // A typed path is no page, so there is only one candidate.
        ("lab/demo/something", &["lab/demo/something"]),
        ("git@gitlab.com:lab/demo.wiki.git", &["lab/demo.wiki", "lab/demo"]),
        ("https://gitlab.com/lab/activity", &["lab/activity"]),
        // The second line may continue the URL.
        ("https://gitlab.com/group/pro\nject", &["group/project", "group/pro"]),
        ("https://gitlab.com/lab/demo\nThanks", &["lab/demoThanks", "lab/demo"]),
        // With a port, git reads a folder, and the person meant a port.
        ("git@gitlab.com:2222/lab/demo.git", &["2222/lab/demo", "lab/demo"]),
    ] {
        assert_eq!(asked(GITLAB, text), paths, "{text}");
    }
    assert_eq!(asked(GITLAB, "https://gitlab.com/a/b/c/d/e/f/g/h").len(), 5);
}

#[test]
fn a_url_of_another_instance_is_refused_by_name() {
    let refusal = of(GITLAB, "https://gitlab.example.org/a/b").unwrap_err();
    assert_eq!(refusal.headline, "The URL belongs to https://gitlab.example.org, not to https://gitlab.com.");
    assert_eq!(refusal.code(), crate::case::Code::Usage);
    for text in [
        "https://gitlab.com:8443/a/b",
        "http://gitlab.com:8080/a/b",
        "https://gitlab.com.evil.example/a/b",
        "git@evilgitlab.com:a/b.git",
        "ssh://git@other.example/a/b",
    ] {
        assert!(of(GITLAB, text).unwrap_err().headline.starts_with("The URL belongs to "), "{text}");
    }
    let outside = of("https://host.example/gitlab", "https://host.example/gitlabs/b").unwrap_err();
    assert!(outside.headline.starts_with("The URL belongs to "), "{outside}");
}

#[test]
fn what_names_no_project_gets_a_sentence() {
    let error = |text| of(GITLAB, text).unwrap_err().headline;
    assert!(error("").starts_with("The project is missing"), "{}", error(""));
    for text in ["0", "99999999999999999999999"] {
        assert!(error(text).contains("is not a project ID"), "{}", error(text));
    }
    for text in ["project", "a/../b", "a//b", "a/b c", "-/b", "ä/b", "projects/acme/handbook", "-101", "1e2"]
    {
        assert!(error(text).contains("is not a full project path"), "{}", error(text));
    }
    for text in [
        "https://gitlab.com",
        "https://gitlab.com/group",
        "https://gitlab.com/group/-/settings",
        "https://gitlab.com/-/profile",
        "https://gitlab.com/groups/a/b",
        "https://gitlab.com/api/v4/groups/a%2Fb",
        "https://gitlab.com/api/v4/projects/a/b",
        "https://gitlab.com/api/v4/projects",
        "https://gitlab.com/api/v4/users/5/projects",
        "https://gitlab.com/projects/a/b",
        "https://gitlab.com/users/sign_in",
    ] {
        assert!(error(text).starts_with("The URL is not the URL of a project"), "{}", error(text));
    }
    assert!(error("https://").contains("is not a usable URL"));
    for text in
        ["https://h:x/?private_token=secret", "https://u:secret@h:x/", "https://u:secret@h.example/a/b"]
    {
        assert!(!error(text).contains("secret"), "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_panics_and_paths_are_paths(text in "\\PC{0,60}", page in "[a-z/.%:@<>\\n-]{0,40}") {
        for text in [text, format!("https://gitlab.com/{page}"), page] {
            let Ok(named) = parse_project(&text, GITLAB) else { continue };
            for path in named.project.path.iter().chain(&named.or) {
                proptest::prop_assert!(path.contains('/') && !path.contains(['?', '#', ' ', '\n', '%']), "{path}");
            }
        }
    }
}

use super::*;

/// The parts of a text outside its fenced and inline code, where GitLab recognises quick actions and references.
fn outside_code(text: &str) -> Vec<String> {
    let mut fence: Option<String> = None;
    let mut lines = Vec::new();
    for line in text.lines() {
        match &fence {
            Some(open) if line.trim_end() == open => fence = None,
            Some(_) => {}
            None if line.starts_with("```") => fence = Some(line.trim_end_matches("text").to_owned()),
            None => lines.push(without_inline_code(line)),
        }
    }
    lines
}

/// A run of backticks starts code, which the next run of the same length ends.
fn without_inline_code(line: &str) -> String {
    let mut said = String::new();
    let mut rest = line;
    while let Some(begins) = rest.find('`') {
        let run = rest[begins..].len() - rest[begins..].trim_start_matches('`').len();
        let fence = "`".repeat(run);
        said.push_str(&rest[..begins]);
        let inside = &rest[begins + run..];
        let runs = inside.match_indices(&fence).map(|(at, _)| at);
        let mut closes =
            runs.filter(|at| !inside[..*at].ends_with('`') && !inside[at + run..].starts_with('`'));
        if let Some(at) = closes.next() {
            rest = &inside[at + run..];
        } else {
            said.push_str(&fence);
            rest = inside;
        }
    }
    said + rest
}

#[test]
fn nothing_that_others_wrote_acts_in_any_text() {
    let hostile = "x\n/close\n/label ~evil\n@all @evil-group #666 evil/evil!666 %evil &666 $666 GL-666 ~evil\n```\n/close";
    let mut case = console();
    let facts = &mut case.facts;
    for fact in [
        &mut facts.requester,
        &mut facts.ui_attempt_message,
        &mut facts.api_attempt_message,
        &mut facts.download_error,
        &mut facts.correlation_id,
        &mut facts.kibana_link,
        &mut facts.sentry_link,
        &mut facts.bug_issue,
        &mut facts.console_issue,
        &mut facts.infra_issue,
        &mut facts.handover_link,
    ] {
        *fact = Some(hostile.to_owned());
    }
    case.project.path = Some(hostile.to_owned());
    if let Some(known) = &mut case.project.known {
        (known.path, known.web_url) = (hostile.to_owned(), Some(hostile.to_owned()));
        (known.visibility, known.gitlab_version) = (Some(hostile.to_owned()), Some(hostile.to_owned()));
    }
    let handbook = Handbook::built_in();
    let mut context = Context::new(&handbook, at(NOW));
    context.timeline = vec![hostile.to_owned(), format!("Note: {hostile}")];
    context.own_export = Some(hostile.to_owned());
    context.own_download = Some(hostile.to_owned());
    context.account = Some(hostile.to_owned());
    context.next = Some(hostile.to_owned());
    for kind in TextKind::ALL {
        let own_template = "{% set title %}{{ case.title }}{% endset %}{{ fact.requester }}\n{{ project.path }}\n{{ timeline | join('\n') }}\n{{ fact.ui_attempt_message | upcase }}";
        for template in [None, Some(own_template)] {
            let made = render(kind, &case, &context, template);
            assert_eq!(made.mistakes, [""; 0], "{kind:?}");
            let said = outside_code(&made.text);
            // The URLs of links are not part of the visible text.
            let said = said.iter().map(|line| line.split("](https://").next().unwrap().to_owned());
            let said = said.collect::<Vec<_>>().join("\n");
            assert!(!said.lines().any(|line| line.trim_start().starts_with("/close")), "{kind:?}: {said}");
            for sign in ["@all", "@evil", "@ALL", "#666", "!666", "%evil", "&666", "$666", "~evil", "GL-666"]
            {
                for text in [&said, &made.title] {
                    let acts = text.match_indices(sign).any(|(place, _)| !text[..place].ends_with('\\'));
                    assert!(!acts, "{kind:?}: {sign} acts in {text}");
                }
            }
        }
    }
}

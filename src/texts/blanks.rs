//! Leaves out of a text what nobody has recorded: an optional value takes its line, or its part of the line, with it. A
//! value that the text needs, or that is part of a command, stays as a mark.

use crate::case::Fact;

use super::kind::TextKind;
use super::names::Missing;

/// Stands for a mark while a line is taken apart.
const GONE: char = '\0';

/// Without these a text says nothing of what happened, so their marks stay.
const TOLD: [Fact; 5] = [
    Fact::UiAttemptAt,
    Fact::UiAttemptMessage,
    Fact::ApiAttemptAt,
    Fact::ApiAttemptMessage,
    Fact::DownloadError,
];

/// Removes the optional marks from a text. The report is for colleagues, and says what is not known.
pub(super) fn leave_out(kind: TextKind, text: &str, missing: &[Missing]) -> String {
    let is_optional = |lack: &&Missing| {
        lack.fact.is_none_or(|fact| !kind.required().contains(&fact) && !TOLD.contains(&fact))
    };
    let marks: Vec<String> = missing.iter().filter(is_optional).map(Missing::mark).collect();
    if kind == TextKind::Report || !marks.iter().any(|mark| text.contains(mark)) {
        return text.to_owned();
    }
    let mut is_code = false;
    let mut kept: Vec<String> = Vec::new();
    for line in text.lines() {
        is_code ^= line.trim_start().starts_with("```");
        let marked = marks.iter().fold(line.to_owned(), |line, mark| line.replace(mark, &GONE.to_string()));
        let rest = if is_code || !marked.contains(GONE) { Rest::Whole } else { shortened(&marked) };
        match rest {
            Rest::Whole => kept.push(line.to_owned()),
            Rest::Part(part) => kept.push(part),
            Rest::Nothing => {}
        }
    }
    let end = if text.ends_with('\n') { "\n" } else { "" };
    format!("{}{end}", tidied(&kept).join("\n"))
}

/// What stays of a line.
enum Rest {
    Whole,
    Part(String),
    Nothing,
}

/// The line without its marks, where it is a list of values under a name.
fn shortened(line: &str) -> Rest {
    let line = without_groups(line);
    if !line.contains(GONE) {
        return Rest::Part(line);
    }
    let Some((label, rest)) = line.strip_prefix("- ").and_then(|line| line.split_once(": ")) else {
        return Rest::Whole;
    };
    let in_code = rest.split(GONE).next().is_some_and(|front| front.matches('`').count() % 2 == 1);
    if label.contains([GONE, '*']) || in_code {
        return Rest::Whole;
    }
    let parts = parts(rest);
    let end_of_first =
        parts.iter().skip(1).position(|(sign, _)| *sign == ". ").map_or(parts.len(), |at| at + 1);
    if parts[..end_of_first].iter().all(|(_, part)| part.contains(GONE)) {
        return Rest::Nothing;
    }
    let mut short = String::new();
    for (sign, part) in parts.iter().filter(|(_, part)| !part.contains(GONE)) {
        if !short.is_empty() {
            short.push_str(sign);
        }
        short.push_str(part);
    }
    if rest.ends_with('.') && !short.ends_with('.') {
        short.push('.');
    }
    Rest::Part(format!("- {label}: {short}"))
}

/// Without the parentheses that hold nothing but a mark and its name: `(ticket …)`.
fn without_groups(line: &str) -> String {
    let mut line = line.to_owned();
    while let Some(at) = line.find(GONE)
        && let Some(from) = line[..at].rfind(" (")
        && let Some(to) = line[at..].find(')')
        && !line[from..at].contains(')')
    {
        line.replace_range(from..=at + to, "");
    }
    line
}

/// The parts between commas, semicolons and full stops, each with the sign before it; a comma inside parentheses or code
/// separates nothing.
fn parts(text: &str) -> Vec<(&str, &str)> {
    let (mut parts, mut from, mut sign) = (Vec::new(), 0, "");
    let (mut depth, mut is_code) = (0_usize, false);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            '`' => is_code = !is_code,
            _ => {}
        }
        let next = text.get(at..at + 2).filter(|next| [", ", "; ", ". "].contains(next));
        if let Some(next) = next.filter(|_| depth == 0 && !is_code) {
            parts.push((sign, &text[from..at]));
            (from, sign) = (at + 2, next);
        }
    }
    parts.push((sign, &text[from..]));
    parts
}

/// Without the headings that have nothing below them any more, and with one empty line where there were several.
fn tidied(lines: &[String]) -> Vec<String> {
    let is_heading = |line: &str| line.starts_with('#');
    let mut kept: Vec<String> = Vec::new();
    let mut is_code = false;
    for (at, line) in lines.iter().enumerate() {
        is_code ^= line.trim_start().starts_with("```");
        let next = lines[at + 1..].iter().find(|line| !line.is_empty());
        let is_bare = is_heading(line) && next.is_none_or(|next| is_heading(next)) && !is_code;
        let is_double = line.is_empty() && kept.last().is_none_or(String::is_empty) && !is_code;
        if !is_bare && !is_double {
            kept.push(line.clone());
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lack(name: &str) -> Missing {
        Missing::other(name, "why")
    }

    #[test]
    fn an_optional_value_takes_its_line_or_its_part_of_it() {
        let missing = [lack("A"), lack("B")];
        let [a, b] = [missing[0].mark(), missing[1].mark()];
        let left = |line: String| leave_out(TextKind::Console, &line, &missing);
        assert_eq!(left(format!("x\n- Sentry: {a} (internal)\n- Kibana: there\n")), "x\n- Kibana: there\n");
        assert_eq!(
            left(format!("- Sizes: repository 1 B, LFS {a}, all {b}. More.")),
            "- Sizes: repository 1 B. More."
        );
        assert_eq!(left(format!("- Sizes: repository {a}, all 2 B.")), "- Sizes: all 2 B.");
        assert_eq!(left(format!("- Sizes: repository {a}, all {b}. More.")), "");
        assert_eq!(left(format!("- Offered: today; answer: yes, {a}")), "- Offered: today; answer: yes");
        assert_eq!(left(format!("- Kibana: {a} (internal; logs are kept 7 days)")), "");
        assert_eq!(left(format!("Console export: a/b (ticket {a})")), "Console export: a/b");
        assert_eq!(left(format!("## One\n\n- X: {a}\n\n## Two\n\n- Y: 1")), "## Two\n\n- Y: 1");
    }

    #[test]
    fn what_a_command_or_the_text_itself_needs_stays() {
        let missing = [lack("Project ID"), Missing::fact(Fact::BugIssue), Missing::fact(Fact::UiAttemptAt)];
        let [id, bug, ui] = [missing[0].mark(), missing[1].mark(), missing[2].mark()];
        for line in [
            format!("```shell\ncurl x/{id}/export\n```"),
            format!("Please open {id} first."),
            format!("- Command: `curl x/{id}`"),
            format!("- Bug: {bug}"),
            format!("- Web interface, {ui}:"),
            format!("- Tried: {ui}"),
        ] {
            assert_eq!(leave_out(TextKind::Console, &line, &missing), line);
        }
    }
}

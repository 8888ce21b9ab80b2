//! Every lesson, headless, through the real program: it must end as its file says.

use std::sync::Mutex;

use export_desk::practice::{Lesson, lessons};

use crate::fixture::Fixture;

#[test]
fn there_are_enough_lessons_to_learn_from() {
    assert!(lessons().len() >= 8, "{}", lessons().len());
}

#[test]
fn every_lesson_ends_as_its_file_says() {
    // A few at once: at this pace one minute of GitLab's is shorter than the delays of a busy machine.
    let waiting = Mutex::new(lessons());
    let faults: Vec<String> = std::thread::scope(|scope| {
        let work = || {
            let mut faults = Vec::new();
            loop {
                let Some(lesson) = waiting.lock().unwrap().pop() else { return faults };
                faults.extend(walk(lesson).err());
            }
        };
        let workers: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert!(faults.is_empty(), "{faults:#?}");
}

fn walk(lesson: Lesson) -> Result<(), String> {
    if lesson.expect.command.is_empty() { walk_export(lesson) } else { walk_command(lesson) }
}

/// A lesson about something other than one export: runs its own command, after the preparing ones.
fn walk_command(lesson: Lesson) -> Result<(), String> {
    let (name, expect) = (lesson.name.clone(), lesson.expect.clone());
    let fixture = Fixture::with(lesson);
    let words = |words: &[String]| -> Vec<String> { words.iter().map(|word| fixture.filled(word)).collect() };
    let run = |words: &[String]| fixture.run(&words.iter().map(String::as_str).collect::<Vec<_>>());
    for before in &expect.before {
        let end = run(&words(before));
        if end.exit != 0 {
            return Err(format!("{name}: {before:?} ended with {}", end.result()));
        }
    }
    let end = run(&words(&expect.command));
    let result = end.result();
    let told = |what: String| Err(format!("{name}: {what}; it ended with {result}"));
    if end.exit != i32::from(expect.exit) {
        return told(format!("expected exit {}", expect.exit));
    }
    if expect.code.as_deref().is_some_and(|code| result["code"] != code) {
        return told(format!("expected code {:?}", expect.code));
    }
    if expect.verdict.as_deref().is_some_and(|verdict| result["verdict"] != verdict) {
        return told(format!("expected verdict {:?}", expect.verdict));
    }
    for (field, value) in &expect.result {
        if result[field] != serde_json::to_value(value).unwrap() {
            return told(format!("expected {field} = {value}"));
        }
    }
    Ok(())
}

fn walk_export(lesson: Lesson) -> Result<(), String> {
    let expect = lesson.expect.clone();
    let fixture = Fixture::with(lesson);
    let downloads = fixture.downloads();
    let extra: Vec<_> =
        expect.args.iter().map(|text| text.replace("{storage}", fixture.practice.storage_url())).collect();
    let mut arguments = vec![
        "export",
        "start",
        fixture.lesson.project.as_str(),
        "--wait",
        "--download",
        downloads.to_str().unwrap(),
    ];
    arguments.extend(extra.iter().map(String::as_str));
    let end = fixture.run(&arguments);
    let result = end.result();
    let name = &fixture.lesson.name;
    let told = |what: &str| Err(format!("{name}: {what}; it ended with {result}"));
    if end.exit != i32::from(expect.exit) {
        return told(&format!("expected exit {}", expect.exit));
    }
    if expect.code.as_deref().is_some_and(|code| result["code"] != code) {
        return told(&format!("expected code {:?}", expect.code));
    }
    if expect.verdict.as_deref().is_some_and(|verdict| result["verdict"] != verdict) {
        return told(&format!("expected verdict {:?}", expect.verdict));
    }
    if result["resumed"].as_u64().unwrap_or(0) < u64::from(expect.resumed_at_least) {
        return told(&format!("expected {} resumes", expect.resumed_at_least));
    }
    if expect.exit == 0 {
        let path = result["path"].as_str().unwrap_or_default();
        let bytes = std::fs::metadata(path).map_or(0, |facts| facts.len());
        if result["bytes"].as_u64() != Some(bytes) || bytes == 0 {
            return told(&format!("{path} holds {bytes} bytes"));
        }
        if fixture.files().len() != 1 {
            return told(&format!("left behind {:?}", fixture.files()));
        }
    } else if fixture.files().iter().any(|name| name.ends_with(".tar.gz")) {
        return told(&format!("a bad file has a final name: {:?}", fixture.files()));
    }
    Ok(())
}

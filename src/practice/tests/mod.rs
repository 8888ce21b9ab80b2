//! The server over real HTTP, with a client that shares no code with ours.

mod download;
mod export;
mod faults;
mod imports;
mod relations;
mod server;
mod tracker;

use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::*;

/// A pace at which a run of one minute takes about sixty milliseconds.
const FAST: f64 = 0.001;
/// A pace at which no rate limit window ends and no run changes during a test.
const FROZEN: f64 = 1_000.0;

/// How often a test polls before it gives up: half a minute.
const MOST_ASKED: u32 = 30_000;

/// A practice server and a client.
struct TestServer {
    practice: Practice,
    client: reqwest::Client,
    token: String,
}

/// An answer, read to its end.
struct TestAnswer {
    status: u16,
    headers: HeaderMap,
    /// What arrived of the body.
    body: Vec<u8>,
    /// Whether all of it arrived.
    whole: bool,
}

impl TestAnswer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// A lesson whose world has one project with these properties.
fn lesson_of(project: &str, more: &str) -> Lesson {
    let text = format!(
        "title = \"t\"\nteaches = \"t\"\nsteps = [\"s\"]\nproject = \"{project}\"\n[expect]\nexit = 0\nverdict = \
         \"importable\"\n{more}"
    );
    toml::from_str(&text).unwrap()
}

fn client() -> reqwest::Client {
    let builder = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    // An answer that never comes fails the test.
    builder.timeout(Duration::from_mins(3)).build().unwrap()
}

impl TestServer {
    fn to(lesson: &Lesson, pace: f64) -> Self {
        let practice =
            Practice::start(lesson, &PracticeOptions { pace, ..PracticeOptions::default() }).unwrap();
        let token = practice.token().to_owned();
        Self { practice, client: client(), token }
    }

    fn to_default(pace: f64) -> Self {
        Self::to(&lesson("first-export").unwrap(), pace)
    }

    fn token_of(&self, name: &str) -> String {
        self.practice.tokens().iter().find(|card| card.name == name).unwrap().token.clone()
    }

    fn api(&self, path: &str) -> String {
        format!("{}/api/v4{path}", self.practice.url())
    }

    async fn hear(&self, request: reqwest::RequestBuilder) -> TestAnswer {
        hear(request.header("PRIVATE-TOKEN", &self.token)).await.unwrap()
    }

    async fn get(&self, path: &str) -> TestAnswer {
        self.hear(self.client.get(self.api(path))).await
    }

    async fn post(&self, path: &str) -> TestAnswer {
        self.hear(self.client.post(self.api(path))).await
    }

    /// Polls until the status is `word`, which takes little time at this pace; panics if the status never appears.
    async fn until(&self, project: &str, word: &str) -> Vec<String> {
        let mut words = Vec::new();
        for _ in 0..MOST_ASKED {
            let status =
                self.get(&format!("/projects/{project}/export")).await.json()["export_status"].clone();
            let status = status.as_str().unwrap().to_owned();
            if words.last() != Some(&status) {
                words.push(status.clone());
            }
            if status == word {
                return words;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        panic!("{project} is not {word} after {MOST_ASKED} questions: {words:?}");
    }

    /// Runs an export to its end.
    async fn export(&self, project: &str) {
        assert_eq!(self.post(&format!("/projects/{project}/export")).await.status, 202);
        self.until(project, "finished").await;
    }

    /// Requests the file from GitLab and returns the redirect to the storage.
    async fn location(&self, project: &str) -> String {
        let answer = self.get(&format!("/projects/{project}/export/download")).await;
        assert_eq!(answer.status, 302, "{}", answer.text());
        answer.header("location").to_owned()
    }
}

/// A body as a web form sends it.
fn form(request: reqwest::RequestBuilder, fields: &[(&str, &str)]) -> reqwest::RequestBuilder {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    request.header("content-type", "application/x-www-form-urlencoded").body(body)
}

/// Sends the request, and reads as much of the body as arrives.
async fn hear(request: reqwest::RequestBuilder) -> Result<TestAnswer, reqwest::Error> {
    let mut response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let mut answer = TestAnswer { status, headers, body: Vec::new(), whole: true };
    loop {
        match response.chunk().await {
            Ok(Some(piece)) => answer.body.extend_from_slice(&piece),
            Ok(None) => return Ok(answer),
            Err(_) => {
                answer.whole = false;
                return Ok(answer);
            }
        }
    }
}

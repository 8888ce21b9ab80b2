#!/usr/bin/env python3
"""Somebody else's client against the practice GitLab: python-gitlab and curl, through exports, relations and imports.

Usage: foreign_client.py EXPORT_DESK          (a built program; python-gitlab must be importable)

The practice server must be as strict as GitLab and no stricter. Our own client cannot show that: both were written
from the same page.
"""

import faulthandler
import gzip
import io
import json
import signal
import subprocess
import sys
import tarfile
import tempfile
import time

import gitlab
from gitlab.exceptions import GitlabError

PROJECT = "acme/webshop"
MOST_ASKED = 2000
# The whole script, and one call. Neither waits for ever.
LONGEST_S = 600
CALL_S = 120


def until(what, ask):
    """Asks until the answer is not None; the pace of the server makes that short."""
    for _ in range(MOST_ASKED):
        answer = ask()
        if answer is not None:
            return answer
        time.sleep(0.01)
    raise SystemExit(f"{what} never came")


def refused(status, call):
    try:
        call()
    except GitlabError as error:
        assert error.response_code == status, (status, error.response_code, error.error_message)
        return error.error_message
    raise AssertionError(f"nothing was refused where {status} was expected")


def finished_export(project):
    export = project.exports.create()

    def is_done():
        export.refresh()
        assert export.export_status not in ("failed",), export.export_status
        return True if export.export_status == "finished" else None

    until("the export", is_done)
    return export


def names(data):
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        return archive.getnames()


def exports(gl, url, token):
    project = gl.projects.get(PROJECT)
    export = finished_export(project)
    archive = io.BytesIO()
    # requests follows to the storage, and takes PRIVATE-TOKEN along.
    export.download(streamed=True, action=archive.write)
    archive = archive.getvalue()
    assert "./VERSION" in names(archive), names(archive)
    # A run under way is told by 400, once the old file is gone.
    project.exports.create()
    message = refused(400, project.exports.create)
    assert "already running or queued" in message, message
    until("the second export", lambda: True if project.exports.get().export_status == "finished" else None)
    # curl as the documentation has it; a second download of the minute is one too many.
    other = gl.projects.get("acme/tools/proxied")
    finished_export(other)
    for target, path in ((other, PROJECT),):
        address = f"{url}/api/v4/projects/{target.id}/export/download"
        got = subprocess.run(
            ["curl", "--silent", "--show-error", "--fail", "--location", "--header", f"PRIVATE-TOKEN: {token}", address],
            check=True, capture_output=True, timeout=CALL_S,
        ).stdout
        assert "./VERSION" in names(got), path
    return archive


def curl_reaches_the_storage(gl, url, token):
    """Direct download: curl takes PRIVATE-TOKEN along to the object storage, which does not mind."""
    project = gl.projects.get("acme/media-library")
    finished_export(project)
    address = f"{url}/api/v4/projects/{project.id}/export/download"
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/archive.tar.gz"
        subprocess.run(
            ["curl", "--silent", "--show-error", "--fail", "--location", "--header", f"PRIVATE-TOKEN: {token}",
             "--output", path, address],
            check=True, timeout=CALL_S,
        )
        with tarfile.open(path) as archive:
            assert "./VERSION" in archive.getnames()


def relations(gl):
    project = gl.projects.get(PROJECT)
    base = f"/projects/{project.id}/export_relations"
    for batched in (False, True):
        gl.http_post(base, post_data={"batched": batched})

        def rows():
            status = gl.http_get(f"{base}/status")
            fresh = [row for row in status if row["status"] == 1 and row["batched"] == (batched and row["batched"])]
            return {row["relation"]: row for row in status} if len(fresh) == 32 else None

        rows = until("the relations export", rows)
        assert rows["issues"]["batched"] == batched, rows["issues"]
        assert not rows["repository"]["batched"] and not rows["self"]["batched"]
        one = gl.http_get(f"{base}/status", query_data={"relation": "issues"})
        assert one["relation"] == "issues", one
        query = {"relation": "issues"}
        if batched:
            query |= {"batched": True, "batch_number": 1}
        file = gl.http_get(f"{base}/download", query_data=query, streamed=True).content
        lines = gzip.decompress(file).splitlines()
        # GitLab writes the rows in the order of the board, not of their numbers.
        numbers = sorted(json.loads(line)["iid"] for line in lines)
        assert len(lines) == rows["issues"]["total_objects_count"] and numbers[0] == 1, numbers[:3]
        bundle = gl.http_get(f"{base}/download", query_data={"relation": "repository"}, streamed=True).content
        assert "./repository.bundle" in names(bundle), names(bundle)
    refused(404, lambda: gl.http_get(f"{base}/status", query_data={"relation": "nonsense"}))
    refused(400, lambda: gl.http_get(f"{base}/download", query_data={"relation": "nonsense"}))


def imports(gl, archive):
    answer = gl.projects.import_project(
        io.BytesIO(archive), path="copied", name="Copied", namespace="acme", overwrite=False,
        override_params={"visibility": "private"},
    )
    copied = gl.projects.get(answer["id"], lazy=True)

    def is_done():
        status = copied.imports.get()
        return status if status.import_status in ("finished", "failed") else None

    status = until("the import", is_done)
    assert (status.import_status, status.failed_relations) == ("finished", []), status
    source, here = gl.projects.get(PROJECT), gl.projects.get("acme/copied")
    for relation in ("mergerequests", "milestones"):
        counts = [len(getattr(one, relation).list(get_all=True)) for one in (source, here)]
        assert counts[0] == counts[1], (relation, counts)
    refused(400, lambda: gl.projects.import_project(io.BytesIO(archive), path="copied", namespace="acme"))


def without_a_token(url):
    nobody = gitlab.Gitlab(url, retry_transient_errors=False, timeout=CALL_S)
    refused(401, lambda: nobody.http_get("/projects/101/import"))
    refused(404, lambda: nobody.http_get("/projects/101/export"))


def end_in_time():
    """Ends the script with a message where a call hangs: by an exception, or where even that does not get through."""
    def late(_signal, _frame):
        raise SystemExit(f"not done after {LONGEST_S} s")
    signal.signal(signal.SIGALRM, late)
    signal.alarm(LONGEST_S)
    faulthandler.dump_traceback_later(LONGEST_S + 30, exit=True)


def main():
    end_in_time()
    program = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        lesson = f"{folder}/foreign.toml"
        with open(lesson, "w", encoding="utf-8") as file:
            file.write(
                'title = "A foreign client"\nteaches = "Nothing: a test."\nsteps = ["None."]\n'
                f'project = "{PROJECT}"\n[expect]\nexit = 0\nverdict = "importable"\n'
            )
        command = [program, "--json", "--pace", "0.003", "practice", lesson, "--port", "0"]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            ready = json.loads(server.stdout.readline())
            url, token = ready["url"], ready["token"]
            gl = gitlab.Gitlab(url, private_token=token, timeout=CALL_S)
            gl.auth()
            assert gl.version()[0].startswith("18."), gl.version()
            archive = exports(gl, url, token)
            curl_reaches_the_storage(gl, url, token)
            relations(gl)
            imports(gl, archive)
            without_a_token(url)
        finally:
            server.kill()
            server.wait(CALL_S)
    print(f"python-gitlab {gitlab.__version__} and curl: export, relations, import")


main()

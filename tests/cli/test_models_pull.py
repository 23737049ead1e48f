"""`models pull` against a server that speaks the hub's language."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pexpect
import pytest
from patience import PATIENCE

from tui_selector import paths
from tui_selector.cli.root import run
from tui_selector.models import folders, trust
from tui_selector.models import hub as hub_client

COMMIT = "a" * 40
CLIP = {"model_type": "clip", "projection_dim": 16}


def safetensors(size: int) -> bytes:
    """A file of weights as long as its header says."""
    header = json.dumps({"w": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}}).encode()
    return len(header).to_bytes(8, "little") + header + os.urandom(size)


class Hub:
    """A hub with one model, and code for it in another repository.

    Attributes:
        files: What the model's holds.
        lent: What the other holds.
        claims: Sizes that it lists wrongly.
        bends: Files of which it gives other bytes than it lists.
        stall: A file and the byte after which it says no more.
        drop: A file and the byte at which it cuts the line, once.
        ranges: Whether it gives parts of files.
        asked: Every path and range that it was asked for.
    """

    def __init__(self) -> None:
        self.files = {
            "config.json": json.dumps(CLIP).encode(),
            "tokenizer.json": b"{}",
            "model.safetensors": safetensors(3_000_000),
            "pytorch_model.bin": b"pickled",
            "README.md": b"# a model",
            "onnx/model.onnx": b"x",
        }
        self.lent = {"lent_code.py": b"from .lent_part import x\n", "lent_part.py": b"x = 1\n"}
        self.licence: str | None = "mit"
        self.claims: dict[str, int] = {}
        self.bends: set[str] = set()
        self.stall: tuple[str, int] | None = None
        self.drop: tuple[str, int] | None = None
        self.ranges = True
        self.answer: int | None = None
        self.code = ""
        self.asked: list[tuple[str, str]] = []
        self.stalled, self.go_on = threading.Event(), threading.Event()
        hub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                hub.serve(self)

            def handle(self) -> None:
                with contextlib.suppress(ConnectionError):  # pulls are interrupted here
                    super().handle()

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.go_on.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def serve(self, request: http.server.BaseHTTPRequestHandler) -> None:
        self.asked.append((request.path, request.headers.get("Range", "")))
        if self.answer:
            self._give(request, self.answer, b"", {"X-Error-Code": self.code})
        elif found := re.match(r"/api/models/(some/model|other/code)\b", request.path):
            self._give(request, 200, json.dumps(self._listed(found[1])).encode(), {})
        elif found := re.fullmatch(rf"/some/model/resolve/{COMMIT}/(.+)", request.path):
            self._file(request, found[1], self.files[found[1]])
        elif found := re.fullmatch(rf"/other/code/resolve/{COMMIT}/(.+)", request.path):
            self._file(request, found[1], self.lent[found[1]])
        else:
            self._give(request, 404, b"", {"X-Error-Code": "RepoNotFound"})

    def _listed(self, repository: str) -> dict[str, Any]:
        siblings = []
        for name, data in (self.files if repository == "some/model" else self.lent).items():
            sibling: dict[str, Any] = {
                "rfilename": name,
                "size": self.claims.get(name, len(data)),
                "blobId": hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest(),
            }
            if name.endswith((".safetensors", ".bin")):
                sha256 = hashlib.sha256(data).hexdigest()
                sibling["lfs"] = {"sha256": sha256, "size": len(data), "pointerSize": 130}
            siblings.append(sibling)
        card = {"license": self.licence} if self.licence else {}
        return {"id": repository, "sha": COMMIT, "siblings": siblings, "cardData": card}

    def _file(self, request: http.server.BaseHTTPRequestHandler, name: str, data: bytes) -> None:
        if name in self.bends:
            data = data[:-1] + bytes([data[-1] ^ 1])
        wanted = request.headers.get("Range", "") if self.ranges else ""
        begin = re.fullmatch(r"bytes=(\d+)-", wanted)
        start = int(begin[1]) if begin else 0
        request.send_response(206 if begin else 200)
        request.send_header("Content-Length", str(len(data) - start))
        if begin:
            request.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        request.end_headers()
        if self.stall and self.stall[0] == name:
            request.wfile.write(data[start : self.stall[1]])
            request.wfile.flush()
            self.stalled.set()
            self.go_on.wait()
            request.close_connection = True
        elif self.drop and self.drop[0] == name:
            end, self.drop = self.drop[1], None
            request.wfile.write(data[start:end])
            request.close_connection = True
        else:
            request.wfile.write(data[start:])

    def _give(
        self,
        request: http.server.BaseHTTPRequestHandler,
        status: int,
        data: bytes,
        headers: dict[str, str],
    ) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data)


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub()
    yield hub
    hub.close()


def environment(address: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    return kept | {"HF_ENDPOINT": address, "PYTHONPATH": str(Path(__file__).parents[2])}


def start(address: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tui_selector", "models", *arguments],
        env=environment(address),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Whoever runs these tests in the background has them ignore what is sent below.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )


Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Call]:
    """Runs a command in this process, whose hub client is turned to the test's hub."""
    from huggingface_hub import close_session, constants

    template = hub.address + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", hub.address)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(hub_client, "OWNER_OFFLINE", False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(["models", *arguments])
        out, err = capsys.readouterr()
        return code, out, err

    yield call
    close_session()


def only() -> folders.Pulled:
    (pulled,) = folders.pulled(paths.models_folder())
    return pulled


def test_a_pull_brings_what_is_needed_and_nothing_else(hub: Hub) -> None:
    process = start(hub.address, "pull", "some/model", "--json")
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (0, "")
    answer = json.loads(out)
    assert (answer["dimensions"], answer["family"], answer["revision"]) == (16, "clip", COMMIT)
    pulled = only()
    names = {path.name for path in pulled.folder.iterdir()}
    assert names == {"config.json", "tokenizer.json", "model.safetensors", folders.MANIFEST}
    assert folders.spoilt(pulled) == []
    asked = [path for path, _ in hub.asked]
    assert not any("pytorch_model.bin" in path or "harness" in path for path in asked)
    assert len(asked) == 4


def test_a_newer_commit_takes_the_place_of_the_old(call: Call, hub: Hub) -> None:
    assert call("pull", "some/model")[0] == 0
    folder = only().folder
    sealed = (folder / folders.MANIFEST).read_text()
    (folder / folders.MANIFEST).write_text(sealed.replace(COMMIT, "b" * 40))
    (folder / "old.json").write_text("{}")
    assert call("pull", "some/model")[0] == 0
    assert only().manifest.revision == COMMIT
    assert not (folder / "old.json").exists()
    assert {path.name for path in folder.parent.iterdir()} == {folder.name}


def test_pulled_again_nothing_comes_twice(call: Call, hub: Hub) -> None:
    assert call("pull", "some/model")[0] == 0
    hub.asked.clear()
    assert call("pull", "some/model")[0] == 0
    assert [path for path, _ in hub.asked if "resolve" in path] == []


def test_an_interrupted_pull_goes_on_where_it_ended(call: Call, hub: Hub) -> None:
    hub.stall = ("model.safetensors", 2_500_000)
    process = start(hub.address, "pull", "some/model")
    assert hub.stalled.wait(PATIENCE)
    part = folders.partial_of(paths.models_folder(), "some/model") / "model.safetensors.part"
    # Two of the blocks that are written have come; the rest is under way.
    while not part.exists() or part.stat().st_size < 2 << 20:
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert err.strip() == "tui-selector: Interrupted; what was done is kept."
    assert folders.pulled(paths.models_folder()) == []
    assert folders.halves(paths.models_folder())["some/model"] > 2 << 20
    hub.stall = None
    hub.go_on.set()
    hub.asked.clear()
    assert call("pull", "some/model")[0] == 0
    resolved = [(path, wanted) for path, wanted in hub.asked if "resolve" in path]
    assert [(path.rpartition("/")[2], wanted) for path, wanted in resolved] == [
        ("model.safetensors", f"bytes={2 << 20}-")
    ]
    assert folders.spoilt(only()) == []


def test_a_line_that_drops_is_taken_up_again(call: Call, hub: Hub) -> None:
    hub.drop = ("model.safetensors", 1_500_000)
    assert call("pull", "some/model")[0] == 0
    assert ("/some/model/resolve/" + COMMIT + "/model.safetensors", "bytes=1048576-") in hub.asked
    assert folders.spoilt(only()) == []


def begun(commit: str) -> Path:
    """The folder of a pull that was interrupted."""
    partial = folders.partial_of(paths.models_folder(), "some/model")
    partial.mkdir(parents=True)
    (partial / "pull.begun").write_text(json.dumps({"revision": commit}))
    return partial


def test_a_hub_that_gives_no_parts_gives_all_again(call: Call, hub: Hub) -> None:
    hub.ranges = False
    (begun(COMMIT) / "model.safetensors.part").write_bytes(hub.files["model.safetensors"][:9])
    assert call("pull", "some/model")[0] == 0
    assert folders.spoilt(only()) == []


@pytest.mark.parametrize("size", [9, 4_000_000])
def test_a_part_that_is_none_costs_one_more_pull(call: Call, hub: Hub, size: int) -> None:
    (begun(COMMIT) / "model.safetensors.part").write_bytes(b"x" * size)
    while call("pull", "some/model")[0]:
        assert not folders.pulled(paths.models_folder())
    assert folders.spoilt(only()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
def test_a_disk_that_fills_up_is_said_and_nothing_counts_as_whole(call: Call, hub: Hub) -> None:
    (begun(COMMIT) / "model.safetensors.part").symlink_to("/dev/full")
    code, _, err = call("pull", "some/model")
    assert code == 1
    assert "is full. What has come is kept" in err
    assert folders.pulled(paths.models_folder()) == []


def test_two_pulls_of_one_model_do_not_meet(call: Call, hub: Hub) -> None:
    hub.stall = ("model.safetensors", 2_500_000)
    process = start(hub.address, "pull", "some/model")
    assert hub.stalled.wait(PATIENCE)
    code, _, err = call("pull", "some/model")
    assert code == 1
    assert "Another pull of some/model is under way." in err
    hub.stall = None
    hub.go_on.set()
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert folders.spoilt(only()) == []


def test_half_of_another_commit_is_thrown_away(call: Call, hub: Hub) -> None:
    (begun("b" * 40) / "model.safetensors").write_bytes(b"old")
    assert call("pull", "some/model")[0] == 0
    assert folders.spoilt(only()) == []


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_other_bytes_than_were_listed_are_thrown_away(call: Call, hub: Hub, name: str) -> None:
    hub.bends = {name}
    code, _, err = call("pull", "some/model")
    assert code == 1
    assert f"{name} of some/model did not come as the hub lists it" in err
    assert folders.pulled(paths.models_folder()) == []
    assert not (folders.partial_of(paths.models_folder(), "some/model") / f"{name}.part").exists()
    hub.bends = set()
    assert call("pull", "some/model")[0] == 0


def test_a_disk_that_is_too_small_is_said_before_a_byte_comes(call: Call, hub: Hub) -> None:
    hub.claims = {"model.safetensors": 10**17}
    code, _, err = call("pull", "some/model")
    assert code == 1
    assert "The pull takes 100000000.00 GB more and the disk of" in err
    assert not any("resolve" in path for path, _ in hub.asked)


@pytest.mark.parametrize(
    ("answer", "header", "sentence"),
    [
        (404, "RepoNotFound", "The hub has no model some/model"),
        (403, "GatedRepo", "The makers of some/model give it only to those whom they know"),
        (404, "RevisionNotFound", "some/model has no such revision"),
        (503, "", "The hub does not give some/model (503); try again later."),
    ],
)
def test_what_the_hub_refuses_is_said_in_a_sentence(
    call: Call, hub: Hub, answer: int, header: str, sentence: str
) -> None:
    hub.answer, hub.code = answer, header
    code, out, err = call("pull", "some/model")
    assert (code, out) == (1, "")
    assert err.startswith(f"tui-selector: {sentence}")
    assert err.count("\n") == 1


def test_without_a_network_it_says_so(call: Call, hub: Hub) -> None:
    hub.close()
    code, _, err = call("pull", "some/model")
    assert code == 1
    assert "The hub cannot be reached" in err
    assert err.count("\n") == 1


def test_what_is_no_hub_is_not_believed(call: Call, hub: Hub) -> None:
    hub.answer, hub.code = 200, ""
    code, _, err = call("pull", "some/model")
    assert code == 1
    assert "What answers for the hub is none" in err


def test_pickled_weights_are_refused(call: Call, hub: Hub) -> None:
    del hub.files["model.safetensors"]
    code, _, err = call("pull", "some/model")
    assert code == 1
    assert "has its weights only as pytorch_model.bin" in err
    assert not any("resolve" in path for path, _ in hub.asked)


def test_a_model_for_text_alone_is_refused_before_its_weights_come(call: Call, hub: Hub) -> None:
    hub.files["config.json"] = b'{"model_type": "bert"}'
    code, _, err = call("pull", "some/model")
    assert code == 1
    assert "of the kind bert, which does not put pictures and text into one space" in err
    assert not any("safetensors" in path for path, _ in hub.asked)
    assert folders.halves(paths.models_folder()) == {}


@pytest.mark.parametrize("licence", ["cc-by-nc-4.0", "other", None])
def test_a_licence_that_restricts_has_to_be_accepted(
    call: Call, hub: Hub, licence: str | None
) -> None:
    hub.licence = licence
    code, _, err = call("pull", "some/model")
    assert code == 2
    assert "Add --accept-licence if you accept that." in err
    assert not any("resolve" in path for path, _ in hub.asked)
    assert call("pull", "some/model", "--accept-licence")[0] == 0


def test_a_chat_model_comes_with_its_template_and_is_no_embedder(call: Call, hub: Hub) -> None:
    hub.files["config.json"] = b'{"model_type": "qwen3_5"}'
    hub.files["chat_template.jinja"] = b"{{ messages }}"
    code, out, _ = call("pull", "some/model")
    assert code == 0
    assert "`tui-selector ask FOLDER QUESTION --model some/model` asks it." in out
    assert "chat_template.jinja" in only().manifest.files
    rows = json.loads(call("list", "--json")[1])
    assert [row["name"] for row in rows if row["pulled"] and row["chats"]] == ["some/model"]
    assert [row["name"] for row in rows if row["chosen"]] == ["builtin"]
    code, out, err = call("use", "some/model")
    assert code == 1
    assert "answers questions about photos and embeds none" in err


def test_code_comes_only_when_it_is_trusted(call: Call, hub: Hub) -> None:
    config = {"model_type": "own", "auto_map": {"AutoModel": "modeling_own.Own"}}
    hub.files |= {"config.json": json.dumps(config).encode(), "modeling_own.py": b"x = 1\n"}
    code, _, err = call("pull", "some/model")
    assert code == 1
    assert "If you trust its makers, add --trust-remote-code." in err
    assert not any(".py" in path or "safetensors" in path for path, _ in hub.asked)
    assert call("pull", "some/model", "--trust-remote-code")[0] == 0
    root = paths.models_folder()
    assert trust.is_trusted(root, only().folder)
    (only().folder / "modeling_own.py").write_bytes(b"x = 2\n")
    assert not trust.is_trusted(root, only().folder)


def test_code_of_another_repository_is_kept_beside_the_model(call: Call, hub: Hub) -> None:
    named = {
        "AutoConfig": "other/code--lent_code.Config",
        "AutoModel": "other/code--lent_code.Model",
    }
    hub.files["config.json"] = json.dumps({"model_type": "own", "auto_map": named}).encode()
    words = {"auto_map": {"AutoTokenizer": ["other/code--lent_part.Slow", None]}}
    hub.files["tokenizer_config.json"] = json.dumps(words).encode()
    assert call("pull", "some/model", "--trust-remote-code")[0] == 0
    folder = only().folder
    settings = json.loads((folder / "config.json").read_bytes())
    assert settings["auto_map"] == {
        "AutoConfig": "lent_code.Config",
        "AutoModel": "lent_code.Model",
    }
    words = json.loads((folder / "tokenizer_config.json").read_bytes())
    assert words["auto_map"] == {"AutoTokenizer": ["lent_part.Slow", None]}
    assert (folder / "lent_part.py").read_bytes() == b"x = 1\n"
    assert folders.spoilt(only()) == []
    assert trust.is_trusted(paths.models_folder(), folder)


def test_lent_code_that_would_take_the_place_of_other_code_is_refused(call: Call, hub: Hub) -> None:
    config = {"model_type": "own", "auto_map": {"AutoModel": "other/code--lent_code.Model"}}
    hub.files |= {"config.json": json.dumps(config).encode(), "lent_part.py": b"x = 2\n"}
    code, _, err = call("pull", "some/model", "--trust-remote-code")
    assert code == 1
    assert "lent_part.py of other/code has the name of another file" in err
    assert folders.pulled(paths.models_folder()) == []


def test_code_that_cannot_run_here_is_refused_before_the_weights_come(call: Call, hub: Hub) -> None:
    config = {"model_type": "own", "auto_map": {"AutoModel": "other/code--lent_code.Model"}}
    hub.files["config.json"] = json.dumps(config).encode()
    hub.lent["lent_part.py"] = b"import a_package_of_nobody\nx = 1\n"
    code, _, err = call("pull", "some/model", "--trust-remote-code")
    assert code == 1
    assert "The code of some/model needs the package a_package_of_nobody" in err
    assert not any("safetensors" in path for path, _ in hub.asked)
    assert folders.halves(paths.models_folder()) == {}


def test_names_that_leave_the_folder_are_not_followed(call: Call, hub: Hub) -> None:
    hub.files |= {"../../evil.json": b"{}", "/etc/evil.json": b"{}", ".hidden.json": b"{}"}
    assert call("pull", "some/model")[0] == 0
    assert len(only().manifest.files) == 3


def test_an_owner_who_switched_the_network_off_is_obeyed(hub: Hub) -> None:
    process = subprocess.run(
        [sys.executable, "-m", "tui_selector", "models", "pull", "some/model"],
        env=environment(hub.address) | {"HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert process.returncode == 1
    assert "HF_HUB_OFFLINE keeps this machine off the network" in process.stderr
    assert hub.asked == []


def test_in_a_terminal_it_asks_and_shows_how_far_it_is(hub: Hub) -> None:
    hub.licence = "cc-by-nc-4.0"
    hub.drop = ("model.safetensors", 1_500_000)
    arguments = ["-m", "tui_selector", "models", "pull", "some/model"]
    for answer, code in (("n", 1), ("y", 0)):
        child = pexpect.spawn(
            sys.executable,
            arguments,
            env=environment(hub.address),
            encoding="utf-8",
            timeout=PATIENCE,
            dimensions=(24, 120),
        )
        child.expect_exact("not for commercial use. Do you accept that? [y/N]: ")
        child.sendline(answer)
        if code == 0:
            child.expect_exact("some/model ████████")
            child.expect(r"3 MB of 3 MB|3\.00 MB of 3\.00 MB")
            child.expect_exact("some/model is here: 3 MB.")
        else:
            child.expect_exact("Nothing was pulled.")
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == code
    assert folders.spoilt(only()) == []

"""Reading an Open Terms Archive repository: a local clone, a git bundle, or a URL where the network is allowed.

A repository may be hostile, its configuration most of all. So git never works inside it: an empty repository of our
own borrows the objects, and commands run there without hooks, helpers, user or system configuration. The foreign
repository is only asked which commit its head is, which runs nothing.
"""

from __future__ import annotations

import datetime
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from compliance.errors import InputError, MalformedText, UnreadableFile, UsageError
from compliance.history.git import command, empty_repository, environment, git, reason

MAX_BLOB = 16 * 1024 * 1024
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|^[\w.-]+@[\w.-]+:")
_BUNDLE = re.compile(rb"# v[23] git bundle")
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_HEAD = re.compile(rb"\x01([0-9a-f]{40}(?:[0-9a-f]{24})?) (\d{1,11})(?=\x00|$)")


class Change(NamedTuple):
    """A file that a commit added or changed (`blob` is its content) or removed (`blob` is None)."""

    commit: str
    recorded_at: str
    path: str
    blob: str | None


class Repository:
    """A repository that can be read: `name` is what its source is called, `head` its newest commit."""

    def __init__(self, folder: Path, name: str, head: str, shown: str) -> None:
        self.folder = folder
        self.name = name
        self.head = head
        self.shown = shown

    def has(self, commit: str) -> bool:
        """Whether `commit` is an ancestor of the head, so that what came after it can be told."""
        if not _COMMIT.fullmatch(commit):
            return False
        return git(["merge-base", "--is-ancestor", commit, self.head], self.folder).returncode == 0

    def count(self, since: str | None) -> int:
        """How many commits are to be read."""
        done = git(["rev-list", "--count", self._range(since)], self.folder)
        self._checked(done)
        return int(done.stdout or 0)

    def changes(self, since: str | None) -> Iterator[list[Change]]:
        """The changes of each commit after `since`, parents first; an empty list for a commit that changed nothing."""
        arguments = [
            "log", "--reverse", "--topo-order", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff",
            "--no-textconv", "--no-color", "-m", "--first-parent", "--no-show-signature", "--format=%x01%H %ct",
            self._range(since),
        ]  # fmt: skip
        done = git(arguments, self.folder)
        self._checked(done)
        heads = [*_HEAD.finditer(done.stdout)]
        for head, following in zip(heads, [*heads[1:], None], strict=True):
            yield _changes(head, done.stdout[head.end() : following.start() if following else None])

    def blobs(self) -> _Blobs:
        """A reader of contents; use it with `with`."""
        return _Blobs(self)

    def file(self, path: str) -> bytes:
        """A file of the newest commit; nothing where it is not there."""
        done = git(["cat-file", "blob", f"{self.head}:{path}"], self.folder)
        return done.stdout[:200_000] if done.returncode == 0 else b""

    def _range(self, since: str | None) -> str:
        return f"{since}..{self.head}" if since else self.head

    def _checked(self, done: subprocess.CompletedProcess[bytes]) -> None:
        if done.returncode != 0:
            raise MalformedText(
                f"git cannot read its history: {reason(done.stderr)}",
                file=self.shown,
                remedy="the clone may be partial or damaged: clone it again in full",
            )


class _Blobs:
    """`git cat-file --batch`, one process for all contents."""

    def __init__(self, repository: Repository) -> None:
        self.shown = repository.shown
        self.process = subprocess.Popen(
            command(["cat-file", "--batch"], repository.folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
        )

    def __enter__(self) -> _Blobs:
        return self

    def __exit__(self, *_: object) -> None:
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
        self.process.terminate()
        self.process.wait(timeout=30)

    def read(self, blob: str) -> bytes | None:
        """The content of a blob; None where it is larger than `MAX_BLOB`."""
        assert self.process.stdin is not None and self.process.stdout is not None
        try:
            self.process.stdin.write(blob.encode() + b"\n")
            self.process.stdin.flush()
            head = self.process.stdout.readline().split()
        except OSError:
            head = []
        if len(head) != 3 or head[1] != b"blob":
            raise MalformedText(
                f"the content {blob[:12]} is missing or damaged", file=self.shown, remedy="clone it again in full"
            )
        left, pieces = int(head[2]) + 1, []
        keep = left <= MAX_BLOB
        while left > 0:
            piece = self.process.stdout.read(min(left, 1 << 20))
            if not piece:
                raise MalformedText(
                    f"the content {blob[:12]} is cut short", file=self.shown, remedy="clone it again in full"
                )
            left -= len(piece)
            if keep:
                pieces.append(piece)
        return b"".join(pieces)[:-1] if keep else None


@contextmanager
def open_repository(place: str, *, allow_network: bool = False) -> Iterator[Repository]:
    """The repository at a path or URL, for as long as the block lasts."""
    if shutil.which("git") is None:
        raise UsageError("the git program is not installed", remedy="install git, or use clearance terms ingest")
    if any(not c.isprintable() for c in place) or place.startswith("-"):
        raise UsageError("not a path or URL of a repository", remedy="name a folder, a bundle or an https URL")
    with tempfile.TemporaryDirectory(prefix="clearance-") as scratch:
        own = Path(scratch) / "own.git"
        if _URL.match(place):
            yield _from_url(place, own, allow_network)
            return
        path = Path(place)
        if path.is_dir():
            yield _from_folder(path, own)
        elif path.is_file():
            yield _from_bundle(path, own)
        else:
            raise UnreadableFile("there is no such folder or bundle", file=place, remedy="check the path")


def _from_url(url: str, own: Path, allow_network: bool) -> Repository:
    shown = re.sub(r"//[^/@]*@", "//", url)
    if not url.startswith("https://"):
        raise UsageError(f"only https URLs are fetched, not {shown}", remedy="clone it yourself and name the folder")
    if not allow_network:
        raise UsageError(f"{shown} is on the network", remedy="add --allow-network, or clone it and name the folder")
    empty_repository(own, "sha1")
    fetch = ["-c", "protocol.https.allow=always", "fetch", "--no-tags", "--no-recurse-submodules", "--quiet", url]
    done = git([*fetch, "+HEAD:refs/heads/read"], own)
    if done.returncode != 0:
        raise UnreadableFile(f"cannot be fetched: {reason(done.stderr)}", file=shown, remedy="check the URL")
    name = re.sub(r"\.git/?$", "", url.rstrip("/")).rsplit("/", 1)[-1]
    return Repository(own, name, _resolved(own, "refs/heads/read", shown), shown)


def _from_folder(path: Path, own: Path) -> Repository:
    shown = str(path)
    known = git(["rev-parse", "--git-common-dir", "--git-path", "objects", "--show-object-format"], None, cwd=path)
    lines = known.stdout.decode("utf-8", "replace").splitlines()
    if known.returncode != 0 or len(lines) < 3:
        raise InputError("not a git repository", file=shown, remedy="name the clone's folder or a git bundle")
    common, objects = (path / lines[0]).resolve(), (path / lines[1]).resolve()
    empty_repository(own, lines[2])
    alternates = own / "objects" / "info" / "alternates"
    if "\n" in str(objects):
        raise UsageError("the folder's name has a line break", remedy="rename it")
    alternates.write_text(f"{objects}\n", encoding="utf-8")
    shallow = common / "shallow"
    if shallow.is_file() and shallow.stat().st_size < 1_000_000:
        (own / "shallow").write_bytes(shallow.read_bytes())
    head = git(["rev-parse", "--verify", "--quiet", "--end-of-options", "HEAD^{commit}"], None, cwd=path)
    commit = head.stdout.decode("ascii", "replace").strip()
    if head.returncode != 0 or not _COMMIT.fullmatch(commit):
        raise InputError("the repository has no versions: no commit yet", file=shown, remedy="name one with a history")
    return Repository(own, re.sub(r"\.git$", "", path.resolve().name), commit, shown)


def _from_bundle(path: Path, own: Path) -> Repository:
    shown = str(path)
    try:
        with path.open("rb") as handle:
            head = handle.read(4096)
    except OSError as error:
        raise UnreadableFile(
            f"cannot be opened: {error.strerror}", file=shown, remedy="check its permissions"
        ) from None
    if not _BUNDLE.match(head):
        raise InputError("neither a folder nor a git bundle", file=shown, remedy="git bundle create makes one")
    empty_repository(own, "sha256" if b"object-format=sha256" in head else "sha1")
    listed = git(["bundle", "list-heads", str(path.resolve())], own)
    heads = dict(
        (name, commit)
        for commit, _, name in (x.partition(" ") for x in listed.stdout.decode("utf-8", "replace").split("\n"))
    )
    wanted = next((n for n in ("HEAD", "refs/heads/main", "refs/heads/master", *heads) if n in heads and n), None)
    if listed.returncode != 0 or wanted is None:
        raise MalformedText(
            f"the bundle is damaged: {reason(listed.stderr)}", file=shown, remedy="make or fetch it again"
        )
    done = git(["bundle", "unbundle", str(path.resolve())], own)
    if done.returncode != 0:
        raise MalformedText(
            f"the bundle is damaged or incomplete: {reason(done.stderr)}",
            file=shown,
            remedy="make or fetch it again, with its whole history",
        )
    return Repository(own, path.stem, _resolved(own, heads[wanted], shown), shown)


def _resolved(own: Path, name: str, shown: str) -> str:
    done = git(["rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"], own)
    commit = done.stdout.decode("ascii", "replace").strip()
    if done.returncode != 0 or not _COMMIT.fullmatch(commit):
        raise MalformedText("its newest commit cannot be read", file=shown, remedy="fetch it again in full")
    return commit


def _changes(head: re.Match[bytes], rest: bytes) -> list[Change]:
    """The changes of one commit of `git log --raw -z`: its head line and what follows."""
    commit = head[1].decode()
    recorded = datetime.datetime.fromtimestamp(int(head[2]), datetime.UTC).isoformat(timespec="seconds")
    parts = [p.lstrip(b"\n") for p in rest.split(b"\x00")]
    found: list[Change] = []
    at = 0
    while at + 1 < len(parts):
        fields = parts[at].decode("ascii", "replace").split()
        if not parts[at].startswith(b":") or len(fields) < 5:
            at += 1
            continue
        path, mode, blob = parts[at + 1].decode("utf-8", "replace"), fields[1], fields[3]
        if mode.startswith("100") or mode == "000000":
            found.append(Change(commit, recorded, path, None if mode == "000000" else blob))
        at += 2
    return found

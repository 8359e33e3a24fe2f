"""Where the sets of exported files are: how one is published, delivered and purged."""

import contextlib
import fcntl
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import duckdb
import fsspec

PROJECT = Path(__file__).resolve().parents[1]
MANIFEST, DELIVERED, ERASE = "manifest.json", "delivered", "erase.csv"
# what the next sets must know of this one; nobody loads it
KNOWN, KEYS = "known.parquet", "keys.parquet"
# beside the sets of a destination: the last number that one was given
LAST = "last"
SET = re.compile(r"\d{6}")
# what fsspec needs to write to a place
PACKAGES = {"s3": "s3fs", "sftp": "paramiko", "ssh": "paramiko", "gs": "gcsfs", "abfs": "adlfs"}


class WrongUseError(Exception):
    """What was asked for, or set, can't be: the message says what to do."""


class Place:
    """The folder that the sets go to: local, or anything that fsspec writes to.

    Names are relative to it.
    """

    def __init__(self, location: str) -> None:
        """Arguments: location, a path or a URL such as s3://bucket/folder."""
        protocol, is_url, _ = location.partition("://")
        options = {}
        try:
            if protocol in ("sftp", "ssh") and is_url:
                options = {"host_key_policy": known_hosts(), "skip_instance_cache": True}
            self.files, root = fsspec.url_to_fs(
                location if is_url else str(PROJECT / location), **options
            )
        except ValueError as error:
            raise WrongUseError(f"Nothing here can write to {protocol}://.") from error
        except ImportError as error:
            package = PACKAGES.get(protocol, f"the one that {protocol}:// needs")
            raise WrongUseError(
                f"{protocol}:// needs the package {package}:"
                f" .venv/bin/python -m pip install {package}"
            ) from error
        self.root = PurePosixPath(root)
        self.is_local = not is_url
        # who may look is said where the place knows such rights
        self.chmod = os.chmod if self.is_local else getattr(self.files, "ftp", self).chmod

    def chmod(self, path: str, mode: int) -> None:
        """Nothing: this place says otherwise who may look."""

    def path(self, name: str) -> str:
        """The whole path of a name."""
        return str(self.root / name)

    def names(self, folder: str = "") -> list[str]:
        """Names of what is in a folder, sorted; none where there is no such folder."""
        self.files.invalidate_cache()
        if not self.files.isdir(self.path(folder)):
            return []
        found = self.files.ls(self.path(folder), detail=False)
        return sorted(PurePosixPath(path).name for path in found)

    def exists(self, name: str) -> bool:
        """Whether there is such a file or folder."""
        return self.files.exists(self.path(name))

    def local(self, name: str, staging: Path) -> str:
        """A path at which DuckDB can read the file."""
        if self.is_local:
            return self.path(name)
        copy = Path(tempfile.mkdtemp(dir=staging)) / PurePosixPath(name).name
        self.files.get_file(self.path(name), str(copy))
        return str(copy)

    def put(self, source: Path, name: str) -> None:
        """Move a local file there, for its owner alone."""
        self.files.makedirs(self.path(str(PurePosixPath(name).parent)), exist_ok=True)
        # the last of them is the place itself
        for folder in [*PurePosixPath(name).parents][:-1]:
            self.chmod(self.path(str(folder)), 0o700)
        # a file is there whole, or not at all
        if self.is_local:
            source.rename(self.path(name))
        else:
            self.files.put_file(str(source), self.path(f"{name}.part"))
            self.files.mv(self.path(f"{name}.part"), self.path(name))
        self.chmod(self.path(name), 0o600)

    def write(self, name: str, text: str, staging: Path) -> None:
        """Write a small file, which is on the disk when this returns."""
        source = staging / "small"
        with source.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        self.put(source, name)

    def remove(self, name: str) -> None:
        """Remove a file, or a folder with all that is in it."""
        self.files.rm(self.path(name), recursive=True)


def known_hosts() -> Any:
    """What paramiko asks about a server: nobody but those in ~/.ssh/known_hosts is trusted."""
    import paramiko

    class KnownHosts(paramiko.MissingHostKeyPolicy):
        def missing_host_key(self, _: object, hostname: str, key: object) -> None:
            known = Path.home() / ".ssh" / "known_hosts"
            if not (known.exists() and paramiko.HostKeys(str(known)).check(hostname, key)):
                raise WrongUseError(
                    f"{hostname} shows a key that is not in {known}: ask who runs it for the key."
                )

    return KnownHosts


def sets(place: Place, destination: str) -> list[str]:
    """Names of the sets of a destination, oldest first: one without a manifest does not exist."""
    return [
        name
        for name in place.names(destination)
        if SET.fullmatch(name) and place.exists(f"{destination}/{name}/{MANIFEST}")
    ]


def delivered_sets(place: Place, destination: str) -> list[str]:
    """Names of those sets that the destination has, oldest first."""
    return [
        name
        for name in sets(place, destination)
        if place.exists(f"{destination}/{name}/{DELIVERED}")
    ]


def tidy(place: Place, destination: str, newest: str | None = None) -> None:
    """Remove what is no set, and every set that is neither delivered nor the newest."""
    kept = [newest, *delivered_sets(place, destination)]
    for name in place.names(destination):
        if SET.fullmatch(name) and name not in kept:
            # first what makes it a set
            if place.exists(f"{destination}/{name}/{MANIFEST}"):
                place.remove(f"{destination}/{name}/{MANIFEST}")
            place.remove(f"{destination}/{name}")


def drop_rows(place: Place, destination: str, name: str) -> None:
    """Remove all of a delivered set but its manifest."""
    for inside in place.names(f"{destination}/{name}"):
        if inside not in (MANIFEST, DELIVERED):
            place.remove(f"{destination}/{name}/{inside}")


def purge(place: Place, destination: str, keep_sets: int) -> int:
    """Remove what is no set, and the rows of delivered sets beyond the newest.

    Arguments: keep_sets (how many keep their rows; the last one always does).
    Returns: how many sets have lost their rows.
    """
    tidy(place, destination, max(sets(place, destination), default=None))
    old = delivered_sets(place, destination)[: -max(keep_sets, 1)]
    purged = sum(place.exists(f"{destination}/{name}/{KNOWN}") for name in old)
    for name in old:
        drop_rows(place, destination, name)
    return purged


def publish(place: Place, staging: Path, destination: str, facts: dict) -> None:
    """Put a written set where the sets are, its manifest last, in the place of one not delivered.

    No number is given twice: whoever has loaded a set that was replaced since can't mistake another
    for it.
    """
    counter = f"{destination}/{LAST}"
    last = place.files.cat_file(place.path(counter)) if place.exists(counter) else b"0"
    name = f"{max(int(last), *map(int, sets(place, destination)), 0) + 1:06}"
    place.write(counter, name, staging)
    for entry in facts["files"]:
        place.put(
            staging / "sets" / destination / entry["name"], f"{destination}/{name}/{entry['name']}"
        )
    manifest = json.dumps(facts, indent=2, ensure_ascii=False, default=str)
    place.write(f"{destination}/{name}/{MANIFEST}", manifest + "\n", staging)
    tidy(place, destination, name)
    print(f"written: {destination}/{name}")


def deliver(place: Place, staging: Path, destination: str, name: str) -> None:
    """Remember that the destination has a set: the next deltas build on it.

    Sets that hold people whom this one erases lose their rows, and no set before it asks to erase.
    Raises: WrongUseError where it is not the newest set.
    """
    newest = max(sets(place, destination), default=None)
    if name != newest:
        raise WrongUseError(
            f"{name} is not the newest set of {destination}, "
            + (f"which is {newest}." if newest else "to which nothing was written yet.")
        )
    place.write(f"{destination}/{name}/{DELIVERED}", "", staging)
    erased = place.local(f"{destination}/{name}/{ERASE}", staging)
    for older in delivered_sets(place, destination):
        known = f"{destination}/{older}/{KEYS}"
        if older == name or not place.exists(known):
            continue
        [(holds,)] = duckdb.execute(
            "select exists (from read_parquet(?) semi join read_csv(?, header = true,"
            " auto_detect = false, quote = '\"', columns = {'identifier': 'varchar'})"
            " using (identifier))",
            [place.local(known, staging), erased],
        ).fetchall()
        if holds:
            drop_rows(place, destination, older)
        elif place.exists(f"{destination}/{older}/{ERASE}"):
            place.remove(f"{destination}/{older}/{ERASE}")


@contextlib.contextmanager
def staging_folder(place: Place, is_alone: bool) -> Iterator[Path]:
    """A folder that nobody else can look into, for one run at a time.

    Arguments: is_alone (whether what it does bears no other run).
    What a killed run left there is removed first. Raises: WrongUseError while another run writes.
    """
    if not is_alone:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
        return
    root = Path(place.root) if place.is_local else PROJECT / "exports"
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (root / ".lock").open("w") as lock:
        (root / ".lock").chmod(0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise WrongUseError("Another export is running: wait until it is done.") from error
        shutil.rmtree(root / ".writing", ignore_errors=True)
        (root / ".writing").mkdir(mode=0o700)
        try:
            yield root / ".writing"
        finally:
            shutil.rmtree(root / ".writing", ignore_errors=True)

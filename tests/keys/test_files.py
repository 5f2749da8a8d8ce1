"""Private files: whole or not at all, and for their owner alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from keys.errors import FileExposed, KeystoreExists, KeystoreMissing
from keys.files import make_private_folder, read_private, remove, write_private


def test_a_file_is_written_privately_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    before = os.umask(0)
    try:
        write_private(path, b"words")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_private(path, limit=5) == b"words"
    assert [entry.name for entry in tmp_path.iterdir()] == ["secret"]


def test_a_new_file_overwrites_nothing(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    write_private(path, b"old", new=True)
    with pytest.raises(KeystoreExists):
        write_private(path, b"new", new=True)
    assert path.read_bytes() == b"old"
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(KeystoreExists):
        write_private(link, b"new", new=True)
    assert not (tmp_path / "elsewhere").exists()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["link", "secret"]


def test_writing_replaces_a_link_and_not_what_it_points_to(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"untouched")
    (tmp_path / "secret").symlink_to(target)
    write_private(tmp_path / "secret", b"words")
    assert target.read_bytes() == b"untouched"


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "secret"
    write_private(path, b"old")

    def fails(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(*((os, "fsync") if step == "fsync" else (Path, "replace")), fails)
    with pytest.raises(OSError, match="no space"):
        write_private(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["secret"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644, 0o666, 0o610])
def test_a_file_that_others_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "secret"
    write_private(path, b"words")
    path.chmod(mode)
    with pytest.raises(FileExposed):
        read_private(path, limit=100)


def test_what_is_no_plain_file_is_refused(tmp_path: Path) -> None:
    real = tmp_path / "real"
    write_private(real, b"words")
    link, pipe, folder = tmp_path / "link", tmp_path / "pipe", tmp_path / "folder"
    link.symlink_to(real)
    os.mkfifo(pipe, 0o600)
    folder.mkdir(mode=0o700)
    for path in (link, pipe, folder):
        with pytest.raises(FileExposed):
            read_private(path, limit=100)
    with pytest.raises(KeystoreMissing):
        read_private(tmp_path / "nothing", limit=100)
    with pytest.raises(FileExposed):
        read_private(real, limit=4)


def test_a_folder_is_private(tmp_path: Path) -> None:
    make_private_folder(tmp_path / "a")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700
    make_private_folder(tmp_path / "a")
    (tmp_path / "a").chmod(0o770)
    with pytest.raises(FileExposed):
        make_private_folder(tmp_path / "a")


def test_removing_what_is_gone_is_no_error(tmp_path: Path) -> None:
    write_private(tmp_path / "secret", b"words")
    remove(tmp_path / "secret")
    remove(tmp_path / "secret")
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_names_the_file_and_its_folder_and_nobody(tmp_path: Path) -> None:
    for folder, name, said in (
        ("offline", "root.keystore", "offline/root.keystore"),
        ("people", f"{'ab' * 13}.keystore", "people/….keystore"),
        ("odd", "a\x1b[2Jb", "odd/a?[2Jb"),
    ):
        path = tmp_path / folder / name
        path.parent.mkdir()
        path.write_bytes(b"words")
        path.chmod(0o644)
        with pytest.raises(FileExposed) as refused:
            read_private(path, limit=5)
        assert refused.value.where == said
        assert str(tmp_path) not in refused.value.message

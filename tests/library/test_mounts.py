from __future__ import annotations

from pathlib import Path

import pytest

from tui_selector.library.folder.mounts import remote_file_system

TABLE = rb"""22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
30 27 0:40 / /home rw,relatime shared:7 - nfs4 nas:/home rw,vers=4.2
31 30 8:1 / /home/me/local rw,relatime master:1 - ext4 /dev/sda1 rw
32 27 0:41 / /media/two\040words rw - cifs //nas/share rw
33 27 0:42 / /mnt/phone rw - fuse.sshfs phone:/ rw
34 27 0:43 / /mnt/stick rw - fuseblk /dev/sdb1 rw
35 27 0:44 / /mnt/over rw - ext4 /dev/sdc1 rw
36 35 0:45 / /mnt/over rw - 9p host rw
garbage
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "mountinfo").write_bytes(TABLE)
    return tmp_path / "mountinfo"


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("/photos", None),
        ("/home/me/photos", "nfs4"),
        ("/home", "nfs4"),
        ("/homestead", None),
        ("/home/me/local/photos", None),
        ("/media/two words/photos", "cifs"),
        ("/mnt/phone/DCIM", "fuse.sshfs"),
        ("/mnt/stick", None),
        ("/mnt/over/photos", "9p"),
        # A network disk somewhere below tells of no changes either.
        ("/mnt", "fuse.sshfs"),
        ("/media", "cifs"),
    ],
)
def test_the_disk_of_a_folder_decides(table: Path, folder: str, expected: str | None) -> None:
    assert remote_file_system(Path(folder), table) == expected


def test_without_a_table_nothing_is_known(tmp_path: Path) -> None:
    assert remote_file_system(tmp_path, tmp_path / "none") is None


def test_the_table_of_this_machine_can_be_read(tmp_path: Path) -> None:
    answer = remote_file_system(tmp_path)
    assert answer is None or answer.isprintable()

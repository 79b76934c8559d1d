"""What a remote worker gets is what a local one reads, without a shared file system."""

from __future__ import annotations

from pathlib import Path

import msgpack
import pytest

from rentree.crowd import Member
from rentree.load import parcel
from rentree.load.place import addresses, beyond_reach, on_loopback
from rentree.load.spec import LoadSpec, RouteSpec, read_members, write_spec
from rentree.trust import Trust


def member(arrival: int) -> Member:
    """Somebody of the crowd."""
    return Member(
        arrival, f"p{arrival}", "north", "s", "lycée", "c", "pupil", "127.16.0.1", f"l{arrival}",
        "Élève", True, arrival * 1000, "ent",
    )  # fmt: skip


def made(folder: Path, people: int = 7) -> LoadSpec:
    """A spec for two workers, with its files."""
    (folder / "raw").mkdir(parents=True)
    files = {
        "plan": folder / "raw" / "plan.json", "pupil": folder / "pupil.py",
        "ent": folder / "ent.yaml", "authorities": folder / "authorities.pem",
    }  # fmt: skip
    for name, path in files.items():
        path.write_text(f"this is {name}", encoding="utf-8")
    (folder / "raw" / "profile.yaml").write_text("profile: x", encoding="utf-8")
    spec = LoadSpec(
        workers=2, plan=files["plan"], members=folder / "members", work=folder,
        journeys={"pupil": files["pupil"]}, adapters={"ent": files["ent"]},
        hosts={"ent": {"portal": "https://ent.example", "sso": "http://127.0.0.1:81"}},
        pins={"ent.example": "192.0.2.7"},
        routes=[RouteSpec(territory="north", host=("a", 1), via=("127.0.0.1", 9), name="slow")],
        forwarded_for=True, authorities=files["authorities"], password_env="WORD", accounts_seed=3,
    )  # fmt: skip
    write_spec(folder / "load.json", spec, [member(i) for i in range(people)])
    return spec


def test_laid_out_elsewhere_it_says_the_same(tmp_path: Path) -> None:
    """Every file's content and name, every other word, and this worker's people only."""
    spec = made(tmp_path / "here")
    packed = parcel.pack(spec, 2)
    (tmp_path / "there").mkdir()
    laid = parcel.unpack(packed, tmp_path / "there")
    apart = {"plan", "members", "work", "journeys", "adapters", "authorities"}
    assert laid.model_dump(exclude=apart) == spec.model_dump(exclude=apart)
    assert laid.journeys["pupil"].read_text(encoding="utf-8") == "this is pupil"
    assert laid.adapters["ent"].name == "ent.yaml"
    assert laid.plan.read_text(encoding="utf-8") == "this is plan"
    assert laid.trust == Trust(str(laid.authorities))
    assert Path(laid.trust.ca or "").read_text(encoding="utf-8") == "this is authorities"
    assert laid.work == tmp_path / "there"
    assert read_members(laid, 2) == [member(1), member(3), member(5)]
    assert parcel.profile_in(packed) == parcel.digest(b"profile: x")


def test_chunks_make_the_whole(tmp_path: Path) -> None:
    """Cut into messages and put together again; nothing is lost at the edges."""
    packed = parcel.pack(made(tmp_path / "here", 40_000), 1)
    count = parcel.chunks(packed)
    assert count > 1
    assert b"".join(parcel.chunk(packed, i) for i in range(count)) == packed
    assert [parcel.chunks(bytes(n)) for n in (1, parcel.CHUNK, parcel.CHUNK + 1)] == [1, 1, 2]


@pytest.mark.parametrize("name", ["../evil.py", "/etc/evil", "", "..", "a/b"])
def test_a_file_is_laid_in_the_workers_folder_only(tmp_path: Path, name: str) -> None:
    """A name that leads elsewhere is refused."""
    told = msgpack.unpackb(parcel.pack(made(tmp_path / "here"), 1))
    told["files"][0][0] = name
    with pytest.raises(ValueError, match="no plain name"):
        parcel.unpack(msgpack.packb(told), tmp_path)


def test_what_only_the_masters_machine_reaches(tmp_path: Path) -> None:
    """Detours and hosts on loopback; a pinned host is where it is pinned."""
    spec = made(tmp_path / "here")
    assert set(addresses(spec)) == {
        ("127.0.0.1", 9), ("192.0.2.7", 443), ("127.0.0.1", 81),
    }  # fmt: skip
    assert on_loopback(addresses(spec)) == ["127.0.0.1:81", "127.0.0.1:9"]
    assert beyond_reach(spec, "there", "here") == on_loopback(addresses(spec))
    assert beyond_reach(spec, "here", "here") == []
    assert on_loopback([("localhost", 1), ("::1", 2), ("10.0.0.1", 3), ("ent.example", 4)]) == [
        "::1:2", "localhost:1",
    ]  # fmt: skip

"""The disk is full under SQLite: nothing more is written, everything can be read, and room heals it."""

import asyncio
from itertools import cycle
from pathlib import Path
from time import monotonic

import httpx2
import pytest

from tests.faults.conftest import MakeCrowd
from tests.support.soak.crowd import MOST_DEVICES
from tests.support.soak.ledger import Device
from tests.support.soak.node import PASSWORD, Node, running
from tests.support.soak.volume import SmallDisk, can_mount

PEOPLE = [f"person{number}" for number in range(6)]


@pytest.mark.skipif(not can_mount(), reason="this user may not mount a file system")
async def test_a_full_disk_stops_writing_only_and_heals_when_there_is_room(tmp_path: Path, crowd_at: MakeCrowd) -> None:
    disk = SmallDisk(tmp_path)
    node = Node(tmp_path, around=disk.around)
    async with running(node), httpx2.AsyncClient(base_url=node.url, timeout=30) as looking:
        crowd = crowd_at([node.url])
        ledger = crowd.ledger
        for name in PEOPLE:
            body = {"username": name, "password": PASSWORD}
            answer = await looking.post("/api/register", json=body, headers={"x-forwarded-for": f"10.9.9.{name[-1]}"})
            assert answer.status_code == 201, answer.text
        visitor = crowd.visitor(ledger.joined("person0", PASSWORD))
        for _ in range(MOST_DEVICES):
            await visitor.sign_in()
        devices = visitor.person.devices
        crowd.come(*(ledger.joined(name, PASSWORD) for name in PEOPLE[1:]))
        await crowd.more(40)
        ledger.fault_begins(monotonic())
        await asyncio.to_thread(disk.fill, node)
        answer = await _first_failure(looking, devices)
        assert (answer.status_code, answer.json()["error"]) == (503, "store_full")
        assert int(answer.headers["retry-after"]) > 0
        mine = await looking.get("/api/me", headers={"authorization": f"Bearer {devices[0].access}"})
        assert mine.status_code == 200
        await asyncio.to_thread(disk.clear, node)
        for device in devices:
            assert await visitor.refresh(device)
        ledger.fault_ends(monotonic())
        await crowd.more(40)
        await crowd.leave()
        await crowd.audit()
    assert ledger.verdict().good, [*ledger.found, *ledger.outside()]
    assert "Traceback" not in node.log()


async def _first_failure(looking: httpx2.AsyncClient, devices: list[Device]) -> httpx2.Response:
    """The log goes on in the room that it has; then there is none."""
    for device in cycle(devices):
        answer = await looking.post("/api/refresh", json={"refresh_token": device.refresh})
        if answer.status_code != 200:
            return answer
        device.refresh = answer.json()["refresh_token"]
    raise AssertionError("unreachable")

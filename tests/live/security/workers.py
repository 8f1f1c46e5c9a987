"""Workers of a locked world: as processes, with all that they said kept."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from agents.demo.crew import Worker
from agents.settings import Settings
from deploy.local.ports import free_port


class Crew:
    """Started workers, ended together."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.all = folder, list[Worker]()

    def made(self, stage: str, settings: Settings) -> Worker:
        """Not started yet."""
        one = Worker(stage, settings, self._folder / f"{stage}-{len(self.all) + 1}", free_port())
        self.all.append(one)
        return one

    async def ready(self, *wanted: tuple[str, Settings], within_s: float = 40.0) -> list[Worker]:
        """Side by side."""
        made = [self.made(stage, settings) for stage, settings in wanted]
        await asyncio.gather(*(one.ready(within_s) for one in made))
        return made

    async def ended(self, stage: str, settings: Settings, within_s: float = 30.0) -> tuple[int, str]:
        """Of one that does not come up: its exit code, and all it said."""
        one = self.made(stage, settings)
        one.launch()
        code = await asyncio.to_thread(one.wait_end, within_s)
        return code, one.log.read_text()

    def said(self) -> str:
        """All that all of them said."""
        return "\n".join(one.log.read_text() for one in self.all if one.log.exists())


@asynccontextmanager
async def crew(folder: Path) -> AsyncIterator[Crew]:
    """Ended afterwards."""
    made = Crew(folder)
    try:
        yield made
    except BaseException:
        for one in made.all:
            print(f"--- {one.name}\n{one.excerpt(40)}")
        raise
    finally:
        for one in made.all:
            one.kill()

"""Faust's tables, of which we have none: nothing is waited for on their account."""

from faust.tables.manager import TableManager


class NoTables(TableManager):
    """Starts at once. Faust's sleeps for a second first, in case somebody defines a table, and the group waits."""

    async def on_start(self) -> None:
        await self._update_channels()
        await self.recovery.start()

"""Where a partition of the score table keeps its encoded states: in memory, or on disk when there are too many."""

from agents.settings import Settings, StoreKind
from agents.table.stores.memory import MemoryStores
from agents.table.stores.store import Stores


def stores_of(settings: Settings) -> Stores:
    """As set. RocksDB is loaded only by who wants it."""
    match settings.store:
        case StoreKind.MEMORY:
            return MemoryStores()
        case StoreKind.ROCKSDB:
            from agents.table.stores.store_folder import StoreFolder

            return StoreFolder(settings)

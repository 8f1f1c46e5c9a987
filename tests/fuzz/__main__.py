"""`python -m tests.fuzz`: a million mutated messages, over two processes; the last line is JSON when asked."""

import argparse
import sys
import time
from multiprocessing import get_context
from queue import Empty

import msgspec

from tests.fuzz.run import Ran, share

PROCESSES = 2
SAY_EVERY_S = 10.0


def main() -> int:
    """0: nothing broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000, help="in all (default: 1000000)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed sends the same messages (default: 1)")
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object")
    said = parser.parse_args()
    context = get_context("spawn")
    told = context.Queue()
    counts = [said.messages // PROCESSES + (n < said.messages % PROCESSES) for n in range(PROCESSES)]
    seeds = [said.seed * PROCESSES + n for n in range(PROCESSES)]
    processes = [
        context.Process(target=share, args=(count, seed, told), daemon=True)
        for count, seed in zip(counts, seeds, strict=True)
    ]
    for process in processes:
        process.start()
    whole, done = Ran(), dict.fromkeys(seeds, 0)
    waited, began_s = set(seeds), time.monotonic()
    spoke_s = began_s
    while waited:
        try:
            seed, word = told.get(timeout=5.0)
        except Empty:
            if all(process.is_alive() for process in processes):
                continue
            print("a process ended without a word", file=sys.stderr)
            return 1
        if isinstance(word, bytes):
            whole.add(msgspec.msgpack.decode(word, type=Ran))
            waited.discard(seed)
        else:
            done[seed] = word
        if time.monotonic() - spoke_s > SAY_EVERY_S:
            spoke_s = time.monotonic()
            print(f"{sum(done.values()):,} messages in {spoke_s - began_s:.0f} s", file=sys.stderr, flush=True)
    _report(whole, time.monotonic() - began_s, said)
    return 1 if whole.crashes else 0


def _report(whole: Ran, took_s: float, said: argparse.Namespace) -> None:
    for crash in whole.crashes.values():
        print(f"\n{crash.what} ({crash.times} times), on {crash.topic}:\n{crash.message}\n{crash.trace}")
    print(f"slowest: {whole.slowest_ms:.0f} ms of CPU for {whole.slowest}")
    told = {
        "messages": whole.messages,
        "applied": whole.applied,
        "skipped": whole.skipped,
        "refused": dict(sorted(whole.refused.items())),
        "crashes": sum(crash.times for crash in whole.crashes.values()),
        "slowest_ms": round(whole.slowest_ms, 1),
        "took_s": round(took_s, 1),
        "seed": said.seed,
    }
    if said.json:
        print(msgspec.json.encode(told).decode())
    else:
        print(*(f"{name}: {value}" for name, value in told.items()), sep="\n")


if __name__ == "__main__":
    sys.exit(main())

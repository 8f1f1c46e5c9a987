"""Asks a worker in the same container whether it is ready: `python -m deploy.compose.ready 6162`. It needs no shell."""

import sys
import urllib.error
import urllib.request

WITHIN_S = 2.0


def why_not(port: int) -> str:
    """Empty: ready."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=WITHIN_S):
            return ""
    except urllib.error.HTTPError as answer:
        return answer.read().decode("utf-8", "replace")
    except OSError as fault:
        return str(fault)


if __name__ == "__main__":
    problem = why_not(int(sys.argv[1]))
    print(problem or "ready")
    sys.exit(1 if problem else 0)

"""Where alerts and dashboards send whoever is called: `python -m deploy.runbook URL FOLDER` writes them with others.

For those who keep the runbook elsewhere and install without the chart, whose value for it is `runbookUrl`.
"""

import argparse
import re
from pathlib import Path

RUNBOOK = "https://touchline.io/docs/runbook"
"""As shipped; a section is `#` and the name of its alert."""
DEPLOY = Path(__file__).parent
SHIPPED = {"rules": DEPLOY / "prometheus" / "rules", "dashboards": DEPLOY / "grafana" / "dashboards"}
URL = re.compile(r"https?://[^\s#\"'<>\\{}]+")
"""No quotes, backslashes and braces: it is put into JSON, and into what Prometheus takes for a template."""


def elsewhere(text: str, base: str) -> str:
    """Rules or a dashboard whose links lead to sections of the runbook there; nothing else of them is changed."""
    return text.replace(f"{RUNBOOK}#", f"{base}#")


def _url(said: str) -> str:
    if not URL.fullmatch(said):
        raise argparse.ArgumentTypeError(f"{said!r} is not a page: write https://wiki.example.com/touchline/runbook")
    return said


def main() -> None:
    """Write a copy of all that is shipped."""
    parser = argparse.ArgumentParser(prog="python -m deploy.runbook", description=__doc__)
    parser.add_argument("url", type=_url, help="the page whose sections are the runbook's")
    parser.add_argument("folder", type=Path, help="gets rules/ for Prometheus and dashboards/ for Grafana")
    said = parser.parse_args()
    for name, shipped in SHIPPED.items():
        (said.folder / name).mkdir(parents=True, exist_ok=True)
        for path in sorted(shipped.iterdir()):
            (said.folder / name / path.name).write_text(elsewhere(path.read_text(), said.url))


if __name__ == "__main__":
    main()

"""The operator's pages, as boxes of commands."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "deploy" / "docs"
PAGES = ("install.md", "upgrade.md")


def boxes(page: str, kind: str) -> list[str]:
    """What stands in boxes of that kind, in their order, indented ones too."""
    return [
        re.sub(rf"^{indent}", "", body, flags=re.MULTILINE)
        for indent, body in re.findall(
            rf"^( *)```{kind}\n(.*?)^ *```", (DOCS / page).read_text(), re.MULTILINE | re.DOTALL
        )
    ]


def commands(page: str) -> list[str]:
    """Each `touchline` of its boxes: alone on a line, before a pipe, or in a pod."""
    lines = [line for text in boxes(page, "sh") for line in text.replace("\\\n", " ").splitlines()]
    found = [re.search(r"(?:^|-- )(touchline .*?)(?= \||\s+#| &&|;|$)", line) for line in lines]
    return [told[1].strip() for told in found if told]


def links(page: str) -> list[str]:
    """Those that lead to other files of ours."""
    return [link for link in re.findall(r"\]\(([^)#]+)", (DOCS / page).read_text()) if "://" not in link]

"""S56: a broken document and an older version on `scoring.models`; scoring goes on under the model in force."""

from collections.abc import AsyncIterator

import msgspec
import pytest
import pytest_asyncio

from agents.table.model_shelf import document_of, shelf_key
from deploy.local.stack import Addresses
from schemas.scoring_model import ModelDocument
from streams.model import read_model
from streams.topology import DEAD_LETTERS, LEAD_STATE, SCORING_MODELS
from tests.live.kafka import until
from tests.live.scenarios.crew import Crew
from tests.live.scenarios.crews import M1, employed
from tests.live.scenarios.lead import Lead, moment
from tests.live.touchline import touchline

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="package")]

REFUSED = {"what": "document"}


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def scoring(stack: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Crew]:
    """A crew of its own: what lies on `scoring.models` is everybody's."""
    async for one in employed(stack, tmp_path_factory.mktemp("documents"), M1):
        yield one


def as_version(number: int) -> str:
    """M1 under another number."""
    text = M1.read_text()
    assert "version: 7\n" in text
    return text.replace("version: 7\n", f"version: {number}\n")


def broken(text: str) -> ModelDocument:
    return ModelDocument(model="b2b-services", version=8, digest="sha256:" + "0" * 64, text=text)


def document(text: str) -> ModelDocument:
    model = read_model(text)
    assert not isinstance(model, list)
    return document_of(model, text)


async def letters(crew: Crew) -> list[tuple[str, str]]:
    """What was set aside of `scoring.models`: the reason and its words."""
    told = []
    for record in await crew.kafka.read_all(DEAD_LETTERS):
        said = {name: raw.decode() for name, raw in record.headers}
        if said["__touchline.errors.topic"] == SCORING_MODELS.name:
            told.append((said["__touchline.errors.reason"], said["__touchline.errors.detail"]))
    return told


async def models_in_force(crew: Crew) -> set[str]:
    controls = [r.value for r in crew.heard[LEAD_STATE.name] if r.key == b"\0control"]
    return {name.split()[0] for value in controls for name in msgspec.json.decode(value)["models"]}


async def test_s56_a_broken_and_an_older_document_change_nothing_and_scoring_never_pauses(scoring: Crew) -> None:
    lead, now = Lead(scoring, "S56", moment()), moment()
    await lead.does(lead.touch("demo_request", now))
    before = await scoring.metric("score", "touchline_models_refused_total", **REFUSED)
    text = as_version(8).replace("points: 30", "points: thirty", 1)
    sent = [broken(text), document(as_version(3))]

    for one in sent:
        await scoring.kafka.say(SCORING_MODELS, one, key=shelf_key(one).decode())
        await lead.does(lead.touch("page_view", now, page="/pricing"))  # judged within the crew's limit: no pause

    async def counted() -> bool:
        return await scoring.metric("score", "touchline_models_refused_total", **REFUSED) == before + 2

    await until(counted, "two documents to be counted as refused")
    await until(lambda: _two(scoring), "two dead letters")
    (reason_1, said_1), (reason_2, said_2) = await letters(scoring)
    listed = (await touchline(scoring.settings, "model", "list", "--json")).json()
    shown = await touchline(scoring.settings, "model", "list")
    line = 1 + text[: text.index("points: thirty")].count("\n")
    version_line = 1 + M1.read_text()[: M1.read_text().index("version:")].count("\n")

    assert ("bad_model", "bad_model") == (reason_1, reason_2)
    assert f"b2b-services@8:{line}:" in said_1
    assert f"b2b-services@3 line {version_line}: version 3 is not above 7, which is in force and stays so" == said_2
    assert [said_1, said_2] == [one["why"] for one in listed["refused"]]
    assert said_2 in shown.out
    assert f"b2b-services@8:{line}:" in shown.out
    assert ["b2b-services@7"] == sorted(await models_in_force(scoring))
    await lead.does(lead.touch("note", now))
    assert "b2b-services@7" == lead.card["model"]


async def _two(crew: Crew) -> bool:
    return len(await letters(crew)) == 2


async def test_a_newer_document_alone_is_no_news_and_changes_nothing(scoring: Crew) -> None:
    newer = document(as_version(9))
    was = len((await touchline(scoring.settings, "model", "list", "--json")).json()["refused"])
    await scoring.kafka.say(SCORING_MODELS, newer, key=shelf_key(newer).decode())
    await Lead(scoring, "newer", moment()).does("demo_request")

    listed = (await touchline(scoring.settings, "model", "list", "--json")).json()

    assert was == len(listed["refused"])
    assert [[]] == [one["in_force"] for one in listed["models"] if one["version"] == 9]

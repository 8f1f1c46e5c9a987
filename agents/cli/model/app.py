"""`touchline model`: its commands."""

from agents.cli.model.apply import apply_model
from agents.cli.model.challenge import tell_challenge
from agents.cli.model.check import check_model
from agents.cli.model.drift import tell_drift
from agents.cli.model.examples import run_examples
from agents.cli.model.published import diff_models, list_models, publish_model, show_model
from agents.cli.model.replay import replay_model
from agents.cli.terminal.sub_app import sub_app

app = sub_app("Scoring models: the documents that say what counts.")
app.command("test")(run_examples)
app.command("replay")(replay_model)
app.command("apply")(apply_model)
app.command("drift")(tell_drift)
app.command("challenge")(tell_challenge)
app.command("list")(list_models)
app.command("show")(show_model)
app.command("diff")(diff_models)
app.command("publish")(publish_model)
app.command("check")(check_model)

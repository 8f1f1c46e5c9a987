"""`touchline route`: its commands."""

from agents.cli.route.asked import ask_about
from agents.cli.route.past import simulate_policy, tell_queue, tell_why
from agents.cli.route.policy import check_policy
from agents.cli.terminal.sub_app import sub_app

app = sub_app("Routing: who gets a ripe lead, by when, and why.")
app.command("check")(check_policy)
app.command("test")(ask_about)
app.command("why")(tell_why)
app.command("queue")(tell_queue)
app.command("simulate")(simulate_policy)

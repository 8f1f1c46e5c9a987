"""`touchline lead`: its commands."""

from agents.cli.lead.erase import erase_lead
from agents.cli.lead.explain import explain_lead
from agents.cli.lead.export import export_lead
from agents.cli.lead.restate import restate_lead
from agents.cli.lead.show import show_lead, top_leads
from agents.cli.lead.split import split_lead
from agents.cli.terminal.sub_app import sub_app

app = sub_app("Leads: why somebody has the score they have, and who comes first.")
app.command("explain")(explain_lead)
app.command("export")(export_lead)
app.command("erase")(erase_lead)
app.command("split")(split_lead)
app.command("restate")(restate_lead)
app.command("show")(show_lead)
app.command("top")(top_leads)

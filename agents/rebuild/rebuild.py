"""A rebuild from end to end: its connections, and which of its two ways it goes."""

import time

import msgspec

from agents.delivery.producer import Outbox
from agents.rebuild.filling import fill
from agents.rebuild.moving import Moving
from agents.rebuild.order import Order, Rebuilt
from agents.table.model_shelf import shelf
from agents.topics.admin import connected
from agents.topics.scan import scanning


async def rebuild(order: Order) -> Rebuilt:
    """In place when it comes from the generation it fills, else into a new one."""
    began_s = time.monotonic()
    models = await shelf(order.settings)
    order = msgspec.structs.replace(order, shelf=models, judge=models.first or order.judge)
    out = Outbox(order.settings)
    async with connected(order.settings) as client, scanning(order.old) as old:
        await out.start()
        try:
            if order.came_from == order.settings.generation:
                done = await fill(order, client, old, out)
            else:
                async with scanning(order.settings) as new:
                    done = await Moving(order, client, old, new, out).run()
        finally:
            await out.stop()
    done.took_s = round(time.monotonic() - began_s, 3)
    return done

"""order complete and waitlist approve, beside a running server: what an operator does for those who trade."""

import asyncio

from tests.server import processes

PASSWORD = "a password of theirs"
EMAIL = "trader@hiroba.example"


async def test_an_order_is_completed_once(servers: processes.Servers, phones: processes.Phones) -> None:
    server = servers()
    await server.start()
    create = ("account", "create", "trader", "--password-stdin", "--email", EMAIL)
    assert (await server.command(*create, stdin=f"{PASSWORD}\n")).returncode == 0
    trader = phones.phone(server, "/allowances")
    login = (await trader.post("/login", {"username": "trader", "password": PASSWORD})).body["body"]
    headers = {"Authorization": login["IdToken"], "Content-Type": "application/json"}
    order_id = (await trader.put("/buy", {"value": 12.5}, headers=headers)).body["transaction_id"]
    complete = ("order", "complete", str(order_id))
    refused = await server.command(*complete)
    assert (refused.returncode, refused.stdout, refused.stderr) == (1, "", "it is DRAFT\n")
    assert (await trader.post("/buy/place", {"transaction_id": order_id}, headers=headers)).status == 200
    # Two operators at once.
    done = await asyncio.gather(server.command(*complete), server.command(*complete))
    assert sorted((one.returncode, one.stdout, one.stderr) for one in done) == [
        (0, f"Order {order_id} is COMPLETED.\n", ""),
        (1, "", "it is COMPLETED\n"),
    ]
    assert (await trader.get("/user", headers=headers)).body["body"]["balance"] == 12.5


async def test_somebody_is_let_in(servers: processes.Servers, phones: processes.Phones) -> None:
    server = servers()
    await server.start()
    newcomer = phones.phone(server, "/allowances")
    approve = ("waitlist", "approve", "hana@town.example")
    assert (await server.command(*approve)).stdout == "hana@town.example is approved. It has not asked yet.\n"
    assert (await newcomer.post("/waitlist", {"email": "Hana@town.example"})).status == 200
    said = "hana@town.example is approved. Its owner has not confirmed it yet.\n"
    assert (await server.command(*approve)).stdout == said
    (letter,) = (await newcomer.get(f"{newcomer.url}/mailbox/messages?to=hana@town.example")).body
    link = next(line for line in letter["text"].splitlines() if line.startswith("http"))
    assert (await newcomer.get(f"{newcomer.url}/allowances/{link.partition('/allowances/')[2]}")).status == 200
    assert (await server.command(*approve)).stdout == "hana@town.example is approved.\n"
    given = {"username": "hana", "password": PASSWORD, "email": "hana@town.example"}
    assert (await newcomer.post("/signup", given)).status == 200

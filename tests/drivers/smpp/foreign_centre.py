"""A service centre that others wrote, as a process: takes messages, tells each as a line of JSON, sends receipts."""

import asyncio
import json
import sys

import smpp34


async def main(port: int) -> None:
    server = smpp34.Server(host="127.0.0.1", port=port, system_id="foreign")
    await server.start()
    print(json.dumps({"ready": port}), flush=True)
    sessions: dict[str, smpp34.Esme] = {}
    count = 0
    while True:
        event = await server.next()
        if isinstance(event, smpp34.Esme):
            sessions[event.session_id] = event
        elif isinstance(event, smpp34.SubmitSmEvent):
            count += 1
            await taken(event, sessions[event.session_id], f"F{count:04}")


async def taken(event: "smpp34.SubmitSmEvent", host: "smpp34.Esme", message_id: str) -> None:
    if event.destination_addr.endswith("999"):
        event.reject(smpp34.ESME_RMSGQFUL)
        return
    event.accept(message_id=message_id)
    told = {"to": event.destination_addr, "from": event.source_addr, "esm": event.esm_class}
    print(json.dumps({**told, "coding": event.data_coding, "content": bytes(event.short_message).hex()}), flush=True)
    dates = "submit date:2611251000 done date:2611251001"
    receipt = f"id:{message_id} sub:001 dlvrd:001 {dates} stat:DELIVRD err:000 text:"
    back = {"source_addr": event.destination_addr, "destination_addr": event.source_addr}
    await host.deliver_sm(**back, esm_class=0x04, short_message=receipt.encode())
    await host.deliver_sm(**back, data_coding=8, short_message="收到".encode("utf-16-be"))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))

"""Closes a websocket whose browser sends text: the app's messages are bytes."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

UNSUPPORTED = 1003


class BinaryFramesOnly:
    """ASGI middleware: closes with code 1003 at a text frame, which Streamlit would meet with an exception."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def receive_bytes() -> Message:
            message = await receive()
            if message["type"] != "websocket.receive" or message.get("bytes") is not None:
                return message
            await send({"type": "websocket.close", "code": UNSUPPORTED})
            return {"type": "websocket.disconnect", "code": UNSUPPORTED}

        await self.app(scope, receive_bytes if scope["type"] == "websocket" else receive, send)

"""One worker of a built bento, on a socket that the supervisor opened.

Run as a file and not as a module, so that of this project's code only what the bento holds is loaded. It reports on one
pipe that it answers, and ends when the other end of another pipe closes, which the system does with the supervisor,
however that ended.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import threading
import time

FOLDER = "IP_FOLDER"  # where the service was started; loading a bento changes to the folder of its code
PATIENCE_S = 1.0  # in which a connection that was just taken may send its first request, though the worker ends


def say_ready(descriptor: int) -> None:
    """Say to the supervisor that this worker answers."""
    os.write(descriptor, b"1")
    os.close(descriptor)


def end_with_supervisor(descriptor: int, limit_s: float) -> None:
    """End as on SIGTERM once nobody holds the other end of ``descriptor``, and at once ``limit_s`` seconds later."""

    def watch() -> None:
        os.read(descriptor, 1)  # nobody writes: it returns when the other end is closed
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(limit_s)
        os._exit(1)

    threading.Thread(target=watch, name="supervisor-watch", daemon=True).start()


def main(bento: str, listening: int, ready: int, alive: int, limit_s: int) -> None:
    """Serve ``bento`` on the listening socket until SIGTERM; what it took it finishes, within ``limit_s`` seconds."""
    import bentoml
    import uvicorn

    class Server(uvicorn.Server):
        """Says when it answers, and ends in two steps: it takes no more connections, then it lets the taken ones go."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            say_ready(ready)

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            for server in self.servers:
                server.close()
            await asyncio.sleep(PATIENCE_S)
            await super().shutdown(sockets)

    end_with_supervisor(alive, limit_s)
    os.environ[FOLDER] = os.getcwd()
    service = bentoml.load(bento, standalone_load=True)
    config = uvicorn.Config(
        service.to_asgi(), log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=limit_s
    )
    Server(config).run(sockets=[socket.socket(fileno=listening)])


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))

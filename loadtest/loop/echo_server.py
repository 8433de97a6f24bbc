# SPDX-License-Identifier: MIT
"""An echo server on Python's event loops: echo_server.py asyncio|uvloop streams|protocol PORT [PEM].

With a certificate and its key it is one over TLS.
It prints its port, and runs until SIGTERM ends it."""
import asyncio
import ssl
import sys


async def echo(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


class EchoProtocol(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()


async def serve(api, port, pem=None):
    context = None
    if pem:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(pem)
    if api == "streams":
        server = await asyncio.start_server(echo, "127.0.0.1", int(port), ssl=context)
    else:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(EchoProtocol, "127.0.0.1", int(port), ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main():
    loop, *arguments = sys.argv[1:]
    if loop == "uvloop":
        import uvloop  # pylint: disable=import-outside-toplevel
        uvloop.install()
    asyncio.run(serve(*arguments))


main()

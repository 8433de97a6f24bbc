// SPDX-License-Identifier: MIT
// Bun.serve, with its routes: bun bun.js PORT [PEM]
'use strict';

const { basename, join } = require('node:path');
const { isItem } = require('./validate.js');

const [port, pem] = process.argv.slice(2);
const chunk = new Uint8Array(1024).fill(120);

// Functions that block run in workers; they answer in the order in which they were asked.
const workers = [];
let turn = 0;

function makeWorker() {
  const worker = new Worker(new URL('./bun_worker.js', import.meta.url).href);
  const waiting = [];
  worker.onmessage = ({ data }) => waiting.shift()(data);
  return (ms) => new Promise((resolve) => {
    waiting.push(resolve);
    worker.postMessage(ms);
  });
}

async function block(request) {
  if (workers.length === 0) for (let i = 0; i < 40; ++i) workers.push(makeWorker());
  const ms = Number(new URL(request.url).searchParams.get('ms'));
  turn = (turn + 1) % workers.length;
  return Response.json({ ms: await workers[turn](ms) });
}

async function createItem(request) {
  const item = await request.json();
  return isItem(item) ? Response.json(item) : new Response('not an item', { status: 422 });
}

async function echo(request) {
  const type = request.headers.get('content-type') ?? 'application/octet-stream';
  return new Response(await request.arrayBuffer(), { headers: { 'Content-Type': type } });
}

function stream() {
  return new Response(async function* () {
    for (let i = 0; i < 16; ++i) yield chunk;
  }, { headers: { 'Content-Type': 'text/plain' } });
}

function file(request) {
  return new Response(Bun.file(join(process.env.BENCH_STATIC, basename(request.params.name))));
}

Bun.serve({
  hostname: '127.0.0.1',
  port: Number(port),
  idleTimeout: 75,  // the default would end idle connections while they are counted
  tls: pem && { key: Bun.file(pem), cert: Bun.file(pem) },
  routes: {
    '/plain': () => new Response('Hello, World!'),
    '/json': () => Response.json({ message: 'Hello, World!' }),
    '/users/:id': (request) => Response.json({ id: Number(request.params.id), name: 'Alice' }),
    '/items': { POST: createItem },
    '/echo': { POST: echo },
    '/block': block,
    '/stream': stream,
    '/static/:name': file,
    '/ws': (request, server) => (server.upgrade(request) ? undefined : new Response('', { status: 400 })),
  },
  fetch: () => new Response('Not Found', { status: 404 }),
  websocket: { message: (socket, message) => { socket.send(message); } },
});

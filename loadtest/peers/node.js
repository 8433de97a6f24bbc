// SPDX-License-Identifier: MIT
// Node's own http module, without a framework: node node.js PORT [PEM]
'use strict';

const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const path = require('node:path');
const { pipeline } = require('node:stream');
const { isItem } = require('./validate.js');

function send(response, status, type, body) {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}

function sendJson(response, value) {
  send(response, 200, 'application/json', JSON.stringify(value));
}

async function read(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function echo(request, response) {
  const type = request.headers['content-type'] ?? 'application/octet-stream';
  send(response, 200, type, await read(request));
}

async function createItem(request, response) {
  const item = JSON.parse(await read(request));
  if (!isItem(item)) return send(response, 422, 'text/plain', 'not an item');
  return sendJson(response, item);
}

function stream(response) {
  const chunk = Buffer.alloc(1024, 'x');
  response.writeHead(200, { 'Content-Type': 'text/plain' });
  for (let i = 0; i < 16; ++i) response.write(chunk);
  response.end();
}

async function sendFile(response, name) {
  const file = path.join(process.env.BENCH_STATIC, path.basename(name));
  const { size } = await fs.promises.stat(file);
  response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': size });
  pipeline(fs.createReadStream(file), response, () => {});
}

async function handle(request, response) {
  const { method, url } = request;
  if (method === 'POST' && url === '/items') return createItem(request, response);
  if (method === 'POST' && url === '/echo') return echo(request, response);
  if (method === 'GET') {
    if (url === '/plain') return send(response, 200, 'text/plain', 'Hello, World!');
    if (url === '/json') return sendJson(response, { message: 'Hello, World!' });
    if (url === '/stream') return stream(response);
    if (url.startsWith('/static/')) return sendFile(response, url);
    const user = /^\/users\/(\d+)$/.exec(url);
    if (user) return sendJson(response, { id: Number(user[1]), name: 'Alice' });
  }
  return send(response, 404, 'text/plain', 'Not Found');
}

function listener(request, response) {
  handle(request, response).catch((error) => response.destroy(error));
}

const [port, pem] = process.argv.slice(2);
const secure = pem && fs.readFileSync(pem);
const server = pem ? https.createServer({ key: secure, cert: secure }, listener)
  : http.createServer(listener);
server.keepAliveTimeout = 75_000;  // the default would end idle connections while they are counted
server.listen(Number(port), '127.0.0.1');

// SPDX-License-Identifier: MIT
// Node's own http module, without a framework: node server.js PORT
'use strict';

const http = require('node:http');

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

async function echo(request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const type = request.headers['content-type'] ?? 'application/octet-stream';
  send(response, 200, type, Buffer.concat(chunks));
}

async function handle(request, response) {
  const { method, url } = request;
  if (method === 'POST' && url === '/echo') return echo(request, response);
  if (method === 'GET') {
    if (url === '/plain') return send(response, 200, 'text/plain', 'Hello, World!');
    if (url === '/json') return sendJson(response, { message: 'Hello, World!' });
    const user = /^\/users\/(\d+)$/.exec(url);
    if (user) return sendJson(response, { id: Number(user[1]), name: 'Alice' });
  }
  return send(response, 404, 'text/plain', 'Not Found');
}

const server = http.createServer((request, response) => {
  handle(request, response).catch((error) => response.destroy(error));
});
server.listen(Number(process.argv[2]), '127.0.0.1');

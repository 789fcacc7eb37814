import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lang, parse } from '@ast-grep/napi';
import { signsIn, unseenWays, type Ways, waysOf } from './ways.ts';

const waysIn = (...files: readonly string[]): Ways =>
  waysOf(
    new Set(files.flatMap((text) => signsIn(text, { rootOf: () => parse(Lang.JavaScript, text).root() }))),
  );

test('what bodies an app reads is told by its calls and imports', () => {
  for (const [text, body] of [
    ['app.use(express.json());', 'json'],
    ['app.use(express.json());\napp.use(express.urlencoded({ extended: true }));', 'form'],
    ["const fastify = require('fastify')();", 'json'],
    ["import Fastify from 'fastify';\nimport formbody from '@fastify/formbody';", 'form'],
    ['const note = await c.req.json();', 'json'],
    ['const note = await c.req.parseBody();', 'form'],
    ["app.post('/notes', zValidator('json', note), add);", 'json'],
    ["app.post('/notes', zValidator('form', note), add);", 'form'],
    ["import bodyParser from 'koa-bodyparser';", 'json'],
    ['app.use(bodyParser.urlencoded({ extended: false }));', 'form'],
    ["import { Controller } from '@nestjs/common';", 'json'],
    ['const note = JSON.parse(body);', 'json'],
    ['const form = new URLSearchParams(body);', 'form'],
    ["response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' });", 'json'],
    ["response.setHeader('content-type', 'application/json');", 'json'],
    ["response.setHeader('content-type', 'text/html');", null],
    ['const page = new URLSearchParams(location.search);', null],
    ["// express.json()\nconst text = 'JSON.parse(body)';", null],
    ['const answer = await response.json();', null],
  ] as const)
    assert.equal(waysIn(text).body, body, text);
  assert.equal(waysIn('app.use(express.json());', 'app.use(express.urlencoded());').body, 'form');
  assert.deepEqual(waysIn(), unseenWays);
});

test('a visitor is known by a token where Authorization is read, or where tokens are made and no cookie is', () => {
  for (const [text, bearer] of [
    ["const token = request.headers.authorization?.split(' ')[1];", true],
    ["const token = request.headers['Authorization'];", true],
    ["const token = c.req.header('Authorization');", true],
    ["import jwt from 'jsonwebtoken';", true],
    ["import { SignJWT } from 'jose';", true],
    ["app.register(require('@fastify/jwt'), { secret });", true],
    ["import jwt from 'jsonwebtoken';\nconst token = request.cookies.token;", false],
    ['await fetch(url, { headers: { Authorization: key } });', false],
    ["// request.headers.authorization\nconst text = 'Authorization: Bearer';", false],
  ] as const)
    assert.equal(waysIn(text).bearer, bearer, text);
});

test('a line that LOG_LEVEL brings has a number where pino writes it', () => {
  const write = "log.debug('asked');";
  const read = "const level = process.env.LOG_LEVEL ?? 'info';";
  assert.equal(waysIn(read, write).debugLine, '"level":"debug"');
  assert.equal(waysIn(read).debugLine, null);
  assert.equal(
    waysIn("import pino from 'pino';\nconst { LOG_LEVEL } = process.env;", write).debugLine,
    '"level":20',
  );
  assert.equal(waysIn("import pino from 'pino';\n// process.env.LOG_LEVEL", write).debugLine, null);
});

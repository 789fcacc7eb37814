import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sessionPackagesOf } from './session-packages.ts';

test('a package that remembers visitors is known by its name', () => {
  const remembering = [
    '@fastify/cookie',
    '@fastify/jwt',
    '@nestjs/jwt',
    'express-jwt',
    'express-session',
    'jose',
    'jsonwebtoken',
    'next-auth',
    'passport-local',
  ];
  assert.deepEqual(
    sessionPackagesOf([...remembering, 'author', 'express', 'jwtool', 'pg', 'purpose']),
    remembering,
  );
});

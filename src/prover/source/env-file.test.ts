import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isEnvFile, secretValuesIn } from './env-file.ts';

const names = (text: string): readonly string[] => secretValuesIn(text).map(({ variable }) => variable);

test('an env file is known by its name, one that is there to be looked at is none', () => {
  for (const file of [
    '.env',
    '.env.production',
    '.env.local',
    'api/.env.staging',
    'config/prod.env',
    '.ENV.Production',
  ])
    assert.ok(isEnvFile(file), file);
  for (const file of [
    '.env.example',
    '.env.sample',
    'env.example',
    '.env.production.example',
    'example.env',
    '.env.test',
    '.env.ci',
    '.env.defaults',
    '.envrc',
    'environment.ts',
    '.env/bin/activate',
    'my.env.js',
  ])
    assert.ok(!isEnvFile(file), file);
});

test('a value is a secret where the name of its variable says so', () => {
  const text = [
    'JWT_SECRET=s3cr3t-Value-99',
    ' export DATABASE_PASSWORD = "q7 kTz#1" # of the shop',
    "STRIPE_KEY='kl_4eC39HqL'",
    'ApiToken=9f8e7d6c5b\r',
    'DJANGO_SECRET_KEY=h%x{1}(&k2=$w9',
  ].join('\n');
  assert.deepEqual(
    secretValuesIn(text).map(({ variable, start, end }) => `${variable}: ${text.slice(start, end)}`),
    [
      'JWT_SECRET: s3cr3t-Value-99',
      'DATABASE_PASSWORD: q7 kTz#1',
      'STRIPE_KEY: kl_4eC39HqL',
      'ApiToken: 9f8e7d6c5b',
      'DJANGO_SECRET_KEY: h%x{1}(&k2=$w9',
    ],
  );
});

test('a word at its beginning makes no secret a made-up one', () => {
  for (const line of [
    'JWT_SECRET=my5uperS3cretV4lue',
    'DB_PASSWORD=yourock-4711-Zx',
    'RESET_TOKEN_SECRET=defaultQ9f8Zk2',
    'SESSION_SECRET=redisQ9f8Zk2aa',
    'X_PASSWORD=$w0rdf1sh',
    'API_KEY=sk-Set-it-9f83hd83',
    'MASTER_KEY=wJ8lrXUt/K7MDENG/bPxRf2C',
    'FIREBASE_PRIVATE_KEY=q9f8Zk2aa7',
  ])
    assert.equal(names(line).length, 1, line);
});

test('other variables, comments and what keeps nobody out are no secrets', () => {
  for (const line of [
    'GREETING=s3cr3t-Value-99',
    'NEXT_PUBLIC_API_KEY=s3cr3t-Value-99',
    'REACT_APP_API_KEY=s3cr3t-Value-99',
    'CACHE_KEY=s3cr3t-Value-99',
    '# JWT_SECRET=s3cr3t-Value-99',
    'JWT_SECRET=',
    'REFRESH_TOKEN=30days',
    'CSRF_TOKEN=x-csrf-token',
    'AUTH_TOKEN=Authorization',
    'SESSION_KEY=connect.sid',
    'S3_KEY=uploads/2026/images',
    'HASH_KEY=userId',
    'FIREBASE_API_KEY=AIzq9f8Zk2aa7',
    'DB_PASSWORD=postgresql',
    'DB_PASSWORD=mysecretpassword',
    'DB_PASSWORD=development',
    'DB_PASSWORD=devpassword1',
    'JWT_SECRET=""',
    'JWT_SECRET= # from the vault',
    'JWT_SECRET=secret',
    'JWT_SECRET=super-secret',
    'JWT_SECRET=changeme',
    'JWT_SECRET=please-change-me-now',
    'JWT_SECRET=your-secret-here',
    'JWT_SECRET=dev-only-4711',
    'JWT_SECRET=local',
    'JWT_SECRET=<random>',
    `JWT_SECRET=\${OTHER_SECRET}`,
    'JWT_SECRET=$OTHER_SECRET',
    'JWT_SECRET="{{ vault.jwt }}"',
    'JWT_SECRET=$(openssl rand -hex 32)',
    'JWT_SECRET=encrypted:BDqDBibm4wsYqMpCjTQ6BsDHmMadg9K3dAt',
    'JWT_SECRET=op://shop/jwt/secret',
    'JWT_SECRET=arn:aws:secretsmanager:eu-west-1:1:secret:jwt',
    'JWT_SECRET=xxxxxxxxxx',
    'JWT_SECRET=************',
    'POSTGRES_PASSWORD=postgres',
    'MYSQL_ROOT_PASSWORD=root',
    'DB_PASSWORD=password123',
    'DB_PASSWORD=12345678',
    'RESET_TOKEN=86400',
    'TLS_KEY=./certs/server.pem',
    'API_TOKEN=http://localhost:4000',
    'API_KEY=localhost',
    'USE_TOKEN=false',
    'POSTGRES_USER=guestbook\nPOSTGRES_PASSWORD=guestbook',
  ])
    assert.deepEqual(names(line), [], line);
});

test('a file of any size is read in its length', () => {
  const blank = ' '.repeat(1_000_000);
  const long = `A_SECRET=${blank}\n${'A'.repeat(200_000)}=b\nB_SECRET="${'"'.repeat(200_000)}\nC_SECRET=dev${blank}x`;
  assert.deepEqual(names(long), []);
});

/** Loaded before a program of Node's: what it would connect to beyond this machine is written to ONLY_LOOPBACK_FILE, and refused. */
const { appendFileSync } = require('node:fs');
const net = require('node:net');

const { connect } = net.Socket.prototype;

net.Socket.prototype.connect = function (...args) {
  const [first, second] = Array.isArray(args[0]) ? args[0] : args;
  const { path, host } = typeof first === 'object' ? first : { host: second };
  const name = typeof host === 'string' ? host : 'localhost';
  if (path === undefined && !/^(localhost|127\.0\.0\.1|::1)$/.test(name)) {
    appendFileSync(process.env.ONLY_LOOPBACK_FILE, `${name}\n`);
    process.nextTick(() => this.destroy(new Error(`${name} is not this machine`)));
    return this;
  }
  return connect.apply(this, args);
};

const log = (message, fields) =>
  console.log(JSON.stringify({ time: new Date().toISOString(), level: 'info', message, ...fields }));

const ticking = setInterval(() => log('tick'), 60_000);
log('working');

const stop = (signal) => {
  log('stopping', { signal });
  clearInterval(ticking);
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);

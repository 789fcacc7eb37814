const log = (message, fields) =>
  console.log(JSON.stringify({ time: new Date().toISOString(), level: 'info', message, ...fields }));

log('working');
setInterval(() => log('looked for work'), 1000);
process.on('SIGTERM', (signal) => log('told to stop', { signal }));

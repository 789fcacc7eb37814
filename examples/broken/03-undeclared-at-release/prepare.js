const { REGION } = process.env;
if (!REGION) throw new Error('REGION is not set');
console.log(JSON.stringify({ level: 'info', message: 'prepared', region: REGION }));

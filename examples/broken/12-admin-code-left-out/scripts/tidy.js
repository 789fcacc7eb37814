console.log(JSON.stringify({ level: 'info', message: 'nothing to tidy' }));

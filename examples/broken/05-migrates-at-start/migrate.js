console.log(JSON.stringify({ level: 'info', message: 'nothing to migrate' }));

console.log(JSON.stringify({ time: new Date().toISOString(), level: 'info', message: 'report', visits: 0 }));

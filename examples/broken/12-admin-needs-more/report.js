const { REPORT_FOR } = process.env;
if (!REPORT_FOR) throw new Error('REPORT_FOR is not set: export it in your shell first');
console.log(JSON.stringify({ level: 'info', message: 'report', for: REPORT_FOR }));

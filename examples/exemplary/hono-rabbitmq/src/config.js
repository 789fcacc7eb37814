function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`The variable ${name} is not set`);
  return value;
}

export const config = {
  port: Number(process.env.PORT ?? 3000),
  databaseUrl: required('DATABASE_URL'),
  rabbitmqUrl: required('RABBITMQ_URL'),
  packingMs: Number(process.env.PACKING_MS ?? 20),
  shopName: process.env.SHOP_NAME ?? 'Shop',
};

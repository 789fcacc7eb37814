import { createPrivateKey } from 'node:crypto';

export const key = createPrivateKey(`-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIIDn79WbM69r6sL87WRp+yCO+8KAJO/IE9Tj3vrda8cQ
-----END PRIVATE KEY-----`);

CREATE TABLE IF NOT EXISTS orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  thing text NOT NULL,
  packed boolean NOT NULL DEFAULT false
);

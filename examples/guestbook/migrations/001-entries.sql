create table entries (
  id integer generated always as identity primary key,
  name text not null,
  message text not null,
  created_at timestamptz not null default now(),
  stamp text,
  stamped_at timestamptz
);

create index entries_by_age on entries (created_at);

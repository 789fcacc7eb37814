export const up = (knex) =>
  knex.schema.createTable('todos', (table) => {
    table.increments('id');
    table.string('title', 200).notNullable();
    table.boolean('done').notNullable().defaultTo(false);
  });

export const down = (knex) => knex.schema.dropTable('todos');

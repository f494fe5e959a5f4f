/** The text of every schema, by its file's name in assets/schemas. */
export function makeSchemas(): Record<string, string>;

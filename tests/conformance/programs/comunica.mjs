// Asks one or more sources with Comunica: node comunica.mjs QUERY SOURCE…; prints the rows as JSON.
import { QueryEngine } from "@comunica/query-sparql";

const [query, ...sources] = process.argv.slice(2);
const bindings = await (await new QueryEngine().queryBindings(query, { sources })).toArray();
const rows = bindings.map((row) => Object.fromEntries([...row].map(([name, term]) => [name.value, term.value])));
process.stdout.write(JSON.stringify(rows));

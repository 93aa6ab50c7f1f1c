// Fetches a document with jsonld.js and prints its triples: node jsonld.mjs ADDRESS
import jsonld from "jsonld";

process.stdout.write(await jsonld.toRDF(process.argv[2], { format: "application/n-quads" }));

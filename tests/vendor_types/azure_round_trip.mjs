// Passes messages through the serializer of Azure's package: azure_round_trip.mjs NODE_MODULES
//
// Standard input: a JSON array of messages with the package's names. Prints the array as it would go out. The serializer
// drops what it does not know.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const models = join(process.argv[2], '@azure/ai-voicelive/dist/esm/models/models.js');
const { clientEventUnionSerializer } = await import(pathToFileURL(models));
const messages = JSON.parse(readFileSync(0, 'utf8'));
console.log(JSON.stringify(messages.map((message) => clientEventUnionSerializer(message))));

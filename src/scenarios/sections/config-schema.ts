/** The JSON Schema (draft-07) of `dsim.config.yaml`, from the table that reads it. */
import { SEEDS_SCHEMA } from './seeds.ts';
import { CONFIG_TABLE } from './test-config.ts';
import { propertiesOf, sharedDefinitions } from './zod-schema.ts';

export function configSchemaText(): string {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'dsim.config.yaml',
    description: 'What `dsim test` does in a project where the command line does not say.',
    type: ['object', 'null'],
    properties: { ...propertiesOf(CONFIG_TABLE), seeds: SEEDS_SCHEMA },
    patternProperties: { '^x-': {} },
    additionalProperties: false,
    definitions: sharedDefinitions(),
  };
  return `${JSON.stringify(schema)}\n`;
}

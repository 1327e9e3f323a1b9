import { configJsonSchema } from '../../src/config/schema.ts';
import { markdownTable } from './markdown-table.ts';

/** The part of JSON Schema that the configuration uses. */
export interface Schema {
  readonly $id?: string;
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** The file that editors read, as `heatbox config schema` prints it. */
export function configurationSchema(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
}

/** docs/configuration.md: every key of the configuration. */
export function configurationPage(): string {
  return `# Configuration

\`heatbox serve FILE\` reads a YAML file. Only \`streams\` is required.

\`\`\`yaml
# yaml-language-server: $schema=heatbox.schema.json
server: { port: 8080, token: '\${HEATBOX_TOKEN}' }
log: { folder: events }
streams:
  - { name: gate, source: gate.mp4, labels: [dog, cat], loop: true }
  - { name: yard, source: 'rtsp://camera/1', stride: 3 }
\`\`\`

- \`heatbox config check FILE\` shows every fault with its line.
- \`heatbox config schema > heatbox.schema.json\` writes the JSON Schema. Editors with a YAML language server, such as VS Code with
  the YAML extension, find it by the first line of the file; they complete keys and show their descriptions.
- \`\${NAME}\` in a value stands for the environment variable NAME. Keep passwords and tokens there.
- Relative paths start at the folder of the configuration.

${sectionsOf(configJsonSchema() as Schema).join('\n\n')}
`;
}

function sectionsOf(schema: Schema, path = ''): string[] {
  const { properties = {}, required = [], description } = schema;
  const rows = Object.entries(properties).map(([key, value]) => {
    const name = `\`${key}\`${required.includes(key) ? ', required' : ''}`;
    if (membersOf(value) !== undefined) {
      const anchor = `${path}${key}`.replace('.', '').toLowerCase();
      return [name, value.description ?? '', `[${value.items ? 'list of maps' : 'map'}](#${anchor})`, ''];
    }
    const [, words = '', absent] = /^(.*?)(?: Default: (.*)\.)?$/.exec(value.description ?? '') ?? [];
    return [name, words, valuesOf(value), absent ?? (value.default === undefined ? '' : `\`${value.default}\``)];
  });
  const head = path === '' ? ['## Top level'] : [`## ${path.slice(0, -1)}`, description ?? ''];
  const own = [...head, markdownTable(['key', 'what it does', 'values', 'default'], rows)].join('\n\n');
  const below = Object.entries(properties).flatMap(([key, value]) => {
    const members = membersOf(value);
    return members === undefined ? [] : sectionsOf({ ...members, description: value.description }, `${path}${key}.`);
  });
  return [own, ...below];
}

/** The object that a key holds, by itself or as a list. */
function membersOf(schema: Schema): Schema | undefined {
  const inner = schema.items ?? schema;
  return inner.properties === undefined ? undefined : inner;
}

function valuesOf(schema: Schema): string {
  const { type, anyOf, minimum, maximum } = schema;
  if (anyOf !== undefined) return anyOf.map(valuesOf).join(', or ');
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (type === 'boolean') return '`true`, `false`';
  if (type === 'array') return 'list of texts';
  if (type === 'string') return 'text';
  const isOpen = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER;
  const range = isOpen ? `${minimum} or more` : `${minimum} to ${maximum}`;
  return type === 'integer' ? `whole number, ${range}` : range;
}

/**
 * Every PDU's form is frozen per specVersion in schemas.lock.json: a field that is added, dropped or changed needs a
 * new version, and a new entry there. `ENK_WRITE_LOCK=1` writes the entry of a version that has none yet.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { PDU_SCHEMAS, SPEC_VERSION } from '../pdu/schemas.ts';

const file = new URL('schemas.lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;

/** What a valibot schema says, as plain data: kind, fields, options, limits. */
interface Schema {
  readonly type: string;
  readonly entries?: Readonly<Record<string, Schema>>;
  readonly item?: Schema;
  readonly wrapped?: Schema;
  readonly literal?: unknown;
  /** Values of a picklist, schemas of a union. */
  readonly options?: readonly unknown[];
  readonly pipe?: readonly { readonly kind: string; readonly type: string; readonly requirement?: unknown }[];
}

function formOf(schema: Schema): unknown {
  const limits = (schema.pipe ?? [])
    .filter(({ kind }) => kind === 'validation')
    .map(({ type, requirement }) =>
      typeof requirement === 'function' ? type : `${type} ${String(requirement)}`,
    );
  return {
    type: schema.type,
    ...(schema.entries && { fields: mapValues(schema.entries, formOf) }),
    ...(schema.item && { item: formOf(schema.item) }),
    ...(schema.wrapped && { wrapped: formOf(schema.wrapped) }),
    ...('literal' in schema && { literal: schema.literal }),
    ...(schema.options && {
      options: schema.options.map(option => (typeof option === 'object' ? formOf(option as Schema) : option)),
    }),
    ...(limits.length > 0 && { limits }),
  };
}

function mapValues<T>(
  record: Readonly<Record<string, T>>,
  map: (value: T) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

const present = mapValues(PDU_SCHEMAS as unknown as Record<string, Schema>, formOf);

describe('the PDUs’ forms', () => {
  it('P2P-PDU-05: are those that schemas.lock.json has for this specVersion', () => {
    if (process.env['ENK_WRITE_LOCK'] && !(SPEC_VERSION in lock)) {
      writeFileSync(file, `${JSON.stringify({ ...lock, [SPEC_VERSION]: present }, null, 2)}\n`);
      lock[SPEC_VERSION] = present;
    }
    assert.deepEqual(
      present,
      lock[SPEC_VERSION],
      'A PDU changed: give it a new specVersion, and write its lock',
    );
  });

  it('P2P-PDU-05: a changed, added or dropped field would be seen', () => {
    const form = formOf(PDU_SCHEMAS.ack as unknown as Schema) as { fields: Record<string, unknown> };
    assert.deepEqual(Object.keys(form.fields), ['type', 'specVersion', 'incarnation', 'seq']);
    assert.match(JSON.stringify(form.fields['seq']), /max_value \d+/);
    assert.match(JSON.stringify(form.fields['incarnation']), /regex/);
  });
});

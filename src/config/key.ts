import { z } from 'zod';
import type { OptionSpec, ValueOf } from '../options/option.ts';
import { sentence } from '../options/phrases.ts';

type Key<Spec, Schema extends z.ZodType> = Spec extends { default: unknown }
  ? z.ZodDefault<Schema>
  : z.ZodOptional<Schema>;

/** A key of the configuration, with the range, default and words of an option. */
export function key<const Spec extends OptionSpec>(spec: Spec): Key<Spec, z.ZodType<ValueOf<Spec>>>;
/** The same with a schema of its own. */
export function key<const Spec extends OptionSpec, Schema extends z.ZodType>(
  spec: Spec,
  schema: Schema,
): Key<Spec, Schema>;
export function key(spec: OptionSpec, schema: z.ZodType = schemaOf(spec)): z.ZodType {
  const filled = 'default' in spec ? schema.default(spec.default) : schema.optional();
  return filled.meta({ description: describe(spec) });
}

/** A key that must be there. */
export function requiredKey<Schema extends z.ZodType>(spec: OptionSpec, schema: Schema): Schema {
  return schema.meta({ description: describe(spec) });
}

/** A key that is left to its reader to fill. */
export function unfilledKey<const Spec extends OptionSpec & { readonly default: unknown }>(
  spec: Spec,
): z.ZodOptional<z.ZodType<ValueOf<Spec>>> {
  const schema = schemaOf(spec) as z.ZodType<ValueOf<Spec>>;
  return schema.optional().meta({ description: describe(spec), default: spec.default });
}

function describe(spec: OptionSpec): string {
  return spec.absent === undefined ? sentence(spec) : `${sentence(spec)} Default: ${spec.absent}.`;
}

function schemaOf(spec: OptionSpec): z.ZodType {
  switch (spec.type) {
    case 'integer':
      return within(z.int(), spec.range);
    case 'number':
    case 'time':
    case 'span':
      return within(z.number(), spec.type === 'number' ? spec.range : [0, Number.POSITIVE_INFINITY]);
    case 'stride':
      return z.union([within(z.int(), spec.range), z.literal('auto')], {
        error: `must be a whole number from ${spec.range.join(' to ')}, or auto`,
      });
    case 'choice':
      return z.enum(spec.of);
    case 'switch':
      return z.boolean();
    case 'text':
      return z.string().min(1);
    default:
      return z.array(z.string().min(1)).min(1);
  }
}

function within<Schema extends z.ZodNumber>(schema: Schema, [low, high]: readonly [number, number]): Schema {
  const bounded = schema.min(low);
  return Number.isFinite(high) ? bounded.max(high) : bounded;
}
